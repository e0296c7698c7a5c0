/* SPDX-License-Identifier: MIT */
/*
 * traits.c - what a thread hands on to its children beside priority: the execution domain and the
 * priority of input and output.  The latter orders requests to disks; no disk is there, so it is
 * kept and told, as Linux does with files in memory.
 */
#include "servers/linux/calls.h"

/*
 * A domain is refused if a program could tell that it is not obeyed: all but Linux itself, native
 * or with the name of the 32-bit machine.
 */
i64 linux_personality(struct lthread *t, struct registers *r)
{
	u32 before = t->traits.persona;

	switch ((u32)r->rdi) {
	case PER_LINUX:
	case PER_LINUX32:
		t->traits.persona = (u32)r->rdi;
		return before;
	case PER_QUERY:
		return before;
	default:
		return -EINVAL;
	}
}

/* --- priority of input and output: a class above 13 bits of level ---------------------------- */

static i64 ioprio_check(const struct lthread *t, u32 value)
{
	u32 level = value & ((1u << IOPRIO_CLASS_SHIFT) - 1);

	switch (value >> IOPRIO_CLASS_SHIFT) {
	case IOPRIO_CLASS_RT:
		if (t->process->cred.euid)
			return -EPERM;
		return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_BE:
		return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return level ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* Does `which` with `who` name the thread?  World lock held. */
static bool names(const struct lthread *t, u32 which, i32 who, const struct lthread *each)
{
	const struct process *p = each->process;

	switch (which) {
	case IOPRIO_WHO_PROCESS:
		return who ? each->tid == who : each == t;
	case IOPRIO_WHO_PGRP:
		return p->group == (who ? who : t->process->group);
	default:
		return p->cred.uid == (who ? (u32)who : t->process->cred.uid);
	}
}

static i64 ioprio_store(const struct lthread *t, struct lthread *each, u32 value)
{
	const struct credentials *c = &t->process->cred;

	u32 owner = each->process->cred.uid;

	if (c->euid && c->euid != owner && c->uid != owner)
		return -EPERM;
	each->traits.ioprio = value;
	return 0;
}

i64 linux_ioprio_set(struct lthread *t, struct registers *r)
{
	u32 which = (u32)r->rdi, value = (u32)r->rdx;
	i64 error = ioprio_check(t, value), result = -ESRCH;

	if (error)
		return error;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	world_lock();
	list_for_each (node, &process_list) {
		list_for_each (member, &list_entry(node, struct process, all)->threads) {
			struct lthread *each = list_entry(member, struct lthread, member);

			if (names(t, which, (i32)r->rsi, each) && (!result || result == -ESRCH))
				result = ioprio_store(t, each, value);
		}
	}
	world_unlock();
	return result;
}

/* Of several, the most urgent: a thread without one counts as of the middle. */
static u32 more_urgent(u32 a, u32 b)
{
	const u32 middle = IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | IOPRIO_LEVELS / 2;

	a = a ? a : middle;
	b = b ? b : middle;
	return a < b ? a : b;
}

i64 linux_ioprio_get(struct lthread *t, struct registers *r)
{
	u32 which = (u32)r->rdi;
	i64 result = -ESRCH;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	world_lock();
	list_for_each (node, &process_list) {
		list_for_each (member, &list_entry(node, struct process, all)->threads) {
			const struct lthread *each = list_entry(member, struct lthread, member);

			if (!names(t, which, (i32)r->rsi, each))
				continue;
			result = result == -ESRCH ? each->traits.ioprio :
						    more_urgent((u32)result, each->traits.ioprio);
		}
	}
	world_unlock();
	return result;
}
