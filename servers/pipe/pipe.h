/* SPDX-License-Identifier: MIT */
/*
 * pipe.h - a pipe's state in the depot, and those who wait at it.
 *
 * Slots and rings lie in the depot; head and tail count bytes for ever.  Waiting calls are not
 * kept: when the server dies their callers repeat them.  A waiting call has moved no byte.
 */
#ifndef PIPE_PIPE_H
#define PIPE_PIPE_H

#include "libsys/journal.h"
#include "libsys/serve.h"
#include "libsys/watch.h"
#include "proto/pipe.h"

enum {
	PIPES_MAX = 4096,
	WAITERS_MAX = 8192,
	RING_MAX = 65536,
	PIECE = 4096, /* a write of at most this goes in whole */
	SLOT_MASK = 0xffffff,
};
enum pipe_end { END_READ = 0, END_WRITE = 1, ENDS = 2 };
enum { PIPE_NO_WAIT = 1, PIPE_LEAVE = 2 };

struct pipe_slot {
	u64 owner;	/* badge of the session that made it; 0: the slot is free */
	u32 generation;
	u32 named;	/* a FIFO: it lives on without any end held */
	u32 holds[ENDS]; /* how many hold each end */
	u32 capacity;
	u32 had_writer; /* a FIFO: since somebody came to it there was one */
	u64 head, tail; /* bytes that left, bytes that came */
	u64 reserved2[2];
};
_Static_assert(sizeof(struct pipe_slot) == 64, "one cache line");

enum waiter_kind { WAIT_NOTHING = 0, WAIT_READ, WAIT_WRITE, WAIT_OPEN_READ, WAIT_OPEN_WRITE };

struct waiter {
	u64 reply;
	u32 kind; /* enum waiter_kind; WAIT_NOTHING: free */
	u32 slot;
	u32 serial; /* with the index it makes the cookie, so that none is used twice */
	u32 next, previous; /* in its slot's list or the free list; 0 ends it */
	u64 length; /* of the window */
	u64 flags;  /* as in the call */
	u64 badge, token;
};

/* What the depot holds beside the rings; the journal's places count from its start. */
struct pipe_store {
	struct journal journal;
	struct pipe_slot slot[PIPES_MAX] __attribute__((aligned(64)));
};

extern struct pipe_store *store;
extern struct pipe_slot *slots; /* store->slot */
extern struct watch watch;

static inline u32 pipe_count(const struct pipe_slot *p)
{
	return (u32)(p->tail - p->head);
}

static inline u32 pipe_room(const struct pipe_slot *p)
{
	return p->capacity - pipe_count(p);
}

/* store.c */
__must_use error_t store_open(void);
struct pipe_slot *slot_find(u64 pipe, u64 badge); /* NULL: no such pipe of that session */
/* A slot made ready but for its owner, which the caller commits; NULL: none is free. */
struct pipe_slot *slot_alloc(u32 capacity, u64 *pipe);
/* The slot, whose owner is 0 again, can be taken anew. */
void slot_free(struct pipe_slot *p);
u8 *slot_ring(const struct pipe_slot *p);
static inline u32 slot_index(const struct pipe_slot *p)
{
	return (u32)(p - slots);
}
/* A call that moves bytes: whose it is, and where its answer goes. */
struct mover {
	u64 badge, token, reply;
};
/* Move up to length bytes between the call's window and the ring; what was moved, or negative. */
i64 ring_put(struct pipe_slot *p, const struct mover *mover, u64 length);
i64 ring_take(struct pipe_slot *p, const struct mover *mover, u64 length, u64 flags);

/* wait.c */
__must_use error_t waiters_open(void);
/* Keep the call; LATER or an error. */
error_t wait_at(struct pipe_slot *p, struct request *rq, enum waiter_kind kind, u64 length,
		u64 flags);
/* Tell watchers what can be done with it; fresh: there is more of it than before. */
void pipe_tell(struct pipe_slot *p, bool fresh_bytes, bool fresh_room);
/* Serve whom the pipe's state allows to go on, then tell watchers. */
void pipe_progress(struct pipe_slot *p, bool fresh_bytes, bool fresh_room);
/* Whether anybody waits at the pipe; somebody of that kind, who is still there. */
bool pipe_has_waiters(const struct pipe_slot *p);
bool pipe_has_waiter(const struct pipe_slot *p, enum waiter_kind kind);
void waiter_cancel(u64 cookie);
/* The pipe goes: whoever still waits is answered. */
void waiters_end(struct pipe_slot *p);

#endif
