/* SPDX-License-Identifier: MIT */
/*
 * regular.c - regular files: the bytes are a memory object that we hold a capability to, and
 * reading and writing is one kernel copy between it and the program, with no server in between.
 */
#include "libsys/sys.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/poll.h"
#include "servers/linux/util.h"

enum { APPEND_LOCKS = 64 };

/*
 * How often some node with that number (modulo) has changed; 0 is no count, so that a file which
 * was just opened has noted none.  An increment that is lost is as good as one: whoever has noted
 * the old number sees another.
 */
static u32 changes[APPEND_LOCKS] = { [0 ... APPEND_LOCKS - 1] = 1 }; /* a */

static u32 *changes_of(struct node node)
{
	return &changes[node.id % APPEND_LOCKS];
}

void node_changed(struct node node)
{
	++*(volatile u32 *)changes_of(node);
}

void regular_begin(struct file *f)
{
	f->ops = &regular_ops;
	f->changes = changes_of(f->node);
}

static __attribute__((noinline)) void accessed(struct file *f, u32 seen)
{
	f->access_noted = seen;
	if (!(f->flags & O_NOATIME))
		node_accessed(f->node, 0);
}

void regular_accessed(struct file *f)
{
	u32 seen = __atomic_load_n(f->changes, __ATOMIC_RELAXED);

	if (__builtin_expect(f->access_noted != seen, 0))
		accessed(f, seen);
}

void node_accessed(struct node node, u32 unless)
{
	struct mount *m = node.mount;

	if (m->ops->accessed && !(mount_flags(m) & (MS_NOATIME | MS_RDONLY | unless)))
		m->ops->accessed(m, node.id);
}

/* Appending reads the size and writes there in two steps; these make them one, by node. */
static struct lock append_lock[APPEND_LOCKS] = {
	[0 ... APPEND_LOCKS - 1] = LOCK_OF(RANK_APPEND)
};

/*
 * The kernel copies until it is wanted elsewhere and answers what it did: go on until all is done,
 * or the object or the program's memory ends.
 */
static i64 copy_all(cap_t memory, u64 offset, guest_t buffer, u64 length, u64 direction)
{
	u64 done = 0;

	while (done < length) {
		i64 part = sys_memory_copy(memory, offset + done, buffer + done, length - done,
					   direction);

		if (part < 0 && !done)
			return part;
		if (part <= 0)
			break;
		done += (u64)part;
	}
	return (i64)done;
}

static i64 regular_read(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			u64 *position)
{
	i64 done;

	(void)t;
	done = copy_all(f->contents, *position, buffer, length, COPY_FROM_MEMORY);
	if (done > 0)
		*position += (u64)done;
	return errno_from(done);
}

static i64 write_at(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	u64 limit = t->process->limit[RLIMIT_FSIZE].cur;
	i64 done;

	if (*position >= limit)
		return file_size_allowed(t, *position + 1);
	if (length > limit - *position)
		length = limit - *position;
	++*(volatile u32 *)f->changes;
	done = copy_all(f->contents, *position, buffer, length, COPY_TO_MEMORY | COPY_EXTEND);
	if (done > 0)
		*position += (u64)done;
	/* Nothing taken: that is as large as a file can be. */
	if (!done)
		return -EFBIG;
	return done == E_NOMEM ? -ENOSPC : errno_from(done);
}

static i64 regular_write(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			 u64 *position)
{
	struct lock *lock = &append_lock[f->node.id % APPEND_LOCKS];
	struct memory_info info;
	i64 result;

	if (!length)
		return 0;
	if (!(f->flags & O_APPEND))
		return write_at(t, f, buffer, length, position);
	lock_acquire(lock);
	result = errno_from(sys_memory_info(f->contents, &info));
	if (!result) {
		*position = info.size_bytes;
		result = write_at(t, f, buffer, length, position);
	}
	lock_release(lock);
	return result;
}

static u32 regular_poll(struct file *f, struct poll_table *table)
{
	(void)f;
	(void)table;
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

const struct file_ops regular_ops = {
	.read = regular_read,
	.write = regular_write,
	.poll = regular_poll,
	.seekable = true,
};

static i64 directory_read(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			  u64 *position)
{
	(void)t, (void)f, (void)buffer, (void)length, (void)position;
	return -EISDIR;
}

const struct file_ops directory_ops = {
	.read = directory_read,
	.poll = regular_poll,
	.seekable = true,
};
