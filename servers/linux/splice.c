/* SPDX-License-Identifier: MIT */
/*
 * splice.c - bytes from one file to another without the program seeing them: sendfile,
 * copy_file_range, splice, tee, vmsplice.
 *
 * They go through a buffer of ours.  What was taken from a pipe and then finds no place is lost, so
 * no more is taken than the other side is known to have room for where it may not wait.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/pipes.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { PART = 65536 };
enum { SPLICE_NONBLOCK = 2, SPLICE_ALL = 15 };

/* Where a file is read or written: at an offset of the program's, or at its own position. */
struct place {
	guest_t offset; /* 0: the position */
	u64 at;
};

static i64 place_begin(const struct file *f, guest_t offset, struct place *p)
{
	*p = (struct place){ offset, f->position };
	if (offset && guest_get64(&p->at, offset))
		return -EFAULT;
	return 0;
}

static i64 place_end(struct file *f, const struct place *p, i64 result)
{
	if (result < 0)
		return result;
	if (!p->offset)
		f->position = p->at;
	else if (guest_put64(p->offset, p->at))
		return -EFAULT;
	return result;
}

/* A part of a regular file into the buffer. */
static i64 file_part(struct file *in, u64 at, char *buffer, u64 length)
{
	i64 got = sys_memory_copy(in->contents, at, (u64)buffer, length < PART ? length : PART,
				  COPY_FROM_MEMORY);

	regular_accessed(in);
	return errno_from(got);
}

/* What a file has goes to another; ends short like read and write do. */
static i64 send(struct lthread *t, struct file *out, u64 *to, struct file *in, u64 *from,
		u64 length)
{
	char *buffer = pages_alloc(PART);
	i64 done = 0, got = 0;

	if (!buffer)
		return -ENOMEM;
	write_begins(t, out);
	while (length) {
		got = file_part(in, *from, buffer, length);
		if (got > 0)
			got = out->ops->write(t, out, (guest_t)buffer, (u64)got, to);
		if (got <= 0)
			break;
		*from += (u64)got;
		length -= (u64)got;
		done += got;
	}
	pages_free(buffer, PART);
	return done ? done : got;
}

static i64 sendfile(struct lthread *t, struct file *out, struct file *in, guest_t offset,
		    u64 length)
{
	struct place from;
	i64 error = place_begin(in, offset, &from);

	if (error)
		return error;
	if (!in->contents || out->flags & O_APPEND || !out->ops->write || (i64)from.at < 0)
		return -EINVAL;
	return place_end(
		in, &from,
		send(t, out, out->ops->seekable ? &out->position : NULL, in, &from.at, length));
}

i64 linux_sendfile(struct lthread *t, struct registers *r)
{
	struct file *out, *in;
	i64 result = file_for(t, (i32)r->rdi, FILE_WRITE, &out);

	if (result)
		return result;
	result = file_for(t, (i32)r->rsi, FILE_READ, &in);
	if (!result) {
		result = sendfile(t, out, in, r->rdx, r->r10 < IO_MAX ? r->r10 : IO_MAX);
		file_put(in);
	}
	file_put(out);
	return result;
}

/* --- copy_file_range ------------------------------------------------------------------------- */

static i64 copy_range(struct lthread *t, struct file *in, struct place *from, struct file *out,
		      struct place *to, u64 length)
{
	if ((in->mode & S_IFMT) == S_IFDIR || (out->mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if (!in->contents || !out->contents)
		return -EINVAL;
	if (out->flags & O_APPEND)
		return -EBADF;
	if (in->node.mount->fs != out->node.mount->fs)
		return -EXDEV;
	if ((i64)from->at < 0 || (i64)to->at < 0 || (i64)(from->at + length) < (i64)from->at ||
	    (i64)(to->at + length) < (i64)to->at)
		return -EOVERFLOW;
	if (node_same(in->node, out->node) && from->at < to->at + length &&
	    to->at < from->at + length)
		return -EINVAL;
	return send(t, out, &to->at, in, &from->at, length < IO_MAX ? length : IO_MAX);
}

static i64 copy_file_range(struct lthread *t, struct file *in, struct file *out,
			   struct registers *r)
{
	struct place from, to;
	i64 result = place_begin(in, r->rsi, &from) ?: place_begin(out, r->r10, &to);

	if (!result)
		result = copy_range(t, in, &from, out, &to, r->r8);
	return place_end(out, &to, place_end(in, &from, result));
}

i64 linux_copy_file_range(struct lthread *t, struct registers *r)
{
	struct file *out, *in;
	i64 result;

	result = file_for(t, (i32)r->rdi, FILE_READ, &in);
	if (result)
		return result;
	result = file_for(t, (i32)r->rdx, FILE_WRITE, &out);
	if (!result) {
		result = r->r9 ? -EINVAL : copy_file_range(t, in, out, r);
		file_put(out);
	}
	file_put(in);
	return result;
}

/* --- pipes ----------------------------------------------------------------------------------- */

static bool is_pipe(const struct file *f)
{
	return f->ops == &pipe_ops;
}

/* How much may go into the pipe without a wait; -EAGAIN: nothing, and it may not wait. */
static i64 room_for(struct file *pipe, u64 length, bool wait)
{
	i64 room = pipe_room(pipe);

	if (room < 0)
		return room;
	if (room == 0)
		return wait ? 1 : -EAGAIN;
	if (room > PART)
		room = PART;
	return (u64)room < length ? room : (i64)length;
}

static i64 file_to_pipe(struct lthread *t, struct file *in, struct place *from, struct file *out,
			u64 length, u64 flags, char *buffer)
{
	bool wait = !(flags & SPLICE_NONBLOCK) && !(out->flags & O_NONBLOCK);
	i64 n = room_for(out, length, wait);

	if (n > 0 && in->contents)
		n = file_part(in, from->at, buffer, (u64)n);
	else if (n > 0)
		n = in->ops->read ? in->ops->read(t, in, (guest_t)buffer, (u64)n, &from->at)
				  : -EINVAL;
	if (n > 0)
		n = out->ops->write(t, out, (guest_t)buffer, (u64)n, NULL);
	if (n > 0 && in->contents)
		from->at += (u64)n;
	return n;
}

static i64 pipe_to_file(struct lthread *t, struct file *in, struct file *out, struct place *to,
			u64 length, u64 flags, char *buffer)
{
	i64 got = pipe_take(t, in, buffer, length < PART ? length : PART,
			    flags & SPLICE_NONBLOCK ? PIPE_TAKE_NO_WAIT : 0);

	if (got <= 0)
		return got;
	write_begins(t, out);
	return out->ops->write ? out->ops->write(t, out, (guest_t)buffer, (u64)got, &to->at)
			       : -EINVAL;
}

/* take: PIPE_TAKE_LEAVE for tee. */
static i64 pipe_to_pipe(struct lthread *t, struct file *in, struct file *out, u64 length, u64 flags,
			u64 take, char *buffer)
{
	bool wait = !(flags & SPLICE_NONBLOCK) && !(out->flags & O_NONBLOCK);
	i64 n = in->pipe.number == out->pipe.number ? -EINVAL : room_for(out, length, wait);

	if (n > 0)
		n = pipe_take(t, in, buffer, (u64)n,
			      take | (flags & SPLICE_NONBLOCK ? PIPE_TAKE_NO_WAIT : 0));
	return n > 0 ? out->ops->write(t, out, (guest_t)buffer, (u64)n, NULL) : n;
}

static i64 splice(struct lthread *t, struct file *in, struct file *out, struct registers *r,
		  char *buffer)
{
	guest_t in_offset = r->rsi, out_offset = r->r10;
	struct place place;
	i64 result;

	if (is_pipe(in) && is_pipe(out))
		return in_offset || out_offset ? -ESPIPE
					       : pipe_to_pipe(t, in, out, r->r8, r->r9, 0, buffer);
	if (is_pipe(in)) {
		if (in_offset || (out_offset && !out->ops->seekable))
			return -ESPIPE;
		result = out->flags & O_APPEND ? -EINVAL : place_begin(out, out_offset, &place);
		if (!result)
			result = pipe_to_file(t, in, out, &place, r->r8, r->r9, buffer);
		return place_end(out, &place, result);
	}
	if (!is_pipe(out))
		return -EINVAL;
	if (out_offset || (in_offset && !in->ops->seekable))
		return -ESPIPE;
	result = place_begin(in, in_offset, &place);
	if (!result)
		result = file_to_pipe(t, in, &place, out, r->r8, r->r9, buffer);
	return place_end(in, &place, result);
}

i64 linux_splice(struct lthread *t, struct registers *r)
{
	struct file *in, *out;
	char *buffer;
	i64 result;

	if (!r->r8)
		return 0;
	if (r->r9 & ~(u64)SPLICE_ALL)
		return -EINVAL;
	result = file_for(t, (i32)r->rdi, FILE_READ, &in);
	if (result)
		return result;
	result = file_for(t, (i32)r->rdx, FILE_WRITE, &out);
	if (result)
		goto put_in;
	buffer = pages_alloc(PART);
	result = buffer ? splice(t, in, out, r, buffer) : -ENOMEM;
	if (buffer)
		pages_free(buffer, PART);
	file_put(out);
put_in:
	file_put(in);
	return result;
}

i64 linux_tee(struct lthread *t, struct registers *r)
{
	struct file *in, *out;
	char *buffer;
	i64 result;

	if (r->r10 & ~(u64)SPLICE_ALL)
		return -EINVAL;
	if (!r->rdx)
		return 0;
	result = file_for(t, (i32)r->rdi, FILE_READ, &in);
	if (result)
		return result;
	result = file_for(t, (i32)r->rsi, FILE_WRITE, &out);
	if (result)
		goto put_in;
	buffer = pages_alloc(PART);
	if (!is_pipe(in) || !is_pipe(out))
		result = -EINVAL;
	else
		result = buffer ? pipe_to_pipe(t, in, out, r->rdx, r->r10, PIPE_TAKE_LEAVE, buffer)
				: -ENOMEM;
	if (buffer)
		pages_free(buffer, PART);
	file_put(out);
put_in:
	file_put(in);
	return result;
}

/* The pages of the program are copied, not lent: what it does to them afterwards is not seen. */
i64 linux_vmsplice(struct lthread *t, struct registers *r)
{
	struct file *f;
	bool pipe, writes;

	if (r->r10 & ~(u64)SPLICE_ALL)
		return -EINVAL;
	f = file_get(t, (i32)r->rdi);
	if (!f)
		return -EBADF;
	pipe = is_pipe(f);
	writes = (f->flags & O_ACCMODE) != O_RDONLY;
	file_put(f);
	if (!pipe)
		return -EBADF;
	return writes ? linux_writev(t, r) : linux_readv(t, r);
}
