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

/* Debug builds: which ranks the thread holds. */
static void lock_note_acquire(const struct lock *lock)
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

static void lock_note_release(const struct lock *lock)
{
#if CONFIG_DEBUG
	thread_self()->locks_held &= ~((u64)1 << lock->rank);
#else
	(void)lock;
#endif
}

static void lock_count(u32 more)
{
	struct thread *self = thread_self();

	*(u32 *)((char *)self + self->holds_at) += more;
}

void lock_acquire(struct lock *lock)
{
	u32 free = 0;

	lock_note_acquire(lock);
	lock_count(1);
	if (!__atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		lock_wait(lock);
}

void lock_release(struct lock *lock)
{
	lock_note_release(lock);
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		lock_wake(lock);
	lock_count(-1u);
}
