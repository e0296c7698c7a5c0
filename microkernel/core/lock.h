/* SPDX-License-Identifier: MIT */
/*
 * lock.h - spin locks, and the order in which they may be taken.
 *
 * Interrupts are off wherever a lock is held.  A CPU takes locks in ascending class only; debug
 * builds check it at every acquisition.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include "microkernel/arch/arch.h"
#include "microkernel/core/config.h"
#include "microkernel/core/cpu.h"

enum lock_class {
	LOCK_TABLE,	   /* a capability table's free slots */
	LOCK_DERIVATION,   /* an object's derivation tree */
	LOCK_SPACE,	   /* regions and page tables of a space */
	LOCK_MEMORY,	   /* a memory object's tree, size and regions */
	LOCK_FUTEX,	   /* one futex bucket */
	LOCK_ENDPOINT,	   /* queues of an endpoint */
	LOCK_NOTIFICATION, /* bits and waiters */
	LOCK_IRQ,	   /* the table of lines */
	LOCK_BUDGET,	   /* list of objects charged */
	LOCK_THREADS,	   /* numbers of threads */
	LOCK_TIMER,	   /* a CPU's timers */
	LOCK_RUN_QUEUE,	   /* a CPU's run queue */
	LOCK_SLAB,	   /* one slab cache */
	LOCK_FRAME,	   /* free frames */
	LOCK_LOG,	   /* the log ring */
	LOCK_CLASSES
};

struct lock {
	u32 held;
	u32 class; /* enum lock_class */
};

#define LOCK_INIT(lock_class)                                                                      \
	{                                                                                          \
		0, (lock_class)                                                                    \
	}

void lock_order_check(const struct lock *lock);

static inline void lock_acquire(struct lock *lock)
{
	if (CONFIG_DEBUG)
		lock_order_check(lock);
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		arch_pause();
	if (CONFIG_DEBUG)
		this_cpu()->locks_held |= 1u << lock->class;
}

static inline void lock_release(struct lock *lock)
{
	if (CONFIG_DEBUG)
		this_cpu()->locks_held &= ~(1u << lock->class);
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

#endif
