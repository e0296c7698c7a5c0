# SPDX-License-Identifier: MIT
# errors.awk - name each error that a row documents and no test provokes.
#
#	errors.awk EXEMPT syscall.def *.proto TEST.c...
#
# A row of syscall.def documents errors in the comment before it, a row of a .proto in its `errors`
# line.  A test provokes one where a statement holds both the error's name and a call of the row's
# stub: sys_NAME(), ipc_NAME() for the message calls, PROTOCOL_NAME().  EXEMPT holds lines
# "ROW ERROR REASON" for those that no test can provoke.

FILENAME == ARGV[1] { if ($0 !~ /^#/ && NF) { exempt[$1, $2] = 1; reason[$1, $2] = NF > 2 }; next }

FILENAME ~ /\.def$/ && /^SYSCALL/ {
	split($0, part, /[(,] */)
	document(part[3], comment)
	stubs[part[3]] = part[3] ~ /^(endpoint_call|endpoint_receive|reply|reply_receive)$/ ? \
		"ipc_" gensub_endpoint(part[3]) : "sys_" part[3]
	comment = ""
	next
}
FILENAME ~ /\.def$/ {
	if ($0 ~ /^\/\*/) comment = ""
	comment = comment " " $0
	next
}
FILENAME ~ /\.proto$/ && $1 == "protocol" { protocol = $2; next }
FILENAME ~ /\.proto$/ && /^[0-9]+ / { row = protocol "." $2; stubs[row] = protocol "_" $2; next }
FILENAME ~ /\.proto$/ { if ($1 == "errors") document(row, $0); next }

# Tests, a statement at a time.
{ statement = statement " " $0 }
/;/ { statement_end() }

function gensub_endpoint(name) { sub(/^endpoint_/, "", name); return name }

function document(name, text,    word, count, i) {
	count = split(text, word, /[^A-Z_0-9a-z]+/)
	for (i = 1; i <= count; i++)
		if (word[i] ~ /^E_[A-Z]+$/ && !((name, word[i]) in documented)) {
			documented[name, word[i]] = 1
			order[++rows] = name SUBSEP word[i]
		}
}

function statement_end(    word, count, i, j) {
	count = split(statement, word, /[^A-Za-z_0-9]+/)
	for (i = 1; i <= count; i++)
		if (word[i] ~ /^E_/)
			for (j = 1; j <= count; j++)
				provoked[word[j], word[i]] = 1
	statement = ""
}

END {
	for (i = 1; i <= rows; i++) {
		split(order[i], part, SUBSEP)
		if ((stubs[part[1]], part[2]) in provoked)
			continue
		if ((part[1], part[2]) in exempt) {
			if (!reason[part[1], part[2]]) { print part[1] ": " part[2] " is exempt without a reason"; bad = 1 }
			continue
		}
		print part[1] ": " part[2] " is documented and not tested"
		bad = 1
	}
	exit bad
}
