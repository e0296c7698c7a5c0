/* SPDX-License-Identifier: MIT */
/*
 * mountcalls.c - mount and umount2: what they are asked, who may, and in which order they refuse.
 */
#include "servers/linux/calls.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { TYPE_SIZE = 64 };
#define MOUNT_FLAGS                                                                                \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)
#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* What mount is asked, copied in: too large for a stack. */
struct request {
	char type[TYPE_SIZE], source[PATH_SIZE], options[PATH_SIZE];
	bool has_type, has_source;
	u32 flags; /* MS_* as the caller gave them */
	u32 mount_flags; /* those that stay with the mount */
};

static i64 text_in(char *to, guest_t from, u64 size, bool *given)
{
	i64 length = 0;

	*given = from != 0;
	if (from)
		length = string_in(to, from, size);
	return length == -ENAMETOOLONG ? -EINVAL : length < 0 ? length : 0;
}

static i64 request_in(struct request *q, const struct registers *r)
{
	bool given;
	i64 error = text_in(q->type, r->rdx, sizeof(q->type), &q->has_type);

	if (!error)
		error = text_in(q->source, r->rdi, sizeof(q->source), &q->has_source);
	if (!error)
		error = text_in(q->options, r->r8, sizeof(q->options), &given);
	q->flags = (u32)r->r10;
	if ((q->flags & MS_MGC_MASK) == MS_MGC_VAL)
		q->flags &= ~MS_MGC_MASK;
	q->mount_flags = q->flags & MOUNT_FLAGS;
	if (!(q->flags & (MS_NOATIME | MS_STRICTATIME)))
		q->mount_flags |= MS_RELATIME;
	if (q->flags & (MS_NOATIME | MS_STRICTATIME))
		q->mount_flags &= ~(u32)MS_RELATIME;
	return error;
}

static bool is_directory(const struct walk *w)
{
	return (w->found.mode & S_IFMT) == S_IFDIR;
}

/* Where a node that is no directory has its name; 0 for a directory. */
static u64 directory_of(const struct walk *w)
{
	return is_directory(w) ? 0 : w->directory.id;
}

static bool at_mount_root(const struct walk *w)
{
	return !w->magic && w->node.id == w->node.mount->root;
}

/* --- the kinds of mount ---------------------------------------------------------------------- */

static i64 change_mount(const struct request *q, const struct walk *target)
{
	struct mount *m = target->node.mount;

	if (!at_mount_root(target))
		return -EINVAL;
	if (q->mount_flags & MS_RDONLY && !(m->flags & MS_RDONLY) && mount_written(m, NULL))
		return -EBUSY;
	__atomic_store_n(&m->flags, q->mount_flags, __ATOMIC_RELAXED);
	return 0;
}

static i64 change_filesystem(struct request *q, const struct walk *target)
{
	struct mount *m = target->node.mount;
	struct filesystem *fs = m->fs;
	u32 readonly = q->flags & MS_RDONLY;
	i64 error = 0;

	if (!at_mount_root(target))
		return -EINVAL;
	if (readonly && !(fs->flags & MS_RDONLY) && mount_written(NULL, fs))
		return -EBUSY;
	if (q->options[0])
		error = fs->type->change ? fs->type->change(fs, q->options) : -EINVAL;
	if (error)
		return error;
	__atomic_store_n(&fs->flags, readonly, __ATOMIC_RELAXED);
	__atomic_store_n(&m->flags, q->mount_flags & ~(u32)MS_RDONLY, __ATOMIC_RELAXED);
	return 0;
}

static const struct filesystem_type *type_find(const char *name)
{
	for (u32 i = 0; i < filesystem_type_count; i++)
		if (!strcmp(filesystem_types[i]->name, name))
			return filesystem_types[i];
	return NULL;
}

static i64 mount_new(struct request *q, const struct walk *target)
{
	const struct filesystem_type *type;
	struct node where = target->node;
	struct filesystem *fs;
	struct mount *m;
	i64 error;

	if (!q->has_type)
		return -EINVAL;
	type = type_find(q->type);
	if (!type)
		return -ENODEV;
	error = type->make(q->options, &fs);
	if (error)
		return error;
	if (q->flags & MS_RDONLY && fs->refs == 1)
		fs->flags |= MS_RDONLY;
	error = type->single && at_mount_root(target) && where.mount->fs == fs ? -EBUSY :
		!is_directory(target) ? -ENOTDIR :
		mount_make(fs, fs->root, 0, q->mount_flags, q->has_source ? q->source : "none", &m);
	if (!error) {
		error = mount_attach(m, where, 0);
		mount_put(m);
	}
	filesystem_put(fs);
	return error;
}

/* What bind has copied: each mount below the source beside its copy. */
struct copies {
	u32 count;
	struct {
		struct mount *from, *to;
	} pair[MOUNTS_MAX];
};

static struct mount *copy_of(const struct copies *c, const struct mount *from)
{
	for (u32 i = 0; i < c->count; i++)
		if (c->pair[i].from == from)
			return c->pair[i].to;
	return NULL;
}

static i64 copy_make(struct copies *c, struct mount *from, u64 root, u64 directory)
{
	i64 error = -ENOSPC;

	if (c->count < MOUNTS_MAX)
		error = mount_make(from->fs, root, directory, from->flags, from->source,
				   &c->pair[c->count].to);
	if (!error)
		c->pair[c->count++].from = mount_get(from);
	return error;
}

/* A mount in that part of its parent which is copied is copied too. */
static i64 copy_child(struct lthread *t, struct copies *c, struct mount *m, struct node source,
		      bool *more)
{
	struct mount *parent = NULL;
	struct node covered;
	u64 directory;
	i64 error = 0;

	if (copy_of(c, m) || !mount_below(m, &covered, &directory))
		return 0;
	parent = copy_of(c, covered.mount);
	/* Not what was attached below the copy meanwhile, and of the source only what it shows. */
	if (parent && (covered.mount != source.mount ||
		       node_inside(t, (struct node){ covered.mount,
						     directory ? directory : covered.id },
				   source.id))) {
		error = copy_make(c, m, m->root, m->root_directory);
		if (!error)
			error = mount_attach(copy_of(c, m), (struct node){ parent, covered.id },
					     directory);
		*more = true;
	}
	mount_put(covered.mount);
	return error;
}

static i64 copy_below(struct lthread *t, struct copies *c, struct node source)
{
	i64 error = 0;
	bool more;

	do {
		struct mount *m;

		more = false;
		for (u32 id = 0; !error && (m = mount_next(id)); mount_put(m)) {
			id = m->id;
			error = copy_child(t, c, m, source, &more);
		}
	} while (more && !error);
	return error;
}

static i64 bind_walked(struct lthread *t, const struct request *q, const struct walk *source,
		       const struct walk *target)
{
	struct copies *c;
	i64 error;

	if (source->magic || target->magic)
		return -EINVAL;
	if (is_directory(source) != is_directory(target))
		return -ENOTDIR;
	c = heap_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	error = copy_make(c, source->node.mount, source->node.id, directory_of(source));
	if (!error)
		error = mount_attach(c->pair[0].to, target->node, directory_of(target));
	if (!error && q->flags & MS_REC) {
		error = copy_below(t, c, source->node);
		if (error)
			mount_detach_all(c->pair[0].to);
	}
	for (u32 i = 0; i < c->count; i++) {
		mount_put(c->pair[i].from);
		mount_put(c->pair[i].to);
	}
	heap_free(c, sizeof(*c));
	return error;
}

static i64 move_walked(const struct walk *source, const struct walk *target)
{
	if (!at_mount_root(source) || target->magic || is_directory(source) != is_directory(target))
		return -EINVAL;
	return mount_move(source->node.mount, target->node, directory_of(target));
}

/* bind and move have a second path. */
static i64 mount_from(struct lthread *t, const struct request *q, const struct walk *target)
{
	struct walk source;
	i64 error;

	if (!q->has_source || !q->source[0])
		return -EINVAL;
	error = walk_path(t, q->source, WALK_FOLLOW, &source);
	if (!error)
		error = q->flags & MS_BIND ? bind_walked(t, q, &source, target) :
					     move_walked(&source, target);
	walk_end(&source);
	return error;
}

/* Mounts here are private: they neither send nor receive what is mounted elsewhere. */
static i64 propagation_set(const struct request *q, const struct walk *target)
{
	if (!at_mount_root(target) || (q->flags & PROPAGATION) != MS_PRIVATE)
		return -EINVAL;
	return 0;
}

static i64 mount_walked(struct lthread *t, struct request *q, const struct walk *target)
{
	if (t->process->cred.euid)
		return -EPERM;
	if ((q->flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND))
		return change_mount(q, target);
	if (q->flags & MS_REMOUNT)
		return change_filesystem(q, target);
	if (q->flags & MS_BIND)
		return mount_from(t, q, target);
	if (q->flags & PROPAGATION)
		return propagation_set(q, target);
	if (q->flags & MS_MOVE)
		return mount_from(t, q, target);
	return target->magic ? -EINVAL : mount_new(q, target);
}

i64 linux_mount(struct lthread *t, struct registers *r)
{
	struct request *q = heap_alloc(sizeof(*q));
	struct walk target;
	i64 error;

	if (!q)
		return -ENOMEM;
	error = request_in(q, r);
	if (!error) {
		error = walk_guest(t, AT_FDCWD, r->rsi, WALK_FOLLOW, &target);
		if (!error)
			error = mount_walked(t, q, &target);
		walk_end(&target);
	}
	heap_free(q, sizeof(*q));
	return error;
}

/* --- umount ---------------------------------------------------------------------------------- */

static i64 umount_walked(struct lthread *t, const struct walk *w, u32 flags)
{
	struct fs_context *fs = t->process->fs;
	struct mount *m = w->node.mount;
	bool root;

	if (t->process->cred.euid)
		return -EPERM;
	if (!at_mount_root(w))
		return -EINVAL;
	lock_acquire(&fs->lock);
	root = fs->root.mount == m;
	lock_release(&fs->lock);
	if (root && !(flags & MNT_DETACH)) {
		/* The caller's own root cannot go; it becomes read-only, as at a shut-down. */
		__atomic_fetch_or(&m->fs->flags, MS_RDONLY, __ATOMIC_RELAXED);
		return 0;
	}
	if (flags & MNT_DETACH) {
		if (m == &root_mount)
			return -EINVAL;
		mount_detach_all(m);
		return 0;
	}
	return mount_detach(m, 1);
}

i64 linux_umount2(struct lthread *t, struct registers *r)
{
	u32 flags = (u32)r->rsi;
	struct walk w;
	i64 error;

	if (flags & ~(u32)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	error = walk_guest(t, AT_FDCWD, r->rdi, flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, &w);
	if (!error)
		error = umount_walked(t, &w, flags);
	walk_end(&w);
	return error;
}
