/* SPDX-License-Identifier: MIT */
/*
 * attr.c - changing mode, owner and times; the umask.
 */
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

static i64 change_begin(struct lthread *t, struct node node, struct attributes *a)
{
	i64 error = node.mount ? mount_may_write(node.mount) : -EPERM;

	if (!error)
		error = node_stat(t, node, a);
	if (!error)
		mount_get(node.mount);
	return error;
}

static i64 change_end(struct node node, i64 result)
{
	mount_put(node.mount);
	return result;
}

/*
 * The node that a path or (path 0) a descriptor names, with its attributes and a reference to its
 * mount, which may be written to.  change_end gives that back and passes the result on.
 */
static i64 node_for(struct lthread *t, i32 at, guest_t path, u32 walk_flags, struct node *node,
		    struct attributes *a)
{
	struct walk w;
	i64 error = walk_guest(t, at, path, walk_flags, &w);

	if (!error) {
		*node = w.magic ? w.magic_file->node : (struct node){ w.node.mount, w.found.id };
		error = change_begin(t, *node, a);
	}
	walk_end(&w);
	return error;
}

static i64 file_node(struct lthread *t, i64 fd, struct node *node, struct attributes *a)
{
	struct file *f = file_get(t, fd);
	i64 error;

	if (!f)
		return -EBADF;
	*node = f->node;
	error = change_begin(t, *node, a);
	file_put(f);
	return error;
}

/* Grows when a program gets set-id bits: who has seen that there are none looks again. */
static u32 set_ids_made = 1; /* a */

bool in_group(const struct lthread *t, u32 gid)
{
	const struct credentials *cred = &t->process->cred;

	if (!cred->euid || cred->egid == gid)
		return true;
	for (u32 i = 0; i < cred->group_count; i++)
		if (cred->groups[i] == gid)
			return true;
	return false;
}

/* The mode without the bits that a file loses when it is written or changes hands. */
static u32 mode_without_set_ids(const struct lthread *t, const struct attributes *a)
{
	u32 mode = a->mode & ~(u32)S_ISUID;

	/* Without the group's right to execute it is no set-group bit. */
	if (mode & S_IXGRP || !in_group(t, a->gid))
		mode &= ~(u32)S_ISGID;
	return mode;
}

void set_ids_drop(struct lthread *t, struct node node)
{
	struct attributes a;

	if (!t->process->cred.euid || !node.mount->ops->setattr || node_stat(t, node, &a) ||
	    (a.mode & S_IFMT) != S_IFREG || !(a.mode & (S_ISUID | S_ISGID)))
		return;
	a.mode = mode_without_set_ids(t, &a);
	(void)node.mount->ops->setattr(node.mount, node.id, SET_MODE, &a);
}

void file_set_ids_drop(struct lthread *t, struct file *f)
{
	u32 made = __atomic_load_n(&set_ids_made, __ATOMIC_RELAXED);

	if (!t->process->cred.euid || f->set_ids_seen == made)
		return;
	f->set_ids_seen = made;
	set_ids_drop(t, f->node);
}

static i64 attributes_set(struct node node, u32 mask, const struct attributes *a)
{
	if (!node.mount->ops->setattr)
		return -EPERM;
	return node.mount->ops->setattr(node.mount, node.id, mask, a);
}

static bool owner_or_root(struct lthread *t, const struct attributes *a)
{
	return !t->process->cred.euid || t->process->cred.euid == a->uid;
}

static i64 change_mode(struct lthread *t, struct node node, struct attributes *a, u32 mode)
{
	if (!owner_or_root(t, a))
		return -EPERM;
	a->mode = (a->mode & S_IFMT) | (mode & 07777);
	if (!in_group(t, a->gid))
		a->mode &= ~(u32)S_ISGID;
	if (a->mode & (S_ISUID | S_ISGID))
		__atomic_fetch_add(&set_ids_made, 1, __ATOMIC_RELAXED);
	return attributes_set(node, SET_MODE, a);
}

static i64 chmod_at(struct lthread *t, i32 at, guest_t path, u32 mode)
{
	struct attributes a;
	struct node node;
	i64 error = node_for(t, at, path, WALK_FOLLOW, &node, &a);

	return error ? error : change_end(node, change_mode(t, node, &a, mode));
}

i64 linux_chmod(struct lthread *t, struct registers *r)
{
	return chmod_at(t, AT_FDCWD, r->rdi, (u32)r->rsi);
}

i64 linux_fchmodat(struct lthread *t, struct registers *r)
{
	return chmod_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx);
}

i64 linux_fchmod(struct lthread *t, struct registers *r)
{
	struct attributes a;
	struct node node;
	i64 error = file_node(t, (i32)r->rdi, &node, &a);

	return error ? error : change_end(node, change_mode(t, node, &a, (u32)r->rsi));
}

static i64 change_owner(struct lthread *t, struct node node, struct attributes *a, u32 uid, u32 gid)
{
	bool root = !t->process->cred.euid;
	u32 mask = 0;

	if (uid != ~0u && !root && (!owner_or_root(t, a) || uid != a->uid))
		return -EPERM;
	if (gid != ~0u && !root && (!owner_or_root(t, a) || (gid != a->gid && !in_group(t, gid))))
		return -EPERM;
	/* Also if neither is named. */
	if ((a->mode & S_IFMT) != S_IFDIR && a->mode & (S_ISUID | S_ISGID)) {
		if (!owner_or_root(t, a))
			return -EPERM;
		a->mode = mode_without_set_ids(t, a);
		mask |= SET_MODE;
	}
	if (uid != ~0u) {
		a->uid = uid;
		mask |= SET_UID;
	}
	if (gid != ~0u) {
		a->gid = gid;
		mask |= SET_GID;
	}
	return attributes_set(node, mask, a);
}

static i64 chown_at(struct lthread *t, i32 at, guest_t path, u32 uid, u32 gid, u32 flags)
{
	struct attributes a;
	struct node node;
	i64 error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = node_for(t, at, path, (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				      (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), &node, &a);
	return error ? error : change_end(node, change_owner(t, node, &a, uid, gid));
}

i64 linux_chown(struct lthread *t, struct registers *r)
{
	return chown_at(t, AT_FDCWD, r->rdi, (u32)r->rsi, (u32)r->rdx, 0);
}

i64 linux_lchown(struct lthread *t, struct registers *r)
{
	return chown_at(t, AT_FDCWD, r->rdi, (u32)r->rsi, (u32)r->rdx, AT_SYMLINK_NOFOLLOW);
}

i64 linux_fchownat(struct lthread *t, struct registers *r)
{
	return chown_at(t, (i32)r->rdi, r->rsi, (u32)r->rdx, (u32)r->r10, (u32)r->r8);
}

i64 linux_fchown(struct lthread *t, struct registers *r)
{
	struct attributes a;
	struct node node;
	i64 error = file_node(t, (i32)r->rdi, &node, &a);

	if (!error)
		error = change_end(node, change_owner(t, node, &a, (u32)r->rsi, (u32)r->rdx));
	return error;
}

/* times NULL: both now.  Owners set any time, who may write sets the present one. */
static i64 change_times(struct lthread *t, struct node node, struct attributes *a,
			const struct l_timespec *times)
{
	struct found found = { a->id, a->mode, a->uid, a->gid };
	i64 now = (i64)realtime_ns(), *field[] = { &a->accessed_ns, &a->modified_ns };
	bool only_now = !times || (times[0].nsec == UTIME_NOW && times[1].nsec == UTIME_NOW);
	u32 mask = 0;

	for (int i = 0; i < 2; i++) {
		if (times && times[i].nsec == UTIME_OMIT)
			continue;
		mask |= i ? SET_MODIFIED : SET_ACCESSED;
		if (!times || times[i].nsec == UTIME_NOW) {
			*field[i] = now;
			continue;
		}
		if (times[i].nsec < 0 || times[i].nsec > 999999999)
			return -EINVAL;
		*field[i] = times[i].sec * 1000000000 + times[i].nsec;
	}
	if (!mask)
		return 0;
	if (!owner_or_root(t, a) && (!only_now || permission_check(t, &found, W_OK, 0)))
		return only_now ? -EACCES : -EPERM;
	return attributes_set(node, mask, a);
}

i64 linux_utimensat(struct lthread *t, struct registers *r)
{
	struct l_timespec times[2];
	struct attributes a;
	struct node node;
	i64 error;

	if (r->r10 & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (r->rdx && copy_in(times, r->rdx, sizeof(times)))
		return -EFAULT;
	/* Nothing to set: then nothing is looked at. */
	if (r->rdx && times[0].nsec == UTIME_OMIT && times[1].nsec == UTIME_OMIT)
		return 0;
	if (!r->rsi)
		error = file_node(t, (i32)r->rdi, &node, &a);
	else
		error = node_for(t, (i32)r->rdi, r->rsi,
				 r->r10 & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &node, &a);
	return error ? error : change_end(node, change_times(t, node, &a, r->rdx ? times : NULL));
}

static i64 times_of_timevals(struct lthread *t, i32 at, guest_t path, guest_t from)
{
	struct l_timeval tv[2];
	struct l_timespec times[2];
	struct attributes a;
	struct node node;
	i64 error;

	if (from) {
		if (copy_in(tv, from, sizeof(tv)))
			return -EFAULT;
		for (int i = 0; i < 2; i++) {
			if (tv[i].usec < 0 || tv[i].usec > 999999)
				return -EINVAL;
			times[i] = (struct l_timespec){ tv[i].sec, tv[i].usec * 1000 };
		}
	}
	error = node_for(t, at, path, WALK_FOLLOW, &node, &a);
	return error ? error : change_end(node, change_times(t, node, &a, from ? times : NULL));
}

i64 linux_utimes(struct lthread *t, struct registers *r)
{
	return times_of_timevals(t, AT_FDCWD, r->rdi, r->rsi);
}

i64 linux_futimesat(struct lthread *t, struct registers *r)
{
	return times_of_timevals(t, (i32)r->rdi, r->rsi, r->rdx);
}

i64 linux_utime(struct lthread *t, struct registers *r)
{
	struct l_timespec times[2] = { 0 };
	struct attributes a;
	struct node node;
	i64 seconds[2], error;

	if (r->rsi && copy_in(seconds, r->rsi, sizeof(seconds)))
		return -EFAULT;
	if (r->rsi) {
		times[0].sec = seconds[0];
		times[1].sec = seconds[1];
	}
	error = node_for(t, AT_FDCWD, r->rdi, WALK_FOLLOW, &node, &a);
	return error ? error : change_end(node, change_times(t, node, &a, r->rsi ? times : NULL));
}

i64 linux_umask(struct lthread *t, struct registers *r)
{
	return __atomic_exchange_n(&t->process->fs->umask, (u32)r->rdi & 0777, __ATOMIC_RELAXED);
}
