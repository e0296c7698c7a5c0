/* SPDX-License-Identifier: MIT */
/*
 * locks.c - flock and the record locks of fcntl, in one small table.
 *
 * flock belongs to an open file description and covers the whole file; a record lock belongs to a
 * process and a range.  Both wait on one event that every release advances.
 */
#include "servers/linux/locks.h"

#include "servers/linux/calls.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { LOCKS_MAX = 256 };
enum { F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2 };
enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };

struct l_flock {
	u16 type, whence;
	u32 pad;
	i64 start, length;
	i32 pid;
	u32 pad2;
};

struct advisory {
	struct node node;  /* mount NULL: unused */
	const void *owner; /* a struct process, or a struct file for flock */
	bool whole;	   /* flock: meets only other flocks */
	bool exclusive;
	i32 pid;
	u64 start, end; /* end is not included */
};

static struct {
	struct lock lock; /* guards entry[] */
	struct advisory entry[LOCKS_MAX];
	struct event released;
} locks;

static bool overlaps(const struct advisory *a, const struct advisory *b)
{
	return a->node.mount && node_equal(a->node, b->node) && a->whole == b->whole &&
	       a->start < b->end && b->start < a->end;
}

static struct advisory *conflict(const struct advisory *want)
{
	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i];

		if (overlaps(e, want) && e->owner != want->owner &&
		    (e->exclusive || want->exclusive))
			return e;
	}
	return NULL;
}

static struct advisory *unused(void)
{
	for (u32 i = 0; i < LOCKS_MAX; i++)
		if (!locks.entry[i].node.mount)
			return &locks.entry[i];
	return NULL;
}

/* Take want's range out of what its owner has; a lock may fall into two. */
static bool carve(const struct advisory *want)
{
	bool any = false;

	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i], *rest;

		if (!overlaps(e, want) || e->owner != want->owner)
			continue;
		any = true;
		if (e->start < want->start && e->end > want->end) {
			rest = unused();
			if (rest) {
				*rest = *e;
				rest->start = want->end;
			}
			e->end = want->start;
		} else if (e->start < want->start) {
			e->end = want->start;
		} else if (e->end > want->end) {
			e->start = want->end;
		} else {
			e->node.mount = NULL;
		}
	}
	return any;
}

/* type: F_RDLCK, F_WRLCK or F_UNLCK.  -EAGAIN if others are in the way and wait is false. */
static i64 lock_set(struct lthread *t, struct advisory *want, bool unlock, bool wait)
{
	for (;;) {
		u32 seen = event_now(&locks.released);
		struct advisory *e;
		i64 result = 0;
		bool changed = false;

		lock_acquire(&locks.lock);
		if (unlock) {
			changed = carve(want);
		} else if (conflict(want)) {
			result = -EAGAIN;
		} else {
			changed = carve(want);
			e = unused();
			if (e)
				*e = *want;
			else
				result = -37; /* ENOLCK */
		}
		lock_release(&locks.lock);
		if (changed)
			event_signal(&locks.released);
		if (result != -EAGAIN || !wait)
			return result;
		if (event_wait(t, &locks.released, seen, DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
}

i64 record_lock(struct lthread *t, struct file *f, u32 command, guest_t address)
{
	struct advisory want = { .node = f->node, .owner = t->process, .pid = t->process->pid };
	struct advisory *e;
	struct l_flock l;

	if (copy_in(&l, address, sizeof(l)))
		return -EFAULT;
	if (!f->node.mount || l.whence > SEEK_CUR || l.type > F_UNLCK)
		return -EINVAL;
	if (l.whence == SEEK_CUR)
		l.start += (i64)f->position;
	if (l.length < 0) {
		l.start += l.length;
		l.length = -l.length;
	}
	if (l.start < 0)
		return -EINVAL;
	want.start = (u64)l.start;
	want.end = l.length ? want.start + (u64)l.length : ~(u64)0;
	want.exclusive = l.type == F_WRLCK;
	f->locked = true;
	if (command != F_GETLK)
		return lock_set(t, &want, l.type == F_UNLCK, command == F_SETLKW);
	lock_acquire(&locks.lock);
	e = conflict(&want);
	l.type = e ? (e->exclusive ? F_WRLCK : F_RDLCK) : F_UNLCK;
	if (e) {
		l.whence = SEEK_SET;
		l.start = (i64)e->start;
		l.length = e->end == ~(u64)0 ? 0 : (i64)(e->end - e->start);
		l.pid = e->pid;
	}
	lock_release(&locks.lock);
	return copy_out(address, &l, sizeof(l));
}

static void drop(const void *owner, const struct node *node)
{
	bool any = false;

	lock_acquire(&locks.lock);
	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i];

		if (e->node.mount && e->owner == owner && (!node || node_equal(e->node, *node))) {
			e->node.mount = NULL;
			any = true;
		}
	}
	lock_release(&locks.lock);
	if (any)
		event_signal(&locks.released);
}

void record_locks_drop(struct process *p, struct node node)
{
	if (node.mount)
		drop(p, &node);
}

void record_locks_end(struct process *p)
{
	drop(p, NULL);
}

void flock_drop(struct file *f)
{
	drop(f, NULL);
}

i64 linux_flock(struct lthread *t, struct registers *r)
{
	u32 operation = (u32)r->rsi & ~(u32)LOCK_NB;
	struct file *f;
	struct advisory want = { .whole = true, .end = ~(u64)0, .pid = t->process->pid };
	i64 result;

	if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN)
		return -EINVAL;
	f = file_get(t, (i32)r->rdi);
	if (!f)
		return -EBADF;
	want.node = f->node;
	want.owner = f;
	f->locked = true;
	want.exclusive = operation == LOCK_EX;
	result = f->node.mount ? lock_set(t, &want, operation == LOCK_UN, !(r->rsi & LOCK_NB)) :
				 -EINVAL;
	file_put(f);
	return result;
}
