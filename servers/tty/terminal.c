/* SPDX-License-Identifier: MIT */
/* terminal.c - a terminal's state as a whole: its beginning, its commit, its modes. */
#include "servers/tty/terminal.h"

#include "libsys/string.h"

enum { CONTROL_C = 3, CONTROL_D = 4, BACKSPACE_DELETE = 127, CONTROL_U = 21, CONTROL_Z = 26,
       CONTROL_BACKSLASH = 28, CONTROL_Q = 17, CONTROL_S = 19, CONTROL_R = 18, CONTROL_V = 22,
       CONTROL_W = 23, CONTROL_O = 15, BITS = 8 };

static void settings_default(struct tty_settings *s)
{
	*s = (struct tty_settings){
		.input = TTY_INPUT_CR_TO_NL | TTY_INPUT_FLOW,
		.output = TTY_OUTPUT_PROCESS | TTY_OUTPUT_NL_TO_CRNL,
		.local = TTY_LOCAL_SIGNALS | TTY_LOCAL_CANONICAL | TTY_LOCAL_ECHO |
			 TTY_LOCAL_ECHO_ERASE | TTY_LOCAL_ECHO_KILL | TTY_LOCAL_ECHO_CONTROL |
			 TTY_LOCAL_ECHO_KILL_ERASE | TTY_LOCAL_EXTENDED,
		.line = BITS | TTY_LINE_RECEIVE,
		.input_speed = 38400,
		.output_speed = 38400,
	};
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
}

void terminal_reset(struct terminal *t, u64 size, u32 opened)
{
	*t = (struct terminal){ .size = size, .opened = opened };
	settings_default(&t->settings);
}

/* --- what counts after a death --------------------------------------------------------------- */

static bool believable(const struct terminal *t)
{
	return input_count(t) <= INPUT_SIZE &&
	       t->input_line - t->input_head <= input_count(t) &&
	       t->output_tail - t->output_head <= OUTPUT_SIZE &&
	       t->output_limit <= t->output_tail &&
	       (!t->stopped || t->output_limit >= t->output_head);
}

void terminal_adopt(struct terminal *t, u64 size)
{
	u32 i = terminal_index(t);

	*t = store->slot[i].copy[store->slot[i].current & 1];
	if (!believable(t)) {
		terminal_reset(t, size, 0);
		terminal_commit(t);
	}
}

void terminal_commit(struct terminal *t)
{
	u32 i = terminal_index(t), next = !store->slot[i].current;

	/* Whatever was carried out once has been answered: its store must not be made again. */
	journal_close(&store->journal);
	store->slot[i].copy[next] = *t;
	__atomic_store_n(&store->slot[i].current, next, __ATOMIC_RELEASE);
}

void terminal_commit_for(struct terminal *t, u64 badge, u64 token, u64 word)
{
	u32 i = terminal_index(t), next = !store->slot[i].current;

	store->slot[i].copy[next] = *t;
	journal_commit_for(&store->journal, store, badge, token, word, &store->slot[i].current, 4,
			   next);
}

void terminal_revert(struct terminal *t)
{
	u32 i = terminal_index(t);

	*t = store->slot[i].copy[store->slot[i].current];
}

/* --- flow ------------------------------------------------------------------------------------ */

static void packet_tell(struct terminal *t, u32 status, u32 instead_of)
{
	if (t->packet)
		t->packet_status = (t->packet_status & ~instead_of) | status;
}

void terminal_stop(struct terminal *t)
{
	if (t->stopped)
		return;
	t->stopped = 1;
	t->output_limit = t->output_tail;
	packet_tell(t, TTY_PACKET_STOPPED, TTY_PACKET_STARTED);
}

void terminal_start(struct terminal *t)
{
	if (!t->stopped || t->held)
		return;
	t->stopped = 0;
	packet_tell(t, TTY_PACKET_STARTED, TTY_PACKET_STOPPED);
}

void terminal_flow(struct terminal *t, enum tty_flow what)
{
	u8 key;

	switch (what) {
	case TTY_FLOW_HOLD:
		t->held = 1;
		terminal_stop(t);
		return;
	case TTY_FLOW_GO:
		if (!t->held)
			return;
		t->held = 0;
		terminal_start(t);
		return;
	case TTY_FLOW_SEND_STOP:
	case TTY_FLOW_SEND_START:
		key = t->settings.key[what == TTY_FLOW_SEND_STOP ? TTY_KEY_STOP : TTY_KEY_START];
		if (key && output_room(t)) {
			queues_of(t)->output[t->output_tail % OUTPUT_SIZE] = key;
			t->output_tail++;
		}
		return;
	}
}

void input_flush(struct terminal *t)
{
	t->input_head = t->input_line = t->input_pushed = t->input_tail;
	t->erasing = 0;
	packet_tell(t, TTY_PACKET_FLUSHED_INPUT, 0);
}

void output_flush(struct terminal *t)
{
	u32 keep = 0;

	/* What a master could have read by now is no longer ours. */
	if (is_pair(t))
		keep = output_ready(t) < DELIVERED ? output_ready(t) : DELIVERED;
	t->output_tail = t->output_head + keep;
	if (t->output_limit > t->output_tail)
		t->output_limit = t->output_tail;
	packet_tell(t, TTY_PACKET_FLUSHED_OUTPUT, 0);
}

/* --- settings -------------------------------------------------------------------------------- */

static bool usual_flow(const struct tty_settings *s)
{
	return s->input & TTY_INPUT_FLOW && s->key[TTY_KEY_STOP] == CONTROL_S &&
	       s->key[TTY_KEY_START] == CONTROL_Q;
}

static void packet_settings(struct terminal *t, const struct tty_settings *old)
{
	bool usual = usual_flow(&t->settings);

	if (usual_flow(old) != usual)
		packet_tell(t, usual ? TTY_PACKET_FLOW_USUAL : TTY_PACKET_FLOW_OTHER,
			    TTY_PACKET_FLOW_USUAL | TTY_PACKET_FLOW_OTHER);
	if ((old->local | t->settings.local) & TTY_LOCAL_EXTERNAL)
		packet_tell(t, TTY_PACKET_SETTINGS, 0);
}

void terminal_set(struct terminal *t, const struct tty_settings *settings)
{
	struct tty_settings old = t->settings;
	u32 changed = old.local ^ settings->local;

	t->settings = *settings;
	if (changed & (TTY_LOCAL_CANONICAL | TTY_LOCAL_EXTERNAL)) {
		/* What is there becomes one line, or bytes that can be read as they stand. */
		if (settings->local & TTY_LOCAL_CANONICAL && input_count(t))
			t->input_line = t->input_pushed = t->input_tail;
		else
			t->input_line = t->input_pushed = t->input_head;
		t->erasing = 0;
		t->literal = 0;
	}
	if (old.input & ~settings->input & TTY_INPUT_FLOW)
		terminal_start(t);
	packet_settings(t, &old);
}
