/* SPDX-License-Identifier: MIT */
/*
 * file.c - open file descriptions and the tables that give them numbers.
 */
#include "servers/linux/file.h"

#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/locks.h"
#include "servers/linux/pipes.h"
#include "servers/linux/util.h"

struct file *file_alloc(const struct file_ops *ops, u32 flags, u32 mode)
{
	struct file *f = heap_alloc(sizeof(*f));

	if (!f)
		return NULL;
	f->refs = 1;
	lock_rank_set(&f->lock, RANK_POSITION);
	f->ops = ops;
	f->flags = flags;
	f->mode = mode;
	return f;
}

static void file_release(void *object, u64 unused)
{
	struct file *f = object;

	(void)unused;
	if (f->ops->release)
		f->ops->release(f);
	if (call_was_refused())
		return;
	if (f->contents)
		(void)sys_cap_delete(f->contents);
	if (f->writer)
		__atomic_fetch_sub(&f->node.mount->writers, 1, __ATOMIC_RELAXED);
	if (f->node.mount)
		node_release(f->node);
	string_free(f->path);
	heap_free(f, sizeof(*f));
}

void file_put(struct file *f)
{
	if (__atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (f->locked)
		flock_drop(f);
	give_back(file_release, f, 0);
}

struct file *file_get(struct lthread *t, i64 fd)
{
	struct files *files = t->process->files;
	struct file *f = NULL;

	lock_acquire(&files->lock);
	if (fd >= 0 && fd < files->size) {
		f = files->file[fd];
		if (f)
			file_ref(f);
	}
	lock_release(&files->lock);
	return f;
}

static u64 table_bytes(u32 size)
{
	return (u64)size * (sizeof(struct file *) + 1);
}

/* One block: the pointers, then the close-on-exec bytes. */
static bool table_alloc(struct files *files, u32 size)
{
	struct file **table = heap_alloc(table_bytes(size));

	if (!table)
		return false;
	files->file = table;
	files->close_on_exec = (u8 *)(table + size);
	files->size = size;
	return true;
}

struct files *files_create(void)
{
	struct files *files = heap_alloc(sizeof(*files));

	if (!files)
		return NULL;
	files->refs = 1;
	lock_rank_set(&files->lock, RANK_FILES);
	if (table_alloc(files, FILES_MIN))
		return files;
	heap_free(files, sizeof(*files));
	return NULL;
}

/* Make room for descriptor fd; the lock is held. */
static bool table_grow(struct files *files, u32 fd)
{
	struct files old = *files;
	u32 size = files->size;

	while (size <= fd)
		size *= 2;
	if (size == files->size)
		return true;
	if (!table_alloc(files, size))
		return false;
	memcpy(files->file, old.file, old.size * sizeof(struct file *));
	memcpy(files->close_on_exec, old.close_on_exec, old.size);
	heap_free(old.file, table_bytes(old.size));
	return true;
}

struct files *files_copy(struct files *from)
{
	struct files *files = heap_alloc(sizeof(*files));

	if (!files)
		return NULL;
	files->refs = 1;
	lock_rank_set(&files->lock, RANK_FILES);
	lock_acquire(&from->lock);
	if (!table_alloc(files, from->size)) {
		lock_release(&from->lock);
		heap_free(files, sizeof(*files));
		return NULL;
	}
	memcpy(files->close_on_exec, from->close_on_exec, from->size);
	for (u32 fd = 0; fd < from->size; fd++)
		if (from->file[fd])
			files->file[fd] = file_ref(from->file[fd]);
	lock_release(&from->lock);
	return files;
}

void files_put(struct files *files)
{
	if (__atomic_sub_fetch(&files->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (u32 fd = 0; fd < files->size; fd++)
		if (files->file[fd])
			file_put(files->file[fd]);
	heap_free(files->file, table_bytes(files->size));
	heap_free(files, sizeof(*files));
}

i64 fd_install(struct lthread *t, struct file *f, u32 from, u32 flags)
{
	struct files *files = t->process->files;
	u64 limit = t->process->limit[RLIMIT_NOFILE].cur;
	i64 result = -EMFILE;
	u32 fd;

	if (limit > FILES_MAX)
		limit = FILES_MAX;
	lock_acquire(&files->lock);
	for (fd = from; fd < files->size && files->file[fd];)
		fd++;
	if (fd < limit) {
		result = -ENOMEM;
		if (table_grow(files, fd)) {
			files->file[fd] = f;
			files->close_on_exec[fd] = !!(flags & O_CLOEXEC);
			result = fd;
		}
	}
	lock_release(&files->lock);
	return result;
}

/* Take a descriptor out of the table; NULL if it was not open. */
static struct file *fd_take(struct files *files, u64 fd)
{
	struct file *f = NULL;

	lock_acquire(&files->lock);
	if (fd < files->size) {
		f = files->file[fd];
		files->file[fd] = NULL;
		files->close_on_exec[fd] = 0;
	}
	lock_release(&files->lock);
	return f;
}

i64 fd_close(struct lthread *t, u64 fd)
{
	struct file *f = fd_take(t->process->files, fd);

	if (!f)
		return -EBADF;
	record_locks_drop(t->process, f);
	file_put(f);
	return 0;
}

void files_close_on_exec(struct lthread *t)
{
	struct files *files = t->process->files;

	for (u32 fd = 0; fd < files->size; fd++)
		if (files->close_on_exec[fd])
			(void)fd_close(t, fd);
}

i64 linux_close(struct lthread *t, struct registers *r)
{
	return fd_close(t, (u32)r->rdi);
}

i64 linux_close_range(struct lthread *t, struct registers *r)
{
	u32 first = (u32)r->rdi, last = (u32)r->rsi;
	struct files *files = t->process->files;

	if (first > last || r->rdx & ~6ul)
		return -EINVAL;
	lock_acquire(&files->lock);
	if (last >= files->size)
		last = files->size - 1;
	for (u32 fd = first; fd <= last && r->rdx & 4; fd++)
		files->close_on_exec[fd] = files->file[fd] != NULL;
	lock_release(&files->lock);
	for (u32 fd = first; fd <= last && !(r->rdx & 4); fd++)
		(void)fd_close(t, fd);
	return 0;
}

i64 linux_dup(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 fd;

	if (!f)
		return -EBADF;
	fd = fd_install(t, f, 0, 0);
	if (fd < 0)
		file_put(f);
	return fd;
}

/* dup2 and dup3: put the file exactly at `to`, closing what was there. */
static i64 fd_duplicate_at(struct lthread *t, i32 from, u32 to, u32 flags)
{
	struct files *files = t->process->files;
	struct file *f = file_get(t, from), *old;

	if (!f)
		return -EBADF;
	if (to >= FILES_MAX || to >= t->process->limit[RLIMIT_NOFILE].cur) {
		file_put(f);
		return -EBADF;
	}
	lock_acquire(&files->lock);
	if (!table_grow(files, to)) {
		lock_release(&files->lock);
		file_put(f);
		return -ENOMEM;
	}
	old = files->file[to];
	files->file[to] = f;
	files->close_on_exec[to] = !!(flags & O_CLOEXEC);
	lock_release(&files->lock);
	if (old) {
		record_locks_drop(t->process, old);
		file_put(old);
	}
	return to;
}

i64 linux_dup2(struct lthread *t, struct registers *r)
{
	if ((u32)r->rdi == (u32)r->rsi) {
		struct file *f = file_get(t, (i32)r->rdi);

		if (!f)
			return -EBADF;
		file_put(f);
		return (i32)r->rdi;
	}
	return fd_duplicate_at(t, (i32)r->rdi, (u32)r->rsi, 0);
}

i64 linux_dup3(struct lthread *t, struct registers *r)
{
	if ((u32)r->rdi == (u32)r->rsi || r->rdx & ~(u64)O_CLOEXEC)
		return -EINVAL;
	return fd_duplicate_at(t, (i32)r->rdi, (u32)r->rsi, (u32)r->rdx);
}

static i64 duplicate_from(struct lthread *t, struct file *f, u64 from, u32 flags)
{
	i64 fd;

	if (from >= FILES_MAX || from >= t->process->limit[RLIMIT_NOFILE].cur)
		return -EINVAL;
	fd = fd_install(t, file_ref(f), (u32)from, flags);
	if (fd < 0)
		file_put(f);
	return fd;
}

void fd_flags_set(struct lthread *t, u32 fd, u64 flags)
{
	struct files *files = t->process->files;

	lock_acquire(&files->lock);
	files->close_on_exec[fd] = flags & FD_CLOEXEC;
	lock_release(&files->lock);
}

static i64 fd_flags(struct lthread *t, u32 fd)
{
	struct files *files = t->process->files;
	i64 result;

	lock_acquire(&files->lock);
	result = files->close_on_exec[fd];
	lock_release(&files->lock);
	return result;
}

/* Does the descriptor still lead there? */
static bool fd_is(struct lthread *t, i64 fd, const struct file *f)
{
	struct file *now = file_get(t, fd);

	if (now)
		file_put(now);
	return now == f;
}

i64 linux_fcntl(struct lthread *t, struct registers *r)
{
	const u32 settable = O_APPEND | O_NONBLOCK | O_DIRECT;
	u32 command = (u32)r->rsi;
	struct file *f = file_get(t, (i32)r->rdi);
	i64 result = -EINVAL;

	if (!f)
		return -EBADF;
	/* Of a path's descriptor only the number can be worked with. */
	if (f->flags & O_PATH && command > F_GETFL && command != F_DUPFD_CLOEXEC) {
		file_put(f);
		return -EBADF;
	}
	switch (command) {
	case F_DUPFD:
		result = duplicate_from(t, f, r->rdx, 0);
		break;
	case F_DUPFD_CLOEXEC:
		result = duplicate_from(t, f, r->rdx, O_CLOEXEC);
		break;
	case F_GETFD:
		result = fd_flags(t, (u32)r->rdi);
		break;
	case F_SETFD:
		fd_flags_set(t, (u32)r->rdi, r->rdx);
		result = 0;
		break;
	case F_GETFL:
		result = f->flags & ~(u32)O_CLOEXEC;
		break;
	case F_SETFL:
		f->flags = (f->flags & ~settable) | ((u32)r->rdx & settable);
		result = 0;
		break;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		result = record_lock(t, f, command, r->rdx);
		/* Closed meanwhile: then the close has not found the lock. */
		if (!result && (command == F_SETLK || command == F_SETLKW) &&
		    !fd_is(t, (i32)r->rdi, f)) {
			record_locks_drop(t->process, f);
			result = -EBADF;
		}
		break;
	case F_GETOWN:
		result = 0;
		break;
	case F_GETPIPE_SZ:
		result = f->ops == &pipe_ops ? 65536 : -EBADF;
		break;
	default:
		break;
	}
	file_put(f);
	return result;
}
