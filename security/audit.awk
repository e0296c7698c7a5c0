# SPDX-License-Identifier: MIT
# audit.awk - judge what userspace/audit wrote down by security/grants (read first).
#
# A deviation is: a mapping that is writable and executable; memory of the kernel that ring 3 reaches;
# a guest's memory executable in a view; a privileged object (I/O ports, interrupt, device memory,
# inspect, log, power, an endpoint received from or called) in the hands of a process whose line does
# not grant it; a process that no line names.  init, which the kernel starts with everything, is the
# one exception, and is named as such.
#
# Object types and rights are those of microkernel/abi/object.def.

function deviation(text) { print "DEVIATION " text; bad = 1 }
# awk has no bit operations everywhere: the bit of a small number.
function bit(value, n) { return int(value / 2 ^ n) % 2 }
function hex(text,   i, value) {
	for (i = 1; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}

# --- the policy ---

function grant_word(word,   part, kind) {
	if (index(word, "=") == 0) return
	kind = substr(word, index(word, "=") + 1)
	split(kind, part, ":")
	if (part[1] == "serve") serves[server, part[2]] = 1
	else if (part[1] == "call") calls[server, part[2]] = 1
	else if (part[1] == "supervisor") calls[server, "init"] = 1
	else if (part[1] == "ioport") ports[server]++
	else if (part[1] == "irq") irqs[server]++
	else if (part[1] == "log") logs[server] = part[2]
	else if (part[1] == "inspect") inspects[server] = 1
}

FNR == NR {
	sub(/#.*/, "")
	if (!NF) next
	first = 1
	if (/^[^ \t]/) { server = $1; known[server] = 1; first = 6 }
	for (i = first; i <= NF; i++) grant_word($i)
	next
}

# --- the facts ---

$1 == "thread" {
	name = $14
	# The first thread of a table, which has the lowest number, carries the server's name.
	if (!($4 in owner)) order[++tables] = $4
	if (!($4 in owner) || $2 + 0 < first_thread[$4]) { owner[$4] = name; first_thread[$4] = $2 + 0 }
	threads[$4]++
}
$1 == "space" { kind[$2] = $4; spaces++ }
$1 == "mapping" {
	mappings++
	protect = $9; user = $11; upper = substr($5, 1, 1) >= "8"
	slot = substr($5, 1, 6) == "ffff80" && substr($5, 7, 1) < "8"
	if (bit(protect, 1) && bit(protect, 2))
		deviation("space " $3 ": writable and executable at " $5)
	if (user && upper && !slot)
		deviation("space " $3 ": ring 3 reaches the kernel's memory at " $5)
	# Whether the space is a view is known only when all have been read.
	if (!upper && bit(protect, 2)) guest_code[$3] = $5
	if (!upper && !user)
		deviation("space " $3 ": kernel memory in the lower half at " $5)
}
$1 == "cap" {
	caps++
	n = ++held[$3]
	type[$3, n] = $7; rights[$3, n] = hex($9); badge[$3, n] = $11; object[$3, n] = $13
	# Who receives on an endpoint serves it.
	if ($7 == 7 && bit(rights[$3, n], 5)) receiver[$13, $3] = 1
}
$1 == "end" { complete = 1 }
$1 == "error" { deviation("the tables could not be read: " $0) }

# --- the judgement ---

function endpoint_name(id,   i) {
	# init keeps every endpoint for its successor; the server beside it is meant.
	for (i = 1; i <= tables; i++)
		if (((id, order[i]) in receiver) && owner[order[i]] != "init") return owner[order[i]]
	for (i = 1; i <= tables; i++)
		if ((id, order[i]) in receiver) return owner[order[i]]
	return "nobody"
}

function judge(table,   who, n, t, r, what, count, target) {
	who = owner[table]
	if (who == "init") { printf "%-10s %3d capabilities; holds everything, as the first process\n", who, held[table]; return }
	if (!(who in known)) { deviation("process " who ": no line of the grants names it"); return }
	for (n = 1; n <= held[table]; n++) {
		t = type[table, n]; r = rights[table, n]
		if (t == 9) count["irq"]++
		if (t == 10) count["ioport"]++
		if (t == 11 && !inspects[who]) deviation(who ": holds the inspect capability")
		if (t == 13) deviation(who ": holds the power capability")
		if (t == 12 && !(who in logs)) deviation(who ": holds the log")
		if (t == 12 && bit(r, 2) && logs[who] !~ /r/) deviation(who ": may take from the log")
		if (t == 7) {
			target = endpoint_name(object[table, n])
			if (bit(r, 5) && !((who, target) in serves) && target != who)
				deviation(who ": receives on the endpoint of " target)
			# Sessions that a server makes for its own clients are its own endpoint's.
			if (bit(r, 4) && target != who && !((who, target) in calls))
				deviation(who ": may call " target)
		}
	}
	if (count["ioport"] != ports[who] + 0)
		deviation(who ": " count["ioport"] + 0 " ranges of ports, " ports[who] + 0 " granted")
	if (count["irq"] != irqs[who] + 0)
		deviation(who ": " count["irq"] + 0 " interrupts, " irqs[who] + 0 " granted")
	printf "%-10s %3d capabilities, %d threads, %d port ranges, %d interrupts\n", who, held[table], threads[table], count["ioport"], count["irq"]
}

END {
	for (i = 1; i <= tables; i++) judge(order[i])
	for (id in guest_code)
		if (kind[id] == 2)
			deviation("space " id ": a view in which the guest's memory is executable at " guest_code[id])
	printf "%d spaces, %d mappings, %d capabilities in %d tables\n", spaces, mappings, caps, tables
	if (!complete) deviation("the list has no end: it is not whole")
	if (!tables || !mappings || !caps) deviation("a list is empty")
	print bad ? "audit: DEVIATIONS" : "audit: the system is as security/grants says"
	exit bad
}
