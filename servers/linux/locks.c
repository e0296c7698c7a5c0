/* SPDX-License-Identifier: MIT */
/*
 * locks.c - flock and the record locks of fcntl, in one small table.
 *
 * flock belongs to an open file description and covers the whole file; a record lock belongs to a
 * process, or to a description (F_OFD_*), and covers a range.  The two kinds do not see each other.
 * All wait on one event that every release advances.  What an owner holds of one type has no two
 * entries that touch, and none that overlap.
 */
#include "servers/linux/locks.h"

#include "servers/linux/calls.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { LOCKS_MAX = 1024 };
enum { F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2 };
enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };
#define END_OF_FILE ((u64)1 << 63) /* the end, not included, of a lock to the end */

struct l_flock {
	u16 type, whence;
	u32 pad;
	i64 start, length;
	i32 pid;
	u32 pad2;
};

struct advisory {
	struct node node;  /* mount NULL: unused */
	const void *owner; /* a struct process or a struct file */
	bool whole;	   /* flock: meets only other flocks */
	bool exclusive;
	i32 pid;	/* as F_GETLK tells it: -1 for a description's */
	u64 start, end; /* end is not included */
};

/* A process that waits for a record lock, and who is in its way as it last saw. */
struct waiting {
	struct waiting *next;
	const void *owner, *blocker;
};

static struct {
	struct lock lock; /* guards all but released */
	struct advisory entry[LOCKS_MAX];
	u32 records; /* how many entries belong to processes; a to read */
	struct waiting *waiting;
	struct event released;
} locks = { .lock = LOCK_OF(RANK_ADVISORY) };

/* What stands for files without a node, that is for pipes. */
static struct mount nowhere;

static struct node node_of(const struct file *f)
{
	if (f->node.mount)
		return f->node;
	return (struct node){ &nowhere, f->ops == &pipe_ops ? f->pipe.number : (u64)f };
}

static bool same_file(const struct advisory *a, const struct advisory *b)
{
	return a->node.mount && node_same(a->node, b->node) && a->whole == b->whole;
}

static bool overlaps(const struct advisory *a, const struct advisory *b)
{
	return same_file(a, b) && a->start < b->end && b->start < a->end;
}

/* Of those in the way the one that begins first. */
static struct advisory *conflict(const struct advisory *want)
{
	struct advisory *first = NULL;

	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i];

		if (overlaps(e, want) && e->owner != want->owner &&
		    (e->exclusive || want->exclusive) && (!first || e->start < first->start))
			first = e;
	}
	return first;
}

static void entry_free(struct advisory *e)
{
	e->node.mount = NULL;
	if (e->pid > 0 && !e->whole)
		locks.records--;
}

/* There is a free one: lock_set has counted. */
static void entry_add(const struct advisory *from)
{
	struct advisory *e = locks.entry;

	while (e->node.mount)
		e++;
	*e = *from;
	if (e->pid > 0 && !e->whole)
		locks.records++;
}

/* A lock falls into two when one is set in its middle: are there entries for all of that? */
static bool enough_room(const struct advisory *want, bool unlock)
{
	u32 unused = 0, needed = !unlock;

	for (u32 i = 0; i < LOCKS_MAX; i++) {
		const struct advisory *e = &locks.entry[i];

		unused += !e->node.mount;
		needed += same_file(e, want) && e->owner == want->owner && e->start < want->start &&
			  e->end > want->end;
	}
	return unused >= needed;
}

/* Take want's range out of what its owner has. */
static bool carve(const struct advisory *want)
{
	bool any = false;

	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i], rest;

		if (!overlaps(e, want) || e->owner != want->owner)
			continue;
		any = true;
		rest = *e;
		rest.start = want->end;
		if (e->start < want->start)
			e->end = want->start;
		else
			entry_free(e);
		if (rest.start < rest.end)
			entry_add(&rest);
	}
	return any;
}

/* What touches the new lock, and is like it, becomes part of it. */
static void join(struct advisory *want)
{
	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i];

		if (!same_file(e, want) || e->owner != want->owner ||
		    e->exclusive != want->exclusive ||
		    (e->end != want->start && e->start != want->end))
			continue;
		want->start = e->start < want->start ? e->start : want->start;
		want->end = e->end > want->end ? e->end : want->end;
		entry_free(e);
	}
}

/* Would `owner` wait for itself, by whom each of the others waits for? */
static bool in_circle(const void *owner, const void *blocker)
{
	u32 steps = 0;

	for (const struct waiting *w = locks.waiting; w && blocker != owner;) {
		if (w->owner != blocker) {
			w = w->next;
			continue;
		}
		blocker = w->blocker;
		w = ++steps < LOCKS_MAX ? locks.waiting : NULL;
	}
	return blocker == owner;
}

/* One attempt, with the lock held; *changed: others may go on.  -EAGAIN: *blocker is in the way. */
static i64 attempt(struct advisory want, bool unlock, bool *changed, const void **blocker)
{
	struct advisory *e;

	if (!enough_room(&want, unlock))
		return -ENOLCK;
	/* A flock that is to become another one is given up first, also if that then fails. */
	if (unlock || want.whole)
		*changed = carve(&want);
	if (unlock)
		return 0;
	e = conflict(&want);
	if (e) {
		*blocker = e->owner;
		return -EAGAIN;
	}
	*changed |= carve(&want);
	join(&want);
	entry_add(&want);
	return 0;
}

static void waiting_remove(struct waiting *w)
{
	struct waiting **link = &locks.waiting;

	while (*link && *link != w)
		link = &(*link)->next;
	if (*link)
		*link = w->next;
}

/* Take the lock, or give it up.  -EAGAIN if others are in the way and wait is false. */
static i64 lock_set(struct lthread *t, const struct advisory *want, bool unlock, bool wait)
{
	struct waiting w = { .owner = want->owner };
	bool circular =
		want->pid > 0 && !want->whole; /* only processes are looked for in circles */

	for (;;) {
		u32 seen = event_now(&locks.released);
		bool changed = false;
		i64 result;

		lock_acquire(&locks.lock);
		waiting_remove(&w);
		result = attempt(*want, unlock, &changed, &w.blocker);
		if (result == -EAGAIN && wait && circular && in_circle(w.owner, w.blocker))
			result = -EDEADLK;
		if (result == -EAGAIN && wait && circular) {
			w.next = locks.waiting;
			locks.waiting = &w;
		}
		lock_release(&locks.lock);
		if (changed)
			event_signal(&locks.released);
		if (result != -EAGAIN || !wait)
			return result;
		if (event_wait(t, &locks.released, seen, DEADLINE_NEVER)) {
			lock_acquire(&locks.lock);
			waiting_remove(&w);
			lock_release(&locks.lock);
			return -ERESTARTSYS;
		}
	}
}

/* The range that the program names, from where its whence says. */
static i64 range_of(struct lthread *t, struct file *f, const struct l_flock *l, u64 *start,
		    u64 *end)
{
	i64 base = 0, first, last;
	u64 size = 0, error;

	if (l->whence > SEEK_END)
		return -EINVAL;
	if (l->whence == SEEK_CUR)
		base = (i64)f->position;
	if (l->whence == SEEK_END) {
		error = (u64)file_size(t, f, &size);
		if (error)
			return (i64)error;
		base = (i64)size;
	}
	if (__builtin_add_overflow(base, l->start, &first) ||
	    __builtin_add_overflow(first, l->length, &last))
		return -EOVERFLOW;
	if (l->length < 0) {
		*start = (u64)last;
		*end = (u64)first;
		return last < 0 ? -EINVAL : 0;
	}
	*start = (u64)first;
	*end = l->length ? (u64)last : END_OF_FILE;
	return first < 0 ? -EINVAL : 0;
}

static i64 record_lock_get(struct l_flock *l, const struct advisory *want, guest_t address)
{
	struct advisory *e;

	lock_acquire(&locks.lock);
	e = conflict(want);
	l->type = e ? (e->exclusive ? F_WRLCK : F_RDLCK) : F_UNLCK;
	if (e) {
		l->whence = SEEK_SET;
		l->start = (i64)e->start;
		l->length = e->end == END_OF_FILE ? 0 : (i64)(e->end - e->start);
		l->pid = e->pid;
	}
	lock_release(&locks.lock);
	return copy_out(address, l, sizeof(*l));
}

i64 record_lock(struct lthread *t, struct file *f, u32 command, guest_t address)
{
	bool of_file = command >= F_OFD_GETLK, get = command == F_GETLK || command == F_OFD_GETLK;
	struct advisory want = { .node = node_of(f) };
	u32 access = f->flags & O_ACCMODE;
	struct l_flock l;
	i64 error;

	if (copy_in(&l, address, sizeof(l)))
		return -EFAULT;
	if (l.type > F_UNLCK || (get && l.type == F_UNLCK) || (of_file && l.pid))
		return -EINVAL;
	error = range_of(t, f, &l, &want.start, &want.end);
	if (error)
		return error;
	want.owner = of_file ? (const void *)f : t->process;
	want.pid = of_file ? -1 : t->process->pid;
	want.exclusive = l.type == F_WRLCK;
	if (get)
		return record_lock_get(&l, &want, address);
	if ((l.type == F_RDLCK && access == O_WRONLY) || (l.type == F_WRLCK && access == O_RDONLY))
		return -EBADF;
	f->locked = true;
	return lock_set(t, &want, l.type == F_UNLCK,
			command == F_SETLKW || command == F_OFD_SETLKW);
}

static void drop(const void *owner, const struct node *node)
{
	bool any = false;

	lock_acquire(&locks.lock);
	for (u32 i = 0; i < LOCKS_MAX; i++) {
		struct advisory *e = &locks.entry[i];

		if (e->node.mount && e->owner == owner && (!node || node_same(e->node, *node))) {
			entry_free(e);
			any = true;
		}
	}
	lock_release(&locks.lock);
	if (any)
		event_signal(&locks.released);
}

void record_locks_drop(struct process *p, const struct file *f)
{
	struct node node = node_of(f);

	/* Whichever descriptor of the file is closed; most often nobody has any such lock. */
	if (__atomic_load_n(&locks.records, __ATOMIC_RELAXED))
		drop(p, &node);
}

void record_locks_end(struct process *p)
{
	if (__atomic_load_n(&locks.records, __ATOMIC_RELAXED))
		drop(p, NULL);
}

void flock_drop(struct file *f)
{
	drop(f, NULL);
}

i64 linux_flock(struct lthread *t, struct registers *r)
{
	u32 operation = (u32)r->rsi & ~(u32)LOCK_NB;
	struct advisory want = { .whole = true, .end = END_OF_FILE, .pid = t->process->pid };
	struct file *f;
	i64 result;

	if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN)
		return -EINVAL;
	f = file_get(t, (i32)r->rdi);
	if (!f)
		return -EBADF;
	want.node = node_of(f);
	want.owner = f;
	want.exclusive = operation == LOCK_EX;
	if (f->flags & O_PATH) {
		result = -EBADF;
	} else {
		f->locked = true;
		result = lock_set(t, &want, operation == LOCK_UN, !(r->rsi & LOCK_NB));
	}
	file_put(f);
	return result;
}
