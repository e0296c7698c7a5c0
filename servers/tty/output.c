/* SPDX-License-Identifier: MIT */
/* output.c - what becomes of a byte on its way to the device: output processing and echo. */
#include "servers/tty/terminal.h"

enum { TAB_WIDTH = 8 };

/* Echo for which there is no room is lost: nobody may be made to wait for it. */
static void put(struct terminal *t, u8 byte)
{
	if (!output_room(t))
		return;
	queues_of(t)->output[t->output_tail % OUTPUT_SIZE] = byte;
	t->output_tail++;
}

static void newline(struct terminal *t)
{
	u32 flags = t->settings.output;

	if (flags & TTY_OUTPUT_NL_RETURNS)
		t->column = 0;
	if (flags & TTY_OUTPUT_NL_TO_CRNL) {
		t->column = 0;
		put(t, '\r');
	}
	t->line_column = t->column;
	put(t, '\n');
}

static void carriage_return(struct terminal *t)
{
	u32 flags = t->settings.output;

	if (flags & TTY_OUTPUT_NO_CR_AT_0 && !t->column)
		return;
	if (flags & TTY_OUTPUT_CR_TO_NL) {
		if (flags & TTY_OUTPUT_NL_RETURNS)
			t->line_column = t->column = 0;
		put(t, '\n');
		return;
	}
	t->line_column = t->column = 0;
	put(t, '\r');
}

static void tab(struct terminal *t)
{
	u32 spaces = TAB_WIDTH - t->column % TAB_WIDTH;

	t->column += spaces;
	if (!(t->settings.output & TTY_OUTPUT_EXPAND_TABS))
		put(t, '\t');
	else
		while (spaces--)
			put(t, ' ');
}

void output_byte(struct terminal *t, u8 byte)
{
	u32 flags = t->settings.output;

	if (!(flags & TTY_OUTPUT_PROCESS)) {
		put(t, byte);
		return;
	}
	switch (byte) {
	case '\n':
		newline(t);
		return;
	case '\r':
		carriage_return(t);
		return;
	case '\t':
		tab(t);
		return;
	case '\b':
		t->column -= t->column > 0;
		break;
	default:
		if (is_control(byte))
			break;
		if (flags & TTY_OUTPUT_TO_UPPER && is_lower(byte))
			byte -= 32;
		t->column += !is_continuation(t, byte);
	}
	put(t, byte);
}

void echo_raw(struct terminal *t, u8 byte)
{
	/* No letter of any encoding that settings know: it passes as it is. */
	if (byte == 0xff) {
		put(t, byte);
		t->column++;
		return;
	}
	output_byte(t, byte);
}

void echo_byte(struct terminal *t, u8 byte)
{
	if (t->settings.local & TTY_LOCAL_ECHO_CONTROL && is_control(byte) && byte != '\t') {
		put(t, '^');
		put(t, byte ^ 0100);
		t->column += 2;
	} else {
		echo_raw(t, byte);
	}
}

void echo_erase_tab(struct terminal *t, u32 columns, u32 after_tab)
{
	u32 back;

	columns %= TAB_WIDTH;
	if (!after_tab)
		columns += t->line_column;
	for (back = TAB_WIDTH - columns % TAB_WIDTH; back; back--) {
		put(t, '\b');
		t->column -= t->column > 0;
	}
}

u64 output_give(struct terminal *t, u8 *buffer, u64 size)
{
	u64 count = 0;

	if (!size)
		return 0;
	if (t->packet) {
		buffer[count++] = (u8)t->packet_status;
		if (t->packet_status) {
			t->packet_status = 0;
			return count;
		}
	}
	while (count < size && output_ready(t))
		buffer[count++] = queues_of(t)->output[t->output_head++ % OUTPUT_SIZE];
	return count;
}
