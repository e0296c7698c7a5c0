/* SPDX-License-Identifier: MIT */
/*
 * wait.c - calls that wait at a pipe, first come first served, and what lets them go on.
 */
#include "libsys/heap.h"
#include "servers/pipe/pipe.h"

static struct waiter *waiters; /* [0] is not used: 0 ends a list */
static u32 free_waiters;
static struct {
	u32 first, last;
} *queues; /* by slot: all kinds in one list */

error_t waiters_open(void)
{
	waiters = pages_alloc(WAITERS_MAX * sizeof(*waiters));
	queues = pages_alloc(PIPES_MAX * sizeof(*queues));
	if (!waiters || !queues)
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

static void waiter_remove(u32 index)
{
	struct waiter *w = &waiters[index];

	if (w->previous)
		waiters[w->previous].next = w->next;
	else
		queues[w->slot].first = w->next;
	if (w->next)
		waiters[w->next].previous = w->previous;
	else
		queues[w->slot].last = w->previous;
	w->kind = WAIT_NOTHING;
	w->next = free_waiters;
	free_waiters = index;
}

/*
 * A caller that was killed and could not be waited for is not heard of again: its record goes when
 * somebody would be misled by it.
 */
static bool waiter_alive(u32 index)
{
	if (sys_reply_set_cookie(waiters[index].reply, cookie_of(index)) != E_GONE)
		return true;
	waiter_remove(index);
	return false;
}

/* All records are in use: those of the dead are not needed. */
static void waiters_sweep(void)
{
	for (u32 i = 1; i < WAITERS_MAX; i++)
		if (waiters[i].kind != WAIT_NOTHING)
			(void)waiter_alive(i);
}

error_t wait_at(struct pipe_slot *p, struct request *rq, enum waiter_kind kind, u64 length,
		u64 flags)
{
	u32 index, slot = slot_index(p);
	struct waiter *w;
	error_t error;

	if (!free_waiters)
		waiters_sweep();
	index = free_waiters;
	w = &waiters[index];
	if (!index)
		return E_NOSPACE;
	w->serial++;
	error = request_defer(rq, cookie_of(index));
	if (error != LATER)
		return error;
	free_waiters = w->next;
	w->reply = rq->m.reply;
	w->kind = kind;
	w->slot = slot;
	w->length = length;
	w->flags = flags;
	w->badge = rq->m.badge;
	w->token = rq->token;
	w->next = 0;
	w->previous = queues[slot].last;
	if (w->previous)
		waiters[w->previous].next = index;
	else
		queues[slot].first = index;
	queues[slot].last = index;
	return LATER;
}

static inline void tell(u32 index, u32 events, bool fresh)
{
	if (fresh || ready_events(&watch.word[index]) != events)
		watch_set(&watch, index, events, fresh);
}

void pipe_tell(struct pipe_slot *p, bool fresh_bytes, bool fresh_room)
{
	u32 index = slot_index(p) * ENDS, count = pipe_count(p), room = p->capacity - count;
	u32 readable = count ? READY_READABLE : 0, writable = room >= PIECE ? READY_WRITABLE : 0;

	/* A FIFO's reader is not told of the end of writers that have not come yet. */
	if (p->named && (p->holds[END_WRITE] || !p->holds[END_READ]))
		p->had_writer = p->holds[END_WRITE] != 0;
	if (!p->holds[END_WRITE] && (p->had_writer || !p->named))
		readable |= READY_CLOSED;
	if (!p->holds[END_READ])
		writable |= READY_CLOSED;
	tell(index + END_READ, readable, fresh_bytes && count);
	tell(index + END_WRITE, writable, fresh_room && room >= PIECE);
}

/* Answer by kind; count only where the row has one.  E_GONE: the caller had given up.  Whoever
 * hears it may look at the readiness words at once: they know of it before. */
static error_t waiter_answer(u32 index, error_t error, u64 count)
{
	struct waiter w = waiters[index];

	waiter_remove(index);
	/* Nothing changes by a read that waited and took all. */
	if (w.kind != WAIT_READ || pipe_count(&slots[w.slot]))
		pipe_tell(&slots[w.slot], false, false);
	switch (w.kind) {
	case WAIT_READ:
		return pipe_read_answer(w.reply, error, &(struct pipe_read_out){ .count = count });
	case WAIT_WRITE:
		return pipe_write_answer(w.reply, error,
					 &(struct pipe_write_out){ .written = count });
	default:
		return pipe_open_fifo_answer(w.reply, error);
	}
}

bool pipe_has_waiters(const struct pipe_slot *p)
{
	return queues[slot_index(p)].first != 0;
}

bool pipe_has_waiter(const struct pipe_slot *p, enum waiter_kind kind)
{
	u32 next;

	for (u32 i = queues[slot_index(p)].first; i; i = next) {
		next = waiters[i].next;
		if (waiters[i].kind == kind && waiter_alive(i))
			return true;
	}
	return false;
}

/* Let one waiting read go on; true: it moved bytes or ended. */
static bool read_progress(struct pipe_slot *p, u32 index)
{
	const struct waiter *w = &waiters[index];
	i64 n;

	if (!pipe_count(p)) {
		if (p->holds[END_WRITE])
			return false;
		waiter_answer(index, 0, 0);
		return true;
	}
	n = ring_take(p, &(struct mover){ w->badge, w->token, w->reply }, w->length, w->flags);
	waiter_answer(index, n < 0 ? n : 0, n < 0 ? 0 : n);
	return true;
}

static bool write_progress(struct pipe_slot *p, u32 index)
{
	const struct waiter *w = &waiters[index];
	u64 length = w->length;
	i64 n;

	if (!p->holds[END_READ]) {
		waiter_answer(index, E_PIPE, 0);
		return true;
	}
	if (pipe_room(p) < (length < PIECE ? length : PIECE))
		return false;
	n = ring_put(p, &(struct mover){ w->badge, w->token, w->reply }, length);
	waiter_answer(index, n < 0 ? n : 0, n < 0 ? 0 : n);
	return true;
}

static bool open_finish(struct pipe_slot *p, u32 index, enum pipe_end end)
{
	journal_commit_for(&store->journal, store, waiters[index].badge, waiters[index].token, 0,
			   &p->holds[end], 4, p->holds[end] + 1);
	if (waiter_answer(index, 0, 0) == E_GONE)
		journal_commit_for(&store->journal, store, 0, 0, 0, &p->holds[end], 4,
				   p->holds[end] - 1);
	return true;
}

/*
 * Go through the queue until nobody can go on.  Among several writers only the first may: a large
 * write must not be overtaken for ever by small ones; readers likewise.
 */
static bool queue_progress(struct pipe_slot *p)
{
	bool writer_stuck = false, reader_stuck = false, any = false;
	u32 next;

	for (u32 i = queues[slot_index(p)].first; i; i = next) {
		next = waiters[i].next;
		if (waiters[i].kind == WAIT_READ && !reader_stuck) {
			reader_stuck = !read_progress(p, i);
			any |= !reader_stuck;
		} else if (waiters[i].kind == WAIT_WRITE && !writer_stuck) {
			writer_stuck = !write_progress(p, i);
			any |= !writer_stuck;
		} else if (waiters[i].kind == WAIT_OPEN_READ && p->holds[END_WRITE]) {
			any = open_finish(p, i, END_READ);
		} else if (waiters[i].kind == WAIT_OPEN_WRITE && p->holds[END_READ]) {
			any = open_finish(p, i, END_WRITE);
		}
	}
	return any;
}

void pipe_progress(struct pipe_slot *p, bool fresh_bytes, bool fresh_room)
{
	while (queue_progress(p))
		fresh_bytes = fresh_room = true;
	pipe_tell(p, fresh_bytes, fresh_room);
}

void waiter_cancel(u64 cookie)
{
	u32 index = (u32)cookie;

	if (index == 0 || index >= WAITERS_MAX || waiters[index].kind == WAIT_NOTHING ||
	    cookie_of(index) != cookie)
		return;
	waiter_answer(index, E_CANCELLED, 0);
}

void waiters_end(struct pipe_slot *p)
{
	while (queues[slot_index(p)].first)
		waiter_answer(queues[slot_index(p)].first, E_STALE, 0);
}
