/* SPDX-License-Identifier: MIT */
/*
 * futex.c - the futex call over the kernel's own futexes, which look at the word themselves.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/task.h"
#include "servers/linux/uaccess.h"

static i64 deadline_in(guest_t from, u32 operation, bool absolute, u64 *deadline)
{
	struct l_timespec ts;
	u64 ns, now = clock_now(), realtime = realtime_ns();

	*deadline = DEADLINE_NEVER;
	if (!from)
		return 0;
	if (copy_in(&ts, from, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec > 999999999)
		return -EINVAL;
	if (ts.sec > 4000000000)
		return 0;
	ns = (u64)ts.sec * 1000000000 + (u64)ts.nsec;
	if (!absolute)
		*deadline = now + ns;
	else if (operation & FUTEX_CLOCK_REALTIME)
		*deadline = ns > realtime ? now + (ns - realtime) : now;
	else
		*deadline = ns;
	return 0;
}

static i64 wait(struct lthread *t, guest_t address, u32 expected, u32 mask, u64 deadline)
{
	i64 result;

	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		result = sys_futex_wait(t->process->mm->space, address, expected, mask, deadline);
	} while (result == E_CANCELLED);
	return result == E_AGAIN ? -EAGAIN : errno_from(result);
}

i64 linux_futex(struct lthread *t, struct registers *r)
{
	u32 operation = (u32)r->rsi;
	u32 command = operation & ~(u32)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
	cap_t space = t->process->mm->space;
	struct requeue_args requeue;
	u64 deadline;
	i64 error;

	if (r->rdi & 3)
		return -EINVAL;
	if (!guest_range_ok(r->rdi, 4))
		return -EFAULT;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		error = deadline_in(r->r10, operation, command == FUTEX_WAIT_BITSET, &deadline);
		if (error)
			return error;
		return wait(t, r->rdi, (u32)r->rdx,
			    command == FUTEX_WAIT ? ~0u : (u32)r->r9, deadline);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		return errno_from(sys_futex_wake(space, r->rdi, (u32)r->rdx,
						 command == FUTEX_WAKE ? ~0u : (u32)r->r9));
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		requeue = (struct requeue_args){
			.from = r->rdi,
			.to = r->r8,
			.wake_count = (u32)r->rdx,
			.requeue_count = (u32)r->r10,
			.expected = (u32)r->r9,
			.compare = command == FUTEX_CMP_REQUEUE,
		};
		if (r->r8 & 3 || !guest_range_ok(r->r8, 4))
			return -EINVAL;
		return errno_from(sys_futex_requeue(space, &requeue));
	default:
		return -ENOSYS;
	}
}

i64 linux_set_robust_list(struct lthread *t, struct registers *r)
{
	if (r->rsi != 24)
		return -EINVAL;
	t->robust_list = r->rdi;
	return 0;
}

i64 linux_set_tid_address(struct lthread *t, struct registers *r)
{
	t->clear_child_tid = r->rdi;
	return t->tid;
}
