/* SPDX-License-Identifier: MIT */
/*
 * wait.c - wait4 and waitid, and the accounting that they report.
 */
#include "servers/linux/calls.h"
#include "servers/linux/signal.h"
#include "servers/linux/times.h"
#include "servers/linux/uaccess.h"

struct wait {
	bool any; /* child, or as pid says: > 0 that one, 0 our group, < 0 that group */
	i32 pid;
	u32 options;
	/* answers */
	i32 found, status;
	u32 uid;
	struct times times;
};

static bool matches(const struct process *parent, const struct process *child,
		    const struct wait *w)
{
	if (w->any)
		return true;
	if (w->pid > 0)
		return child->pid == w->pid;
	return child->group == (w->pid == 0 ? parent->group : -w->pid);
}

/* Take what one child has to tell, if anything; world lock held. */
static bool collect(struct process *child, struct wait *w)
{
	if (child->zombie && w->options & WEXITED) {
		w->status = child->exit_status;
	} else if (child->stopped && !child->stop_reported && w->options & WUNTRACED) {
		w->status = child->stop_signal << 8 | 0x7f;
		if (!(w->options & WNOWAIT))
			child->stop_reported = true;
	} else if (child->continued && w->options & WCONTINUED) {
		w->status = 0xffff;
		if (!(w->options & WNOWAIT))
			child->continued = false;
	} else {
		return false;
	}
	w->found = child->pid;
	w->uid = child->cred.uid;
	process_times(child, &w->times);
	if (child->zombie && !(w->options & WNOWAIT)) {
		times_add(&child->parent->dead_children, &w->times);
		times_add(&child->parent->dead_children, &child->dead_children);
		process_reap(child);
	}
	return true;
}

/* 0 if something was collected or (w->found 0) there is nothing yet. */
static i64 look(struct lthread *t, struct wait *w)
{
	struct process *p = t->process;
	i64 result = -ECHILD;

	world_lock();
	w->found = 0;
	list_for_each (node, &p->children) {
		struct process *child = list_entry(node, struct process, sibling);

		if (!matches(p, child, w))
			continue;
		result = 0;
		if (collect(child, w))
			break;
	}
	world_unlock();
	return result;
}

static i64 wait_for(struct lthread *t, struct wait *w)
{
	for (;;) {
		u32 seen = event_now(&t->process->child_event);
		i64 error = look(t, w);

		if (error || w->found || w->options & WNOHANG)
			return error;
		if (event_wait(t, &t->process->child_event, seen, DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
}

i64 linux_wait4(struct lthread *t, struct registers *r)
{
	struct wait w = { .any = (i32)r->rdi == -1, .pid = (i32)r->rdi,
			  .options = (u32)r->rdx | WEXITED };
	struct l_rusage usage;
	i64 error;

	if (r->rdx & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED | 0xe0000000u))
		return -EINVAL;
	error = wait_for(t, &w);
	if (error || !w.found)
		return error;
	rusage_fill(&usage, &w.times);
	if ((r->rsi && guest_put32(r->rsi, (u32)w.status)) ||
	    (r->r10 && copy_out(r->r10, &usage, sizeof(usage))))
		return -EFAULT;
	return w.found;
}

static void siginfo_fill(struct l_siginfo *info, const struct wait *w)
{
	*info = (struct l_siginfo){ 0 };
	if (!w->found)
		return;
	info->signo = SIGCHLD;
	info->pid = w->found;
	info->uid = w->uid;
	if (w->status == 0xffff) {
		info->code = CLD_CONTINUED;
		info->child.status = SIGCONT;
	} else if ((w->status & 0xff) == 0x7f) {
		info->code = CLD_STOPPED;
		info->child.status = w->status >> 8;
	} else if (w->status & 0x7f) {
		info->code = CLD_KILLED;
		info->child.status = w->status & 0x7f;
	} else {
		info->code = CLD_EXITED;
		info->child.status = w->status >> 8;
	}
}

i64 linux_waitid(struct lthread *t, struct registers *r)
{
	struct wait w = { .options = (u32)r->r10 };
	struct l_siginfo info;
	struct l_rusage usage;
	i64 error;

	if (!(w.options & (WEXITED | WUNTRACED | WCONTINUED)) ||
	    w.options & ~(u32)(WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED | 0xe0000000u))
		return -EINVAL;
	switch ((u32)r->rdi) {
	case P_ALL:
		w.any = true;
		break;
	case P_PID:
		w.pid = (i32)r->rsi;
		if (w.pid <= 0)
			return -EINVAL;
		break;
	case P_PGID:
		/* 0 is one's own group, as in wait4. */
		w.pid = -(i32)r->rsi;
		if (w.pid > 0)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	error = wait_for(t, &w);
	if (error)
		return error;
	siginfo_fill(&info, &w);
	rusage_fill(&usage, &w.times);
	if ((r->rdx && copy_out(r->rdx, &info, sizeof(info))) ||
	    (r->r8 && copy_out(r->r8, &usage, sizeof(usage))))
		return -EFAULT;
	return 0;
}
