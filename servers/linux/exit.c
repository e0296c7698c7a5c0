/* SPDX-License-Identifier: MIT */
/*
 * exit.c - how threads and processes end.
 *
 * Whoever decides that a process ends only says so (process_exit_all); each thread then leaves the
 * guest, cleans up after itself and goes.  The last one takes the process apart.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/alarm.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/locks.h"
#include "servers/linux/oom.h"
#include "servers/linux/run.h"
#include "servers/linux/signal.h"
#include "servers/linux/priority.h"
#include "servers/linux/times.h"
#include "servers/linux/tty.h"
#include "servers/linux/twin.h"
#include "servers/linux/uaccess.h"

enum { ROBUST_MAX = 2048 };

/* How long a server may take to answer a call that is cancelled because its caller has to end. */
#define ABANDON_NS 50000000ul

void process_abandon_later(struct process *p)
{
	p->abandon_ns = clock_now() + ABANDON_NS;
	alarm_by(p->abandon_ns);
}

static void thread_abandon(struct lthread *t)
{
	__atomic_store_n(&t->twin->gives_up, true, __ATOMIC_RELAXED);
	(void)sys_thread_kick(t->native, KICK_HARD);
}

void process_abandon(struct process *p)
{
	list_for_each (node, &p->threads) {
		struct lthread *t = list_entry(node, struct lthread, member);

		if (t != p->exec_by || p->group_exit)
			thread_abandon(t);
	}
	if (p->ender)
		thread_abandon(p->ender);
	/* A kick may have found the twin just before a call: once more, until all have gone. */
	process_abandon_later(p);
}

void process_exit_all(struct process *p, i32 status)
{
	if (p->group_exit)
		return;
	p->group_exit = true;
	p->exit_status = status;
	process_abandon_later(p);
	list_for_each (node, &p->threads)
		thread_wake(list_entry(node, struct lthread, member));
}

void vfork_release(struct process *p)
{
	struct lthread *waiter;

	world_lock();
	waiter = p->vfork_waiter;
	p->vfork_waiter = NULL;
	if (waiter) {
		waiter->vfork_busy = false;
		world_signal(&waiter->process->vfork_event);
	}
	world_unlock();
}

static void guest_futex_wake(struct lthread *t, guest_t address)
{
	(void)sys_futex_wake(t->process->mm->space, address, 1, ~0u);
}

/* One futex of the robust list: if we hold it, say that its owner died. */
static void robust_release(struct lthread *t, guest_t address)
{
	u32 word, expected;

	if (guest_get32(&word, address))
		return;
	while ((word & FUTEX_TID_MASK) == (u32)t->tid) {
		expected = word;
		if (guest_compare_exchange32(address, &expected,
					     (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return;
		if (expected == word) {
			if (word & FUTEX_WAITERS)
				guest_futex_wake(t, address);
			return;
		}
		word = expected;
	}
}

/* The list lies in the program's memory: bounded steps, every address an allegation. */
static void robust_list_walk(struct lthread *t)
{
	u64 head = t->robust_list, entry, next, offset, pending;

	if (!head || guest_get64(&entry, head) || guest_get64(&offset, head + 8) ||
	    guest_get64(&pending, head + 16))
		return;
	for (int i = 0; i < ROBUST_MAX && (entry & ~1ul) != head; i++) {
		if (guest_get64(&next, entry & ~1ul))
			return;
		if (entry != pending)
			robust_release(t, (entry & ~1ul) + offset);
		entry = next;
	}
	if (pending)
		robust_release(t, (pending & ~1ul) + offset);
}

/* What the program asked to have done in its memory when a thread ends. */
static void guest_farewell(struct lthread *t)
{
	robust_list_walk(t);
	if (!t->clear_child_tid || (t->process->mm->refs == 1 && t->process->thread_count == 1))
		return;
	if (!guest_put32(t->clear_child_tid, 0))
		guest_futex_wake(t, t->clear_child_tid);
}

/* Remove a zombie for good.  World lock held. */
void process_reap(struct process *p)
{
	list_remove(&p->all);
	list_remove(&p->sibling);
	tid_release(p->pid);
	process_free(p);
}

/* Tell the parent; true if nobody will ever wait for this process. */
static bool parent_notify(struct process *p)
{
	struct process *parent = p->parent;
	struct l_sigaction *action;
	i32 status = p->exit_status;
	struct signal_info info = {
		.code = status & 0x7f ? CLD_KILLED : CLD_EXITED,
		.pid = p->pid,
		.uid = p->cred.uid,
		.status = status & 0x7f ? status & 0x7f : status >> 8,
	};
	bool unwanted = false;

	if (!parent)
		return true;
	action = &parent->sighand->action[SIGCHLD - 1];
	if (p->exit_signal == SIGCHLD)
		unwanted = action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT;
	if (p->exit_signal)
		(void)signal_process(parent, p->exit_signal, &info);
	world_signal(&parent->child_event);
	return unwanted;
}

/*
 * A group that has just become orphaned has nobody left to continue its stopped members: all are
 * told, and go on.
 */
static void group_rescue(i32 group)
{
	static const struct signal_info from_kernel = { .code = SI_KERNEL };

	if (!group_orphaned(group) || !group_stopped(group))
		return;
	(void)signal_group(group, SIGHUP, &from_kernel);
	(void)signal_group(group, SIGCONT, &from_kernel);
}

/* The children of a process that ends belong to process 1. */
static void children_give_away(struct process *p)
{
	struct process *init = process_find(1);

	while (!list_empty(&p->children)) {
		struct process *child = list_entry(p->children.next, struct process, sibling);
		bool orphaned = group_orphaned(child->group);

		list_remove(&child->sibling);
		process_parent_set(child, init == p ? NULL : init);
		child->exit_signal = SIGCHLD; /* as Linux does: clone's choice was for its maker */
		if (child->parent)
			list_append(&child->parent->children, &child->sibling);
		if (child->zombie && parent_notify(child)) {
			process_reap(child);
			continue;
		}
		if (!orphaned)
			group_rescue(child->group);
	}
}

/* The last thread has gone; the process's parts are its own business now. */
static void process_end(struct process *p)
{
	struct mm *mm = p->mm;
	struct files *files = p->files;
	struct fs_context *fs = p->fs;
	bool linked;

	/* First out of the sight of /proc, then away. */
	world_lock();
	p->mm = NULL;
	p->files = NULL;
	p->fs = NULL;
	world_unlock();
	record_locks_end(p);
	files_put(files);
	fs_put(fs);
	vfork_release(p);
	mm_put(mm);
	memory_freed(p);
	if (p->session == p->pid)
		tty_session_ends(p);
	world_lock();
	children_give_away(p);
	signals_discard(p, ~(u64)0);
	p->abandon_ns = 0;
	p->ender = NULL;
	linked = !group_orphaned(p->group);
	p->zombie = true;
	if (linked)
		group_rescue(p->group);
	run_process_ended(p);
	if (p->pid == 1)
		log_printf("process 1 has ended with status %d", p->exit_status);
	if (parent_notify(p)) {
		sighand_put(p->sighand);
		process_reap(p);
	} else {
		sighand_put(p->sighand);
	}
	world_unlock();
}

void thread_exit_now(struct lthread *t)
{
	struct process *p = t->process;
	struct twin *twin = t->twin;
	bool last;

	guest_farewell(t);
	(void)twin_bind(twin, NULL);
	world_lock();
	times_end(t);
	priority_reset(t);
	signals_discard_thread(t);
	signals_leave(t, ~(u64)0);
	list_remove(&t->member);
	last = !--p->thread_count;
	if (last) {
		/* Nobody ends it any more, but servers that do not answer may have to be left. */
		p->ender = t;
		p->group_exit = true;
		if (!p->abandon_ns)
			process_abandon_later(p);
	}
	memcpy(p->comm, t->comm, sizeof(p->comm));
	if (t->tid == p->pid)
		tid_set(t->tid, NULL);
	else
		tid_release(t->tid);
	/* A waiting execve counts our threads. */
	world_signal(&p->child_event);
	world_unlock();
	if (last)
		process_end(p);
	thread_free(t);
}

i64 linux_exit(struct lthread *t, struct registers *r)
{
	struct process *p = t->process;

	world_lock();
	/* If no thread ends them all, the first one's status is the process's. */
	if (t->tid == p->pid && !p->group_exit)
		p->exit_status = (i32)(r->rdi & 0xff) << 8;
	world_unlock();
	t->leaving = true;
	return 0;
}

i64 linux_exit_group(struct lthread *t, struct registers *r)
{
	world_lock();
	process_exit_all(t->process, (i32)(r->rdi & 0xff) << 8);
	world_unlock();
	t->leaving = true;
	return 0;
}
