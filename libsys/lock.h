/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a mutual exclusion lock for the threads of one program, sleeping on a futex.
 *
 * Not recursive.  A kick that arrives while a thread sleeps here is kept in thread_self()->kicked,
 * because the kernel's latch is spent on the sleep and the thread's own wait still has to hear it.
 */
#ifndef LIBSYS_LOCK_H
#define LIBSYS_LOCK_H

#include "microkernel/abi/types.h"

struct lock {
	u32 word; /* 0 free, 1 held, 2 held and somebody may sleep */
};

void lock_wait(struct lock *lock); /* the slow half of lock_acquire */
void lock_wake(struct lock *lock); /* the slow half of lock_release */

static inline void lock_acquire(struct lock *lock)
{
	u32 free = 0;

	if (!__atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		lock_wait(lock);
}

static inline void lock_release(struct lock *lock)
{
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		lock_wake(lock);
}

#endif
