/* SPDX-License-Identifier: MIT */
/*
 * stat.c - what files are: stat in its forms, access, readlink, statfs, directory listings.
 */
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

static struct l_timespec timespec_of(i64 ns)
{
	i64 part = ns % 1000000000;

	/* Before 1970 too the part of a second counts forward. */
	part += part < 0 ? 1000000000 : 0;
	return (struct l_timespec){ (ns - part) / 1000000000, part };
}

static void stat_fill(struct l_stat *s, const struct attributes *a, u32 device)
{
	*s = (struct l_stat){
		.dev = device,
		.ino = a->id,
		.nlink = a->links,
		.mode = a->mode,
		.uid = a->uid,
		.gid = a->gid,
		.rdev = a->device,
		.size = (i64)a->size,
		.blksize = 4096,
		.blocks = (i64)a->blocks,
		.atime = timespec_of(a->accessed_ns),
		.mtime = timespec_of(a->modified_ns),
		.ctime = timespec_of(a->changed_ns),
	};
}

/* Attributes of an open file, also of one without a name. */
static i64 file_attributes(struct lthread *t, struct file *f, struct attributes *a, u32 *device)
{
	if (f->node.mount) {
		*device = f->node.mount->device;
		return node_stat(t, f->node, a);
	}
	*device = 0xc;
	*a = (struct attributes){
		.id = f->ops == &pipe_ops ? f->pipe.number & 0xffffff : 1,
		.links = 1,
		.mode = f->mode,
	};
	return 0;
}

static i64 attributes_at(struct lthread *t, i32 at, guest_t path, u32 flags, struct attributes *a,
			 u32 *device)
{
	u32 walk_flags = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
			 (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct walk w;
	i64 error = walk_guest(t, at, path, walk_flags, &w);

	if (!error && w.magic)
		error = file_attributes(t, w.magic_file, a, device);
	else if (!error) {
		*device = w.node.mount->device;
		/* Without following, the node of a link is not where the walk stands. */
		error = node_stat(t, (struct node){ w.node.mount, w.found.id }, a);
	}
	walk_end(&w);
	return error;
}

static i64 stat_out(guest_t to, const struct attributes *a, u32 device)
{
	struct l_stat s;

	stat_fill(&s, a, device);
	return copy_out(to, &s, sizeof(s));
}

static i64 stat_at(struct lthread *t, i32 at, guest_t path, guest_t to, u32 flags)
{
	struct attributes a;
	u32 device;
	i64 error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	error = attributes_at(t, at, path, flags, &a, &device);
	return error ? error : stat_out(to, &a, device);
}

i64 linux_stat(struct lthread *t, struct registers *r)
{
	return stat_at(t, AT_FDCWD, r->rdi, r->rsi, 0);
}

i64 linux_lstat(struct lthread *t, struct registers *r)
{
	return stat_at(t, AT_FDCWD, r->rdi, r->rsi, AT_SYMLINK_NOFOLLOW);
}

i64 linux_newfstatat(struct lthread *t, struct registers *r)
{
	return stat_at(t, (i32)r->rdi, r->rsi, r->rdx, (u32)r->r10);
}

i64 linux_fstat(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	struct attributes a;
	u32 device;
	i64 error;

	if (!f)
		return -EBADF;
	error = file_attributes(t, f, &a, &device);
	file_put(f);
	return error ? error : stat_out(r->rsi, &a, device);
}

static struct l_statx_timestamp statx_time(i64 ns)
{
	struct l_timespec time = timespec_of(ns);

	return (struct l_statx_timestamp){ time.sec, (u32)time.nsec, 0 };
}

i64 linux_statx(struct lthread *t, struct registers *r)
{
	struct attributes a;
	struct l_statx s;
	u32 device;
	i64 error;

	if (r->rdx & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
			    AT_STATX_SYNC_TYPE) ||
	    r->r10 & STATX_RESERVED)
		return -EINVAL;
	error = attributes_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx, &a, &device);
	if (error)
		return error;
	s = (struct l_statx){
		.mask = STATX_BASIC_STATS,
		.blksize = 4096,
		.nlink = (u32)a.links,
		.uid = a.uid,
		.gid = a.gid,
		.mode = (u16)a.mode,
		.ino = a.id,
		.size = a.size,
		.blocks = a.blocks,
		.atime = statx_time(a.accessed_ns),
		.ctime = statx_time(a.changed_ns),
		.mtime = statx_time(a.modified_ns),
		.rdev_major = (u32)(a.device >> 8),
		.rdev_minor = (u32)(a.device & 0xff),
		.dev_major = device >> 8,
		.dev_minor = device & 0xff,
	};
	return copy_out(r->r8, &s, sizeof(s));
}

/* What the mount forbids to everybody. */
static i64 mount_access(const struct mount *m, const struct found *found, u32 mode)
{
	u32 type = found->mode & S_IFMT;

	if (mode & X_OK && type == S_IFREG && mount_flags(m) & MS_NOEXEC)
		return -EACCES;
	if (mode & W_OK && (type == S_IFREG || type == S_IFDIR))
		return mount_may_write(m);
	return 0;
}

static i64 access_at(struct lthread *t, i32 at, guest_t path, u32 mode, u32 flags)
{
	u32 walk_flags = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
			 (flags & AT_EACCESS ? 0 : WALK_REAL_ID) |
			 (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct walk w;
	i64 error;

	if (mode & ~7u || flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH))
		return -EINVAL;
	error = walk_guest(t, at, path, walk_flags, &w);
	if (!error && !w.magic)
		error = permission_check(t, &w.found, mode, walk_flags);
	if (!error && !w.magic)
		error = mount_access(w.node.mount, &w.found, mode);
	walk_end(&w);
	return error;
}

i64 linux_access(struct lthread *t, struct registers *r)
{
	return access_at(t, AT_FDCWD, r->rdi, (u32)r->rsi, 0);
}

i64 linux_faccessat(struct lthread *t, struct registers *r)
{
	return access_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx, 0);
}

i64 linux_faccessat2(struct lthread *t, struct registers *r)
{
	return access_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx, (u32)r->r10);
}

static i64 readlink_at(struct lthread *t, i32 at, guest_t path, guest_t to, u64 capacity)
{
	char target[PATH_SIZE / 2];
	struct walk w;
	i64 length;

	if ((i64)capacity <= 0)
		return -EINVAL;
	length = walk_guest(t, at, path, WALK_EMPTY, &w);
	if (!length && (w.magic || (w.found.mode & S_IFMT) != S_IFLNK))
		length = -EINVAL;
	if (!length)
		length = w.node.mount->ops->readlink(t, w.node.mount, w.found.id, target,
						     sizeof(target));
	if (length > 0)
		node_accessed((struct node){ w.node.mount, w.found.id }, 0);
	walk_end(&w);
	if (length < 0)
		return length;
	if ((u64)length > sizeof(target))
		length = sizeof(target);
	if ((u64)length > capacity)
		length = (i64)capacity;
	return copy_out(to, target, (u64)length) ?: length;
}

i64 linux_readlink(struct lthread *t, struct registers *r)
{
	return readlink_at(t, AT_FDCWD, r->rdi, r->rsi, r->rdx);
}

i64 linux_readlinkat(struct lthread *t, struct registers *r)
{
	return readlink_at(t, (i32)r->rdi, r->rsi, r->rdx, r->r10);
}

i64 linux_name_to_handle_at(struct lthread *t, struct registers *r)
{
	struct walk w;
	i64 error;

	if (r->r8 & ~(u64)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = walk_guest(t, (i32)r->rdi, r->rsi, (r->r8 & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
			   (r->r8 & AT_EMPTY_PATH ? WALK_EMPTY : 0), &w);
	walk_end(&w);
	return error ? error : -EOPNOTSUPP;
}

static i64 statfs_out(struct mount *m, guest_t to)
{
	struct l_statfs s;
	i64 error;

	s = (struct l_statfs){ .type = PIPEFS_MAGIC, .bsize = 4096, .namelen = 255 };
	error = m ? m->ops->statfs(m, &s) : 0;
	/* The first four flags have the same values for mount and for statfs. */
	if (m)
		s.flags = ST_VALID | (mount_flags(m) & (MS_RDONLY | MS_NOSUID | MS_NODEV |
							MS_NOEXEC)) |
			  (mount_flags(m) & MS_NOATIME ? ST_NOATIME : 0) |
			  (mount_flags(m) & MS_NODIRATIME ? ST_NODIRATIME : 0) |
			  (mount_flags(m) & MS_RELATIME ? ST_RELATIME : 0);
	return error ? error : copy_out(to, &s, sizeof(s));
}

i64 linux_statfs(struct lthread *t, struct registers *r)
{
	struct walk w;
	i64 error = walk_guest(t, AT_FDCWD, r->rdi, WALK_FOLLOW, &w);

	if (!error)
		error = statfs_out(w.magic ? w.magic_file->node.mount : w.node.mount, r->rsi);
	walk_end(&w);
	return error;
}

i64 linux_fstatfs(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	i64 error;

	if (!f)
		return -EBADF;
	error = statfs_out(f->node.mount, r->rsi);
	file_put(f);
	return error;
}

/* Entries go to the program through a small buffer of ours, a few at a time. */
struct listing {
	guest_t to;
	u64 room, done, position;
	i64 error;
	bool any;
};

static bool entry_out(void *context, const struct entry *entry)
{
	struct listing *l = context;
	u64 length = (offsetof(struct l_dirent64, name) + entry->length + 1 + 7) & ~7ul;
	_Alignas(8) char buffer[offsetof(struct l_dirent64, name) + NAME_SIZE + 8] = { 0 };
	struct l_dirent64 *d = (struct l_dirent64 *)buffer;

	if (entry->length >= NAME_SIZE)
		return true;
	if (l->done + length > l->room) {
		l->error = l->done ? 0 : -EINVAL;
		return false;
	}
	d->ino = entry->id;
	d->off = (i64)entry->next;
	d->reclen = (u16)length;
	d->type = (u8)entry->type;
	memcpy(d->name, entry->name, entry->length);
	l->error = copy_out(l->to + l->done, d, length);
	if (l->error)
		return false;
	l->done += length;
	l->position = entry->next;
	return true;
}

i64 linux_getdents64(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	struct listing l = { .to = r->rsi, .room = (u32)r->rdx };
	struct mount *m;
	i64 error = -ENOTDIR;

	if (!f)
		return -EBADF;
	m = f->node.mount;
	if (m && (f->mode & S_IFMT) == S_IFDIR && !(f->flags & O_PATH)) {
		l.position = f->position;
		error = m->ops->readdir(t, m, f->node.id, l.position, entry_out, &l);
		if (!(f->flags & O_NOATIME))
			node_accessed(f->node, MS_NODIRATIME);
		if (l.done) {
			f->position = l.position;
			error = (i64)l.done;
		} else if (!error) {
			error = l.error;
		}
	}
	file_put(f);
	return error;
}
