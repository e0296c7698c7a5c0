/* SPDX-License-Identifier: MIT */
/*
 * limits.c - the limits of a process: what they are at the start, reading and setting them.
 *
 * Where each is obeyed: CPU in alarm.c, FSIZE where files grow, NOFILE in file.c, NPROC in fork.c,
 * DATA, AS and STACK in mm.c and image.c, SIGPENDING in signal.c, NICE in priority.c.
 */
#include "libsys/sys.h"
#include "servers/linux/alarm.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/layout.h"
#include "servers/linux/limits.h"
#include "servers/linux/mm.h"
#include "servers/linux/system.h"
#include "servers/linux/uaccess.h"

void limits_default(struct process *p)
{
	for (int i = 0; i < RLIMITS; i++)
		p->limit[i] = (struct l_rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	p->limit[RLIMIT_STACK].cur = 8 << 20;
	p->limit[RLIMIT_CORE].cur = 0;
	p->limit[RLIMIT_NOFILE] = (struct l_rlimit){ FILES_MAX, FILES_MAX };
	p->limit[RLIMIT_NPROC] = (struct l_rlimit){ PID_LIMIT, PID_LIMIT };
	p->limit[RLIMIT_MEMLOCK] = (struct l_rlimit){ 8 << 20, 8 << 20 };
	p->limit[RLIMIT_SIGPENDING] = (struct l_rlimit){ 1024, 1024 };
	p->limit[RLIMIT_MSGQUEUE] = (struct l_rlimit){ 819200, 819200 };
	p->limit[RLIMIT_NICE] = p->limit[RLIMIT_RTPRIO] = (struct l_rlimit){ 0, 0 };
}

/* World lock held. */
static void limit_set(struct process *p, u32 which, struct l_rlimit new)
{
	/* No processor time at all means the least that there is. */
	if (which == RLIMIT_CPU && !new.cur)
		new.cur = 1;
	p->limit[which] = new;
	alarm_cpu_limit(p);
}

static i64 limit(struct lthread *t, i32 pid, u32 which, guest_t new_at, guest_t old_at)
{
	struct l_rlimit new, old;
	struct process *p;
	i64 result = 0;

	if (which >= RLIMITS)
		return -EINVAL;
	if (new_at && copy_in(&new, new_at, sizeof(new)))
		return -EFAULT;
	if (new_at && new.cur > new.max)
		return -EINVAL;
	world_lock();
	p = pid ? process_find(pid) : t->process;
	if (!p) {
		result = -ESRCH;
	} else {
		const struct credentials *c = &t->process->cred, *of = &p->cred;
		bool same = c->uid == of->uid && c->uid == of->euid && c->uid == of->suid &&
			    c->gid == of->gid && c->gid == of->egid && c->gid == of->sgid;

		old = p->limit[which];
		if (c->euid && ((new_at && new.max > old.max) || (p != t->process && !same)))
			result = -EPERM;
		else if (new_at)
			limit_set(p, which, new);
	}
	world_unlock();
	if (!result && old_at)
		result = copy_out(old_at, &old, sizeof(old));
	return result;
}

i64 linux_getrlimit(struct lthread *t, struct registers *r)
{
	return limit(t, 0, (u32)r->rdi, 0, r->rsi);
}

i64 linux_setrlimit(struct lthread *t, struct registers *r)
{
	return limit(t, 0, (u32)r->rdi, r->rsi, 0);
}

i64 linux_prlimit64(struct lthread *t, struct registers *r)
{
	return limit(t, (i32)r->rdi, (u32)r->rsi, r->rdx, r->r10);
}

/* The stack is mapped whole at once; what counts of it is what has been used. */
void stack_correct(const struct mm *mm, struct space_info *info)
{
	struct region_info stack;

	if (sys_space_regions(mm->space, mm->stack_top - PAGE_SIZE, &stack, 1) <= 0 ||
	    stack.tag != TAG_STACK ||
	    sys_space_regions(mm->space, stack.address, &stack, 1) <= 0)
		return;
	region_count(mm, &stack);
	if (stack.resident_pages < stack.length / PAGE_SIZE)
		info->region_pages -= stack.length / PAGE_SIZE - stack.resident_pages;
}

/* Pages that count as data: private ones that can be written, but for the stack. */
static u64 data_pages(const struct mm *mm)
{
	struct region_info info[8];
	u64 from = 0, pages = 0;
	i64 count;

	while ((count = sys_space_regions(mm->space, from, info, 8)) > 0)
		for (i64 i = 0; i < count; i++) {
			if (info[i].flags & MAP_OVERLAY && info[i].protect & PROTECT_WRITE &&
			    info[i].tag != TAG_STACK)
				pages += info[i].length / PAGE_SIZE;
			from = info[i].address + info[i].length;
		}
	return pages;
}

i64 memory_allowed(struct lthread *t, u64 more, u32 kind)
{
	const struct l_rlimit *limit = t->process->limit;
	const struct mm *mm = t->process->mm;
	struct space_info info;

	if (limit[RLIMIT_AS].cur != RLIM_INFINITY && !sys_space_info(mm->space, &info)) {
		stack_correct(mm, &info);
		if (info.region_pages * PAGE_SIZE + more > limit[RLIMIT_AS].cur)
			return -ENOMEM;
	}
	if (kind == MEMORY_DATA && limit[RLIMIT_DATA].cur != RLIM_INFINITY &&
	    data_pages(mm) * PAGE_SIZE + more > limit[RLIMIT_DATA].cur)
		return -ENOMEM;
	return 0;
}

i64 lock_allowed(struct lthread *t, u64 bytes)
{
	u64 limit = t->process->limit[RLIMIT_MEMLOCK].cur;

	if (!t->process->cred.euid)
		return 0;
	if (!limit)
		return -EPERM;
	return bytes > limit ? -ENOMEM : 0;
}

u64 stack_size(const struct process *p)
{
	u64 size = p->limit[RLIMIT_STACK].cur;

	if (size > STACK_MOST)
		size = STACK_MOST;
	return size < STACK_LEAST ? STACK_LEAST : (size + PAGE_MASK) & ~PAGE_MASK;
}

u64 arguments_limit(const struct process *p)
{
	u64 size = p->limit[RLIMIT_STACK].cur / 4;

	if (size > ARGUMENTS_MOST)
		size = ARGUMENTS_MOST;
	return size < ARGUMENTS_LEAST ? ARGUMENTS_LEAST : size;
}
