/* SPDX-License-Identifier: MIT */
/*
 * process.c - the numbers of processes and threads, the process tree, and what processes share.
 *
 * A number is in use while a thread or a zombie has it, or a group or session is named by it.
 */
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/mount.h"
#include "servers/linux/pool.h"
#include "servers/linux/task.h"
#include "servers/linux/util.h"

enum { TIDS_PER_PAGE = 512, TID_PAGES = PID_LIMIT / TIDS_PER_PAGE };

struct lock world = LOCK_OF(RANK_WORLD);
struct list process_list = { &process_list, &process_list };

/* A slot holds the thread, or RESERVED for a number that has none (yet, or any more). */
static struct pool process_pool = POOL_OF(sizeof(struct process));
static struct pool thread_pool = POOL_OF(sizeof(struct lthread));
static struct pool sighand_pool = POOL_OF(sizeof(struct sighand));

#define RESERVED ((struct lthread *)1)
static struct lthread **tid_page[TID_PAGES];
static i32 last_tid;
static u32 tids_used, tids_limit = PID_LIMIT;

static u64 made; /* W: processes */

/* W: whose waiters are woken when the lock is given back.  An event lies in a record that is reused
 * as the same for ever: that of a process which has gone wakes nobody, or once too often. */
enum { SIGNALLED_MAX = 4 };
static struct event *signalled[SIGNALLED_MAX];
static u32 signalled_count;

void world_signal(struct event *event)
{
	if (!event_advance(event))
		return;
	if (signalled_count < SIGNALLED_MAX)
		signalled[signalled_count++] = event;
	else
		event_wake(event);
}

void world_unlock(void)
{
	struct event *event[SIGNALLED_MAX];
	u32 count = signalled_count;

	for (u32 i = 0; i < count; i++)
		event[i] = signalled[i];
	signalled_count = 0;
	lock_release(&world);
	for (u32 i = 0; i < count; i++)
		event_wake(event[i]);
}

i32 tid_last(void)
{
	return last_tid;
}

u32 threads_limit(void)
{
	return tids_limit;
}

u64 processes_made(void)
{
	return made;
}

void tid_limit_set(u32 threads)
{
	tids_limit = threads;
}

static struct lthread **tid_slot(i32 tid)
{
	struct lthread ***page;

	if (tid <= 0 || tid >= PID_LIMIT)
		return NULL;
	page = &tid_page[tid / TIDS_PER_PAGE];
	if (!*page)
		*page = heap_alloc(TIDS_PER_PAGE * sizeof(struct lthread *));
	return *page ? *page + tid % TIDS_PER_PAGE : NULL;
}

struct lthread *thread_find(i32 tid)
{
	struct lthread **slot = tid_slot(tid);

	return slot && *slot != RESERVED ? *slot : NULL;
}

struct process *process_find(i32 pid)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->pid == pid)
			return p;
	}
	return NULL;
}

/* Does a group or session still go by that number? */
static bool names_group(i32 number)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->group == number || p->session == number)
			return true;
	}
	return false;
}

i32 tid_reserve(void)
{
	if (tids_used >= tids_limit)
		return 0;
	for (i32 tries = 0; tries < PID_LIMIT; tries++) {
		struct lthread **slot;

		last_tid = last_tid + 1 < PID_LIMIT ? last_tid + 1 : 2;
		slot = tid_slot(last_tid);
		if (!slot)
			return 0;
		if (*slot || names_group(last_tid))
			continue;
		*slot = RESERVED;
		tids_used++;
		return last_tid;
	}
	return 0;
}

void tid_set(i32 tid, struct lthread *t)
{
	*tid_slot(tid) = t ? t : RESERVED;
}

void tid_release(i32 tid)
{
	*tid_slot(tid) = NULL;
	tids_used--;
}

struct process *process_alloc(void)
{
	struct process *p = pool_alloc(&process_pool);

	if (!p)
		return NULL;
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->all);
	list_init(&p->threads);
	p->started_ns = clock_now();
	return p;
}

void process_free(struct process *p)
{
	pool_free(&process_pool, p);
}

struct lthread *thread_alloc(struct process *p)
{
	struct lthread *t = pool_alloc(&thread_pool);

	if (!t)
		return NULL;
	list_init(&t->member);
	t->process = p;
	return t;
}

void thread_free(struct lthread *t)
{
	pool_free(&thread_pool, t);
}

void process_parent_set(struct process *p, struct process *parent)
{
	p->parent = parent;
	__atomic_store_n(&p->parent_pid, parent ? parent->pid : 0, __ATOMIC_RELAXED);
}

void process_insert(struct process *p, struct process *parent)
{
	made++;
	process_parent_set(p, parent);
	if (parent)
		list_append(&parent->children, &p->sibling);
	list_append(&process_list, &p->all);
}

bool group_exists(i32 group, i32 session)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->group == group && p->session == session)
			return true;
	}
	return false;
}

/* Nobody outside the group, but in its session, is there to continue it. */
bool group_orphaned(i32 group)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->group == group && !p->zombie && p->parent && p->parent->group != group &&
		    p->parent->session == p->session)
			return false;
	}
	return true;
}

bool group_stopped(i32 group)
{
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->group == group && p->stopped && !p->zombie)
			return true;
	}
	return false;
}

struct mm *mm_create(cap_t space, cap_t view)
{
	struct mm *mm = heap_alloc(sizeof(*mm));

	if (!mm)
		return NULL;
	mm->refs = 1;
	lock_rank_set(&mm->lock, RANK_MM);
	mm->space = space;
	mm->view = view;
	return mm;
}

struct mm *mm_get(struct mm *mm)
{
	__atomic_fetch_add(&mm->refs, 1, __ATOMIC_RELAXED);
	return mm;
}

void mm_put(struct mm *mm)
{
	if (__atomic_sub_fetch(&mm->refs, 1, __ATOMIC_ACQ_REL))
		return;
	(void)sys_object_destroy(mm->view);
	(void)sys_object_destroy(mm->space);
	string_free(mm->exe);
	heap_free(mm, sizeof(*mm));
}

struct sighand *sighand_copy(const struct sighand *from)
{
	struct sighand *sighand = pool_alloc(&sighand_pool);

	if (!sighand)
		return NULL;
	if (from)
		memcpy(sighand, from, sizeof(*sighand));
	sighand->refs = 1;
	return sighand;
}

void sighand_put(struct sighand *sighand)
{
	if (!__atomic_sub_fetch(&sighand->refs, 1, __ATOMIC_ACQ_REL))
		pool_free(&sighand_pool, sighand);
}

struct fs_context *fs_copy(struct fs_context *from)
{
	struct fs_context *fs = heap_alloc(sizeof(*fs)), *held = NULL;

	if (!fs)
		return NULL;
	fs->refs = 1;
	lock_rank_set(&fs->lock, RANK_PLACE);
	lock_acquire(&from->lock);
	fs->cwd = from->cwd;
	fs->root = from->root;
	fs->umask = from->umask;
	fs->path = string_save(from->path);
	fs->root_path = string_save(from->root_path);
	/* Not gone meanwhile: the other's holds are still there. */
	mount_get(fs->cwd.mount);
	mount_get(fs->root.mount);
	lock_release(&from->lock);
	if (fs->path && fs->root_path && !node_hold(fs->cwd, NULL)) {
		if (!node_hold(fs->root, NULL))
			held = fs;
		else
			node_release(fs->cwd);
	}
	mount_put(fs->cwd.mount);
	mount_put(fs->root.mount);
	if (held)
		return held;
	string_free(fs->path);
	string_free(fs->root_path);
	heap_free(fs, sizeof(*fs));
	return NULL;
}

void fs_put(struct fs_context *fs)
{
	if (__atomic_sub_fetch(&fs->refs, 1, __ATOMIC_ACQ_REL))
		return;
	node_release(fs->cwd);
	node_release(fs->root);
	string_free(fs->path);
	string_free(fs->root_path);
	heap_free(fs, sizeof(*fs));
}
