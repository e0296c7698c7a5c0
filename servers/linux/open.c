/* SPDX-License-Identifier: MIT */
/*
 * open.c - open, creat, openat: from a walked path to an open file description.
 */
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/pipes.h"
#include "servers/linux/signal.h"
#include "servers/linux/tty.h"
#include "servers/linux/util.h"

static u32 wanted(u32 flags)
{
	static const u32 want[] = { R_OK, W_OK, R_OK | W_OK, R_OK | W_OK };

	return want[flags & O_ACCMODE] | (flags & O_TRUNC ? W_OK : 0);
}

/* The name does not exist yet: make a regular file of it. */
static i64 create(struct lthread *t, struct walk *w, u32 mode)
{
	struct mount *m = w->directory.mount;
	u32 uid = t->process->cred.euid, gid;
	u64 id;
	i64 error;

	if (w->dots || w->slash)
		return -EISDIR;
	error = mount_may_write(m);
	if (error)
		return error;
	if (!m->ops->create)
		return -EACCES;
	mode = S_IFREG | (mode & 07777);
	error = creation_allowed(t, w, &mode, &gid);
	if (!error)
		error = m->ops->create(m, w->directory.id, w->name, w->name_length, mode, uid, gid,
				       0, &id);
	if (error)
		return error;
	w->node = (struct node){ m, id };
	w->found = (struct found){ id, mode, uid, gid };
	path_push(w, w->name, w->name_length);
	return 0;
}

/* Everything that can be refused before the node is held. */
static i64 check(struct lthread *t, const struct walk *w, u32 flags, bool created)
{
	u32 type = w->found.mode & S_IFMT;
	i64 error;

	if (flags & O_PATH)
		return flags & O_DIRECTORY && type != S_IFDIR ? -ENOTDIR : 0;
	if (!created && flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (type == S_IFLNK)
		return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	if (flags & O_DIRECTORY && type != S_IFDIR)
		return -ENOTDIR;
	if (type == S_IFDIR && (flags & O_ACCMODE || flags & O_CREAT))
		return -EISDIR;
	if (type == S_IFSOCK)
		return -ENXIO;
	if (flags & O_NOATIME && t->process->cred.euid && t->process->cred.euid != w->found.uid)
		return -EPERM;
	if (created)
		return 0;
	error = permission_check(t, &w->found, wanted(flags), 0);
	if (!error && wanted(flags) & W_OK && type == S_IFREG)
		error = mount_may_write(w->node.mount);
	return error;
}

/* Hold the node and fill in what its kind needs; on failure the caller puts the file. */
static i64 fill(struct lthread *t, struct walk *w, u32 flags, struct file *f)
{
	struct mount *m = w->node.mount;
	u32 type = f->mode & S_IFMT;
	struct attributes a;
	i64 error;

	error = node_hold(w->node, type == S_IFREG && m->ops->resize && !(flags & O_PATH) ?
					   &f->contents : NULL);
	if (error)
		return error;
	f->node = w->node;
	f->path = string_save(w->path);
	if (flags & O_PATH) {
		f->ops = &directory_ops;
		return 0;
	}
	if (m->ops->open && type == S_IFREG)
		return m->ops->open(t, m, w->node.id, f);
	switch (type) {
	case S_IFREG:
		if (flags & O_ACCMODE) {
			f->writer = true;
			__atomic_fetch_add(&m->writers, 1, __ATOMIC_RELAXED);
		}
		regular_begin(f);
		return flags & O_TRUNC ? file_resize(t, w->node, 0) : 0;
	case S_IFDIR:
		f->ops = &directory_ops;
		return 0;
	case S_IFIFO:
		return fifo_open(t, f);
	case S_IFCHR:
		if (mount_flags(m) & MS_NODEV)
			return -EACCES;
		error = node_stat(t, w->node, &a);
		if (error)
			return error;
		if (!device_ops(a.device))
			return -ENXIO;
		f->device = a.device;
		f->ops = device_ops(a.device);
		return f->ops == &tty_ops ? terminal_open(t, f, flags) : 0;
	default:
		return -ENXIO;
	}
}

/* /proc/PID/fd/N: a regular file is opened anew, anything else is the same description. */
static i64 open_magic(struct lthread *t, struct walk *w, u32 flags, struct file **out)
{
	struct file *f = w->magic_file;
	struct attributes a;
	i64 error;

	if (flags & O_NOFOLLOW)
		return -ELOOP;
	if (f->ops != &regular_ops && f->ops != &directory_ops) {
		*out = file_ref(f);
		return 0;
	}
	error = node_stat(t, f->node, &a);
	if (error)
		return error;
	walk_move(w, f->node);
	w->found = (struct found){ a.id, a.mode, a.uid, a.gid };
	string_copy(w->path, PATH_SIZE, f->path ? f->path : "");
	return 1;
}

static i64 open_walked(struct lthread *t, struct walk *w, u32 flags, u32 mode, struct file **out)
{
	bool created = false;
	struct file *f;
	i64 error;

	if (w->magic) {
		error = open_magic(t, w, flags, out);
		if (error <= 0)
			return error;
	} else if (!w->exists) {
		error = create(t, w, mode);
		if (error)
			return error;
		created = true;
	}
	error = check(t, w, flags, created);
	if (error)
		return error;
	f = file_alloc(&directory_ops, flags & ~(u32)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC),
		       w->found.mode);
	if (!f)
		return -ENOMEM;
	error = fill(t, w, flags, f);
	if (error) {
		file_put(f);
		return error;
	}
	*out = f;
	return 0;
}

/* A regular file without a name, in the file system of the directory that was walked to. */
static i64 open_nameless(struct lthread *t, struct walk *w, u32 flags, u32 mode, struct file **out)
{
	struct mount *m = w->node.mount;
	u32 uid = t->process->cred.euid, gid;
	struct attributes directory;
	struct file *f;
	u64 id;
	i64 error;

	if (w->magic || (w->found.mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if (!m->ops->create_nameless)
		return -EOPNOTSUPP;
	error = mount_may_write(m) ?: node_stat(t, w->node, &directory);
	if (!error)
		error = permission_check(t, &w->found, W_OK | X_OK, 0);
	if (error)
		return error;
	mode = S_IFREG | (mode & 07777);
	creation_mode(t, &directory, &mode, &gid);
	error = mount_may_write(m);
	if (error)
		return error;
	error = m->ops->create_nameless(m, w->node.id, mode, uid, gid, !(flags & O_EXCL), &id);
	if (error)
		return error;
	/* It came held, so it is let go like any node: with its mount. */
	mount_get(m);
	w->node = (struct node){ m, id };
	w->found = (struct found){ id, mode, uid, gid };
	f = file_alloc(&regular_ops, flags & ~(u32)(O_EXCL | O_TRUNC), mode);
	/* The file holds it on; what it was made with goes. */
	error = f ? fill(t, w, flags & ~(u32)O_TRUNC, f) : -ENOMEM;
	node_release(w->node);
	if (error && f)
		file_put(f);
	if (!error)
		*out = f;
	return error;
}

static u32 walk_flags_of(u32 flags)
{
	u32 walk = flags & O_CREAT ? WALK_PARENT : 0;

	if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		walk |= WALK_FOLLOW;
	return walk;
}

i64 file_open_path(struct lthread *t, const char *path, u32 flags, struct file **out)
{
	struct walk w;
	i64 error = walk_path(t, path, walk_flags_of(flags), &w);

	if (!error)
		error = open_walked(t, &w, flags, 0, out);
	walk_end(&w);
	return error;
}

static i64 do_open_nameless(struct lthread *t, i32 at, guest_t path, u32 flags, u32 mode)
{
	struct file *f = NULL;
	struct walk w;
	i64 result;

	if ((flags & O_TMPFILE) != O_TMPFILE || flags & O_CREAT ||
	    (flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	result = walk_guest(t, at, path, WALK_FOLLOW, &w);
	if (!result)
		result = open_nameless(t, &w, flags, mode, &f);
	walk_end(&w);
	if (result)
		return result;
	result = fd_install(t, f, 0, flags);
	if (result < 0)
		file_put(f);
	return result;
}

enum { CREATE_ATTEMPTS = 8 };

static i64 do_open(struct lthread *t, i32 at, guest_t path, u32 flags, u32 mode)
{
	struct file *f = NULL;
	struct walk w;
	i64 result;

	if (!(flags & O_PATH) && flags & O_TMPFILE & ~(u32)O_DIRECTORY)
		return do_open_nameless(t, at, path, flags, mode);
	if (!(flags & O_PATH) && flags & O_CREAT && flags & O_DIRECTORY)
		return -EINVAL;
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	/* Another process may create the name between our look and our creation of it. */
	for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
		result = walk_guest(t, at, path, walk_flags_of(flags), &w);
		if (!result)
			result = open_walked(t, &w, flags, mode, &f);
		walk_end(&w);
		if (result != -EEXIST || flags & O_EXCL)
			break;
	}
	if (result)
		return result;
	result = fd_install(t, f, 0, flags);
	if (result < 0)
		file_put(f);
	return result;
}

i64 linux_open(struct lthread *t, struct registers *r)
{
	return do_open(t, AT_FDCWD, r->rdi, (u32)r->rsi, (u32)r->rdx);
}

i64 linux_openat(struct lthread *t, struct registers *r)
{
	return do_open(t, (i32)r->rdi, r->rsi, (u32)r->rdx, (u32)r->r10);
}

i64 linux_creat(struct lthread *t, struct registers *r)
{
	return do_open(t, AT_FDCWD, r->rdi, O_CREAT | O_WRONLY | O_TRUNC, (u32)r->rsi);
}
