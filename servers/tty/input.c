/* SPDX-License-Identifier: MIT */
/*
 * input.c - what becomes of a byte from the device: keys that mean something, the editing of a
 * line, and the queue of what can be read.
 */
#include "servers/tty/terminal.h"

enum { DELETE = 127 };

void input_push(struct terminal *t, u16 item)
{
	/* One place stays for the mark that ends a line: a full queue must not swallow it. */
	u32 limit = item & INPUT_END ? INPUT_SIZE : INPUT_SIZE - 1;

	if (input_count(t) >= limit) {
		if (t->settings.input & TTY_INPUT_BELL)
			output_byte(t, '\a');
		return;
	}
	t->input[t->input_tail % INPUT_SIZE] = item;
	t->input_tail++;
	t->lines += (item & INPUT_END) != 0;
}

static bool is_key(const struct terminal *t, u8 byte, enum tty_key key)
{
	return byte && t->settings.key[key] == byte;
}

/* The column at which the character at `end` of the line begins. */
static u32 line_column_at(const struct terminal *t, u32 end)
{
	u32 column = t->line_column;

	for (u32 i = 0; i < end; i++) {
		u8 byte = t->line[i];
		bool control = t->settings.local & TTY_LOCAL_ECHO_CONTROL &&
			       (byte == DELETE || (byte < ' ' && byte != '\t'));

		column = control ? column + 2 : column_after(t, column, byte);
	}
	return column;
}

static void erase_one(struct terminal *t)
{
	if (!t->line_length)
		return;
	do
		t->line_length--;
	while (t->settings.input & TTY_INPUT_UTF8 && t->line_length &&
	       (t->line[t->line_length] & 0xc0) == 0x80);
	if (!(t->settings.local & TTY_LOCAL_ECHO))
		return;
	if (t->settings.local & TTY_LOCAL_ECHO_ERASE)
		echo_erase(t, line_column_at(t, t->line_length));
	else
		echo_byte(t, t->settings.key[TTY_KEY_ERASE]);
}

static void erase_line(struct terminal *t)
{
	u32 both = TTY_LOCAL_ECHO_KILL_ERASE | TTY_LOCAL_ECHO_ERASE;

	t->line_length = 0;
	if (!(t->settings.local & TTY_LOCAL_ECHO))
		return;
	if ((t->settings.local & both) == both) {
		echo_erase(t, t->line_column);
		return;
	}
	echo_byte(t, t->settings.key[TTY_KEY_KILL]);
	if (t->settings.local & TTY_LOCAL_ECHO_KILL)
		output_byte(t, '\n');
	t->line_column = t->column;
}

static bool is_word(u8 byte)
{
	return byte == '_' || byte >= 0x80 || (byte >= '0' && byte <= '9') ||
	       ((byte | 32) >= 'a' && (byte | 32) <= 'z');
}

static void erase_word(struct terminal *t)
{
	while (t->line_length && !is_word(t->line[t->line_length - 1]))
		erase_one(t);
	while (t->line_length && is_word(t->line[t->line_length - 1]))
		erase_one(t);
}

static void reprint(struct terminal *t)
{
	echo_byte(t, t->settings.key[TTY_KEY_REPRINT]);
	output_byte(t, '\n');
	t->line_column = t->column;
	for (u32 i = 0; i < t->line_length; i++)
		echo_byte(t, t->line[i]);
}

/* The line becomes readable; end: the byte that ended it, INPUT_EOF: none. */
static void line_finish(struct terminal *t, u16 end)
{
	for (u32 i = 0; i < t->line_length; i++) {
		bool last = end == INPUT_EOF && i + 1 == t->line_length;

		input_push(t, t->line[i] | (last ? INPUT_END : 0));
	}
	if (end != INPUT_EOF)
		input_push(t, end | INPUT_END);
	else if (!t->line_length)
		input_push(t, INPUT_EOF | INPUT_END);
	t->line_length = 0;
}

static void line_add(struct terminal *t, u8 byte)
{
	/* The last place is kept free for a line's end, as everywhere. */
	if (t->line_length >= LINE_SIZE - 1) {
		if (t->settings.input & TTY_INPUT_BELL)
			output_byte(t, '\a');
		return;
	}
	if (t->line_length == 0)
		t->line_column = t->column;
	t->line[t->line_length++] = byte;
	echo_byte(t, byte);
}

/* Keys of canonical mode.  true: the byte was one. */
static bool edit_key(struct terminal *t, u8 byte)
{
	bool extended = t->settings.local & TTY_LOCAL_EXTENDED;

	if (is_key(t, byte, TTY_KEY_ERASE))
		erase_one(t);
	else if (is_key(t, byte, TTY_KEY_KILL))
		erase_line(t);
	else if (is_key(t, byte, TTY_KEY_EOF))
		line_finish(t, INPUT_EOF);
	else if (extended && is_key(t, byte, TTY_KEY_WORD_ERASE))
		erase_word(t);
	else if (extended && is_key(t, byte, TTY_KEY_REPRINT))
		reprint(t);
	else
		return false;
	return true;
}

static void take_canonical(struct terminal *t, u8 byte)
{
	const u32 echo_both = TTY_LOCAL_ECHO | TTY_LOCAL_ECHO_CONTROL;

	if (t->settings.local & TTY_LOCAL_EXTENDED && is_key(t, byte, TTY_KEY_LITERAL_NEXT)) {
		t->literal = 1;
		if ((t->settings.local & echo_both) == echo_both) {
			output_byte(t, '^');
			output_byte(t, '\b');
		}
		return;
	}
	if (edit_key(t, byte))
		return;
	if (byte == '\n' || is_key(t, byte, TTY_KEY_EOL) || is_key(t, byte, TTY_KEY_EOL2)) {
		echo_byte(t, byte);
		line_finish(t, byte);
		return;
	}
	line_add(t, byte);
}

/* Keys that mean an event.  0: the byte is none. */
static u32 signal_key(struct terminal *t, u8 byte)
{
	u32 event = is_key(t, byte, TTY_KEY_INTR)   ? TTY_EVENT_INTR
		    : is_key(t, byte, TTY_KEY_QUIT) ? TTY_EVENT_QUIT
		    : is_key(t, byte, TTY_KEY_SUSP) ? TTY_EVENT_SUSP
						    : 0;

	if (!event)
		return 0;
	if (!(t->settings.local & TTY_LOCAL_NO_FLUSH)) {
		input_flush(t);
		output_discard(t);
	}
	t->stopped = 0;
	echo_byte(t, byte);
	return event;
}

/* STOP and START.  true: the byte was one of them. */
static bool flow_key(struct terminal *t, u8 byte)
{
	if (is_key(t, byte, TTY_KEY_START)) {
		t->stopped = 0;
		return true;
	}
	if (is_key(t, byte, TTY_KEY_STOP)) {
		t->stopped = 1;
		return true;
	}
	if (t->settings.input & TTY_INPUT_FLOW_ANY)
		t->stopped = 0;
	return false;
}

u32 input_byte(struct terminal *t, u8 byte)
{
	const struct tty_settings *s = &t->settings;
	u32 event;

	if (s->input & TTY_INPUT_STRIP)
		byte &= 0x7f;
	if (t->literal) {
		t->literal = 0;
		if (is_canonical(t))
			line_add(t, byte);
		else
			input_push(t, byte);
		return 0;
	}
	if (s->input & TTY_INPUT_FLOW && flow_key(t, byte))
		return 0;
	event = s->local & TTY_LOCAL_SIGNALS ? signal_key(t, byte) : 0;
	if (event)
		return event;
	if (byte == '\r') {
		if (s->input & TTY_INPUT_IGNORE_CR)
			return 0;
		if (s->input & TTY_INPUT_CR_TO_NL)
			byte = '\n';
	} else if (byte == '\n' && s->input & TTY_INPUT_NL_TO_CR) {
		byte = '\r';
	}
	if (is_canonical(t)) {
		take_canonical(t, byte);
	} else {
		input_push(t, byte);
		echo_byte(t, byte);
	}
	return 0;
}

u64 input_readable(const struct terminal *t)
{
	return !is_canonical(t) || t->lines ? input_count(t) : 0;
}

u64 input_peek(const struct terminal *t, u8 *buffer, u64 size, u32 *head)
{
	u64 count = 0;

	*head = t->input_head;
	while (count < size && *head != t->input_tail) {
		u16 item = t->input[(*head)++ % INPUT_SIZE];

		if (!(item & INPUT_EOF))
			buffer[count++] = item & INPUT_BYTE;
		if (is_canonical(t) && item & INPUT_END)
			break;
	}
	return count;
}

void input_advance(struct terminal *t, u32 head)
{
	t->input_head = head;
	t->lines = 0;
	for (u32 i = head; i != t->input_tail; i++)
		t->lines += (t->input[i % INPUT_SIZE] & INPUT_END) != 0;
}
