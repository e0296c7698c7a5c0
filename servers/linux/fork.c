/* SPDX-License-Identifier: MIT */
/*
 * fork.c - fork, vfork and clone: new processes and threads.
 *
 * Everything that can fail is made first; then the child enters the tree and starts, which cannot.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/alarm.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/priority.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/times.h"
#include "servers/linux/twin.h"
#include "servers/linux/uaccess.h"

enum { EXIT_SIGNAL_MASK = 0xff };
#define CLONE_KNOWN                                                                                \
	(EXIT_SIGNAL_MASK | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK |      \
	 CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |        \
	 CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID)

struct clone {
	u64 flags;
	u64 stack;
	guest_t parent_tid, child_tid;
	u64 tls;
};

/* A copy-on-write copy of the whole address space, with a view of its own. */
static struct mm *mm_clone(struct mm *from)
{
	i64 space, view = E_NOMEM;
	struct mm *mm = NULL;
	u64 brk;

	/* The end of the heap as it is in the copy. */
	lock_acquire(&from->lock);
	do
		space = sys_space_clone(servers.guests, from->space);
	while (space == E_CANCELLED);
	brk = from->brk;
	lock_release(&from->lock);
	if (space < 0)
		return NULL;
	view = sys_view_create(servers.guests, (cap_t)space, CAP_SELF_SPACE);
	if (view >= 0)
		mm = mm_create((cap_t)space, (cap_t)view);
	if (!mm) {
		if (view >= 0)
			(void)sys_object_destroy((cap_t)view);
		(void)sys_object_destroy((cap_t)space);
		return NULL;
	}
	mm->brk_start = from->brk_start;
	mm->brk = brk;
	mm->arguments = from->arguments;
	mm->arguments_end = from->arguments_end;
	mm->environment = from->environment;
	mm->environment_end = from->environment_end;
	mm->auxv = from->auxv;
	mm->auxv_end = from->auxv_end;
	mm->map_top = from->map_top;
	mm->stack_top = from->stack_top;
	mm->code_start = from->code_start;
	mm->code_end = from->code_end;
	mm->data_start = from->data_start;
	mm->data_end = from->data_end;
	mm->exe = from->exe ? heap_alloc(strlen(from->exe) + 1) : NULL;
	if (mm->exe)
		memcpy(mm->exe, from->exe, strlen(from->exe));
	return mm;
}

static void *share(void *object, u32 *refs)
{
	__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
	return object;
}

/* What a process may share with its parent or have for itself. */
static i64 parts_make(struct process *child, struct process *from, u64 flags)
{
	child->sighand = flags & CLONE_SIGHAND ? share(from->sighand, &from->sighand->refs) :
						 sighand_copy(from->sighand);
	child->files = flags & CLONE_FILES ? share(from->files, &from->files->refs) :
					     files_copy(from->files);
	child->fs = flags & CLONE_FS ? share(from->fs, &from->fs->refs) : fs_copy(from->fs);
	if (child->sighand && child->files && child->fs)
		child->mm = flags & CLONE_VM ? mm_get(from->mm) : mm_clone(from->mm);
	return child->mm ? 0 : -ENOMEM;
}

static void parts_put(struct process *child)
{
	if (child->mm)
		mm_put(child->mm);
	if (child->fs)
		fs_put(child->fs);
	if (child->files)
		files_put(child->files);
	if (child->sighand)
		sighand_put(child->sighand);
}

static struct process *process_make(struct process *from, u64 flags)
{
	struct process *child = process_alloc();

	if (!child)
		return NULL;
	child->exit_signal = (i32)(flags & EXIT_SIGNAL_MASK);
	if (!parts_make(child, from, flags))
		return child;
	parts_put(child);
	process_free(child);
	return NULL;
}

/* The new thread's twin with the parent's registers and floating point. */
static struct twin *twin_make(struct lthread *t, const struct clone *c)
{
	struct twin *twin = twin_take();
	struct guest_state *state;

	if (!twin)
		return NULL;
	twin->fpu = fpu_area_alloc();
	if (!twin->fpu) {
		twin_give_back(twin);
		return NULL;
	}
	fpu_save(twin->fpu);
	state = twin->state;
	state->regs = t->state->regs;
	state->regs.rax = 0;
	state->fs_base = c->flags & CLONE_SETTLS ? c->tls : t->state->fs_base;
	state->gs_base = t->state->gs_base;
	if (c->stack)
		state->regs.rsp = c->stack;
	return twin;
}

static void twin_discard(struct twin *twin)
{
	fpu_area_free(twin->fpu);
	twin->fpu = NULL;
	twin_give_back(twin);
}

/* Enter the child into the tree; from here on nothing fails.  World lock held. */
static void child_insert(struct lthread *t, struct lthread *child, u64 flags, i32 tid)
{
	struct process *p = child->process, *from = t->process;

	child->tid = tid;
	tid_set(tid, child);
	if (!(flags & CLONE_THREAD)) {
		p->pid = tid;
		p->cred = from->cred;
		memcpy(p->limit, from->limit, sizeof(p->limit));
		p->oom_adjust = from->oom_adjust;
		p->group = from->group;
		p->session = from->session;
		p->tty_left = from->tty_left;
		/* A sibling says its end as its maker does, who may not signal the parent. */
		if (flags & CLONE_PARENT)
			p->exit_signal = from->exit_signal;
		process_insert(p, flags & CLONE_PARENT ? from->parent : from);
		alarm_cpu_limit(p);
	}
	list_append(&p->threads, &child->member);
	p->thread_count++;
}

static i64 flags_check(u64 flags)
{
	if (flags & ~CLONE_KNOWN)
		return -EINVAL;
	if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
		return -EINVAL;
	if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & EXIT_SIGNAL_MASK) > SIGNALS)
		return -EINVAL;
	return 0;
}

static void vfork_wait(struct lthread *t)
{
	struct event *event = &t->process->vfork_event;

	for (;;) {
		u32 seen = event_now(event);

		if (!__atomic_load_n(&t->vfork_busy, __ATOMIC_SEQ_CST))
			return;
		if (event_wait_killable(t, event, seen))
			break;
	}
	/* Killed while waiting: the child must not look for us any more. */
	world_lock();
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->vfork_waiter == t)
			p->vfork_waiter = NULL;
	}
	world_unlock();
}

/* RLIMIT_NPROC counts the real user's threads, and zombies; world lock held. */
static bool user_has_too_many(const struct process *p)
{
	u64 count = 0;

	if (!p->cred.uid || !p->cred.euid)
		return false;
	list_for_each (node, &process_list) {
		const struct process *other = list_entry(node, struct process, all);

		if (other->cred.uid == p->cred.uid)
			count += other->thread_count ? other->thread_count : 1;
	}
	return count >= p->limit[RLIMIT_NPROC].cur;
}

/* What a thread gets from the one that makes it; world lock held. */
static void traits_inherit(struct lthread *t, struct lthread *child, const struct clone *c)
{
	child->mask = t->mask;
	if (!(c->flags & CLONE_VM) || c->flags & CLONE_VFORK)
		child->altstack = t->altstack;
	child->traits = t->traits;
	memcpy(child->comm, t->comm, sizeof(child->comm));
	/* A child that began above its parent would make fork a way to get on. */
	(void)sys_thread_control(child->native, THREAD_FOLLOW, 0);
	priority_inherit(child, t);
	if (c->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = c->child_tid;
	if (c->flags & CLONE_VFORK) {
		child->process->vfork_waiter = t;
		t->vfork_busy = true;
	}
}

/*
 * Enter the child into the tree, or why not.  A signal that has come goes first: sent to a group,
 * it would have missed the child.  So does a stop, which a new thread would not know of.
 */
static i64 child_enter(struct lthread *t, struct lthread *child, struct twin *twin,
		       const struct clone *c)
{
	i64 tid = -EAGAIN;

	child->twin = twin;
	child->native = twin->native;
	child->state = twin->state;
	twin->thread = child;
	times_begin(child);
	world_lock();
	if (signal_pending(t) || t->process->stopped)
		tid = -ERESTARTNOINTR;
	else if (!user_has_too_many(t->process))
		tid = tid_reserve() ?: -EAGAIN;
	if (tid > 0) {
		traits_inherit(t, child, c);
		child_insert(t, child, c->flags, (i32)tid);
	}
	world_unlock();
	return tid;
}

static i64 clone_make(struct lthread *t, const struct clone *c)
{
	struct process *p = t->process;
	struct lthread *child;
	struct twin *twin;
	i64 tid = -EAGAIN;
	u32 number;
	bool refused;

	/* First, so that what is refused costs little; and again when it counts. */
	world_lock();
	refused = user_has_too_many(p);
	world_unlock();
	if (refused)
		return -EAGAIN;
	if (!(c->flags & CLONE_THREAD)) {
		p = process_make(t->process, c->flags);
		if (!p)
			return -ENOMEM;
	}
	child = thread_alloc(p);
	twin = child ? twin_make(t, c) : NULL;
	if (twin)
		tid = child_enter(t, child, twin, c);
	if (tid < 0) {
		if (twin)
			twin_discard(twin);
		if (child)
			thread_free(child);
		if (p != t->process) {
			parts_put(p);
			process_free(p);
		}
		return tid;
	}
	number = (u32)tid;
	if (c->flags & CLONE_PARENT_SETTID)
		(void)guest_put32(c->parent_tid, number);
	if (c->flags & CLONE_CHILD_SETTID && c->flags & CLONE_VM)
		(void)guest_put32(c->child_tid, number);
	else if (c->flags & CLONE_CHILD_SETTID)
		(void)sys_space_copy(p->mm->space, c->child_tid, (u64)&number, sizeof(number),
				     SPACE_COPY_WRITE);
	twin_start(twin);
	if (c->flags & CLONE_VFORK)
		vfork_wait(t);
	return tid;
}

i64 linux_clone(struct lthread *t, struct registers *r)
{
	struct clone c = { .flags = r->rdi, .stack = r->rsi, .parent_tid = r->rdx,
			   .child_tid = r->r10, .tls = r->r8 };

	return flags_check(c.flags) ?: clone_make(t, &c);
}

i64 linux_fork(struct lthread *t, struct registers *r)
{
	struct clone c = { .flags = SIGCHLD };

	(void)r;
	return clone_make(t, &c);
}

i64 linux_vfork(struct lthread *t, struct registers *r)
{
	struct clone c = { .flags = CLONE_VM | CLONE_VFORK | SIGCHLD };

	(void)r;
	return clone_make(t, &c);
}
