/* SPDX-License-Identifier: MIT */
/* pair.c - the operations on pairs, and hanging up. */
#include "servers/tty/terminal.h"

error_t op_open_pair(struct request *rq, struct tty_open_pair_out *out)
{
	for (u32 i = TTY_DEVICES; i < TTY_TERMINALS; i++) {
		struct terminal *t = &terminals[i];

		if (t->opened)
			continue;
		terminal_reset(t, 0, OPEN_MASTER);
		t->owner = rq->m.badge;
		terminal_commit_for(t, rq->m.badge, rq->token, i);
		out->terminal = i;
		ready_tell(t);
		return 0;
	}
	return E_NOSPACE;
}

error_t op_open(struct request *rq, const struct tty_open_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	if (!t || !is_pair(t))
		return E_NOENT;
	if (is_master(in->terminal) || slave_lost(t))
		return E_IO;
	t->users++;
	t->opened |= OPEN_SLAVE | OPEN_SLAVE_WAS;
	terminal_commit_for(t, rq->m.badge, rq->token, in->terminal);
	ready_tell(t);
	return 0;
}

static void side_close(struct terminal *t, bool master)
{
	if (master)
		t->opened &= ~(u32)OPEN_MASTER;
	else if (t->users && !--t->users)
		t->opened &= ~(u32)OPEN_SLAVE;
	if (!(t->opened & (OPEN_MASTER | OPEN_SLAVE)))
		terminal_reset(t, 0, 0);
}

error_t op_close(struct request *rq, const struct tty_close_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	if (!t || !is_pair(t))
		return E_NOENT;
	side_close(t, is_master(in->terminal));
	terminal_commit_for(t, rq->m.badge, rq->token, 0);
	/* Who is answered may look at once, on another processor. */
	ready_tell(t);
	(void)request_answer_now(rq, 0);
	if (slave_lost(t))
		waiters_end(t, E_IO);
	terminal_changed(t);
	return LATER;
}

void pair_abandoned(const struct request *rq)
{
	u64 label = TAG_LABEL(rq->m.tag);
	struct terminal *t = terminal_of(rq->m.word[0]);

	if (!t || !is_pair(t) || (label != TTY_ROW_OPEN_PAIR && label != TTY_ROW_OPEN))
		return;
	side_close(t, label == TTY_ROW_OPEN_PAIR);
	(void)changed(t);
}

error_t op_hang_up(struct request *rq, const struct tty_hang_up_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t || is_master(in->terminal))
		return E_NOENT;
	t->hang_up = (u32)in->which;
	input_flush(t);
	output_flush(t);
	t->stopped = t->held = 0;
	terminal_commit(t);
	waiters_end(t, E_CANCELLED);
	return changed(t);
}

error_t op_packet(struct request *rq, const struct tty_packet_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t || !is_master(in->terminal))
		return E_NOENT;
	if (!t->packet != !in->on)
		t->packet_status = 0;
	t->packet = in->on != 0;
	return changed(t);
}

void pairs_drop(u64 badge)
{
	journal_close(&store->journal);
	for (u32 i = TTY_DEVICES; i < TTY_TERMINALS; i++) {
		struct terminal *t = &terminals[i];

		if (!t->opened || t->owner != badge)
			continue;
		terminal_reset(t, 0, 0);
		terminal_commit(t);
		waiters_end(t, E_IO);
		terminal_changed(t);
	}
}
