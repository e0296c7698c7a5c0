# SPDX-License-Identifier: MIT
# attacks.awk - docs/attacks.md from tests/hostile/attacks; with -v check=1 nothing but what is wrong
# with that list: a number that is not there, an attack that nothing stops or no test shows.

function complain(text) { print FILENAME ": " text; bad = 1 }
function finished() {
	if (!number) return
	if (!stops) complain(number " has nothing that stops it")
	if (!tests) complain(number " is seen by no test")
	table = table sprintf("| %s | %s | %s | %s |\n", number, attack, stops, tests)
}
/^#/ || !NF { next }
/^[TG]/ {
	finished()
	number = $1
	attack = substr($0, length($1) + 2)
	if (there[number]++) complain(number " is there twice")
	stops = tests = ""
	next
}
/^\tstops: / { stops = substr($0, 9); next }
/^\tseen: / {
	if (system("test -x tests/groups/" $2)) complain(number ": there is no group " $2)
	if (tests !~ "(^| )" $2 "(,|$)") tests = tests (tests ? ", " : "") $2
	next
}
{ complain("line " FNR " says nothing") }
END {
	finished()
	for (n = 1; n <= 62; n++)
		if (n != 27 && (n <= 45 || n >= 59) && !there["T" n]) complain("T" n " is not there")
	if (!there["T33b"] || !there["G"]) complain("T33b or G is not there")
	if (check) exit bad
	print "# Attacks on ring 0"
	print ""
	print "What ring 3 can try, by number, what stops it, and the group of tests (`make test TEST='46-attacks'`)"
	print "that shows it. The list is `tests/hostile/attacks`; `make docs` writes this page from it, and the group"
	print "99-attacks, the last of a run, looks that each of its lines was printed. Where a processor's own feature"
	print "stops the attack, a control is beside it: the same on a processor without, where it lands."
	print ""
	print "| number | attack | what stops it | seen in |"
	print "|---|---|---|---|"
	printf "%s", table
	exit bad
}
