/* SPDX-License-Identifier: MIT */
/*
 * io.c - read, write and their relatives over a file's operations; position and size.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { IO_MAX = 0x7ffff000, IOVECS_MAX = 1024, SENDFILE_PART = 65536 };

enum direction { READ, WRITE };

/* The file, if it is open for that direction. */
static i64 file_for(struct lthread *t, i64 fd, enum direction direction, struct file **out)
{
	struct file *f = file_get(t, fd);
	u32 access;

	if (!f)
		return -EBADF;
	access = f->flags & O_ACCMODE;
	if (f->flags & O_PATH || access == (direction == READ ? O_WRONLY : O_RDONLY)) {
		file_put(f);
		return -EBADF;
	}
	*out = f;
	return 0;
}

static i64 transfer(struct lthread *t, struct file *f, enum direction direction, guest_t buffer,
		    u64 length, u64 *position)
{
	if (length > IO_MAX)
		length = IO_MAX;
	if (!guest_range_ok(buffer, length))
		return -EFAULT;
	if (direction == READ)
		return f->ops->read ? f->ops->read(t, f, buffer, length, position) : -EINVAL;
	return f->ops->write ? f->ops->write(t, f, buffer, length, position) : -EINVAL;
}

/* Through the file's own position. */
static i64 transfer_here(struct lthread *t, struct file *f, enum direction direction,
			 guest_t buffer, u64 length)
{
	i64 result;

	if (!f->ops->seekable)
		return transfer(t, f, direction, buffer, length, NULL);
	lock_acquire(&f->lock);
	result = transfer(t, f, direction, buffer, length, &f->position);
	lock_release(&f->lock);
	return result;
}

static i64 simple(struct lthread *t, struct registers *r, enum direction direction)
{
	struct file *f;
	i64 result = file_for(t, (i32)r->rdi, direction, &f);

	if (result)
		return result;
	result = transfer_here(t, f, direction, r->rsi, r->rdx);
	file_put(f);
	return result;
}

i64 linux_read(struct lthread *t, struct registers *r)
{
	return simple(t, r, READ);
}

i64 linux_write(struct lthread *t, struct registers *r)
{
	return simple(t, r, WRITE);
}

static i64 positioned(struct lthread *t, struct registers *r, enum direction direction)
{
	u64 position = r->r10;
	struct file *f;
	i64 result;

	if ((i64)position < 0)
		return -EINVAL;
	result = file_for(t, (i32)r->rdi, direction, &f);
	if (result)
		return result;
	result = f->ops->seekable ? transfer(t, f, direction, r->rsi, r->rdx, &position) : -ESPIPE;
	file_put(f);
	return result;
}

i64 linux_pread64(struct lthread *t, struct registers *r)
{
	return positioned(t, r, READ);
}

i64 linux_pwrite64(struct lthread *t, struct registers *r)
{
	return positioned(t, r, WRITE);
}

/* One element after the other; ends at the first that moves less than asked. */
static i64 vector_each(struct lthread *t, struct file *f, enum direction direction, guest_t vector,
		       u64 count, u64 *position)
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

static i64 vectored(struct lthread *t, struct registers *r, enum direction direction, u64 *position)
{
	struct file *f;
	i64 result;

	if (r->rdx > IOVECS_MAX)
		return -EINVAL;
	result = file_for(t, (i32)r->rdi, direction, &f);
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
	return vectored(t, r, READ, NULL);
}

i64 linux_writev(struct lthread *t, struct registers *r)
{
	return vectored(t, r, WRITE, NULL);
}

i64 linux_preadv(struct lthread *t, struct registers *r)
{
	u64 position = r->r10;

	return (i64)position < 0 ? -EINVAL : vectored(t, r, READ, &position);
}

i64 linux_pwritev(struct lthread *t, struct registers *r)
{
	u64 position = r->r10;

	return (i64)position < 0 ? -EINVAL : vectored(t, r, WRITE, &position);
}

static i64 file_size(struct lthread *t, struct file *f, u64 *size)
{
	struct memory_info info;
	struct attributes a;
	i64 error;

	if (f->contents) {
		error = errno_from(sys_memory_info(f->contents, &info));
		*size = info.size_bytes;
		return error;
	}
	*size = 0;
	if (!f->node.mount)
		return 0;
	error = node_stat(t, f->node, &a);
	*size = a.size;
	return error;
}

static i64 seek(struct lthread *t, struct file *f, i64 offset, u32 whence)
{
	u64 size = 0;
	i64 base = 0, error;

	if (whence >= SEEK_END) {
		error = file_size(t, f, &size);
		if (error)
			return error;
	}
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = (i64)f->position;
		break;
	case SEEK_END:
		base = (i64)size;
		break;
	case SEEK_DATA: /* files are told as one run of data and the hole at their end */
	case SEEK_HOLE:
		if (offset < 0 || offset >= (i64)size)
			return -ENXIO;
		if (whence == SEEK_HOLE)
			offset = (i64)size;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &base))
		return -EOVERFLOW;
	if (base < 0)
		return -EINVAL;
	f->position = (u64)base;
	return base;
}

i64 linux_lseek(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result = -ESPIPE;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH) {
		result = -EBADF;
	} else if (f->ops->seekable) {
		lock_acquire(&f->lock);
		result = seek(t, f, (i64)r->rsi, (u32)r->rdx);
		lock_release(&f->lock);
	}
	file_put(f);
	return result;
}

i64 linux_ftruncate(struct lthread *t, struct registers *r)
{
	struct file *f;
	i64 result;

	if ((i64)r->rsi < 0)
		return -EINVAL;
	f = file_get(t, (i32)r->rdi);
	if (!f)
		return -EBADF;
	if ((f->flags & O_ACCMODE) != O_RDONLY && f->contents && f->node.mount->ops->resize)
		result = f->node.mount->ops->resize(f->node.mount, f->node.id, r->rsi);
	else
		result = -EINVAL;
	file_put(f);
	return result;
}

i64 linux_fsync(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result;

	if (!f)
		return -EBADF;
	/* What is written lies in the memory that is the file: there is nothing behind it. */
	result = f->node.mount && f->ops->seekable ? 0 : -EINVAL;
	file_put(f);
	return result;
}

i64 linux_fallocate(struct lthread *t, struct registers *r)
{
	struct file *f;
	u64 size = 0, end;
	i64 result = file_for(t, (i32)r->rdi, WRITE, &f);

	if (result)
		return result;
	if ((i64)r->rdx < 0 || (i64)r->r10 <= 0 || __builtin_add_overflow(r->rdx, r->r10, &end))
		result = -EINVAL;
	else if (!f->ops->seekable)
		result = -ESPIPE;
	else if (r->rsi & ~(u64)FALLOC_FL_KEEP_SIZE || !f->contents)
		result = -EOPNOTSUPP;
	else
		result = file_size(t, f, &size);
	if (!result && end > size && !(r->rsi & FALLOC_FL_KEEP_SIZE))
		result = f->node.mount->ops->resize(f->node.mount, f->node.id, end);
	file_put(f);
	return result;
}

i64 linux_fadvise64(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);

	i64 result = 0;

	if (!f)
		return -EBADF;
	if (!f->ops->seekable)
		result = -ESPIPE;
	else if (r->r10 > ADVICE_MAX)
		result = -EINVAL;
	file_put(f);
	return result;
}

i64 linux_syncfs(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);

	if (!f)
		return -EBADF;
	file_put(f);
	return 0;
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
		t->process->files->close_on_exec[(u32)r->rdi] = (u32)r->rsi == FIOCLEX;
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

/* Copy through a buffer of ours; ends short like read and write do. */
static i64 send_part(struct lthread *t, struct file *out, struct file *in, u64 *position,
		     u64 length)
{
	char *buffer = pages_alloc(SENDFILE_PART);
	i64 done = 0, got;

	if (!buffer)
		return -ENOMEM;
	while (length) {
		u64 part = length < SENDFILE_PART ? length : SENDFILE_PART;

		got = sys_memory_copy(in->contents, *position, (u64)buffer, part, COPY_FROM_MEMORY);
		if (got <= 0)
			break;
		got = out->ops->write(t, out, (guest_t)buffer, (u64)got,
				      out->ops->seekable ? &out->position : NULL);
		if (got <= 0) {
			done = done ? done : got;
			break;
		}
		*position += (u64)got;
		length -= (u64)got;
		done += got;
	}
	pages_free(buffer, SENDFILE_PART);
	return done;
}

i64 linux_sendfile(struct lthread *t, struct registers *r)
{
	struct file *out, *in;
	u64 position;
	i64 result = file_for(t, (i32)r->rdi, WRITE, &out);

	if (result)
		return result;
	result = file_for(t, (i32)r->rsi, READ, &in);
	if (result)
		goto put_out;
	position = in->position;
	if (!in->contents || out->flags & O_APPEND)
		result = -EINVAL;
	else if (r->rdx && guest_get64(&position, r->rdx))
		result = -EFAULT;
	else if ((i64)position < 0)
		result = -EINVAL;
	else
		result = send_part(t, out, in, &position, r->r10 < IO_MAX ? r->r10 : IO_MAX);
	if (result >= 0 && r->rdx && guest_put64(r->rdx, position))
		result = -EFAULT;
	else if (result >= 0 && !r->rdx)
		in->position = position;
	file_put(in);
put_out:
	file_put(out);
	return result;
}
