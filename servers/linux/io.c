/* SPDX-License-Identifier: MIT */
/*
 * io.c - read, write and their relatives over a file's operations.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { IOVECS_MAX = 1024 };

/* Each read and write goes through these few: they become part of it, in any case. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE i64 open_for(struct lthread *t, i64 fd, enum file_direction direction,
			   struct file **out)
{
	struct file *f = file_get(t, fd);
	u32 access;

	if (!f)
		return -EBADF;
	access = f->flags & O_ACCMODE;
	if (f->flags & O_PATH || access == (direction == FILE_READ ? O_WRONLY : O_RDONLY)) {
		file_put(f);
		return -EBADF;
	}
	*out = f;
	return 0;
}

i64 file_for(struct lthread *t, i64 fd, enum file_direction direction, struct file **out)
{
	return open_for(t, fd, direction, out);
}

ALWAYS_INLINE i64 move(struct lthread *t, struct file *f, enum file_direction direction,
		       guest_t buffer, u64 length, u64 *position)
{
	if (length > IO_MAX)
		length = IO_MAX;
	if (!guest_range_ok(buffer, length))
		return -EFAULT;
	if (direction == FILE_READ)
		return f->ops->read ? f->ops->read(t, f, buffer, length, position) : -EINVAL;
	return f->ops->write ? f->ops->write(t, f, buffer, length, position) : -EINVAL;
}

/* What may ask a server goes before the bytes, or after them. */
ALWAYS_INLINE i64 transfer(struct lthread *t, struct file *f, enum file_direction direction,
			   guest_t buffer, u64 length, u64 *position)
{
	i64 result;

	if (direction == FILE_WRITE && length)
		write_begins(t, f);
	result = move(t, f, direction, buffer, length, position);
	if (direction == FILE_READ)
		read_ends(f);
	return result;
}

/*
 * Through the file's own position.  A regular file's is held for the kernel's copy; of others,
 * which may wait, who reads at the same time as another reads the same.
 */
ALWAYS_INLINE i64 transfer_here(struct lthread *t, struct file *f, enum file_direction direction,
				guest_t buffer, u64 length)
{
	u64 position;
	i64 result;

	if (!f->ops->seekable)
		return move(t, f, direction, buffer, length, NULL);
	if (!f->changes) {
		position = __atomic_load_n(&f->position, __ATOMIC_RELAXED);
		result = move(t, f, direction, buffer, length, &position);
		__atomic_store_n(&f->position, position, __ATOMIC_RELAXED);
		return result;
	}
	if (direction == FILE_WRITE && length && t->process->cred.euid)
		file_set_ids_drop(t, f);
	lock_acquire(&f->lock);
	result = move(t, f, direction, buffer, length, &f->position);
	lock_release(&f->lock);
	if (direction == FILE_READ &&
	    f->access_noted != __atomic_load_n(f->changes, __ATOMIC_RELAXED))
		regular_accessed(f);
	return result;
}

ALWAYS_INLINE i64 simple(struct lthread *t, struct registers *r, enum file_direction direction)
{
	struct file *f;
	i64 result = open_for(t, (i32)r->rdi, direction, &f);

	if (result)
		return result;
	result = transfer_here(t, f, direction, r->rsi, r->rdx);
	file_put(f);
	return result;
}

i64 linux_read(struct lthread *t, struct registers *r)
{
	return simple(t, r, FILE_READ);
}

i64 linux_write(struct lthread *t, struct registers *r)
{
	return simple(t, r, FILE_WRITE);
}

static i64 positioned(struct lthread *t, struct registers *r, enum file_direction direction)
{
	u64 position = r->r10;
	struct file *f;
	i64 result;

	if ((i64)position < 0)
		return -EINVAL;
	result = open_for(t, (i32)r->rdi, direction, &f);
	if (result)
		return result;
	result = f->ops->seekable ? transfer(t, f, direction, r->rsi, r->rdx, &position) : -ESPIPE;
	file_put(f);
	return result;
}

i64 linux_pread64(struct lthread *t, struct registers *r)
{
	return positioned(t, r, FILE_READ);
}

i64 linux_pwrite64(struct lthread *t, struct registers *r)
{
	return positioned(t, r, FILE_WRITE);
}

/* One element after the other; ends at the first that moves less than asked. */
static i64 vector_each(struct lthread *t, struct file *f, enum file_direction direction,
		       guest_t vector, u64 count, u64 *position)
{
	struct l_iovec v;
	i64 done = 0, result;

	for (u64 i = 0; i < count; i++) {
		if (copy_in(&v, vector + i * sizeof(v), sizeof(v)))
			return done ? done : -EFAULT;
		if (!v.length)
			continue;
		if ((i64)v.length < 0)
			return done ? done : -EINVAL;
		result = position ? transfer(t, f, direction, v.base, v.length, position) :
				    transfer_here(t, f, direction, v.base, v.length);
		if (result < 0)
			return done ? done : result;
		done += result;
		if ((u64)result < v.length)
			break;
	}
	return done;
}

static i64 vectored(struct lthread *t, struct registers *r, enum file_direction direction,
		    u64 *position)
{
	struct file *f;
	i64 result;

	if (r->rdx > IOVECS_MAX)
		return -EINVAL;
	result = open_for(t, (i32)r->rdi, direction, &f);
	if (result)
		return result;
	if (position && !f->ops->seekable)
		result = -ESPIPE;
	else
		result = vector_each(t, f, direction, r->rsi, r->rdx, position);
	file_put(f);
	return result;
}

i64 linux_readv(struct lthread *t, struct registers *r)
{
	return vectored(t, r, FILE_READ, NULL);
}

i64 linux_writev(struct lthread *t, struct registers *r)
{
	return vectored(t, r, FILE_WRITE, NULL);
}

i64 linux_preadv(struct lthread *t, struct registers *r)
{
	u64 position = r->r10;

	return (i64)position < 0 ? -EINVAL : vectored(t, r, FILE_READ, &position);
}

i64 linux_pwritev(struct lthread *t, struct registers *r)
{
	u64 position = r->r10;

	return (i64)position < 0 ? -EINVAL : vectored(t, r, FILE_WRITE, &position);
}

i64 linux_ioctl(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result = -ENOTTY;
	u32 on;

	if (!f)
		return -EBADF;
	switch ((u32)r->rsi) {
	case FIOCLEX:
	case FIONCLEX:
		fd_flags_set(t, (u32)r->rdi, (u32)r->rsi == FIOCLEX ? FD_CLOEXEC : 0);
		result = 0;
		break;
	case FIONBIO:
		result = guest_get32(&on, r->rdx);
		if (!result)
			f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~(u32)O_NONBLOCK;
		break;
	default:
		if (f->ops->ioctl)
			result = f->ops->ioctl(t, f, (u32)r->rsi, r->rdx);
		break;
	}
	file_put(f);
	return result;
}
