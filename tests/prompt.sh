# SPDX-License-Identifier: MIT
#
# prompt.sh - type at a guest's console and wait for what it shows.
#
# prompt_start; send TEXT (printf escapes: \r is the return key); wait_for TEXT [SECONDS], which looks
# only at what came after the last text waited for; prompt_end.  Time-outs are generous: a passing
# test never waits for one.
#
# prompt_start two: the second serial port is there as well.  at_line 2 makes send and wait_for act on
# it, at_line 1 on the console again.

prompt_start() {
	prompt_folder=$(mktemp -d) || exit 1
	mkfifo "$prompt_folder/in"
	: >"$prompt_folder/out"
	prompt_line=1 prompt_place=(0 0 0) prompt_com2=
	if [ "${1-}" = two ]; then
		mkfifo "$prompt_folder/two.in" "$prompt_folder/two.out"
		cat "$prompt_folder/two.out" >"$prompt_folder/out2" &
		prompt_com2=pipe,path=$prompt_folder/two
	fi
	KEEL_COM2=$prompt_com2 KEEL_RUN='' tests/run serial <"$prompt_folder/in" >"$prompt_folder/out" 2>"$prompt_folder/err" &
	prompt_process=$!
	exec 5>"$prompt_folder/in"
	[ -z "$prompt_com2" ] || exec 6<>"$prompt_folder/two.in"
}

at_line() { prompt_line=$1; }

send() { printf '%b' "$1" >&$((prompt_line + 4)); }

# Positions count bytes of the output without carriage returns.
wait_for() {
	local LC_ALL=C tries=$(( ${2:-30} * 20 )) text prompt_seen
	local out=$prompt_folder/out${prompt_line#1}
	while :; do
		prompt_seen=${prompt_place[prompt_line]}
		# The dot keeps the newlines that a command substitution would cut off.
		text=$(tr -d '\000\r' <"$out" | tail -c +$((prompt_seen + 1)); printf .)
		text=${text%.}
		if [[ $text == *"$1"* ]]; then
			prompt_before=${text%%"$1"*}
			prompt_place[prompt_line]=$((prompt_seen + ${#prompt_before} + ${#1}))
			return 0
		fi
		prompt_before=$text
		[ $tries -gt 0 ] && kill -0 "$prompt_process" 2>/dev/null || return 1
		sleep 0.05
		tries=$((tries - 1))
	done
}

# Ctrl-C until the prompt is there: who runs a child by system() ignores it meanwhile, on Linux, too.
interrupt() {
	local tries
	for tries in 1 2 3 4 5 6; do
		send '\0003'
		wait_for '# ' 5 && return 0
	done
	return 1
}

# shows NAME TEXT [SECONDS]: a test of its own
shows() {
	if wait_for "$2" "${3:-30}"; then pass "$1"; else
		# A hang is told from a wrong answer by what the threads wait for.
		[ -e build/log/listed ] || tests/monitor build/log/monitor nmi >build/log/listed 2>&1
		fail "$1" "waited for: $2" "shown: $(tail -c 300 <<<"$prompt_before")" \
			"log: $(tail -n 25 build/log/log | tr -d '\r')"
	fi
}

# The guest should have switched itself off; sets $status.
prompt_end() {
	local tries=200
	while kill -0 "$prompt_process" 2>/dev/null && [ $tries -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
	[ $tries -gt 0 ] || kill "$prompt_process"
	exec 5>&- 6>&-
	wait "$prompt_process"
	status=$?
	rm -r "$prompt_folder"
}
