# SPDX-License-Identifier: MIT
# lib.sh - what the groups of tests share.

failures=0

# pass NAME, fail NAME [WHY...]
pass() { printf 'ok %s\n' "$1"; }
fail() {
	printf 'FAILED %s\n' "$1"
	shift
	for why; do printf '%s\n' "$why" | head -n 60 | sed 's/^/    /'; done
	failures=$((failures + 1))
}

# same NAME WANTED GOT
same() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted: $2" "got:    $3"; fi
}

# has NAME PATTERN FILE: the file has a line that matches
has() {
	if grep -aqE -- "$2" "$3"; then pass "$1"; else
		fail "$1" "no line of $3 matches: $2" "$(tail -n 5 "$3" | tr -d '\r')"
	fi
}
