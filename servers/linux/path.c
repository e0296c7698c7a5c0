/* SPDX-License-Identifier: MIT */
/*
 * path.c - path walking without recursion: a link's target is put before the rest of the path.
 */
#include "servers/linux/path.h"

#include "libsys/string.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/proc.h"
#include "servers/linux/uaccess.h"

static bool in_groups(const struct credentials *cred, u32 gid)
{
	for (u32 i = 0; i < cred->group_count; i++)
		if (cred->groups[i] == gid)
			return true;
	return false;
}

i64 permission_check(const struct lthread *t, const struct found *found, u32 want, u32 flags)
{
	const struct credentials *cred = &t->process->cred;
	u32 uid = flags & WALK_REAL_ID ? cred->uid : cred->euid;
	u32 gid = flags & WALK_REAL_ID ? cred->gid : cred->egid;
	u32 bits = found->mode;

	if (uid == 0) {
		/* Root may do everything, but execute only what somebody may execute. */
		if (want & X_OK && (found->mode & S_IFMT) == S_IFREG && !(found->mode & 0111))
			return -EACCES;
		return 0;
	}
	if (uid == found->uid)
		bits >>= 6;
	else if (gid == found->gid || in_groups(cred, found->gid))
		bits >>= 3;
	return want & ~(bits & 7) ? -EACCES : 0;
}

i64 permission_directory_change(struct lthread *t, const struct walk *w, struct attributes *a)
{
	struct found directory;
	u32 uid = t->process->cred.euid;
	i64 error = node_stat(t, w->directory, a);

	if (error)
		return error;
	/* One that was removed takes no names. */
	if (!a->links)
		return -ENOENT;
	directory = (struct found){ a->id, a->mode, a->uid, a->gid };
	error = permission_check(t, &directory, W_OK | X_OK, 0);
	if (error)
		return error;
	if (a->mode & S_ISVTX && w->exists && uid && uid != a->uid && uid != w->found.uid)
		return -EPERM;
	return 0;
}

void path_push(struct walk *w, const char *name, u32 length)
{
	u32 at = w->path_length;

	/* Too long to be told, or it was before: no hindrance to standing there. */
	if (!at || at + length + 2 > PATH_SIZE) {
		w->path_length = 0;
		w->path[0] = 0;
		return;
	}
	if (at > 1)
		w->path[at++] = '/';
	memcpy(w->path + at, name, length);
	w->path_length = at + length;
	w->path[w->path_length] = 0;
}

static void path_pop(struct walk *w)
{
	while (w->path_length > 1 && w->path[w->path_length - 1] != '/')
		w->path_length--;
	if (w->path_length > 1)
		w->path_length--;
	w->path[w->path_length] = 0;
}

/* Take over the reference to the node's mount. */
static void walk_set(struct walk *w, struct node node)
{
	struct mount *old = w->node.mount;

	w->node = node;
	if (old)
		mount_put(old);
}

void walk_move(struct walk *w, struct node node)
{
	mount_get(node.mount);
	walk_set(w, node);
}

static void walk_path_is(struct walk *w, const char *path)
{
	w->path_length = (u32)strlen(path);
	memcpy(w->path, path, w->path_length + 1);
}

/* Into another mount, taking over a reference to it; the directory's mount stays in hand. */
static void walk_enter(struct walk *w, struct node node)
{
	if (!w->above && w->directory.mount == w->node.mount)
		w->above = w->node.mount;
	else
		mount_put(w->node.mount);
	w->node = node;
}

/* To what lies over the node where the walk stands. */
static bool walk_cross(struct walk *w)
{
	struct mount *over = mount_over(w->node);

	if (!over)
		return false;
	walk_enter(w, (struct node){ over, over->root });
	return true;
}

/* What was the way's end is the next name's directory. */
static void walk_settle(struct walk *w)
{
	if (w->above)
		mount_put(w->above);
	w->above = NULL;
	w->directory = w->node;
}

static void walk_to_root(struct lthread *t, struct walk *w)
{
	struct fs_context *fs = t->process->fs;

	lock_acquire(&fs->lock);
	walk_move(w, fs->root);
	walk_path_is(w, fs->root_path);
	lock_release(&fs->lock);
}

/* One name in a directory, from the cache or its file system. */
static i64 lookup(struct lthread *t, struct node directory, const char *name, u32 length,
		  struct found *found)
{
	struct mount *m = directory.mount;
	u32 generation;
	i64 error;

	if (!m->ops->cached)
		return m->ops->lookup(t, m, directory.id, name, length, found);
	switch (dentry_lookup(directory, name, length, found)) {
	case DENTRY_FOUND:
		return 0;
	case DENTRY_MISSING:
		return -ENOENT;
	default:
		break;
	}
	generation = dentry_generation();
	error = m->ops->lookup(t, m, directory.id, name, length, found);
	if (!error || error == -ENOENT)
		dentry_remember(directory, name, length, error ? NULL : found, generation);
	return error;
}

static bool at_root(const struct walk *w)
{
	return w->node.id == w->root.id && w->node.mount == w->root.mount;
}

/* ".." crosses from a mount's root to the directory above its mount point, but not the root. */
static i64 walk_up(struct lthread *t, struct walk *w)
{
	struct node covered;
	u64 unused;
	i64 error;

	while (!at_root(w) && w->node.id == w->node.mount->root) {
		if (!mount_below(w->node.mount, &covered, &unused))
			break;
		walk_set(w, covered);
	}
	if (!at_root(w)) {
		path_pop(w);
		if (w->node.id != w->node.mount->root) {
			error = lookup(t, w->node, "..", 2, &w->found);
			if (error)
				return error;
			w->node.id = w->found.id;
		}
	}
	w->directory = w->node;
	(void)walk_cross(w);
	walk_settle(w);
	return 0;
}

/* Put a link's target before what remains. */
static i64 walk_link(struct lthread *t, struct walk *w, u32 consumed)
{
	u32 rest = (u32)strlen(w->rest + consumed);
	struct mount *m = w->directory.mount;
	char target[PATH_SIZE / 4];
	i64 length = m->ops->readlink(t, m, w->found.id, target, sizeof(target));

	if (length < 0)
		return length;
	if (length == 0)
		return -ENOENT;
	if ((u64)length > sizeof(target) || (u32)length + rest + 2 > PATH_SIZE)
		return -ENAMETOOLONG;
	memmove(w->rest + length, w->rest + consumed, rest + 1);
	memcpy(w->rest, target, (u64)length);
	if (w->rest[0] == '/')
		walk_to_root(t, w);
	else
		w->node = w->directory;
	walk_settle(w);
	/* Should nothing follow, the way ends in a directory and not in the link. */
	w->dots = true;
	return 0;
}

static i64 found_of(struct lthread *t, struct node node, struct found *found)
{
	struct attributes a;
	i64 error = node_stat(t, node, &a);

	if (!error)
		*found = (struct found){ a.id, a.mode, a.uid, a.gid };
	return error;
}

/* Search permission of the directory where the walk stands. */
static i64 may_search(struct lthread *t, struct walk *w, u32 flags)
{
	struct found found;
	i64 error;

	if (!(flags & WALK_REAL_ID ? t->process->cred.uid : t->process->cred.euid)) {
		return 0;
	}
	error = found_of(t, w->node, &found);
	return error ? error : permission_check(t, &found, X_OK, flags);
}

/*
 * A link of /proc that names an open file, or a place, and not a path.  1: it is no such link;
 * 0: the walk stands where it leads.
 */
static i64 walk_magic_link(struct lthread *t, struct walk *w, bool last)
{
	struct node place = { 0 };
	i64 error;

	error = proc_magic_link(t, w->found.id, &w->magic_file, &place, w->path);
	if (error)
		return error;
	if (w->magic_file && (w->magic_file->mode & S_IFMT) == S_IFDIR &&
	    w->magic_file->node.mount) {
		place = w->magic_file->node;
		mount_get(place.mount);
		string_copy(w->path, PATH_SIZE, w->magic_file->path ? w->magic_file->path : "/");
		file_put(w->magic_file);
		w->magic_file = NULL;
	}
	if (w->magic_file) {
		w->magic = true;
		return last ? 0 : -ENOTDIR;
	}
	if (!place.mount)
		return 1;
	walk_enter(w, place);
	w->path_length = (u32)strlen(w->path);
	return found_of(t, place, &w->found);
}

/* Step into one name; *links counts symbolic links.  The last name may be missing. */
static i64 walk_name(struct lthread *t, struct walk *w, u32 consumed, bool last, u32 flags,
		     u32 *links)
{
	i64 error = lookup(t, w->node, w->name, w->name_length, &w->found);

	w->exists = !error;
	if (error == -ENOENT && last && flags & WALK_PARENT)
		return 0;
	if (error)
		return error;
	if ((w->found.mode & S_IFMT) == S_IFLNK &&
	    (!last || flags & WALK_FOLLOW || (w->slash && !(flags & WALK_NAME)))) {
		if (++*links > LINKS_MAX)
			return -ELOOP;
		if (w->directory.mount->fs == &proc_filesystem) {
			error = walk_magic_link(t, w, last);
			if (error <= 0)
				return error;
		}
		return walk_link(t, w, consumed) ?: 1;
	}
	w->node.id = w->found.id;
	if ((w->found.mode & S_IFMT) != S_IFLNK && walk_cross(w))
		error = found_of(t, w->node, &w->found);
	if (!error)
		path_push(w, w->name, w->name_length);
	return error;
}

/* w->rest holds the path, w->node and w->path where it starts. */
static i64 walk(struct lthread *t, struct walk *w, u32 flags)
{
	u32 links = 0, at = 0, length, next;
	bool last, is_directory = true;
	i64 error;

	w->exists = true;
	w->dots = true;
	walk_settle(w);
	w->name_length = 0;
	for (;;) {
		while (w->rest[at] == '/')
			at++;
		if (!w->rest[at])
			break;
		if (!is_directory)
			return -ENOTDIR;
		for (length = 0; w->rest[at + length] && w->rest[at + length] != '/';)
			length++;
		for (next = at + length; w->rest[next] == '/';)
			next++;
		last = !w->rest[next];
		w->slash = last && next > at + length;
		walk_settle(w);
		error = may_search(t, w, flags);
		if (error)
			return error;
		if (length >= NAME_SIZE)
			return -ENAMETOOLONG;
		memcpy(w->name, w->rest + at, length);
		w->name[length] = 0;
		w->name_length = length;
		w->dots = w->name[0] == '.' && (length == 1 || (length == 2 && w->name[1] == '.'));
		if (w->dots) {
			error = length == 2 ? walk_up(t, w) : 0;
		} else {
			error = walk_name(t, w, at + length, last, flags, &links);
		}
		if (error < 0)
			return error;
		if (!w->exists || w->magic)
			return 0;
		at = error ? 0 : next;
		is_directory = error || w->dots || (w->found.mode & S_IFMT) == S_IFDIR;
	}
	if (w->slash && !is_directory)
		return -ENOTDIR;
	if (w->dots)
		return found_of(t, w->node, &w->found);
	return 0;
}

/* Where a relative path starts: the current directory or an open one, held until walk_end. */
static i64 walk_start(struct lthread *t, struct walk *w, i32 at)
{
	struct fs_context *fs = t->process->fs;
	struct file *f;

	w->magic = w->slash = false;
	if (w->rest[0] == '/' || at == AT_FDCWD) {
		bool absolute = w->rest[0] == '/';

		lock_acquire(&fs->lock);
		w->root = fs->root;
		walk_move(w, absolute ? fs->root : fs->cwd);
		walk_path_is(w, absolute ? fs->root_path : fs->path);
		lock_release(&fs->lock);
		return 0;
	}
	lock_acquire(&fs->lock);
	w->root = fs->root;
	lock_release(&fs->lock);
	f = file_get(t, at);
	if (!f)
		return -EBADF;
	if (w->rest[0] && (f->mode & S_IFMT) != S_IFDIR) {
		file_put(f);
		return -ENOTDIR;
	}
	if (!f->node.mount) {
		/* An unnamed file, by AT_EMPTY_PATH. */
		w->magic = true;
		w->magic_file = f;
		return 0;
	}
	walk_move(w, f->node);
	walk_path_is(w, f->path ? f->path : "/");
	file_put(f);
	return 0;
}

static i64 walk_begin(struct lthread *t, i32 at, u32 flags, struct walk *w)
{
	i64 error;

	if (!w->rest[0] && !(flags & WALK_EMPTY))
		return -ENOENT;
	error = walk_start(t, w, at);
	if (error || w->magic)
		return error;
	return walk(t, w, flags);
}

i64 walk_guest(struct lthread *t, i32 at, guest_t path, u32 flags, struct walk *w)
{
	i64 length;

	walk_none(w);
	length = string_in(w->rest, path, PATH_SIZE);
	return length < 0 ? length : walk_begin(t, at, flags, w);
}

i64 walk_path(struct lthread *t, const char *path, u32 flags, struct walk *w)
{
	walk_none(w);
	if (!string_copy(w->rest, PATH_SIZE, path))
		return -ENAMETOOLONG;
	return walk_begin(t, AT_FDCWD, flags, w);
}

void walk_end(struct walk *w)
{
	if (w->magic_file)
		file_put(w->magic_file);
	if (w->node.mount)
		mount_put(w->node.mount);
	if (w->above)
		mount_put(w->above);
	walk_none(w);
}
