/* SPDX-License-Identifier: MIT */
/*
 * cwd.c - the current directory: standing in another one, and what the way to it is called.
 *
 * The path that is kept with the directory is how it was reached; renaming a directory above it
 * makes that wrong.  So getcwd walks it once more, and where it no longer leads to the directory
 * finds the names anew, from the directory upwards.
 */
#include "libsys/string.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

/* Stand in another directory. */
static i64 cwd_set(struct lthread *t, struct node node, const struct found *found, const char *path)
{
	struct fs_context *fs = t->process->fs;
	struct node old;
	char *copy, *old_path;
	i64 error;

	if ((found->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	error = permission_check(t, found, X_OK, 0);
	if (!error)
		error = node_hold(node);
	if (error)
		return error;
	copy = string_save(path);
	if (!copy) {
		node_release(node);
		return -ENOMEM;
	}
	lock_acquire(&fs->lock);
	old = fs->cwd;
	old_path = fs->path;
	fs->cwd = node;
	fs->path = copy;
	lock_release(&fs->lock);
	node_release(old);
	string_free(old_path);
	return 0;
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

/* The names from the root down to a directory; -ENOENT if it has none any more. */
static i64 path_find(struct lthread *t, struct node at, char *path)
{
	char *end = path + PATH_SIZE - 1, *begin = end;
	struct found above;
	struct name_of name;
	i64 error;

	*end = 0;
	for (;;) {
		while (at.id == at.mount->root && at.mount != &root_mount)
			at = at.mount->covered;
		if (at.id == at.mount->root)
			break;
		name = (struct name_of){ .id = at.id };
		error = at.mount->ops->lookup(t, at.mount, at.id, "..", 2, &above);
		if (!error)
			error = at.mount->ops->readdir(t, at.mount, above.id, 0, name_match, &name);
		if (error || !name.length)
			return error ? error : -ENOENT;
		if ((u64)(begin - path) < name.length + 1)
			return -ENAMETOOLONG;
		begin -= name.length;
		memcpy(begin, name.name, name.length);
		*--begin = '/';
		at.id = above.id;
	}
	if (begin == end)
		*--begin = '/';
	memmove(path, begin, (u64)(end - begin) + 1);
	return 0;
}

static bool leads_to(struct lthread *t, const char *path, struct node node)
{
	struct walk w;
	bool right = !walk_path(t, path, 0, &w) && !w.magic && node_equal(w.node, node);

	walk_end(&w);
	return right;
}

i64 linux_getcwd(struct lthread *t, struct registers *r)
{
	struct fs_context *fs = t->process->fs;
	char path[PATH_SIZE];
	struct attributes a;
	struct node node;
	u64 length;
	i64 error;

	lock_acquire(&fs->lock);
	node = fs->cwd;
	memcpy(path, fs->path, strlen(fs->path) + 1);
	lock_release(&fs->lock);
	error = node_stat(t, node, &a);
	if (error || !a.links)
		return -ENOENT;
	if (!leads_to(t, path, node)) {
		error = path_find(t, node, path);
		if (error)
			return error;
	}
	length = strlen(path) + 1;
	if (length > r->rsi)
		return -ERANGE;
	return copy_out(r->rdi, path, length) ?: (i64)length;
}
