/* SPDX-License-Identifier: MIT */
/*
 * policy.c - scheduling policies and real-time priorities: the calls and who may make them.
 *
 * SCHED_DEADLINE is unknown, as are limits of utilisation.  What a real-time policy does is in
 * realtime.h; all its priorities are alike.
 */
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/priority.h"
#include "servers/linux/uaccess.h"

enum { SCHED_RESET_ON_FORK = 0x40000000 };
enum { ATTR_RESET_ON_FORK = 1, ATTR_RECLAIM = 2, ATTR_OVERRUN = 4, ATTR_KEEP_POLICY = 8,
       ATTR_KEEP_PARAMS = 16, ATTR_CLAMP = 96, ATTR_ALL = 127 };
enum { PRIORITY_MAX = 99, NICE_MIN = -20, NICE_MAX = 19 };
enum { ATTR_BYTES_FIRST = 48, ATTR_BYTES_MAX = 4096, POLICY_KEPT = -1 };
enum { QUANTUM_NS = 10000000 };

/* struct sched_attr of Linux 5.3 */
struct l_sched_attr {
	u32 size, policy;
	u64 flags;
	i32 nice;
	u32 priority;
	u64 runtime, deadline, period;
	u32 clamp_least, clamp_most;
};

/* What is asked for. */
struct wish {
	i32 policy; /* POLICY_KEPT: the one that is there */
	u32 priority;
	i32 nice;
	bool nice_kept, kept, reset_on_fork;
};

static bool policy_known(i32 policy)
{
	return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE ||
	       policy_is_realtime(policy);
}

/* What nobody may have but the superuser. */
static bool wish_privileged(const struct lthread *t, const struct lthread *target,
			    const struct wish *w)
{
	const struct schedule *s = &target->schedule;
	const struct process *p = target->process;
	u64 limit = p->limit[RLIMIT_RTPRIO].cur;

	if (policy_is_realtime(w->policy)) {
		if (w->policy != s->policy && !limit)
			return true;
		if (w->priority > s->priority && w->priority > limit)
			return true;
	} else if (w->policy != SCHED_IDLE && w->nice < s->nice && !nice_allowed(p, w->nice)) {
		return true;
	}
	if (s->policy == SCHED_IDLE && w->policy != SCHED_IDLE && !nice_allowed(p, s->nice))
		return true;
	return !priority_permitted(t, p) || (s->reset_on_fork && !w->reset_on_fork);
}

/* World lock held. */
static i64 wish_grant(const struct lthread *t, struct lthread *target, struct wish w)
{
	struct schedule *s = &target->schedule;

	if (w.policy == POLICY_KEPT) {
		w.policy = s->policy;
		w.reset_on_fork = s->reset_on_fork;
	}
	if (w.kept)
		w.priority = s->priority;
	if (w.nice_kept || w.kept)
		w.nice = s->nice;
	if (!policy_known(w.policy) || w.priority > PRIORITY_MAX ||
	    policy_is_realtime(w.policy) != (w.priority != 0))
		return -EINVAL;
	if (t->process->cred.euid && wish_privileged(t, target, &w))
		return -EPERM;
	s->reset_on_fork = w.reset_on_fork;
	/* So Linux: the policy is kept with its values. */
	if (w.kept)
		return 0;
	s->policy = (u8)w.policy;
	s->priority = (u8)w.priority;
	if (!policy_is_realtime(w.policy))
		s->nice = (signed char)w.nice;
	priority_apply(target);
	return 0;
}

static i64 schedule_set(struct lthread *t, i32 tid, const struct wish *w)
{
	struct lthread *target;
	i64 error;

	world_lock();
	target = tid ? thread_find(tid) : t;
	error = target ? wish_grant(t, target, *w) : -ESRCH;
	world_unlock();
	return error;
}

static i64 schedule_get(struct lthread *t, i32 tid, struct schedule *out)
{
	const struct lthread *target;

	if (tid < 0)
		return -EINVAL;
	world_lock();
	target = tid ? thread_find(tid) : t;
	if (target)
		*out = target->schedule;
	world_unlock();
	return target ? 0 : -ESRCH;
}

static i64 param_set(struct lthread *t, i32 tid, i32 policy, guest_t param)
{
	struct wish w = { .policy = policy, .nice_kept = true };

	if (!param || tid < 0)
		return -EINVAL;
	if (guest_get32(&w.priority, param))
		return -EFAULT;
	if (policy != POLICY_KEPT) {
		w.reset_on_fork = policy & SCHED_RESET_ON_FORK;
		w.policy = policy & ~SCHED_RESET_ON_FORK;
	}
	return schedule_set(t, tid, &w);
}

i64 linux_sched_setscheduler(struct lthread *t, struct registers *r)
{
	return (i32)r->rsi < 0 ? -EINVAL : param_set(t, (i32)r->rdi, (i32)r->rsi, r->rdx);
}

i64 linux_sched_setparam(struct lthread *t, struct registers *r)
{
	return param_set(t, (i32)r->rdi, POLICY_KEPT, r->rsi);
}

i64 linux_sched_getscheduler(struct lthread *t, struct registers *r)
{
	struct schedule s;
	i64 error = schedule_get(t, (i32)r->rdi, &s);

	return error ? error : s.policy | (s.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

i64 linux_sched_getparam(struct lthread *t, struct registers *r)
{
	struct schedule s;

	if (!r->rsi)
		return -EINVAL;
	return schedule_get(t, (i32)r->rdi, &s) ?: guest_put32(r->rsi, s.priority);
}

/* --- the extended form ------------------------------------------------------------------------ */

/* What lies behind the structure that we know has to be zero. */
static i64 attr_tail(guest_t from, u64 length)
{
	u8 part[64], any = 0;

	for (u64 done = 0; done < length; done += sizeof(part)) {
		u64 bytes = length - done < sizeof(part) ? length - done : sizeof(part);

		if (copy_in(part, from + done, bytes))
			return -EFAULT;
		for (u64 i = 0; i < bytes; i++)
			any |= part[i];
	}
	return any ? -E2BIG : 0;
}

static i64 attr_in(struct l_sched_attr *attr, guest_t from)
{
	i64 error = 0;
	u32 size;

	*attr = (struct l_sched_attr){ 0 };
	if (guest_get32(&size, from))
		return -EFAULT;
	size = size ? size : ATTR_BYTES_FIRST;
	if (size < ATTR_BYTES_FIRST || size > ATTR_BYTES_MAX)
		error = -E2BIG;
	else if (size > sizeof(*attr))
		error = attr_tail(from + sizeof(*attr), size - sizeof(*attr));
	if (!error)
		error = copy_in(attr, from, size < sizeof(*attr) ? size : sizeof(*attr));
	if (error == -E2BIG)
		(void)guest_put32(from, sizeof(*attr));
	if (!error && attr->flags & ATTR_CLAMP && size < sizeof(*attr))
		error = -EINVAL;
	return error;
}

i64 linux_sched_setattr(struct lthread *t, struct registers *r)
{
	struct l_sched_attr attr;
	struct wish w;
	i64 error;

	if (!r->rsi || (i32)r->rdi < 0 || (u32)r->rdx)
		return -EINVAL;
	error = attr_in(&attr, r->rsi);
	if (error)
		return error;
	if ((i32)attr.policy < 0 || attr.flags & ~(u64)ATTR_ALL)
		return -EINVAL;
	if (attr.flags & ATTR_CLAMP)
		return -EOPNOTSUPP;
	w = (struct wish){
		.policy = attr.flags & ATTR_KEEP_POLICY ? POLICY_KEPT : (i32)attr.policy,
		.priority = attr.priority,
		.nice = attr.nice < NICE_MIN ? NICE_MIN :
			attr.nice > NICE_MAX ? NICE_MAX : attr.nice,
		.kept = attr.flags & ATTR_KEEP_PARAMS,
		.reset_on_fork = attr.flags & ATTR_RESET_ON_FORK,
	};
	return schedule_set(t, (i32)r->rdi, &w);
}

i64 linux_sched_getattr(struct lthread *t, struct registers *r)
{
	u64 size = (u32)r->rdx;
	struct l_sched_attr attr;
	struct schedule s;
	i64 error;

	if (!r->rsi || (i32)r->rdi < 0 || size > ATTR_BYTES_MAX || size < ATTR_BYTES_FIRST ||
	    (u32)r->r10)
		return -EINVAL;
	error = schedule_get(t, (i32)r->rdi, &s);
	if (error)
		return error;
	attr = (struct l_sched_attr){
		.size = (u32)(size < sizeof(attr) ? size : sizeof(attr)),
		.policy = s.policy,
		.flags = s.reset_on_fork ? ATTR_RESET_ON_FORK : 0,
		.nice = policy_is_realtime(s.policy) ? 0 : s.nice,
		.priority = s.priority,
	};
	return copy_out(r->rsi, &attr, attr.size);
}

/* --- what there is ---------------------------------------------------------------------------- */

static i64 priority_limit(i32 policy, i64 of_realtime)
{
	if (!policy_known(policy))
		return -EINVAL;
	return policy_is_realtime(policy) ? of_realtime : 0;
}

i64 linux_sched_get_priority_max(struct lthread *t, struct registers *r)
{
	(void)t;
	return priority_limit((i32)r->rdi, PRIORITY_MAX);
}

i64 linux_sched_get_priority_min(struct lthread *t, struct registers *r)
{
	(void)t;
	return priority_limit((i32)r->rdi, 1);
}

i64 linux_sched_rr_get_interval(struct lthread *t, struct registers *r)
{
	struct l_timespec quantum = { 0, QUANTUM_NS };
	struct schedule s;

	return schedule_get(t, (i32)r->rdi, &s) ?: copy_out(r->rsi, &quantum, sizeof(quantum));
}
