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
	LOCK_DERIVATION,   /* an object's derivation tree */
	LOCK_TABLE,	   /* a capability table's free slots */
	LOCK_WALK,	   /* one walk at a time over a memory object's regions */
	LOCK_FUTEX,	   /* one futex bucket */
	LOCK_FUTEX_SECOND, /* the other of a requeue: the one at the higher address */
	LOCK_VIEW,	   /* a view's place in the lists of its spaces */
	LOCK_SPACE,	   /* regions and page tables of a space */
	LOCK_SPACE_SECOND, /* of the other space of a copy: the one at the higher address */
	LOCK_MEMORY,	   /* a memory object's tree, size and regions */
	LOCK_MEMORY_SECOND, /* that of a clone which is being made */
	LOCK_ENDPOINT,	   /* queues of an endpoint */
	LOCK_NOTIFICATION, /* bits and waiters */
	LOCK_IRQ,	   /* the table of lines */
	LOCK_THREADS,	   /* numbers of threads */
	LOCK_BUDGET,	   /* list of objects charged */
	LOCK_TIMER,	   /* a CPU's timers */
	LOCK_RUN_QUEUE,	   /* a CPU's run queue */
	LOCK_SLAB,	   /* one slab cache */
	LOCK_FRAME,	   /* free frames */
	LOCK_LOG,	   /* the log ring */
	LOCK_CLASSES
};

#define LOCK_INIT(lock_class)                                                                      \
	{                                                                                          \
		0, (lock_class)                                                                    \
	}

void lock_order_check(u32 class);

/* Debug builds: a CPU that was in ring 0 for seconds is asked by NMI to say where.  Whoever spins
 * looks, because in a deadlock all do, and so does every timer. */
void stuck_check(void);
/* A stretch of ring 0 without a preemption point ends: the longest is reported, with what was
 * called, a number of syscall.def, or an exception. */
void stretch_end(void);
/* The halt of an idle CPU, which looks now and then. */
void stuck_halt(void);
/* In every loop that waits for another CPU. */
static inline void spin_pause(void)
{
	arch_pause();
	DEBUG_ONLY(stuck_check());
}

/* A second lock of one class stands at a class of its own in the order. */
static inline __attribute__((always_inline)) void lock_acquire_as(struct lock *lock, u32 class)
{
	DEBUG_ONLY(lock_order_check(class));
	while (__builtin_expect(__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE), 0))
		spin_pause();
	DEBUG_ONLY(this_cpu()->locks_held |= 1u << class);
}

static inline __attribute__((always_inline)) void lock_release_as(struct lock *lock, u32 class)
{
	DEBUG_ONLY(this_cpu()->locks_held &= ~(1u << class));
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

static inline __attribute__((always_inline)) void lock_acquire(struct lock *lock)
{
	lock_acquire_as(lock, lock->class);
}

static inline __attribute__((always_inline)) void lock_release(struct lock *lock)
{
	lock_release_as(lock, lock->class);
}

/* For assertions: whether this CPU holds a lock of the class. */
static inline bool lock_is_held(u32 class)
{
	return this_cpu()->locks_held >> class & 1;
}

#endif
