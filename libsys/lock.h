/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a mutual exclusion lock for the threads of one program, sleeping on a futex.
 *
 * Not recursive.  A kick that arrives while a thread sleeps here is kept in thread_self()->kicked,
 * because the kernel's latch is spent on the sleep and the thread's own wait still has to hear it.
 *
 * A thread that has a state page counts there what it holds: the kernel leaves it the processor for
 * a moment then, so that nobody more urgent waits for one that does not run.
 *
 * A program whose threads hold several at once gives each a rank: a thread takes a lock only if all
 * that it holds have lower ones.  Debug builds check that, and where nothing may be held at all.
 */
#ifndef LIBSYS_LOCK_H
#define LIBSYS_LOCK_H

#include "libsys/thread.h"
#include "microkernel/abi/types.h"

/* Of libsys itself; those below are the program's, 0 is the rank of a lock that meets no other. */
enum { LOCK_RANK_HEAP = 62, LOCK_RANK_PAGES = 63 };

struct lock {
	u32 word; /* 0 free, 1 held, 2 held and somebody may sleep */
#if CONFIG_DEBUG
	u32 rank; /* c: from 0 to 63 */
#endif
};
#if CONFIG_DEBUG
#define LOCK_OF(rank_) { 0, (rank_) }
#else
#define LOCK_OF(rank_) { 0 }
#endif

/* Of a lock in zeroed storage. */
static inline void lock_rank_set(struct lock *lock, u32 rank)
{
#if CONFIG_DEBUG
	lock->rank = rank;
#else
	(void)lock, (void)rank;
#endif
}

void lock_wait(struct lock *lock); /* the slow half of lock_acquire */
void lock_release(struct lock *lock);
/* A mistake of this program's: it says so and ends. */
_Noreturn void lock_misused(const char *how, u64 rank, u64 held);

/* Debug builds: which ranks the thread holds. */
static inline void lock_note_acquire(const struct lock *lock)
{
#if CONFIG_DEBUG
	u64 *held = &thread_self()->locks_held;

	if (*held >> lock->rank)
		lock_misused("out of order", lock->rank, *held);
	*held |= (u64)1 << lock->rank;
#else
	(void)lock;
#endif
}

/* Here nobody may hold a lock: a wait, a call to a server, an access to memory of others. */
static inline void lock_none_held(void)
{
	if (CONFIG_DEBUG && thread_self()->locks_held)
		lock_misused("held here", 0, thread_self()->locks_held);
}

static inline void lock_acquire(struct lock *lock)
{
	u32 free = 0;

	lock_note_acquire(lock);
	++*thread_self()->holds;
	if (!__atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		lock_wait(lock);
}

#endif
