# SPDX-License-Identifier: MIT
#
# screen.sh - a guest with a screen and a keyboard: prompt.sh, and what QEMU's monitor shows and types.
#
# screen_has TEXT [SECONDS]: wait until some row of the screen holds the text; press KEY...; type TEXT.

screen_tool() { build/host/screen "$1" build/log/monitor "${@:2}"; }
screen_text() { screen_tool text build/host/font.psf; }
press() { screen_tool keys "$@"; }

# Letters, digits, blanks and the few signs that commands need, on a keyboard of the layout us.
type_text() {
	local text=$1 keys=() c i
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		case $c in
		[a-z0-9]) ;;
		[A-Z]) c=shift-${c,,} ;;
		' ') c=spc ;; '/') c=slash ;; '-') c=minus ;; '.') c=dot ;; ';') c=semicolon ;;
		'=') c=equal ;; '$') c=shift-4 ;; '(') c=shift-9 ;; ')') c=shift-0 ;; '*') c=shift-8 ;;
		'"') c=shift-apostrophe ;; \\) c=backslash ;; '[') c=bracket_left ;; ':') c=shift-semicolon ;;
		'|') c=shift-backslash ;; '>') c=shift-dot ;; '%') c=shift-5 ;; '_') c=shift-minus ;;
		'!') c=shift-1 ;; '+') c=shift-equal ;; '&') c=shift-7 ;; ',') c=comma ;;
		$'\n') c=ret ;;
		*) echo "type_text: no key for $c" >&2; return 1 ;;
		esac
		keys+=("$c")
	done
	press "${keys[@]}"
}

screen_has() {
	local tries=$(( ${2:-10} * 5 ))
	while [ $tries -gt 0 ]; do
		# The dot keeps the empty rows that a command substitution would cut off.
		screen_now=$(screen_text; printf .)
		[[ $screen_now == *"$1"* ]] && return 0
		sleep 0.2
		tries=$((tries - 1))
	done
	return 1
}

# Until the last row that is not empty is a prompt, three looks long: a program that ends may throw
# away what was typed, and ash takes keys that come within 50 ms for a part of the terminal's answer
# to its question for the cursor.
at_prompt() {
	local tries=50 seen=0
	while [ $tries -gt 0 ] && [ $seen -lt 3 ]; do
		seen=$((seen + 1))
		[ "$(screen_text | grep -v '^$' | tail -n 1)" = '/ #' ] || seen=0
		sleep 0.1
		tries=$((tries - 1))
	done
}

# on_screen NAME TEXT: a test of its own
on_screen() {
	if screen_has "$2"; then pass "$1"; else
		fail "$1" "waited for: $2" "shown: $(grep -v '^$' <<<"$screen_now" | tail -n 8)"
	fi
}

# row N: one row of what was last read
row() { sed -n "$(($1 + 1))p" <<<"$screen_now"; }
