/* SPDX-License-Identifier: MIT */
/*
 * pipe - byte pipes and FIFOs.  State that survives the server: pipe.h.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/text.h"
#include "servers/pipe/pipe.h"

/* The store by which a request takes effect; `word` is the answer's first. */
static void commit(const struct request *rq, u64 word, void *place, u32 width, u64 value)
{
	journal_commit(&store->journal, store, rq, word, place, width, value);
}

static void abandoned(struct request *rq);

/*
 * A request has taken effect: let others go on.  Who waits is served with commits of its own, so
 * this request's answer goes out first; else it travels with the next receive.
 */
static error_t finish(struct pipe_slot *p, struct request *rq, u64 word, bool bytes, bool room)
{
	bool waiters = pipe_has_waiters(p);

	/* Bytes and room are for who waits: watchers hear of what is left. */
	if (waiters && !bytes && !room)
		pipe_tell(p, bytes, room);
	if (waiters && request_answer_now(rq, word) == E_GONE)
		abandoned(rq);
	pipe_progress(p, bytes, room);
	return waiters ? LATER : 0;
}

static error_t pipe_make(struct request *rq, u64 capacity, u32 named, u64 *pipe)
{
	struct pipe_slot *p;

	if (!capacity)
		capacity = RING_MAX;
	if (capacity < PIECE || capacity > RING_MAX || capacity & (capacity - 1))
		return E_INVAL;
	p = slot_alloc((u32)capacity, pipe);
	if (!p)
		return E_NOSPACE;
	p->named = named;
	p->holds[END_READ] = p->holds[END_WRITE] = !named;
	commit(rq, *pipe, &p->owner, 8, rq->m.badge);
	pipe_progress(p, false, true);
	return 0;
}

static error_t op_create(struct request *rq, const struct pipe_create_in *in,
			 struct pipe_create_out *out)
{
	return pipe_make(rq, in->capacity, 0, &out->pipe);
}

static error_t op_create_fifo(struct request *rq, const struct pipe_create_fifo_in *in,
			      struct pipe_create_fifo_out *out)
{
	return pipe_make(rq, in->capacity, 1, &out->pipe);
}

static error_t op_hold(struct request *rq, const struct pipe_hold_in *in)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);

	if (!p)
		return E_STALE;
	if (in->end >= ENDS)
		return E_INVAL;
	commit(rq, 0, &p->holds[in->end], 4, p->holds[in->end] + 1);
	return finish(p, rq, 0, false, false);
}

static error_t end_leave(struct pipe_slot *p, struct request *rq, u64 end)
{
	if (!p->holds[end])
		return E_STATE;
	/* The last holder's going frees the pipe, in the same step. */
	if (p->holds[end] == 1 && !p->holds[!end] && !p->named) {
		commit(rq, 0, &p->owner, 8, 0);
		slot_free(p);
		return 0;
	}
	commit(rq, 0, &p->holds[end], 4, p->holds[end] - 1);
	/* A FIFO that everybody left forgets what was in it. */
	if (!p->holds[END_READ] && !p->holds[END_WRITE])
		p->head = p->tail;
	return finish(p, rq, 0, false, false);
}

static error_t op_close(struct request *rq, const struct pipe_close_in *in)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);

	if (!p)
		return E_STALE;
	return in->end < ENDS ? end_leave(p, rq, in->end) : E_INVAL;
}

static error_t op_close_both(struct request *rq, const struct pipe_close_both_in *in)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);

	if (!p)
		return E_STALE;
	commit(rq, 0, &p->owner, 8, 0);
	slot_free(p);
	return 0;
}

static error_t op_write(struct request *rq, const struct pipe_write_in *in,
			struct pipe_write_out *out)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);
	u64 need = in->data_length < PIECE ? in->data_length : PIECE;
	i64 n;

	if (!p)
		return E_STALE;
	if (!p->holds[END_READ])
		return E_PIPE;
	if (!in->data_length)
		return 0;
	/* A large write that may not wait takes what room there is. */
	if (in->flags & PIPE_NO_WAIT && in->data_length > PIECE)
		need = 1;
	if (pipe_room(p) < need || pipe_has_waiter(p, WAIT_WRITE)) {
		if (in->flags & PIPE_NO_WAIT)
			return E_AGAIN;
		return wait_at(p, rq, WAIT_WRITE, in->data_length, 0);
	}
	n = ring_put(p, &(struct mover){ rq->m.badge, rq->token, rq->m.reply }, in->data_length);
	if (n < 0)
		return n;
	out->written = n;
	return finish(p, rq, n, true, false);
}

static error_t op_read(struct request *rq, const struct pipe_read_in *in,
		       struct pipe_read_out *out)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);
	i64 n;

	if (!p)
		return E_STALE;
	if (!in->data_capacity)
		return 0;
	if (!pipe_count(p)) {
		if (!p->holds[END_WRITE])
			return 0;
		if (in->flags & PIPE_NO_WAIT)
			return E_AGAIN;
		return wait_at(p, rq, WAIT_READ, in->data_capacity, in->flags);
	}
	n = ring_take(p, &(struct mover){ rq->m.badge, rq->token, rq->m.reply },
		      in->data_capacity, in->flags);
	if (n < 0)
		return n;
	out->count = n;
	return finish(p, rq, n, false, !(in->flags & PIPE_LEAVE));
}

static error_t op_status(struct request *rq, const struct pipe_status_in *in,
			 struct pipe_status_out *out)
{
	const struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);

	if (!p)
		return E_STALE;
	out->bytes = pipe_count(p);
	out->capacity = p->capacity;
	out->readers = p->holds[END_READ];
	out->writers = p->holds[END_WRITE];
	return 0;
}

static error_t op_words(struct request *rq, const struct pipe_words_in *in,
			struct pipe_words_out *out)
{
	return watch_add(&watch, rq, in->bits, &out->words, &out->armed);
}

static error_t op_open_fifo(struct request *rq, const struct pipe_open_fifo_in *in)
{
	struct pipe_slot *p = slot_find(in->pipe, rq->m.badge);
	enum waiter_kind other = in->end == END_READ ? WAIT_OPEN_WRITE : WAIT_OPEN_READ;

	if (!p)
		return E_STALE;
	if (in->end >= ENDS)
		return E_INVAL;
	/* A reader that may not wait is in at once, a writer only where somebody reads. */
	if (p->holds[!in->end] || pipe_has_waiter(p, other) ||
	    (in->flags & PIPE_NO_WAIT && in->end == END_READ)) {
		commit(rq, 0, &p->holds[in->end], 4, p->holds[in->end] + 1);
		return finish(p, rq, 0, false, false);
	}
	if (in->flags & PIPE_NO_WAIT)
		return E_AGAIN;
	return wait_at(p, rq, in->end == END_READ ? WAIT_OPEN_READ : WAIT_OPEN_WRITE, 0, 0);
}

static const struct pipe_ops ops = {
	.create = op_create,
	.hold = op_hold,
	.close = op_close,
	.close_both = op_close_both,
	.write = op_write,
	.read = op_read,
	.status = op_status,
	.words = op_words,
	.create_fifo = op_create_fifo,
	.open_fifo = op_open_fifo,
};

static error_t dispatch(struct request *rq)
{
	/* Everything before this call has been answered. */
	journal_close(&store->journal);
	if (journal_repeats(&store->journal, rq, pipe_token(rq)))
		return 0;
	return pipe_dispatch(&ops, rq);
}

static void cancel(u64 badge, u64 cookie)
{
	(void)badge;
	waiter_cancel(cookie);
}

/* The caller was killed: what it would have had to close is closed for it. */
static void abandoned(struct request *rq)
{
	struct pipe_slot *p = slot_find(rq->m.word[0], rq->m.badge);
	u64 label = TAG_LABEL(rq->m.tag);

	journal_close(&store->journal);
	rq->token = 0;
	rq->m.tag = 0;
	if (p && (label == PIPE_ROW_CREATE || label == PIPE_ROW_CREATE_FIFO))
		(void)op_close_both(rq, &(struct pipe_close_both_in){ rq->m.word[0] });
	else if (p && (label == PIPE_ROW_HOLD || label == PIPE_ROW_OPEN_FIFO))
		(void)end_leave(p, rq, rq->m.word[1]);
}

static void gone(u64 badge)
{
	journal_close(&store->journal);
	for (u32 i = 0; i < PIPES_MAX; i++) {
		if (slots[i].owner != badge)
			continue;
		slots[i].owner = 0;
		slot_free(&slots[i]);
	}
	watch_drop(&watch, badge);
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.cancel = cancel,
		.gone = gone,
		.abandoned = abandoned,
	};
	error_t error = waiters_open();

	if (!error)
		error = store_open();
	if (error) {
		log_printf("cannot start: %s", error_name(error));
		return (int)error;
	}
	depot_ready();
	/* Words as the dead server left them may be older than the rings. */
	for (u32 i = 0; i < PIPES_MAX; i++)
		if (slots[i].owner)
			pipe_progress(&slots[i], true, true);
	return (int)serve(&service);
}
