/* SPDX-License-Identifier: MIT */
/*
 * affinity.c - on which processors a thread may run, and on which it does.
 *
 * A process without a thread, which is one that has ended or collects others, has all of them and
 * cannot be moved, like a thread of Linux's kernel.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/priority.h"
#include "servers/linux/processors.h"
#include "servers/linux/uaccess.h"

enum { MASK_BYTES = 8 };

/* Of a mask that is longer or shorter than ours, the part that both have. */
static i64 mask_in(u64 *mask, guest_t from, u64 length)
{
	*mask = 0;
	return copy_in(mask, from, length < MASK_BYTES ? length : MASK_BYTES);
}

i64 linux_sched_setaffinity(struct lthread *t, struct registers *r)
{
	i32 tid = (i32)r->rdi;
	struct lthread *target;
	u64 mask;
	i64 error = mask_in(&mask, r->rdx, (u32)r->rsi);

	if (error)
		return error;
	mask &= processors_all();
	world_lock();
	target = tid ? thread_find(tid) : t;
	if (!target)
		error = process_find(tid) ? -EINVAL : -ESRCH;
	else if (!priority_permitted(t, target->process))
		error = -EPERM;
	else
		error = mask ? errno_from(processors_apply(target->native, mask)) : -EINVAL;
	if (!error)
		target->schedule.processors = mask;
	world_unlock();
	return error;
}

i64 linux_sched_getaffinity(struct lthread *t, struct registers *r)
{
	u64 length = (u32)r->rsi, mask = 0;
	struct lthread *target;

	if (length * 8 < processors_count() || length & (MASK_BYTES - 1))
		return -EINVAL;
	world_lock();
	target = (i32)r->rdi ? thread_find((i32)r->rdi) : t;
	if (target)
		mask = target->schedule.processors;
	else if (process_find((i32)r->rdi))
		mask = processors_all();
	world_unlock();
	if (!mask)
		return -ESRCH;
	return guest_put64(r->rdx, mask) ?: MASK_BYTES;
}

/* There is one node of memory. */
i64 linux_getcpu(struct lthread *t, struct registers *r)
{
	struct thread_info info = { 0 };

	(void)sys_thread_info(t->native, &info);
	if ((r->rdi && guest_put32(r->rdi, info.processor)) || (r->rsi && guest_put32(r->rsi, 0)))
		return -EFAULT;
	return 0;
}
