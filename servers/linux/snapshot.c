/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - a copy of what /proc shows of a process or thread, taken under the lock.
 */
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/limits.h"
#include "servers/linux/proc.h"
#include "servers/linux/times.h"
#include "servers/linux/tty.h"

char thread_state(const struct process *p, const struct lthread *t)
{
	struct thread_info info;

	if (p->zombie)
		return 'Z';
	if (p->stopped)
		return 'T';
	if (t && !sys_thread_info(t->native, &info) && info.state == THREAD_STATE_WAITING)
		return 'S';
	return 'R';
}

/* A process runs if one of its threads does. */
static char process_state(const struct process *p)
{
	char state = 'S';

	if (p->zombie || p->stopped)
		return thread_state(p, NULL);
	list_for_each (node, (struct list *)&p->threads)
		if (thread_state(p, list_entry(node, struct lthread, member)) == 'R')
			state = 'R';
	return state;
}

static void snapshot_signals(struct snapshot *s, const struct process *p, const struct lthread *t)
{
	for (int i = 0; i < SIGNALS && !p->zombie; i++) {
		u64 handler = p->sighand->action[i].handler;

		if (handler == SIG_IGN)
			s->ignored |= (u64)1 << i;
		else if (handler != SIG_DFL)
			s->caught |= (u64)1 << i;
	}
	s->shared_pending = p->signals.pending;
	s->signals_queued = p->signals_queued;
	s->pending = t ? t->signals.pending : 0;
	s->blocked = t ? t->mask : 0;
}

static u32 files_open(struct files *files)
{
	u32 size;

	lock_acquire(&files->lock);
	size = files->size;
	lock_release(&files->lock);
	return size;
}

/* World lock held. */
static void fill(struct snapshot *s, struct process *p, const struct lthread *t, i32 tid)
{
	struct thread_info info;

	memcpy(s->comm, t ? t->comm : p->comm, sizeof(s->comm));
	s->tid = tid ? tid : p->pid;
	s->ppid = p->parent ? p->parent->pid : 0;
	s->group = p->group;
	s->session = p->session;
	s->tty = tty_number(p);
	s->foreground = tty_foreground(p);
	s->threads = p->thread_count;
	s->schedule = t ? t->schedule : (struct schedule){ 0 };
	s->processor = t && !sys_thread_info(t->native, &info) ? info.processor : 0;
	s->no_new_privs = t && t->traits.no_new_privs;
	s->state = tid ? thread_state(p, t) : process_state(p);
	s->cred = p->cred;
	s->umask = p->fs ? p->fs->umask : 0;
	s->files = p->files ? files_open(p->files) : 0;
	if (tid && t)
		thread_times(t, &s->own);
	else
		process_times(p, &s->own);
	s->children = p->dead_children;
	s->started_ns = p->started_ns;
	s->oom_adjust = p->oom_adjust;
	snapshot_signals(s, p, t);
	memcpy(s->limit, p->limit, sizeof(s->limit));
	s->mm = p->mm ? mm_get(p->mm) : NULL;
}

i64 snapshot_take(struct snapshot *s, i32 pid, i32 tid)
{
	struct lthread *t = NULL;
	struct process *p;

	*s = (struct snapshot){ .pid = pid };
	world_lock();
	p = process_find(pid);
	if (p && tid) {
		t = thread_find(tid);
		if (!t || t->process != p)
			p = NULL;
	} else if (p && !list_empty(&p->threads)) {
		t = list_entry(p->threads.next, struct lthread, member);
	}
	if (p)
		fill(s, p, t, tid);
	world_unlock();
	if (!p)
		return (!tid || tid == pid) && native_snapshot(s, pid) ? 0 : -ESRCH;
	if (s->mm && !sys_space_info(s->mm->space, &s->space))
		stack_correct(s->mm, &s->space);
	return 0;
}

void snapshot_put(struct snapshot *s)
{
	if (s->mm)
		mm_put(s->mm);
}
