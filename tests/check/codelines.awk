# SPDX-License-Identifier: MIT
# codelines.awk - count lines of code: not blank, not comment.  Prints the sum.

{
	line = $0
	if (FILENAME ~ /\.asm$/)
		sub(/;.*/, "", line)
	while (1) {
		if (inside) {
			if (!(at = index(line, "*/"))) { line = ""; break }
			line = substr(line, at + 2); inside = 0
		}
		if (!(at = index(line, "/*"))) break
		rest = substr(line, at + 2); line = substr(line, 1, at - 1)
		if (end = index(rest, "*/")) line = line substr(rest, end + 2)
		else { inside = 1; break }
	}
	sub(/\/\/.*/, "", line)
	if (line ~ /[^ \t]/) count++
}
END { print count + 0 }
