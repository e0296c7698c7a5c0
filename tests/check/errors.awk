# SPDX-License-Identifier: MIT
# errors.awk - name each error that a row documents and no test provokes.
#
#	errors.awk EXEMPT *.proto TEST.c...
#
# A row of a .proto documents errors in its `errors` line.  A test provokes one where a statement
# holds both the error's name and a call of the row's stub, PROTOCOL_NAME().  EXEMPT holds lines
# "ROW ERROR REASON" for those that no test can provoke.  For system calls see cells.awk.

FILENAME == ARGV[1] { if ($0 !~ /^#/ && NF) { exempt[$1, $2] = 1; reason[$1, $2] = NF > 2 }; next }

FILENAME ~ /\.proto$/ && $1 == "protocol" { protocol = $2; next }
FILENAME ~ /\.proto$/ && /^[0-9]+ / { row = protocol "." $2; stubs[row] = protocol "_" $2; next }
FILENAME ~ /\.proto$/ { if ($1 == "errors") document(row, $0); next }

# Tests, a statement at a time.
{ statement = statement " " $0 }
/;/ { statement_end() }

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
