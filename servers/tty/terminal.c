/* SPDX-License-Identifier: MIT */
/* terminal.c - a terminal's state as a whole: its beginning, its repair, its modes. */
#include "servers/tty/terminal.h"

#include "libsys/string.h"

#define TERMINAL_MAGIC 0x3179747400000000ul

enum { CONTROL_C = 3, CONTROL_D = 4, BACKSPACE_DELETE = 127, CONTROL_U = 21, CONTROL_Z = 26,
       CONTROL_BACKSLASH = 28, CONTROL_Q = 17, CONTROL_S = 19, CONTROL_R = 18, CONTROL_V = 22,
       CONTROL_W = 23, CONTROL_O = 15 };

void terminal_reset(struct terminal *t, u32 rows, u32 columns)
{
	struct tty_settings *s = &t->settings;

	if (t->magic == TERMINAL_MAGIC)
		return;
	s->input = TTY_INPUT_CR_TO_NL | TTY_INPUT_FLOW;
	s->output = TTY_OUTPUT_PROCESS | TTY_OUTPUT_NL_TO_CRNL;
	s->local = TTY_LOCAL_SIGNALS | TTY_LOCAL_CANONICAL | TTY_LOCAL_ECHO | TTY_LOCAL_ECHO_ERASE |
		   TTY_LOCAL_ECHO_KILL | TTY_LOCAL_ECHO_CONTROL | TTY_LOCAL_ECHO_KILL_ERASE |
		   TTY_LOCAL_EXTENDED;
	s->key[TTY_KEY_INTR] = CONTROL_C;
	s->key[TTY_KEY_QUIT] = CONTROL_BACKSLASH;
	s->key[TTY_KEY_ERASE] = BACKSPACE_DELETE;
	s->key[TTY_KEY_KILL] = CONTROL_U;
	s->key[TTY_KEY_EOF] = CONTROL_D;
	s->key[TTY_KEY_MIN] = 1;
	s->key[TTY_KEY_START] = CONTROL_Q;
	s->key[TTY_KEY_STOP] = CONTROL_S;
	s->key[TTY_KEY_SUSP] = CONTROL_Z;
	s->key[TTY_KEY_REPRINT] = CONTROL_R;
	s->key[TTY_KEY_WORD_ERASE] = CONTROL_W;
	s->key[TTY_KEY_LITERAL_NEXT] = CONTROL_V;
	s->key[TTY_KEY_DISCARD] = CONTROL_O;
	s->input_speed = s->output_speed = 115200;
	t->rows_columns = rows | (u64)columns << 16;
	t->magic = TERMINAL_MAGIC;
}

/* What died half-way in an update is cut back to what can be believed. */
void terminal_repair(struct terminal *t)
{
	t->lines = 0;
	if (input_count(t) > INPUT_SIZE)
		t->input_head = t->input_tail;
	if (t->output_tail - t->output_head > OUTPUT_SIZE)
		t->output_head = t->output_tail;
	t->output_next = t->output_tail;
	if (t->line_length > LINE_SIZE)
		t->line_length = 0;
	for (u32 i = t->input_head; i != t->input_tail; i++)
		t->lines += (t->input[i % INPUT_SIZE] & INPUT_END) != 0;
}

void input_flush(struct terminal *t)
{
	t->input_head = t->input_tail;
	t->line_length = 0;
	t->lines = 0;
	t->literal = 0;
}

void terminal_set(struct terminal *t, const struct tty_settings *settings)
{
	bool was_canonical = is_canonical(t);

	t->settings = *settings;
	if (was_canonical && !is_canonical(t)) {
		/* What was being edited can be read as it stands. */
		for (u32 i = 0; i < t->line_length; i++)
			input_push(t, t->line[i]);
		t->line_length = 0;
	} else if (!was_canonical && is_canonical(t) && input_count(t)) {
		u16 *last = &t->input[(t->input_tail - 1) % INPUT_SIZE];

		t->lines += !(*last & INPUT_END);
		*last |= INPUT_END;
	}
	if (!(t->settings.input & TTY_INPUT_FLOW))
		t->stopped = 0;
}
