/* SPDX-License-Identifier: MIT */
/*
 * names.c - calls that change names: mkdir, unlink, rename, link.
 */
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

void creation_mode(struct lthread *t, const struct attributes *directory, u32 *mode, u32 *gid)
{
	u32 program = S_ISGID | S_IXGRP;

	*mode &= ~t->process->fs->umask;
	*gid = t->process->cred.egid;
	if (!(directory->mode & S_ISGID))
		return;
	*gid = directory->gid;
	if ((*mode & S_IFMT) == S_IFDIR)
		*mode |= S_ISGID;
	else if ((*mode & program) == program && !in_group(t, directory->gid))
		*mode &= ~(u32)S_ISGID;
}

i64 creation_allowed(struct lthread *t, const struct walk *w, u32 *mode, u32 *gid)
{
	struct attributes directory;
	i64 error;

	if (w->exists || w->dots)
		return -EEXIST;
	error = mount_may_write(w->directory.mount) ?:
		permission_directory_change(t, w, &directory);
	if (!error)
		creation_mode(t, &directory, mode, gid);
	return error;
}

static i64 make_node(struct lthread *t, i32 at, guest_t path, u32 mode, u64 device)
{
	struct walk w;
	u64 id;
	u32 gid;
	i64 error = walk_guest(t, at, path, WALK_PARENT | WALK_NAME, &w);
	struct mount *m = w.directory.mount;

	if (!error)
		error = creation_allowed(t, &w, &mode, &gid);
	if (!error && w.slash && (mode & S_IFMT) != S_IFDIR)
		error = -ENOENT;
	if (!error && !m->ops->create)
		error = -EPERM;
	if (!error)
		error = m->ops->create(m, w.directory.id, w.name, w.name_length, mode,
				       t->process->cred.euid, gid, device, &id);
	walk_end(&w);
	return error;
}

i64 linux_mkdir(struct lthread *t, struct registers *r)
{
	return make_node(t, AT_FDCWD, r->rdi, S_IFDIR | ((u32)r->rsi & 01777), 0);
}

i64 linux_mkdirat(struct lthread *t, struct registers *r)
{
	return make_node(t, (i32)r->rdi, r->rsi, S_IFDIR | ((u32)r->rdx & 01777), 0);
}

static i64 mknod_at(struct lthread *t, i32 at, guest_t path, u32 mode, u64 device)
{
	u32 type = mode & S_IFMT;

	if (!type)
		type = S_IFREG;
	if (type == S_IFDIR)
		return -EPERM;
	if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK && type != S_IFCHR &&
	    type != S_IFBLK)
		return -EINVAL;
	if ((type == S_IFCHR || type == S_IFBLK) && t->process->cred.euid)
		return -EPERM;
	return make_node(t, at, path, type | (mode & 07777), device);
}

i64 linux_mknod(struct lthread *t, struct registers *r)
{
	return mknod_at(t, AT_FDCWD, r->rdi, (u32)r->rsi, r->rdx);
}

i64 linux_mknodat(struct lthread *t, struct registers *r)
{
	return mknod_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx, r->r10);
}

static i64 symlink_at(struct lthread *t, guest_t target, i32 at, guest_t path)
{
	u32 mode = S_IFLNK | 0777, gid;
	char text[PATH_SIZE];
	struct walk w;
	struct mount *m;
	i64 error = string_in(text, target, sizeof(text));

	if (error < 0)
		return error;
	if (!error)
		return -ENOENT;
	error = walk_guest(t, at, path, WALK_PARENT | WALK_NAME, &w);
	m = w.directory.mount;
	if (!error)
		error = creation_allowed(t, &w, &mode, &gid);
	if (!error && w.slash)
		error = -ENOENT;
	if (!error)
		error = m->ops->symlink ? m->ops->symlink(m, w.directory.id, w.name, w.name_length,
							  text, t->process->cred.euid, gid) :
					  -EPERM;
	walk_end(&w);
	return error;
}

i64 linux_symlink(struct lthread *t, struct registers *r)
{
	return symlink_at(t, r->rdi, AT_FDCWD, r->rsi);
}

i64 linux_symlinkat(struct lthread *t, struct registers *r)
{
	return symlink_at(t, r->rdi, (i32)r->rsi, r->rdx);
}

static i64 unlink_at(struct lthread *t, i32 at, guest_t path, u32 flags)
{
	struct attributes directory;
	struct walk w;
	struct mount *m;
	i64 error;

	if (flags & ~(u32)AT_REMOVEDIR)
		return -EINVAL;
	error = walk_guest(t, at, path, WALK_PARENT | WALK_NAME, &w);
	m = w.directory.mount;
	if (!error && w.magic)
		error = -EPERM;
	if (!error && w.dots)
		error = !(flags & AT_REMOVEDIR) ? -EISDIR :
			w.name_length == 1 ? -EINVAL :
			w.name_length == 2 ? -ENOTEMPTY : -EBUSY;
	if (!error)
		error = mount_may_write(m);
	if (!error && !w.exists)
		error = -ENOENT;
	if (!error)
		error = permission_directory_change(t, &w, &directory);
	if (!error && (w.node.mount != m || mount_point(w.node)))
		error = -EBUSY;
	if (!error)
		error = m->ops->unlink ? m->ops->unlink(m, w.directory.id, w.name, w.name_length,
							flags) :
					 -EPERM;
	walk_end(&w);
	return error;
}

i64 linux_unlink(struct lthread *t, struct registers *r)
{
	return unlink_at(t, AT_FDCWD, r->rdi, 0);
}

i64 linux_rmdir(struct lthread *t, struct registers *r)
{
	return unlink_at(t, AT_FDCWD, r->rdi, AT_REMOVEDIR);
}

i64 linux_unlinkat(struct lthread *t, struct registers *r)
{
	return unlink_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx);
}

static i64 rename_walked(struct lthread *t, struct walk *from, struct walk *to, u32 flags)
{
	struct mount *m = from->directory.mount;
	struct attributes directory;
	i64 error;

	if (from->dots || to->dots)
		return -EBUSY;
	if (to->directory.mount != m)
		return -EXDEV;
	error = mount_may_write(m);
	if (error)
		return error;
	if (!from->exists)
		return -ENOENT;
	if (to->exists && flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (!to->exists && flags & RENAME_EXCHANGE)
		return -ENOENT;
	if (!to->exists && to->slash && (from->found.mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	error = permission_directory_change(t, from, &directory);
	if (!error)
		error = permission_directory_change(t, to, &directory);
	if (error)
		return error;
	if (from->node.mount != m || to->node.mount != m || mount_point(from->node) ||
	    (to->exists && mount_point(to->node)))
		return -EBUSY;
	if (to->exists && to->found.id == from->found.id)
		return 0;
	if (!m->ops->rename)
		return -EPERM;
	return m->ops->rename(m, from->directory.id, from->name, from->name_length,
			      to->directory.id, to->name, to->name_length, flags);
}

static i64 rename_at(struct lthread *t, i32 at, guest_t path, i32 new_at, guest_t new_path,
		     u32 flags)
{
	struct walk from, to;
	i64 error;

	walk_none(&to);
	if (flags & ~(u32)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	error = walk_guest(t, at, path, WALK_PARENT | WALK_NAME, &from);
	if (!error && !from.exists && !mount_may_write(from.directory.mount))
		error = -ENOENT;
	if (!error)
		error = walk_guest(t, new_at, new_path, WALK_PARENT | WALK_NAME, &to);
	if (!error)
		error = from.magic || to.magic ? -EPERM : rename_walked(t, &from, &to, flags);
	walk_end(&to);
	walk_end(&from);
	return error;
}

i64 linux_rename(struct lthread *t, struct registers *r)
{
	return rename_at(t, AT_FDCWD, r->rdi, AT_FDCWD, r->rsi, 0);
}

i64 linux_renameat(struct lthread *t, struct registers *r)
{
	return rename_at(t, (i32)r->rdi, r->rsi, (i32)r->rdx, r->r10, 0);
}

i64 linux_renameat2(struct lthread *t, struct registers *r)
{
	return rename_at(t, (i32)r->rdi, r->rsi, (i32)r->rdx, r->r10, (u32)r->r8);
}

/*
 * Only what somebody owns, or may read and write and is no program with set-id bits, gets another
 * name by him: he could keep such a thing beyond its owner's wish (Linux's protected_hardlinks).
 */
static i64 link_allowed(const struct lthread *t, const struct found *found)
{
	u32 program = S_ISGID | S_IXGRP;

	if (!t->process->cred.euid || t->process->cred.euid == found->uid)
		return 0;
	if ((found->mode & S_IFMT) != S_IFREG || found->mode & S_ISUID ||
	    (found->mode & program) == program || permission_check(t, found, R_OK | W_OK, 0))
		return -EPERM;
	return 0;
}

static i64 link_walked(struct lthread *t, struct walk *from, struct walk *to)
{
	struct mount *m = to->directory.mount;
	struct attributes a;
	struct node node;
	u32 mode = 0, gid;
	i64 error = creation_allowed(t, to, &mode, &gid);

	if (error)
		return error;
	if (to->slash)
		return -ENOENT;
	node = from->magic ? from->magic_file->node :
			     (struct node){ from->node.mount, from->found.id };
	if (node.mount != m)
		return -EXDEV;
	if (from->magic) {
		error = node_stat(t, node, &a);
		if (error)
			return error;
		from->found = (struct found){ a.id, a.mode, a.uid, a.gid };
	}
	error = link_allowed(t, &from->found);
	if (error)
		return error;
	if ((from->found.mode & S_IFMT) == S_IFDIR || !m->ops->link)
		return -EPERM;
	return m->ops->link(m, to->directory.id, to->name, to->name_length, node.id);
}

static i64 link_at(struct lthread *t, i32 at, guest_t path, i32 new_at, guest_t new_path, u32 flags)
{
	struct walk from, to;
	i64 error;

	walk_none(&to);
	if (flags & ~(u32)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = walk_guest(t, at, path, (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
				       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), &from);
	if (!error)
		error = walk_guest(t, new_at, new_path, WALK_PARENT | WALK_NAME, &to);
	if (!error)
		error = link_walked(t, &from, &to);
	walk_end(&to);
	walk_end(&from);
	return error;
}

i64 linux_link(struct lthread *t, struct registers *r)
{
	return link_at(t, AT_FDCWD, r->rdi, AT_FDCWD, r->rsi, 0);
}

i64 linux_linkat(struct lthread *t, struct registers *r)
{
	return link_at(t, (i32)r->rdi, r->rsi, (i32)r->rdx, r->r10, (u32)r->r8);
}
