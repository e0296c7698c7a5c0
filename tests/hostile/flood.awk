# SPDX-License-Identifier: MIT
# flood.awk - from tests/hostile/kinds and servers/linux/syscalls.def the table of tests/hostile/flood.c.
FILENAME ~ /kinds$/ {
	if (/^#/ || !NF)
		next
	kinds[$1] = $2 == "-" ? "" : $2
	never[$1] = $2 == "-" || $3 == "-"
	next
}
match($0, /^CALL\([0-9]+, [a-z0-9_]+/) {
	split(substr($0, 6, RLENGTH - 5), part, ", ")
	name = part[2]
	printf "{ %d, \"%s\", \"%s\", %d },\n", part[1], name, (name in kinds) ? kinds[name] : "??????", never[name]
	seen[name] = 1
}
END {
	for (name in kinds)
		if (!(name in seen)) {
			print "flood.awk: kinds has " name ", which syscalls.def has not" >"/dev/stderr"
			exit 1
		}
}
