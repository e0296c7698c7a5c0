/* SPDX-License-Identifier: MIT */
/*
 * ready.h - readiness words: how a watcher learns about many pipes or terminals with no message.
 *
 * A server keeps one struct ready_word per thing in memory that all its sessions map read-only, and
 * per session one ARMED word per thing in memory that this session writes.
 *
 * Watcher:	scan the words; if none fits, arm those it waits for, scan once more, and sleep on
 *		its notification only if still none fits.
 * Server:	change the word, then look at ARMED; if set, clear it and signal.
 *
 * Why no wake-up is lost: each side writes its own word, then (full fence) reads the other's.  Of
 * two such pairs at least one sees the other's write: either the watcher sees the new events, or
 * the server sees ARMED.
 */
#ifndef LIBSYS_READY_H
#define LIBSYS_READY_H

#include "microkernel/abi/types.h"

enum ready_event {
	READY_READABLE = 1,
	READY_WRITABLE = 2,
	READY_CLOSED = 4, /* hung up, or nobody is at the other end */
	READY_ERROR = 8,
	READY_URGENT = 16, /* what lies before other data: the status of a master */
};

struct ready_word {
	u32 events;   /* enum ready_event */
	u32 sequence; /* counts every change, so that edges can be told apart */
};

static inline u32 ready_events(const struct ready_word *word)
{
	return __atomic_load_n(&word->events, __ATOMIC_ACQUIRE);
}

/* Watcher: ask to be signalled.  The caller must scan again before it sleeps. */
static inline void ready_arm(u32 *armed)
{
	__atomic_store_n(armed, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void ready_disarm(u32 *armed)
{
	__atomic_store_n(armed, 0, __ATOMIC_RELAXED);
}

/* Server: set a word; returns whether it changed.  New data of the same kind counts as a change. */
static inline bool ready_set(struct ready_word *word, u32 events, bool fresh)
{
	if (word->events == events && !fresh)
		return false;
	__atomic_store_n(&word->events, events, __ATOMIC_RELEASE);
	__atomic_store_n(&word->sequence, word->sequence + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}

/* Server, after ready_set: whether this watcher is to be signalled; clears its ARMED. */
static inline bool ready_claim(u32 *armed)
{
	return __atomic_load_n(armed, __ATOMIC_RELAXED) &&
	       __atomic_exchange_n(armed, 0, __ATOMIC_SEQ_CST);
}

#endif
