/* SPDX-License-Identifier: MIT */
/*
 * cwd.c - the current directory and the root: taking others, and what the way to them is called.
 *
 * The path that is kept with the directory is how it was reached; renaming a directory above it
 * makes that wrong.  So getcwd walks it once more, and where it no longer leads to the directory
 * finds the names anew, from the directory upwards.
 */
#include "libsys/string.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

/* A directory and what it is called, for a process to keep. */
static i64 place_hold(struct lthread *t, struct node node, const struct found *found,
		      const char *path, char **copy)
{
	i64 error;

	if ((found->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	error = permission_check(t, found, X_OK, 0);
	if (!error)
		error = node_hold(node, NULL);
	if (error)
		return error;
	*copy = string_save(path);
	if (*copy)
		return 0;
	node_release(node);
	return -ENOMEM;
}

/* Put another directory in the place of one, which is let go. */
static void place_set(struct fs_context *fs, struct node *place, char **name, struct node node,
		      char *path)
{
	struct node old;
	char *old_path;

	lock_acquire(&fs->lock);
	old = *place;
	old_path = *name;
	*place = node;
	*name = path;
	lock_release(&fs->lock);
	node_release(old);
	string_free(old_path);
}

/* Stand in another directory. */
static i64 cwd_set(struct lthread *t, struct node node, const struct found *found, const char *path)
{
	struct fs_context *fs = t->process->fs;
	char *copy;
	i64 error = place_hold(t, node, found, path, &copy);

	if (!error)
		place_set(fs, &fs->cwd, &fs->path, node, copy);
	return error;
}

static i64 root_set(struct lthread *t, const struct walk *w)
{
	struct fs_context *fs = t->process->fs;
	char *copy;
	i64 error = place_hold(t, w->node, &w->found, w->path, &copy);

	if (error)
		return error;
	if (!t->process->cred.euid) {
		place_set(fs, &fs->root, &fs->root_path, w->node, copy);
		return 0;
	}
	node_release(w->node);
	string_free(copy);
	return -EPERM;
}

i64 linux_chroot(struct lthread *t, struct registers *r)
{
	struct walk w;
	i64 error = walk_guest(t, AT_FDCWD, r->rdi, WALK_FOLLOW, &w);

	if (!error)
		error = w.magic ? -ENOTDIR : root_set(t, &w);
	walk_end(&w);
	return error;
}

i64 linux_chdir(struct lthread *t, struct registers *r)
{
	struct walk w;
	i64 error = walk_guest(t, AT_FDCWD, r->rdi, WALK_FOLLOW, &w);

	if (!error)
		error = w.magic ? -ENOTDIR : cwd_set(t, w.node, &w.found, w.path);
	walk_end(&w);
	return error;
}

i64 linux_fchdir(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);
	struct attributes a;
	struct found found;
	i64 error = -ENOTDIR;

	if (!f)
		return -EBADF;
	if (f->node.mount && f->path) {
		error = node_stat(t, f->node, &a);
		found = (struct found){ a.id, a.mode, a.uid, a.gid };
		if (!error)
			error = cwd_set(t, f->node, &found, f->path);
	}
	file_put(f);
	return error;
}

/* What readdir is asked for: the name of one node. */
struct name_of {
	u64 id;
	u32 length; /* 0: not found */
	char name[NAME_SIZE];
};

static bool name_match(void *context, const struct entry *entry)
{
	struct name_of *want = context;
	bool dots = entry->name[0] == '.' && (entry->length == 1 ||
					      (entry->length == 2 && entry->name[1] == '.'));

	if (entry->id != want->id || dots || entry->length >= NAME_SIZE)
		return true;
	want->length = entry->length;
	memcpy(want->name, entry->name, entry->length);
	return false;
}

/* One name more in front of what path has from *begin on. */
static i64 name_before(char *path, char **begin, const struct name_of *name)
{
	if ((u64)(*begin - path) < name->length + 1)
		return -ENAMETOOLONG;
	*begin -= name->length;
	memcpy(*begin, name->name, name->length);
	*--*begin = '/';
	return 0;
}

static i64 name_find(struct lthread *t, struct node directory, u64 id, char *path, char **begin)
{
	struct name_of name = { .id = id };
	struct mount *m = directory.mount;
	i64 error = m->ops->readdir(t, m, directory.id, 0, name_match, &name);

	if (!error)
		error = name.length ? name_before(path, begin, &name) : -ENOENT;
	return error;
}

/* From the root of its mount to the directory that the mount covers; false: it covers none. */
static bool step_below(struct node *at, u64 *directory)
{
	struct mount *m = at->mount;

	if (at->id != m->root || !mount_below(m, at, directory))
		return false;
	mount_put(m);
	return true;
}

i64 node_path(struct lthread *t, struct node at, u64 directory, struct node root, char *path,
	      bool *outside)
{
	char *end = path + PATH_SIZE - 1, *begin = end;
	struct found above;
	i64 error = 0;

	*end = 0;
	*outside = false;
	mount_get(at.mount);
	while (!error && (at.id != root.id || at.mount != root.mount)) {
		if (step_below(&at, &directory))
			continue;
		if (at.id == at.mount->root) {
			*outside = true;
			break;
		}
		above.id = directory;
		if (!directory)
			error = at.mount->ops->lookup(t, at.mount, at.id, "..", 2, &above);
		if (!error)
			error = name_find(t, (struct node){ at.mount, above.id }, at.id, path,
					  &begin);
		at.id = above.id;
		directory = 0;
	}
	mount_put(at.mount);
	if (error)
		return error;
	if (begin == end)
		*--begin = '/';
	memmove(path, begin, (u64)(end - begin) + 1);
	return 0;
}

bool node_inside(struct lthread *t, struct node at, u64 top)
{
	struct found above;

	while (at.id != top && at.id != at.mount->fs->root) {
		if (at.mount->ops->lookup(t, at.mount, at.id, "..", 2, &above) ||
		    above.id == at.id)
			return false;
		at.id = above.id;
	}
	return at.id == top;
}

const char *path_from_root(const struct fs_context *fs, const char *path)
{
	u64 length = strlen(fs->root_path);

	if (length == 1)
		return path;
	if (strncmp(path, fs->root_path, length) || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length : "/";
}

static bool leads_to(struct lthread *t, const char *path, struct node node)
{
	struct walk w;
	bool right = path && !walk_path(t, path, 0, &w);

	if (!path)
		return false;
	right = right && !w.magic && w.node.mount == node.mount && w.node.id == node.id;
	walk_end(&w);
	return right;
}

/* What the directory is called now, from the root. */
static i64 cwd_path(struct lthread *t, struct node node, struct node root, char *path, char *seen)
{
	static const char unreachable[] = "(unreachable)";
	struct attributes a;
	bool outside;
	i64 error = node_stat(t, node, &a);

	if (error || !a.links)
		return -ENOENT;
	if (leads_to(t, seen, node)) {
		memmove(path, seen, strlen(seen) + 1);
		return 0;
	}
	error = node_path(t, node, 0, root, path, &outside);
	if (error || !outside)
		return error;
	if (strlen(path) + sizeof(unreachable) > PATH_SIZE)
		return -ENAMETOOLONG;
	memmove(path + sizeof(unreachable) - 1, path, strlen(path) + 1);
	memcpy(path, unreachable, sizeof(unreachable) - 1);
	return 0;
}

i64 linux_getcwd(struct lthread *t, struct registers *r)
{
	struct fs_context *fs = t->process->fs;
	char path[PATH_SIZE];
	struct node node, root;
	const char *seen;
	u64 length;
	i64 error;

	lock_acquire(&fs->lock);
	node = fs->cwd;
	root = fs->root;
	mount_get(node.mount);
	mount_get(root.mount);
	memcpy(path, fs->path, strlen(fs->path) + 1);
	seen = path_from_root(fs, path);
	lock_release(&fs->lock);
	error = cwd_path(t, node, root, path, (char *)seen);
	mount_put(node.mount);
	mount_put(root.mount);
	if (error)
		return error;
	length = strlen(path) + 1;
	if (length > r->rsi)
		return -ERANGE;
	return copy_out(r->rdi, path, length) ?: (i64)length;
}
