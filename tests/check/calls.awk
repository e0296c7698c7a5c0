# SPDX-License-Identifier: MIT
# calls.awk - the table of Linux calls: calls.awk syscalls.def TEST.c... prints it as docs/linux-calls.md.
#
# A call's tests are the files whose rows name it as their first argument.

FILENAME ~ /\.def$/ && /^CALL\(/ {
	line = $0
	sub(/^CALL\(/, "", line)
	number = line; sub(/,.*/, "", number)
	sub(/^[0-9]+, */, "", line)
	name = line; sub(/,.*/, "", name)
	text = line; sub(/^[^"]*"/, "", text); sub(/"\)$/, "", text)
	order[++count] = name
	what[name] = text
	of[name] = number
	next
}
FILENAME ~ /\.c$/ {
	line = $0
	while (match(line, /[A-Z_]+\([a-z_0-9]+[,)]/)) {
		name = substr(line, RSTART, RLENGTH - 1)
		sub(/^[A-Z_]+\(/, "", name)
		file = FILENAME
		sub(/^tests\/linux\//, "", file)
		if ((name in of) && !((name, file) in seen)) {
			seen[name, file] = 1
			tests[name] = tests[name] (tests[name] ? ", " : "") file
		}
		line = substr(line, RSTART + RLENGTH)
	}
}
END {
	print "# Linux calls\n"
	print "Made of `servers/linux/syscalls.def` and of the tests that name a call (folders below `tests/linux`);"
	print "`make check` compares. A number that is not here is answered with ENOSYS.\n"
	print "| number | name | what of it | tests |"
	print "|---|---|---|---|"
	for (i = 1; i <= count; i++)
		printf "| %s | %s | %s | %s |\n", of[order[i]], order[i], what[order[i]], tests[order[i]]
}
