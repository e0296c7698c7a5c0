# SPDX-License-Identifier: MIT
# cells.awk - the tests that each row of syscall.def needs, and which of them are lacking.
#
#	cells.awk EXEMPT call.h syscall.def			print them: `NAME: WHAT`
#	cells.awk EXEMPT call.h syscall.def TEST.c...		print those that no test holds
#	cells.awk EXEMPT call.h syscall.def LINES.txt		print those without a line
#
# A row needs a success and each error that the comment before it documents; of each handle that it
# takes, as an argument or in a structure, that there is none, that it was never made, is stale, of
# another type, a right short.  Where the comment says `Waits`, it needs each end of a wait; where it
# says `Long`, its thread is killed in the middle.
#
# A test holds a cell where a statement judges the row's stub and gives what is wanted: WANT(E_INVAL,
# sys_NAME(..)), MAKE(sys_NAME(..)), CELL(NAME, E_INVAL, ..), BLOCKED(.., NAME, ..), KILLED(NAME, ..).
# handles.c makes the cells of handles from syscall.def and its own tables.  LINES are what the tests
# said, `ok PROGRAM: NAME: WHAT`.  EXEMPT holds lines `NAME: WHAT - REASON` for what no test can reach.

function need(name, what) { if (!((name ": " what) in needed)) { needed[name ": " what] = 1; order[++cells] = name ": " what } }
function handle(name, which, type, right) {
	if (which ~ /^argument 1$|^argument 2$/ && name " " which != "thread_bind argument 2") need(name, which ": no handle")
	need(name, which ": never made")
	need(name, which ": stale")
	if (type != "ANY") need(name, which ": another type")
	if (right != "0") need(name, which ": without " right)
}
function ends(name, text, type) {
	need(name, "kicked softly"); need(name, "kicked hard"); need(name, "killed")
	if (type != "NONE") need(name, "revoked")
	if (text ~ /E_DEAD/) need(name, "destroyed")
	if (text ~ /E_TIMEDOUT/) need(name, "deadline passed")
}
function row(line, text,    part, count, i, name, fields, field) {
	count = split(line, part, /[(,)] */)
	name = part[3]
	of[name] = 1
	need(name, "success")
	fields = split(text, field, /[^A-Z_0-9a-z]+/)
	for (i = 1; i <= fields; i++) {
		if (field[i] ~ /^E_[A-Z]+(_IN)?$/) need(name, field[i])
		if (field[i] == "Waits") ends(name, text, part[4])
		if (field[i] == "Long") need(name, "killed")
	}
	if (part[4] != "NONE") handle(name, "argument 1", part[4], part[5])
	for (i = 6; i < count; i += 2) {
		if (part[i] == "cap_t" && i > 6) handle(name, "argument " (i - 4) / 2, name == "cap_copy" ? "ANY" : "", "a right")
		if (split(part[i], field, / +/) && part[i] ~ /^const struct/)
			for (fields = 1; fields <= caps[field[3]]; fields++)
				handle(name, cap[field[3], fields], "", "a right")
	}
}
function stub(name) { sub(/^(sys|ipc)_/, "", name); return (name == "call" || name == "receive") ? "endpoint_" name : name }
function statement_end(    n, i, word, name) {
	gsub(/[ \t\n]+/, " ", statement)
	while (match(statement, /(WANT|EITHER|MAKE|SUCCEEDS|CELL|BLOCKED|KILLED|judge_cell)\([^;]*/)) {
		n = split(substr(statement, RSTART, RLENGTH), word, /[(), ]+/)
		if (word[1] ~ /^(MAKE|SUCCEEDS)$/) held[stub(word[2]) ": success"] = 1
		if (word[1] == "CELL") held[word[2] ": " (word[3] ~ /^E_/ ? word[3] : "success")] = 1
		if (word[1] == "KILLED") held[word[2] ": killed"] = 1
		if (word[1] == "BLOCKED") { held[word[3] ": " end_of[word[4]]] = 1; if (word[2] ~ /^E_/) held[word[3] ": " word[2]] = 1 }
		if (word[1] == "judge_cell" && split(statement, word, "\"") > 4) held[word[2] ": " word[4]] = 1
		if (word[1] ~ /^(WANT|EITHER)$/)
			for (i = 2; i <= n; i++)
				if (word[i] ~ /^(sys|ipc)_/) {
					held[stub(word[i]) ": " (word[2] ~ /^E_/ ? word[2] : "success")] = 1
					if (word[1] == "EITHER") held[stub(word[i]) ": " word[3]] = 1
					break
				}
		statement = substr(statement, RSTART + 4)
	}
	statement = ""
}

BEGIN {
	split("KICKED_SOFTLY KICKED_HARD KILLED REVOKED DESTROYED EXPIRED PASSED", key, " ")
	split("kicked softly,kicked hard,killed,revoked,destroyed,E_TIMEDOUT,deadline passed", value, ",")
	for (i in key) end_of[key[i]] = value[i]
}
FILENAME == ARGV[1] {
	if (/^#/ || !NF) next
	cell = $0; sub(/ - .*/, "", cell)
	if ($0 !~ / - ./) { print cell " is exempt without a reason"; bad = 1 }
	exempt[cell] = 1
	next
}
FILENAME ~ /\.h$/ && /^struct [a-z_]+ {/ { structure = $2; next }
FILENAME ~ /\.h$/ && /^\tcap_t / {
	sub(/;.*/, "")
	count = split($0, member, /[ ,\t]+/)
	for (i = 3; i <= count; i++) cap[structure, ++caps[structure]] = member[i]
	next
}
FILENAME ~ /\.def$/ && /^SYSCALL/ { row($0, comment); next }
FILENAME ~ /\.def$/ { if (/^\/\*/) comment = ""; comment = comment " " $0; next }
FILENAME ~ /\.c$/ { judged = 1; statement = statement " " $0; if (/;/) statement_end(); next }
FILENAME ~ /\.txt$/ { judged = 1; sub(/^ok [a-z]*: /, ""); held[$0] = 1 }

END {
	handles = ARGV[ARGC - 1] ~ /\.c$/
	for (i = 1; i <= cells; i++) {
		if (order[i] in exempt) { used[order[i]] = 1; if (judged && order[i] in held) unused[order[i]] = 1; continue }
		if (judged && (order[i] in held || (handles && order[i] ~ /: (argument [0-9]|[a-z_]+): /))) continue
		print order[i] (judged ? " is not tested" : "")
		bad = bad || judged
	}
	for (cell in exempt)
		if (!(cell in used)) { print cell " is exempt and not needed"; bad = 1 }
		else if (cell in unused) { print cell " is exempt and tested"; bad = 1 }
	exit bad
}
