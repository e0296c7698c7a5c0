# SPDX-License-Identifier: MIT
# program.sh - run one of tests/programs in the debug build and take its lines from the log.

# program_run NAME WORDS: the kernel's command line holds WORDS, among them the program's own.  It may
# take $program_time seconds (100).
program_run() {
	local name=$1 line why= lines=build/tests/$1.txt
	KEEL_CONFIG=${KEEL_CONFIG:-debug} KEEL_BOOT=pvh KEEL_APPEND=$2 KEEL_RUN='' \
		timeout -k 5 "${program_time:-100}" tests/run serial </dev/null >/dev/null 2>&1
	tr -d '\r' <build/log/log | sed -n "s/^$name: //p" >"$lines"
	while IFS= read -r line; do
		case $line in
		'cells|'*) ;; # for 40-calls
		'ok '*) pass "$name: ${line#ok }"; why= ;;
		'FAILED '*) fail "$name: ${line#FAILED }" "$why"; why= ;;
		*) why=$why${why:+$'\n'}$line ;;
		esac
	done <"$lines"
	if grep -q 'rows passed' "$lines"; then pass "$name: the tests came to their end"; else
		fail "$name: the tests came to their end" "$why" "$(tail -n 10 build/log/log | tr -d '\r')"
	fi
}
