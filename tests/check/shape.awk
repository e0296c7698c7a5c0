# SPDX-License-Identifier: MIT
# shape.awk - the size of functions, files and lines, and the header of each file.
#
# A function is what stands between a `{` and a `}` in the first column.  Variables: function_max,
# file_max, column_max.

function report(text) { printf "%s: %s\n", FILENAME, text; bad = 1 }
function columns(text,   n, i) {
	n = 0
	for (i = 1; i <= length(text); i++)
		n = substr(text, i, 1) == "\t" ? n + 8 - n % 8 : n + 1
	return n
}
function close_file() {
	if (file != "" && lines > file_max) { printf "%s: %d lines\n", file, lines; bad = 1 }
}

FNR == 1 { close_file(); file = FILENAME; licensed = 0; start = 0 }
{ lines = FNR }
FNR <= 3 && /SPDX-License-Identifier: MIT/ { licensed = 1 }
FNR == 3 && !licensed { report("no SPDX line among the first three") }
column_max && columns($0) > column_max && FILENAME !~ /\.(def|proto)$/ {
	report("line " FNR " has more than " column_max " columns")
}
/[ \t]+$/ { report("line " FNR " ends in blanks") }
/^\{/ { start = FNR; next }
/^\}/ && start {
	if (FNR - start - 1 > function_max)
		report("the function that ends in line " FNR " has " FNR - start - 1 " lines")
	start = 0
}
END { close_file(); exit bad }
