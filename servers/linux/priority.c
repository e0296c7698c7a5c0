/* SPDX-License-Identifier: MIT */
/*
 * priority.c - nice values, and how they and policies become levels of the kernel's scheduler.
 *
 * A nice value above 0 lowers the level to which the kernel's feedback raises a thread again after
 * it has waited or had to wait; below 0 there is nothing to give, all others start at the top.
 * SCHED_IDLE is the lowest of those levels.  Real-time policies are realtime.c's.
 */
#include "servers/linux/priority.h"

#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/processors.h"
#include "servers/linux/realtime.h"
#include "servers/linux/twin.h"

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };
enum { NICE_MIN = -20, NICE_MAX = 19, NICE_ZERO = 20 };

void priority_apply(const struct lthread *t)
{
	const struct schedule *s = &t->schedule;
	struct realtime *realtime = &t->twin->realtime;
	u32 level = LEVEL_USER_TOP;

	if (s->policy == SCHED_IDLE)
		level = LEVEL_USER;
	else if (s->nice > 0)
		level -= (u32)s->nice * (LEVEL_USER_TOP - LEVEL_USER) / NICE_MAX;
	if (policy_is_realtime(s->policy))
		realtime_begin(realtime, t->native);
	else if (!realtime_end(realtime, level))
		(void)sys_thread_control(t->native, THREAD_SET_LEVEL, level);
}

void priority_inherit(struct lthread *child, const struct lthread *from)
{
	struct schedule *s = &child->schedule;

	*s = from->schedule;
	if (s->reset_on_fork) {
		s->reset_on_fork = false;
		if (policy_is_realtime(s->policy)) {
			s->policy = SCHED_OTHER;
			s->priority = s->nice = 0;
		} else if (s->nice < 0) {
			s->nice = 0;
		}
		priority_apply(child);
	} else if (policy_is_realtime(s->policy)) {
		priority_apply(child);
	}
}

void priority_reset(struct lthread *t)
{
	struct schedule *s = &t->schedule;
	bool changed = s->nice > 0 || (s->policy != SCHED_OTHER && s->policy != SCHED_BATCH);

	*s = (struct schedule){ .processors = processors_all() };
	if (changed)
		priority_apply(t);
}

bool priority_permitted(const struct lthread *t, const struct process *other)
{
	const struct credentials *c = &t->process->cred;

	return !c->euid || c->euid == other->cred.uid || c->euid == other->cred.euid;
}

bool nice_allowed(const struct process *p, i32 nice)
{
	return (u64)(NICE_ZERO - nice) <= p->limit[RLIMIT_NICE].cur;
}

/*
 * Does `which` with `who` name the thread?  A process alone names the thread of that number; its
 * group and its user name all threads.
 */
static bool names(const struct lthread *t, i32 which, i32 who, const struct lthread *each)
{
	const struct process *p = each->process;

	switch (which) {
	case PRIO_PROCESS:
		return who ? each->tid == who : each == t;
	case PRIO_PGRP:
		return p->group == (who ? who : t->process->group);
	default:
		return p->cred.uid == (who ? (u32)who : t->process->cred.uid);
	}
}

/* What is done to each thread that is named, and the result with it. */
typedef i64 (*named_t)(const struct lthread *t, struct lthread *each, i64 result, i32 nice);

/* World lock held. */
static i64 named_act(const struct lthread *t, const struct registers *r, i64 result, named_t act,
		     i32 nice)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		list_for_each (member, &p->threads) {
			struct lthread *each = list_entry(member, struct lthread, member);

			if (names(t, (i32)r->rdi, (i32)r->rsi, each))
				result = act(t, each, result, nice);
		}
	}
	return result;
}

static i64 nice_best(const struct lthread *t, struct lthread *each, i64 best, i32 unused)
{
	i64 value = NICE_ZERO - each->schedule.nice;

	(void)t, (void)unused;
	return value > best ? value : best;
}

i64 linux_getpriority(struct lthread *t, struct registers *r)
{
	i64 best;

	if ((u32)r->rdi > PRIO_USER)
		return -EINVAL;
	world_lock();
	best = named_act(t, r, -ESRCH, nice_best, 0);
	world_unlock();
	return best;
}

static i64 nice_set(const struct lthread *t, struct lthread *each, i64 result, i32 nice)
{
	if (!priority_permitted(t, each->process))
		return -EPERM;
	if (nice < each->schedule.nice && !nice_allowed(each->process, nice) &&
	    t->process->cred.euid)
		return -EACCES;
	each->schedule.nice = (signed char)nice;
	if (!policy_is_realtime(each->schedule.policy))
		priority_apply(each);
	return result == -ESRCH ? 0 : result;
}

i64 linux_setpriority(struct lthread *t, struct registers *r)
{
	i32 nice = (i32)r->rdx < NICE_MIN ? NICE_MIN : (i32)r->rdx > NICE_MAX ? NICE_MAX :
										(i32)r->rdx;
	i64 result;

	if ((u32)r->rdi > PRIO_USER)
		return -EINVAL;
	world_lock();
	result = named_act(t, r, -ESRCH, nice_set, nice);
	world_unlock();
	return result;
}
