/* SPDX-License-Identifier: MIT */
/*
 * input.c - what becomes of a byte from the device: keys that mean something, the editing of a
 * line, and the queue of what can be read.
 */
#include "servers/tty/terminal.h"

static u16 *at(const struct terminal *t, u32 index)
{
	return &queues_of(t)->input[index % INPUT_SIZE];
}

static void put(struct terminal *t, u16 item)
{
	*at(t, t->input_tail) = item;
	t->input_tail++;
}

static void put_byte(struct terminal *t, u8 byte)
{
	if (byte == 0xff && t->settings.input & TTY_INPUT_DOUBLE_255)
		put(t, byte);
	put(t, byte);
}

static bool is_key(const struct terminal *t, u8 byte, enum tty_key key)
{
	return byte && t->settings.key[key] == byte;
}

static bool has(const struct terminal *t, u32 local)
{
	return t->settings.local & local;
}

/* --- echo of a line -------------------------------------------------------------------------- */

static void erasing_end(struct terminal *t)
{
	if (t->erasing) {
		echo_raw(t, '/');
		t->erasing = 0;
	}
}

static void line_begin(struct terminal *t)
{
	if (t->input_line == t->input_tail)
		t->line_column = t->column;
}

/* Columns that the line up to `end` takes since its last tab, or since its start. */
static void tab_erase(struct terminal *t, u32 end)
{
	u32 columns = 0, after_tab = 0;

	while (end != t->input_line && !after_tab) {
		u8 c = (u8)*at(t, --end);

		if (c == '\t')
			after_tab = 1;
		else if (is_control(c))
			columns += has(t, TTY_LOCAL_ECHO_CONTROL) ? 2 : 0;
		else
			columns += !is_continuation(t, c);
	}
	echo_erase_tab(t, columns, after_tab);
}

static void rub_out(struct terminal *t)
{
	echo_raw(t, '\b');
	echo_raw(t, ' ');
	echo_raw(t, '\b');
}

/* The character of `count` bytes at the tail is gone: show it. */
static void echo_erased(struct terminal *t, u8 c, u32 count, enum tty_key key)
{
	if (has(t, TTY_LOCAL_ECHO_PRINT)) {
		if (!t->erasing) {
			echo_raw(t, '\\');
			t->erasing = 1;
		}
		echo_byte(t, c);
		for (u32 i = 1; i < count; i++) {
			echo_raw(t, (u8)*at(t, t->input_tail + i));
			t->column -= t->column > 0;
		}
	} else if (key == TTY_KEY_ERASE && !has(t, TTY_LOCAL_ECHO_ERASE)) {
		echo_byte(t, t->settings.key[TTY_KEY_ERASE]);
	} else if (c == '\t') {
		tab_erase(t, t->input_tail);
	} else {
		if (is_control(c) && has(t, TTY_LOCAL_ECHO_CONTROL))
			rub_out(t);
		if (!is_control(c) || has(t, TTY_LOCAL_ECHO_CONTROL))
			rub_out(t);
	}
}

/* --- editing --------------------------------------------------------------------------------- */

static bool is_word(u8 c)
{
	return c == '_' || (c >= '0' && c <= '9') || is_upper(c) || is_lower(c);
}

static void erase_all_at_once(struct terminal *t)
{
	t->input_tail = t->input_line;
	if (!has(t, TTY_LOCAL_ECHO))
		return;
	erasing_end(t);
	echo_byte(t, t->settings.key[TTY_KEY_KILL]);
	if (has(t, TTY_LOCAL_ECHO_KILL))
		echo_raw(t, '\n');
}

/* ERASE: one character; WORD_ERASE: what is no word and the word before it; KILL: the line. */
static void erase(struct terminal *t, enum tty_key key)
{
	const u32 one_by_one = TTY_LOCAL_ECHO_KILL | TTY_LOCAL_ECHO_KILL_ERASE |
			       TTY_LOCAL_ECHO_ERASE;
	bool in_word = false;

	if (t->input_tail == t->input_line)
		return;
	if (key == TTY_KEY_KILL &&
	    (!has(t, TTY_LOCAL_ECHO) || (t->settings.local & one_by_one) != one_by_one)) {
		erase_all_at_once(t);
		return;
	}
	while (t->input_tail != t->input_line) {
		u32 head = t->input_tail, count;
		u8 c;

		do
			c = (u8)*at(t, --head);
		while (is_continuation(t, c) && head != t->input_line);
		if (is_continuation(t, c))
			break; /* not the whole of a character */
		if (key == TTY_KEY_WORD_ERASE) {
			if (is_word(c))
				in_word = true;
			else if (in_word)
				break;
		}
		count = t->input_tail - head;
		t->input_tail = head;
		if (has(t, TTY_LOCAL_ECHO))
			echo_erased(t, c, count, key);
		if (key == TTY_KEY_ERASE)
			break;
	}
	if (t->input_tail == t->input_line && has(t, TTY_LOCAL_ECHO))
		erasing_end(t);
}

static void reprint(struct terminal *t, u8 key)
{
	erasing_end(t);
	echo_byte(t, key);
	echo_raw(t, '\n');
	for (u32 i = t->input_line; i != t->input_tail; i++)
		echo_byte(t, (u8)*at(t, i));
}

/* The line becomes readable. */
static void line_end(struct terminal *t, u8 byte)
{
	put(t, byte | INPUT_END);
	t->input_line = t->input_tail;
}

static void literal_begin(struct terminal *t)
{
	t->literal = 1;
	if (!has(t, TTY_LOCAL_ECHO))
		return;
	erasing_end(t);
	if (has(t, TTY_LOCAL_ECHO_CONTROL)) {
		echo_raw(t, '^');
		echo_raw(t, '\b');
	}
}

/* Bytes that end a line.  true: this was one. */
static bool ending_key(struct terminal *t, u8 byte)
{
	if (byte == '\n') {
		if (has(t, TTY_LOCAL_ECHO | TTY_LOCAL_ECHO_NL))
			echo_raw(t, '\n');
		line_end(t, byte);
	} else if (is_key(t, byte, TTY_KEY_EOF)) {
		line_end(t, 0);
	} else if (is_key(t, byte, TTY_KEY_EOL) ||
		   (is_key(t, byte, TTY_KEY_EOL2) && has(t, TTY_LOCAL_EXTENDED))) {
		if (has(t, TTY_LOCAL_ECHO)) {
			line_begin(t);
			echo_byte(t, byte);
		}
		if (byte == 0xff && t->settings.input & TTY_INPUT_DOUBLE_255)
			put(t, byte);
		line_end(t, byte);
	} else {
		return false;
	}
	return true;
}

/* Keys of canonical mode.  true: the byte was one. */
static bool editing_key(struct terminal *t, u8 byte)
{
	bool extended = has(t, TTY_LOCAL_EXTENDED);

	if (is_key(t, byte, TTY_KEY_ERASE))
		erase(t, TTY_KEY_ERASE);
	else if (extended && is_key(t, byte, TTY_KEY_WORD_ERASE))
		erase(t, TTY_KEY_WORD_ERASE);
	else if (is_key(t, byte, TTY_KEY_KILL))
		erase(t, TTY_KEY_KILL);
	else if (extended && is_key(t, byte, TTY_KEY_LITERAL_NEXT))
		literal_begin(t);
	else if (extended && has(t, TTY_LOCAL_ECHO) && is_key(t, byte, TTY_KEY_REPRINT))
		reprint(t, byte);
	else
		return ending_key(t, byte);
	return true;
}

/* --- keys of any mode ------------------------------------------------------------------------ */

/* STOP and START.  true: the byte was one of them. */
static bool flow_key(struct terminal *t, u8 byte)
{
	if (is_key(t, byte, TTY_KEY_START))
		terminal_start(t);
	else if (is_key(t, byte, TTY_KEY_STOP))
		terminal_stop(t);
	else
		return false;
	return true;
}

/* Keys that mean an event.  true: the byte was one. */
static bool signal_key(struct terminal *t, u8 byte)
{
	u32 event = is_key(t, byte, TTY_KEY_INTR)   ? TTY_EVENT_INTR
		    : is_key(t, byte, TTY_KEY_QUIT) ? TTY_EVENT_QUIT
		    : is_key(t, byte, TTY_KEY_SUSP) ? TTY_EVENT_SUSP
						    : 0;

	if (!event)
		return false;
	t->events |= event;
	if (!has(t, TTY_LOCAL_NO_FLUSH)) {
		output_flush(t);
		input_flush(t);
	}
	if (t->settings.input & TTY_INPUT_FLOW)
		terminal_start(t);
	if (has(t, TTY_LOCAL_ECHO))
		echo_byte(t, byte);
	return true;
}

static void any_key(struct terminal *t)
{
	const u32 both = TTY_INPUT_FLOW | TTY_INPUT_FLOW_ANY;

	if ((t->settings.input & both) == both)
		terminal_start(t);
}

/* A byte that means only itself. */
static void take_plain(struct terminal *t, u8 byte)
{
	any_key(t);
	if (has(t, TTY_LOCAL_ECHO)) {
		erasing_end(t);
		line_begin(t);
		echo_byte(t, byte);
	}
	put_byte(t, byte);
}

/* A byte that may be a key. */
static void take(struct terminal *t, u8 byte)
{
	const struct tty_settings *s = &t->settings;
	bool was_return = byte == '\r';

	if (s->input & TTY_INPUT_FLOW && flow_key(t, byte))
		return;
	if (has(t, TTY_LOCAL_SIGNALS) && signal_key(t, byte))
		return;
	/* Whatever else the key does, it starts output. */
	any_key(t);
	if (was_return && s->input & TTY_INPUT_IGNORE_CR)
		return;
	if (was_return && s->input & TTY_INPUT_CR_TO_NL)
		byte = '\n';
	else if (byte == '\n' && s->input & TTY_INPUT_NL_TO_CR)
		byte = '\r';
	if (has(t, TTY_LOCAL_CANONICAL) && editing_key(t, byte))
		return;
	/* A newline that was made of a return is one to the screen too. */
	if (was_return && byte == '\n') {
		if (has(t, TTY_LOCAL_ECHO)) {
			erasing_end(t);
			echo_raw(t, '\n');
		}
		put(t, byte);
		return;
	}
	take_plain(t, byte);
}

static void input_byte(struct terminal *t, u8 byte)
{
	const struct tty_settings *s = &t->settings;

	if (s->input & TTY_INPUT_STRIP)
		byte &= 0x7f;
	if (s->input & TTY_INPUT_TO_LOWER && has(t, TTY_LOCAL_EXTENDED) && is_upper(byte))
		byte += 32;
	if (t->literal) {
		t->literal = 0;
		take_plain(t, byte);
	} else if (has(t, TTY_LOCAL_EXTERNAL)) {
		put(t, byte);
	} else {
		take(t, byte);
	}
}

/* --- the queue ------------------------------------------------------------------------------- */

/* Bytes that surely fit; one place is kept, so that a line that is too long can still be ended. */
static i32 room(const struct terminal *t)
{
	i32 places = (i32)(INPUT_SIZE - input_count(t));

	if (t->settings.input & TTY_INPUT_DOUBLE_255)
		places = (places + 2) / 3;
	return places - 1;
}

/* No line can be read: what is typed must be dealt with, or nothing would ever end the line. */
static bool overflows(const struct terminal *t)
{
	return has(t, TTY_LOCAL_CANONICAL) && t->input_line == t->input_head;
}

u32 input_room(const struct terminal *t)
{
	i32 places = room(t);

	return places > 0 ? (u32)places : overflows(t);
}

void input_break(struct terminal *t)
{
	static const u8 marked[] = { 255, 0, 0 };
	u32 input = t->settings.input;

	if (input & TTY_INPUT_IGNORE_BREAK)
		return;
	if (input & TTY_INPUT_BREAK_IS_INTR) {
		t->events |= TTY_EVENT_INTR;
		if (!has(t, TTY_LOCAL_NO_FLUSH)) {
			output_flush(t);
			input_flush(t);
		}
		return;
	}
	for (u32 i = input & TTY_INPUT_DOUBLE_255 ? 0 : 2; i < sizeof(marked); i++)
		if (input_count(t) < INPUT_SIZE)
			put_byte(t, marked[i]);
}

u64 input_take(struct terminal *t, const u8 *bytes, u64 count)
{
	u64 done = 0;

	while (done < count) {
		i32 places = room(t);
		u32 tail = t->input_tail;

		if (places <= 0 && !overflows(t))
			break;
		/* The last byte of a line that is too long makes room for the next. */
		if (places < 0)
			t->input_tail--;
		input_byte(t, bytes[done++]);
		if ((i32)(t->input_tail - tail) < 0)
			break;
	}
	return done;
}

bool input_any(const struct terminal *t)
{
	return t->input_head != (is_canonical(t) ? t->input_line : t->input_tail);
}

/* Whether the byte at the index ends a line, which the EOF key does with a byte 0. */
static bool is_end(const struct terminal *t, u32 index)
{
	/* What was typed without lines became one line when lines came back. */
	if ((i32)(t->input_pushed - index) > 0)
		return index + 1 == t->input_pushed;
	return *at(t, index) & INPUT_END;
}

u64 input_readable(const struct terminal *t)
{
	u64 count = 0;

	if (!is_canonical(t))
		return input_count(t);
	for (u32 i = t->input_head; i != t->input_line; i++)
		count += !is_end(t, i) || (u8)*at(t, i);
	return count;
}

static void head_moved(struct terminal *t)
{
	if ((i32)(t->input_pushed - t->input_head) < 0)
		t->input_pushed = t->input_head;
}

static u64 lines_give(struct terminal *t, u8 *buffer, u64 size)
{
	u64 count = 0;
	bool end = false;

	while (t->input_head != t->input_line && !end) {
		u8 byte = (u8)*at(t, t->input_head);

		end = is_end(t, t->input_head);
		/* An EOF key behind bytes that filled the buffer goes with them. */
		if (count == size && !(end && !byte))
			break;
		t->input_head++;
		if (!end || byte)
			buffer[count++] = byte;
	}
	head_moved(t);
	return count;
}

u64 input_give(struct terminal *t, u8 *buffer, u64 size)
{
	const u32 both = TTY_LOCAL_EXTERNAL | TTY_LOCAL_CANONICAL;
	u64 count = 0;

	if (is_canonical(t))
		return lines_give(t, buffer, size);
	while (count < size && t->input_head != t->input_tail)
		buffer[count++] = (u8)*at(t, t->input_head++);
	/* Without lines there is none being edited. */
	t->input_line = t->input_head;
	head_moved(t);
	/* Who edits for us sends the EOF key alone to mean the end. */
	if ((t->settings.local & both) == both && count == 1 && t->input_head == t->input_tail &&
	    is_key(t, buffer[0], TTY_KEY_EOF))
		return 0;
	return count;
}
