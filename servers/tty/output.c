/* SPDX-License-Identifier: MIT */
/* output.c - what becomes of a byte on its way to the device: output processing and echo. */
#include "servers/tty/terminal.h"

enum { TAB_WIDTH = 8, DELETE = 127 };

static void put(struct terminal *t, u8 byte)
{
	if (!output_room(t))
		return;
	t->output[t->output_next % OUTPUT_SIZE] = byte;
	t->output_next++;
}

u32 column_after(const struct terminal *t, u32 column, u8 byte)
{
	switch (byte) {
	case '\r':
		return 0;
	case '\b':
		return column ? column - 1 : 0;
	case '\t':
		return (column | (TAB_WIDTH - 1)) + 1;
	}
	if (byte < ' ' || byte == DELETE)
		return column;
	/* Only the first byte of a UTF-8 character moves the cursor. */
	if (t->settings.input & TTY_INPUT_UTF8 && (byte & 0xc0) == 0x80)
		return column;
	return column + 1;
}

void output_byte(struct terminal *t, u8 byte)
{
	u32 flags = t->settings.output;

	if (!(flags & TTY_OUTPUT_PROCESS)) {
		put(t, byte);
		return;
	}
	if (byte == '\n') {
		if (flags & TTY_OUTPUT_NL_TO_CRNL)
			put(t, '\r');
		if (flags & (TTY_OUTPUT_NL_TO_CRNL | TTY_OUTPUT_NL_RETURNS))
			t->column = 0;
		put(t, '\n');
		return;
	}
	if (byte == '\r' && flags & TTY_OUTPUT_NO_CR_AT_0 && t->column == 0)
		return;
	if (byte == '\r' && flags & TTY_OUTPUT_CR_TO_NL)
		byte = '\n';
	if (byte == '\t' && flags & TTY_OUTPUT_EXPAND_TABS) {
		u32 end = column_after(t, t->column, '\t');

		for (; t->column < end; t->column++)
			put(t, ' ');
		return;
	}
	t->column = column_after(t, t->column, byte);
	put(t, byte);
}

static bool echoes_as_control(const struct terminal *t, u8 byte)
{
	return t->settings.local & TTY_LOCAL_ECHO_CONTROL &&
	       (byte == DELETE || (byte < ' ' && byte != '\n' && byte != '\t'));
}

void echo_byte(struct terminal *t, u8 byte)
{
	u32 local = t->settings.local;

	if (!(local & TTY_LOCAL_ECHO) &&
	    !(byte == '\n' && local & TTY_LOCAL_ECHO_NL && local & TTY_LOCAL_CANONICAL))
		return;
	if (echoes_as_control(t, byte)) {
		output_byte(t, '^');
		output_byte(t, byte ^ 0x40);
	} else {
		output_byte(t, byte);
	}
}

void echo_erase(struct terminal *t, u32 column_before)
{
	while (t->column > column_before) {
		u32 column = t->column;

		output_byte(t, '\b');
		output_byte(t, ' ');
		output_byte(t, '\b');
		if (t->column >= column)
			return;
	}
}
