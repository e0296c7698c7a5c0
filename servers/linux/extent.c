/* SPDX-License-Identifier: MIT */
/*
 * extent.c - where a file begins, ends and has holes: position, size, allocation; and advice.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/signal.h"
#include "servers/linux/util.h"

i64 file_size(struct lthread *t, struct file *f, u64 *size)
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

/* The kernel answers a step at a time; the place is where it answers what it is asked. */
static i64 memory_search(cap_t memory, u64 from, enum memory_find what)
{
	i64 at = (i64)from, next;

	while ((next = sys_memory_find(memory, (u64)at, what)) > at)
		at = next;
	return next < 0 ? errno_from(next) : at;
}

/* SEEK_DATA and SEEK_HOLE; what has no pages of its own is one run of data. */
static i64 seek_extent(struct file *f, i64 offset, u64 size, u32 whence)
{
	i64 at;

	if (offset < 0 || offset >= (i64)size)
		return -ENXIO;
	if (!f->contents)
		return whence == SEEK_HOLE ? (i64)size : offset;
	at = memory_search(f->contents, (u64)offset,
			   whence == SEEK_HOLE ? MEMORY_FIND_HOLE : MEMORY_FIND_PAGE);
	if (at < 0 || (u64)at < size)
		return at;
	return whence == SEEK_HOLE ? (i64)size : -ENXIO;
}

/* From the end, and to the next data or hole. */
static i64 seek_by_size(struct lthread *t, struct file *f, i64 offset, u32 whence)
{
	u64 size = 0;
	i64 error, at;

	if (whence > SEEK_HOLE)
		return -EINVAL;
	error = file_size(t, f, &size);
	if (error)
		return error;
	if (whence != SEEK_END)
		return seek_extent(f, offset, size, whence);
	if (__builtin_add_overflow((i64)size, offset, &at))
		return -EOVERFLOW;
	return at < 0 ? -EINVAL : at;
}

/* Needs the position's lock. */
static i64 seek(struct file *f, i64 at, u32 whence)
{
	if (whence == SEEK_CUR && __builtin_add_overflow((i64)f->position, at, &at))
		return -EOVERFLOW;
	if (at < 0)
		return -EINVAL;
	f->position = (u64)at;
	return at;
}

i64 linux_lseek(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result = -ESPIPE, at = (i64)r->rsi;
	u32 whence = (u32)r->rdx;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH) {
		result = -EBADF;
	} else if (f->ops->seekable) {
		/* What the size decides may have to ask a server, so before the lock. */
		result = whence > SEEK_CUR ? (at = seek_by_size(t, f, at, whence)) : 0;
		if (result >= 0) {
			lock_acquire(&f->lock);
			result = seek(f, at, whence);
			lock_release(&f->lock);
		}
	}
	file_put(f);
	return result;
}

/* --- size ------------------------------------------------------------------------------------ */

i64 file_size_allowed(struct lthread *t, u64 size)
{
	if (size <= t->process->limit[RLIMIT_FSIZE].cur)
		return 0;
	signal_self(t, SIGXFSZ);
	return -EFBIG;
}

i64 file_resize(struct lthread *t, struct node node, u64 size)
{
	struct attributes a;
	i64 error = node_stat(t, node, &a);

	if (!error && size > a.size)
		error = file_size_allowed(t, size);
	if (error)
		return error;
	set_ids_drop(t, node);
	return node.mount->ops->resize(node.mount, node.id, size);
}

static i64 truncate_walked(struct lthread *t, struct walk *w, u64 size)
{
	i64 error;

	if (w->magic)
		return -EINVAL;
	if ((w->found.mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if ((w->found.mode & S_IFMT) != S_IFREG || !w->node.mount->ops->resize)
		return -EINVAL;
	error = mount_may_write(w->node.mount) ?: permission_check(t, &w->found, W_OK, 0);
	return error ? error : file_resize(t, w->node, size);
}

i64 linux_truncate(struct lthread *t, struct registers *r)
{
	struct walk w;
	i64 error;

	if ((i64)r->rsi < 0)
		return -EINVAL;
	error = walk_guest(t, AT_FDCWD, r->rdi, WALK_FOLLOW, &w);
	if (!error)
		error = truncate_walked(t, &w, r->rsi);
	walk_end(&w);
	return error;
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
		result = file_resize(t, f->node, r->rsi);
	else
		result = -EINVAL;
	file_put(f);
	return result;
}

/* --- allocation ------------------------------------------------------------------------------ */

/* memory_fill or memory_discard to the end; how far it came is in *done. */
static i64 range_work(cap_t memory, u64 offset, u64 length, u64 *done,
		      i64 (*work)(cap_t memory, u64 offset, u64 length))
{
	for (*done = 0; *done < length;) {
		i64 part = work(memory, offset + *done, length - *done);

		if (part < 0)
			return part;
		*done += (u64)part;
	}
	return 0;
}

/* Pages for the range.  What cannot be had at all is not begun, what fails half-way goes again. */
static i64 allocate(struct file *f, u64 offset, u64 length, u64 size)
{
	u64 whole = (size + PAGE_MASK) & ~PAGE_MASK, done, undone;
	struct l_statfs s = { 0 };
	i64 error = f->node.mount->ops->statfs(f->node.mount, &s);

	if (error)
		return error;
	if (length / PAGE_SIZE > s.blocks)
		return -ENOSPC;
	error = range_work(f->contents, offset, length, &done, sys_memory_fill);
	if (!error)
		return 0;
	if (offset < whole)
		done -= whole - offset < done ? whole - offset : done;
	else
		whole = offset;
	(void)range_work(f->contents, whole, done, &undone, sys_memory_discard);
	return error == E_NOMEM ? -ENOSPC : errno_from(error);
}

static i64 punch(struct file *f, u64 offset, u64 length, u64 size)
{
	u64 done;

	if (offset >= size)
		return 0;
	if (length > size - offset)
		length = (size - offset + PAGE_MASK) & ~PAGE_MASK;
	return errno_from(range_work(f->contents, offset, length, &done, sys_memory_discard));
}

static i64 fallocate(struct lthread *t, struct file *f, u32 mode, u64 offset, u64 length)
{
	u64 size = 0, end = offset + length;
	i64 error;

	if (!f->ops->seekable)
		return -ESPIPE;
	if (end > FILE_SIZE_MAX)
		return -EFBIG;
	if (!f->contents)
		return -EOPNOTSUPP;
	error = file_size(t, f, &size);
	if (!error && !(mode & FALLOC_FL_PUNCH_HOLE) && end > size)
		error = file_size_allowed(t, end);
	if (error)
		return error;
	file_set_ids_drop(t, f);
	node_changed(f->node);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return punch(f, offset, length, size);
	error = allocate(f, offset, length, size);
	if (!error && end > size && !(mode & FALLOC_FL_KEEP_SIZE))
		error = f->node.mount->ops->resize(f->node.mount, f->node.id, end);
	return error;
}

i64 linux_fallocate(struct lthread *t, struct registers *r)
{
	u32 mode = (u32)r->rsi;
	struct file *f;
	i64 result;

	if ((i64)r->rdx < 0 || (i64)r->r10 <= 0)
		return -EINVAL;
	if (mode & ~(u32)(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) ||
	    mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	result = file_for(t, (i32)r->rdi, FILE_WRITE, &f);
	if (result)
		return result;
	result = fallocate(t, f, mode, r->rdx, r->r10);
	file_put(f);
	return result;
}

/* --- nothing to do: what is written lies in the memory that is the file ---------------------- */

i64 linux_fsync(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result;

	if (!f)
		return -EBADF;
	result = f->node.mount && f->ops->seekable ? 0 : -EINVAL;
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

i64 linux_readahead(struct lthread *t, struct registers *r)
{
	struct file *f;
	i64 result = file_for(t, (i32)r->rdi, FILE_READ, &f);

	if (result)
		return result;
	result = f->contents ? 0 : -EINVAL;
	file_put(f);
	return result;
}

i64 linux_sync_file_range(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result = 0, end;

	if (!f)
		return -EBADF;
	if (r->r10 & ~(u64)SYNC_FILE_RANGE_ALL || (i64)r->rsi < 0 ||
	    __builtin_add_overflow((i64)r->rsi, (i64)r->rdx, &end) || end < (i64)r->rsi)
		result = -EINVAL;
	else if (!f->ops->seekable)
		result = -ESPIPE;
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
