/* SPDX-License-Identifier: MIT */
/* lock.c - see lock.h. */
#include "libsys/lock.h"

#include "libsys/log.h"
#include "libsys/sys.h"
#include "libsys/thread.h"

void lock_wait(struct lock *lock)
{
	while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0) {
		error_t error = sys_futex_wait(CAP_SELF_SPACE, (u64)&lock->word, 2, ~(u64)0,
					       DEADLINE_NEVER);
		if (error == E_CANCELLED)
			thread_self()->kicked = 1;
	}
}

static void lock_wake(struct lock *lock)
{
	sys_futex_wake(CAP_SELF_SPACE, (u64)&lock->word, 1, ~(u64)0);
}

void lock_misused(const char *how, u64 rank, u64 held)
{
	log_printf("lock of rank %lu: %s, held are %lx", rank, how, held);
	__builtin_trap();
}

static void lock_note_release(const struct lock *lock)
{
#if CONFIG_DEBUG
	thread_self()->locks_held &= ~((u64)1 << lock->rank);
#else
	(void)lock;
#endif
}

void lock_release(struct lock *lock)
{
	lock_note_release(lock);
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		lock_wake(lock);
	--*thread_self()->holds;
}
