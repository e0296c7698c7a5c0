/* SPDX-License-Identifier: MIT */
/*
 * priority.c - nice values and scheduling policies.
 *
 * A nice value above 0 lowers the level to which the kernel's feedback raises a thread again after
 * it has waited or had to wait; below 0 there is nothing to give, all others start at the top.
 * SCHED_IDLE is the lowest of those levels.  Real-time policies are not for guests: EPERM.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/priority.h"
#include "servers/linux/uaccess.h"

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };
enum { NICE_MIN = -20, NICE_MAX = 19, NICE_ZERO = 20 };
enum { SCHED_OTHER = 0, SCHED_FIFO = 1, SCHED_RR = 2, SCHED_BATCH = 3, SCHED_IDLE = 5,
       SCHED_RESET_ON_FORK = 0x40000000 };
enum { QUANTUM_NS = 10000000 };

void priority_apply(const struct lthread *t)
{
	u64 level = LEVEL_USER_TOP;

	if (t->policy == SCHED_IDLE)
		level = LEVEL_USER;
	else if (t->nice > 0)
		level -= (u64)t->nice * (LEVEL_USER_TOP - LEVEL_USER) / NICE_MAX;
	(void)sys_thread_control(t->native, THREAD_SET_LEVEL, level);
}

void priority_reset(struct lthread *t)
{
	bool lowered = t->nice > 0 || t->policy == SCHED_IDLE;

	t->nice = 0;
	t->policy = SCHED_OTHER;
	if (lowered)
		priority_apply(t);
}

/* Does `which` with `who` name the process?  World lock held. */
static bool names(struct lthread *t, i32 which, i32 who, const struct process *p)
{
	switch (which) {
	case PRIO_PROCESS:
		return who ? p->pid == who : p == t->process;
	case PRIO_PGRP:
		return p->group == (who ? who : t->process->group);
	default:
		return p->cred.uid == (who ? (u32)who : t->process->cred.uid);
	}
}

/* 0, -EPERM, -EACCES; may t give the process that value? */
static i64 may_set(struct lthread *t, const struct process *p, i32 old, i32 nice)
{
	const struct credentials *c = &t->process->cred;

	if (!c->euid)
		return 0;
	if (c->euid != p->cred.uid && c->euid != p->cred.euid)
		return -EPERM;
	if (nice < old && (u64)(NICE_ZERO - nice) > p->limit[RLIMIT_NICE].cur)
		return -EACCES;
	return 0;
}

i64 linux_getpriority(struct lthread *t, struct registers *r)
{
	i64 best = 0;

	if ((u32)r->rdi > PRIO_USER)
		return -EINVAL;
	lock_acquire(&world);
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->zombie || !names(t, (i32)r->rdi, (i32)r->rsi, p))
			continue;
		list_for_each (member, &p->threads) {
			i64 value = NICE_ZERO - list_entry(member, struct lthread, member)->nice;

			best = value > best ? value : best;
		}
	}
	lock_release(&world);
	return best ? best : -ESRCH;
}

/* Like Linux, all threads of a process at once only through its group or user; here always. */
i64 linux_setpriority(struct lthread *t, struct registers *r)
{
	i32 nice = (i32)r->rdx < NICE_MIN ? NICE_MIN : (i32)r->rdx > NICE_MAX ? NICE_MAX :
										(i32)r->rdx;
	i64 result = -ESRCH, error;

	if ((u32)r->rdi > PRIO_USER)
		return -EINVAL;
	lock_acquire(&world);
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->zombie || !names(t, (i32)r->rdi, (i32)r->rsi, p))
			continue;
		if (result == -ESRCH)
			result = 0;
		list_for_each (member, &p->threads) {
			struct lthread *each = list_entry(member, struct lthread, member);

			error = may_set(t, p, each->nice, nice);
			if (error) {
				result = error;
				continue;
			}
			each->nice = nice;
			priority_apply(each);
		}
	}
	lock_release(&world);
	return result;
}

/* --- policies -------------------------------------------------------------------------------- */

static struct lthread *thread_named(struct lthread *t, i32 tid)
{
	return tid ? thread_find(tid) : t;
}

static i64 policy_set(struct lthread *t, i32 tid, i32 policy, i32 priority)
{
	struct lthread *target;
	i64 error = 0;

	if (tid < 0)
		return -EINVAL;
	policy &= ~SCHED_RESET_ON_FORK;
	lock_acquire(&world);
	target = thread_named(t, tid);
	if (!target)
		error = -ESRCH;
	else if (policy == SCHED_FIFO || policy == SCHED_RR)
		error = priority < 1 || priority > 99 ? -EINVAL : -EPERM;
	else if ((policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE) ||
		 priority)
		error = -EINVAL;
	else
		error = may_set(t, target->process, 0, 0);
	if (!error) {
		target->policy = policy;
		priority_apply(target);
	}
	lock_release(&world);
	return error;
}

static i64 policy_get(struct lthread *t, i32 tid)
{
	struct lthread *target;
	i64 policy;

	if (tid < 0)
		return -EINVAL;
	lock_acquire(&world);
	target = thread_named(t, tid);
	policy = target ? target->policy : -ESRCH;
	lock_release(&world);
	return policy;
}

i64 linux_sched_setscheduler(struct lthread *t, struct registers *r)
{
	i32 priority;

	if (!r->rdx || (i32)r->rsi < 0)
		return -EINVAL;
	if (copy_in(&priority, r->rdx, sizeof(priority)))
		return -EFAULT;
	return policy_set(t, (i32)r->rdi, (i32)r->rsi, priority);
}

i64 linux_sched_setparam(struct lthread *t, struct registers *r)
{
	i64 policy = policy_get(t, (i32)r->rdi);
	i32 priority;

	if (!r->rsi)
		return -EINVAL;
	if (copy_in(&priority, r->rsi, sizeof(priority)))
		return -EFAULT;
	return policy < 0 ? policy : policy_set(t, (i32)r->rdi, (i32)policy, priority);
}

i64 linux_sched_getscheduler(struct lthread *t, struct registers *r)
{
	return policy_get(t, (i32)r->rdi);
}

i64 linux_sched_getparam(struct lthread *t, struct registers *r)
{
	i64 policy = policy_get(t, (i32)r->rdi);

	if (!r->rsi)
		return -EINVAL;
	return policy < 0 ? policy : guest_put32(r->rsi, 0);
}

static i64 priority_limit(i32 policy, i64 of_realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return of_realtime;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

i64 linux_sched_get_priority_max(struct lthread *t, struct registers *r)
{
	(void)t;
	return priority_limit((i32)r->rdi, 99);
}

i64 linux_sched_get_priority_min(struct lthread *t, struct registers *r)
{
	(void)t;
	return priority_limit((i32)r->rdi, 1);
}

i64 linux_sched_rr_get_interval(struct lthread *t, struct registers *r)
{
	struct l_timespec quantum = { 0, QUANTUM_NS };
	i64 policy = policy_get(t, (i32)r->rdi);

	return policy < 0 ? policy : copy_out(r->rsi, &quantum, sizeof(quantum));
}
