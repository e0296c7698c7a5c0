/* SPDX-License-Identifier: MIT */
/*
 * mount.c - the table of mounts.
 *
 * One lock guards what lies over what.  It is held for no call to a server: what a mount holds is
 * taken before and given back after.  Whoever follows a node's mount has a reference to it, so a
 * mount that is taken away stays usable for those who are in it.
 */
#include "servers/linux/mount.h"

#include "libsys/string.h"
#include "servers/linux/pool.h"
#include "servers/linux/task.h"
#include "servers/linux/util.h"

struct mount *mount_chains[MOUNT_CHAINS];

static struct pool mount_pool = POOL_OF(sizeof(struct mount));
static struct {
	struct lock lock; /* M */
	struct list attached;
	u32 count, last_id;
} table = { .lock = LOCK_OF(RANK_MOUNTS), .attached = { &table.attached, &table.attached } };

/* --- what is where --------------------------------------------------------------------- */

/* Lock held. */
static struct mount *over(struct node node)
{
	for (struct mount *m = mount_chains[mount_hash(node.id)]; m; m = m->chain)
		if (m->covered.id == node.id && m->covered.mount == node.mount)
			return m;
	return NULL;
}

struct mount *mount_find(struct node node)
{
	struct mount *m, *top = NULL;

	lock_acquire(&table.lock);
	while ((m = over(node))) {
		top = m;
		node = (struct node){ m, m->root };
	}
	if (top)
		mount_get(top);
	lock_release(&table.lock);
	return top;
}

bool mount_below(struct mount *m, struct node *covered, u64 *directory)
{
	bool below;

	lock_acquire(&table.lock);
	below = m->attached && m->covered.mount;
	if (below) {
		*covered = m->covered;
		*directory = m->covered_directory;
		mount_get(covered->mount);
	}
	lock_release(&table.lock);
	return below;
}

bool mount_point(struct node node)
{
	struct mount *m;

	lock_acquire(&table.lock);
	for (m = mount_chains[mount_hash(node.id)]; m; m = m->chain)
		if (node_equal(m->covered, node))
			break;
	lock_release(&table.lock);
	return m != NULL;
}

struct mount *mount_next(u32 after)
{
	struct mount *best = NULL;

	lock_acquire(&table.lock);
	list_for_each (node, &table.attached) {
		struct mount *m = list_entry(node, struct mount, list);

		if (m->id > after && (!best || m->id < best->id))
			best = m;
	}
	if (best)
		mount_get(best);
	lock_release(&table.lock);
	return best;
}

/* Lock held: is m the other one, or somewhere above it? */
static bool reaches(const struct mount *m, const struct mount *other)
{
	while (m && m != other)
		m = m->covered.mount;
	return m != NULL;
}

bool mount_written(const struct mount *m, const struct filesystem *fs)
{
	u32 writers = 0;

	lock_acquire(&table.lock);
	list_for_each (node, &table.attached) {
		const struct mount *each = list_entry(node, struct mount, list);

		if (each == m || each->fs == fs)
			writers += __atomic_load_n(&each->writers, __ATOMIC_RELAXED);
	}
	lock_release(&table.lock);
	return writers;
}

/* --- a mount's life -------------------------------------------------------------------- */

struct filesystem *filesystem_get(struct filesystem *fs)
{
	lock_acquire(&table.lock);
	fs->refs++;
	lock_release(&table.lock);
	return fs;
}

void filesystem_put(struct filesystem *fs)
{
	bool last;

	lock_acquire(&table.lock);
	last = !--fs->refs;
	lock_release(&table.lock);
	if (last && fs->type->destroy)
		fs->type->destroy(fs);
}

i64 mount_make(struct filesystem *fs, u64 root, u64 root_directory, u32 flags, const char *source,
	       struct mount **out)
{
	struct mount *m = NULL;
	i64 error = -ENOSPC;

	lock_acquire(&table.lock);
	if (table.count < MOUNTS_MAX && (m = pool_alloc(&mount_pool))) {
		table.count++;
		m->id = ++table.last_id;
		fs->refs++;
	}
	lock_release(&table.lock);
	if (!m)
		return error;
	m->refs = 1;
	m->fs = fs;
	m->ops = fs->ops;
	m->session = fs->session;
	m->device = fs->device;
	m->flags = flags;
	m->root_directory = root_directory;
	list_init(&m->list);
	m->source = string_save(source);
	error = m->source ? m->ops->hold(m, root, NULL) : -ENOMEM;
	if (error) {
		m->root = 0;
		string_free(m->source);
		lock_acquire(&table.lock);
		table.count--;
		lock_release(&table.lock);
		pool_free(&mount_pool, m);
		filesystem_put(fs);
		return error;
	}
	m->root = root;
	*out = m;
	return 0;
}

static void mount_free(void *object, u64 unused)
{
	struct mount *m = object;
	struct filesystem *fs = m->fs;

	(void)unused;
	m->ops->release(m, m->root);
	if (call_was_refused())
		return;
	string_free(m->source);
	lock_acquire(&table.lock);
	table.count--;
	lock_release(&table.lock);
	pool_free(&mount_pool, m);
	filesystem_put(fs);
}

void mount_put(struct mount *m)
{
	if (!__atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL))
		give_back(mount_free, m, 0);
}

i64 node_hold(struct node node, cap_t *contents)
{
	struct mount *m = node.mount;
	i64 error = 0;

	if (contents || node.id != m->root)
		error = m->ops->hold(m, node.id, contents);
	if (error)
		return error;
	mount_get(m);
	if (contents && node.id == m->root)
		m->ops->release(m, node.id);
	return 0;
}

static void hold_release(void *mount, u64 id)
{
	struct mount *m = mount;

	if (id != m->root)
		m->ops->release(m, id);
	if (!call_was_refused())
		mount_put(m);
}

void node_release(struct node node)
{
	give_back(hold_release, node.mount, node.id);
}

i64 node_stat(struct lthread *t, struct node node, struct attributes *out)
{
	return node.mount->ops->stat(t, node.mount, node.id, out);
}

/* --- attaching and taking away: decided under the lock ----------------------------------- */

static void chain_enter(struct mount *m, struct node where, u64 directory)
{
	struct mount **chain = &mount_chains[mount_hash(where.id)];

	m->covered = where;
	m->covered_directory = directory;
	m->chain = *chain;
	__atomic_store_n(chain, m, __ATOMIC_RELEASE);
}

static void chain_leave(struct mount *m)
{
	struct mount **link = &mount_chains[mount_hash(m->covered.id)];

	while (*link && *link != m)
		link = &(*link)->chain;
	if (*link)
		*link = m->chain;
}

/* May something be put over this node: is its mount in the table, and nothing there already? */
static i64 place_check(struct node where)
{
	if (!where.mount->attached)
		return -EINVAL;
	return over(where) ? -EBUSY : 0;
}

i64 mount_attach(struct mount *m, struct node where, u64 directory)
{
	i64 error = node_hold(where, NULL);

	if (error)
		return error;
	lock_acquire(&table.lock);
	error = place_check(where);
	if (!error) {
		mount_get(m);
		m->attached = true;
		chain_enter(m, where, directory);
		list_append(&table.attached, &m->list);
	}
	lock_release(&table.lock);
	if (error)
		node_release(where);
	return error;
}

void mounts_begin(struct mount *first)
{
	list_init(&first->list);
	list_append(&table.attached, &first->list);
	first->attached = true;
	first->id = ++table.last_id;
	table.count = 1;
}

static void leave(struct mount *m, struct list *gone)
{
	m->attached = false;
	chain_leave(m);
	list_remove(&m->list);
	list_append(gone, &m->list);
}

static void gone_put(struct list *gone)
{
	while (!list_empty(gone)) {
		struct mount *m = list_entry(gone->next, struct mount, list);
		struct node covered = m->covered;

		list_remove(&m->list);
		lock_acquire(&table.lock);
		m->covered.mount = NULL;
		lock_release(&table.lock);
		node_release(covered);
		mount_put(m);
	}
}

i64 mount_detach(struct mount *m, u32 users)
{
	struct list gone = { &gone, &gone };
	i64 error = -EINVAL;

	lock_acquire(&table.lock);
	if (m->attached && m->covered.mount) {
		/* One reference is the table's; mounts below it have one each. */
		error = __atomic_load_n(&m->refs, __ATOMIC_SEQ_CST) > users + 1 ? -EBUSY : 0;
		if (!error)
			leave(m, &gone);
	}
	lock_release(&table.lock);
	gone_put(&gone);
	return error;
}

void mount_detach_all(struct mount *top)
{
	struct list gone = { &gone, &gone };
	bool found;

	lock_acquire(&table.lock);
	do {
		found = false;
		list_for_each (node, &table.attached) {
			struct mount *m = list_entry(node, struct mount, list);

			if (reaches(m, top) && m->covered.mount) {
				leave(m, &gone);
				found = true;
				break;
			}
		}
	} while (found);
	lock_release(&table.lock);
	gone_put(&gone);
}

i64 mount_move(struct mount *m, struct node where, u64 directory)
{
	i64 error = node_hold(where, NULL);
	struct node old = where;

	if (error)
		return error;
	lock_acquire(&table.lock);
	error = place_check(where);
	if (!error && (!m->attached || !m->covered.mount))
		error = -EINVAL;
	if (!error && reaches(where.mount, m))
		error = -ELOOP;
	if (!error) {
		old = m->covered;
		chain_leave(m);
		chain_enter(m, where, directory);
	}
	lock_release(&table.lock);
	node_release(old);
	return error;
}
