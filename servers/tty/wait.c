/* SPDX-License-Identifier: MIT */
/*
 * wait.c - calls that wait at a terminal, in one list, first come first served by kind.
 *
 * A waiting call has moved no byte: when the server dies, its caller repeats it.
 */
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "servers/tty/terminal.h"

enum { WAITERS_MAX = 512 };
#define TENTH_NS 100000000ul

static struct waiter *waiters; /* [0] is not used */
static u32 free_waiters, first, last;

error_t waiters_open(void)
{
	waiters = pages_alloc(WAITERS_MAX * sizeof(*waiters));
	if (!waiters)
		return E_NOMEM;
	for (u32 i = WAITERS_MAX - 1; i > 0; i--) {
		waiters[i].next = free_waiters;
		free_waiters = i;
	}
	return 0;
}

static u64 cookie_of(u32 index)
{
	return (u64)waiters[index].serial << 32 | index;
}

struct waiter *wait_at(struct terminal *t, struct request *rq, enum waiter_kind kind,
		       error_t *result)
{
	u32 index = free_waiters;
	struct waiter *w = &waiters[index];

	*result = E_AGAIN;
	if (!index)
		return NULL;
	w->serial++;
	*result = request_defer(rq, cookie_of(index));
	if (*result != LATER)
		return NULL;
	free_waiters = w->next;
	w->reply = rq->m.reply;
	w->badge = rq->m.badge;
	w->token = rq->token;
	w->kind = kind;
	w->terminal = terminal_index(t);
	w->deadline = DEADLINE_NEVER;
	w->seen = 0;
	w->next = 0;
	if (last)
		waiters[last].next = index;
	else
		first = index;
	last = index;
	return w;
}

static void waiter_remove(u32 index)
{
	u32 before = 0;

	for (u32 i = first; i != index; i = waiters[i].next)
		before = i;
	if (before)
		waiters[before].next = waiters[index].next;
	else
		first = waiters[index].next;
	if (last == index)
		last = before;
	waiters[index].kind = WAIT_NOTHING;
	waiters[index].next = free_waiters;
	free_waiters = index;
}

/* Whoever hears the answer may look at the readiness words at once: they know of it before. */
static void waiter_answer(u32 index, error_t error, u64 count)
{
	struct waiter w = waiters[index];

	waiter_remove(index);
	ready_tell(&terminals[w.terminal]);
	switch (w.kind) {
	case WAIT_READ:
	case WAIT_MASTER_READ:
		tty_read_answer(w.reply, error, &(struct tty_read_out){ .count = count });
		break;
	case WAIT_WRITE:
	case WAIT_MASTER_WRITE:
		tty_write_answer(w.reply, error, &(struct tty_write_out){ .written = count });
		break;
	case WAIT_DRAIN:
		tty_drain_answer(w.reply, error);
		break;
	case WAIT_SET:
		tty_set_settings_answer(w.reply, error);
		break;
	}
}

/* A read that waits for MIN bytes is told of those that have come. */
static i64 cancelled(struct terminal *t, const struct waiter *w)
{
	const struct mover mover = { w->badge, w->token, w->reply };

	return w->kind == WAIT_READ && input_any(t) ? slave_read(t, &mover, w->length) :
						      E_CANCELLED;
}

void waiter_cancel(u64 cookie)
{
	u32 index = (u32)cookie;
	struct terminal *t;
	i64 n;

	if (!index || index >= WAITERS_MAX || waiters[index].kind == WAIT_NOTHING ||
	    cookie_of(index) != cookie)
		return;
	t = &terminals[waiters[index].terminal];
	n = cancelled(t, &waiters[index]);
	waiter_answer(index, n < 0 ? n : 0, n < 0 ? 0 : (u64)n);
	if (n > 0)
		terminal_changed(t);
}

bool read_due(const struct terminal *t, struct waiter *w, u64 now)
{
	u32 min = t->settings.key[TTY_KEY_MIN], time = t->settings.key[TTY_KEY_TIME];
	u32 count = input_count(t);

	/* A deadline set under other settings would otherwise pass again and again. */
	if (is_canonical(t) || !time)
		w->deadline = DEADLINE_NEVER;
	if (is_canonical(t))
		return input_any(t);
	if (count && (count >= min || count >= w->length))
		return true;
	if (!min && !time)
		return true;
	if (!time)
		return false;
	/* MIN 0: TIME runs from the call; else from each byte on. */
	if ((!min && w->deadline == DEADLINE_NEVER) || (count && count != w->seen)) {
		w->deadline = now + time * TENTH_NS;
		w->seen = count;
	}
	return w->deadline <= now;
}

/* What the waiter can be answered now; E_AGAIN: nothing. */
static i64 waiter_try(struct terminal *t, struct waiter *w)
{
	const struct mover mover = { w->badge, w->token, w->reply };
	error_t error;

	switch (w->kind) {
	case WAIT_READ:
		/* Each by its own time: one that has to wait holds up none whose time is over. */
		return read_due(t, w, sys_clock_read()) ? slave_read(t, &mover, w->length) :
							  E_AGAIN;
	case WAIT_WRITE:
		error = slave_writable(t);
		return error ? error : slave_write(t, &mover, w->length);
	case WAIT_MASTER_READ:
		error = master_readable(t);
		return error ? error : master_read(t, &mover, w->length);
	case WAIT_MASTER_WRITE:
		error = master_writable(t);
		return error ? error : master_write(t, &mover, w->length);
	case WAIT_SET:
		if (output_count(t))
			return E_AGAIN;
		if (w->flush)
			input_flush(t);
		terminal_settle(t, &w->settings);
		terminal_commit(t);
		return 0;
	default:
		return output_count(t) ? E_AGAIN : 0;
	}
}

void waiters_progress(struct terminal *t)
{
	u32 stuck = 0; /* kinds of which one has to wait: those behind it wait too */
	u32 next;

	for (u32 i = first; i; i = next) {
		struct waiter *w = &waiters[i];
		i64 n;

		next = w->next;
		if (w->terminal != terminal_index(t) || stuck >> w->kind & 1)
			continue;
		n = waiter_try(t, w);
		if (n != E_AGAIN)
			waiter_answer(i, n < 0 ? n : 0, n < 0 ? 0 : (u64)n);
		else if (w->kind != WAIT_READ)
			stuck |= 1u << w->kind;
	}
}

void waiters_end(struct terminal *t, error_t error)
{
	u32 next;

	for (u32 i = first; i; i = next) {
		next = waiters[i].next;
		if (waiters[i].terminal == terminal_index(t))
			waiter_answer(i, error, 0);
	}
}

u64 waiters_deadline(void)
{
	u64 deadline = DEADLINE_NEVER;

	for (u32 i = first; i; i = waiters[i].next)
		if (waiters[i].kind == WAIT_READ && waiters[i].deadline < deadline)
			deadline = waiters[i].deadline;
	return deadline;
}
