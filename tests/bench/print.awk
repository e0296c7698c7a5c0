# SPDX-License-Identifier: MIT
# print.awk - the table of `make bench`, from what was measured and tests/bench/table:
#
#	awk -f print.awk -v mode=MODE NOW SLOW WALL LINUX LINUX-WALL TABLE
#
# All files but the last have lines `NAME NUMBER SWITCHES`, those of wall time in ticks of the TSC; what was
# not measured is an empty file.  Exit status 1: a figure is beyond its bar of CI, or missing.

function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }

# 1234567 as 1,234,567
function grouped(number,   text, tail) {
	if (number !~ /^[0-9]+$/)
		return number
	text = number
	while (length(text) > 3) {
		tail = "," substr(text, length(text) - 2) tail
		text = substr(text, 1, length(text) - 3)
	}
	return text tail
}

function microseconds(ticks) {
	if (ticks == "" || !wall["tsc_hz"])
		return "-"
	return sprintf("%.2f", ticks * 1000000 / wall["tsc_hz"])
}

function line(what, now, slow, ci, bar, aim, verdict, loads, us, peer, peer_now, peer_us) {
	printf "%-44s %11s", what, now
	if (with_slow)
		printf " %11s", slow
	printf " %11s %11s %11s %-6s %8s %9s  ", ci, bar, aim, verdict, loads, us
	if (with_peer)
		printf "%10s %9s  ", peer_now, peer_us
	print peer
}

FILENAME == ARGV[1] { now[$1] = $2; loads[$1] = $3; next }
FILENAME == ARGV[2] { slow[$1] = $2; with_slow = 1; next }
FILENAME == ARGV[3] { wall[$1] = $2; next }
FILENAME == ARGV[4] { peer[$1] = $2; with_peer = 1; next }
FILENAME == ARGV[5] { peer_wall[$1] = $2; next }
/^#/ || NF == 0 { next }
/^=/ {
	if (mode != "--check") {
		print ""
		line(substr($0, 3), "now", "slow path", "CI's bar", "bar", "aim", "", "switches", "wall, us", \
			"peer, as recorded", "Linux now", "wall, us")
	}
	next
}
{
	split($0, field, "|")
	for (i in field)
		field[i] = trim(field[i])
	name = field[1]; what = field[2]; ci = field[4]; exact = field[5]; bar = field[6]; aim = field[7]
	if (field[3] != "instructions")
		what = what ", " field[3]
	# The one row of wall time: nothing that CI could judge.
	if (name == "round_trip_wall" && wall["cr3_twice"])
		now[name] = sprintf("%.2f", (wall["call"] + wall["reply_receive"]) / wall["cr3_twice"])
	got = now[name]
	missing = got == ""
	good = ci == "-" || (!missing && got + 0 <= ci + 0 && (exact == "-" || loads[name] == exact))
	bad += !good
	if (mode == "--check") {
		if (ci != "-")
			printf "%s bench: %s %s %s (bar %s)%s\n", good ? "ok" : "FAILED", name, missing ? "missing" : got, \
				field[3], ci, exact == "-" ? "" : ", " loads[name] " switches (" exact ")"
		next
	}
	verdict = !good ? "WORSE" : bar == "-" || missing ? "" : got + 0 <= aim + 0 ? "aim" : \
		got + 0 <= bar + 0 ? "bar" : "misses"
	line(what, missing ? "missing" : grouped(got), name in slow ? grouped(slow[name]) : "-", grouped(ci), \
		grouped(bar), grouped(aim), verdict, loads[name] ~ /[0-9]/ ? loads[name] : "-", \
		field[3] == "instructions" ? microseconds(wall[name]) : "-", field[8], \
		name in peer ? grouped(peer[name]) : "-", microseconds(peer_wall[name]))
}
END { exit bad > 0 }
