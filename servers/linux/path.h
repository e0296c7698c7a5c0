/* SPDX-License-Identifier: MIT */
/*
 * path.h - from a path to a node: directories, symbolic links, mounts, permissions.
 */
#ifndef LINUX_PATH_H
#define LINUX_PATH_H

#include "servers/linux/node.h"
#include "servers/linux/task.h"

enum { PATH_SIZE = 4096, NAME_SIZE = 256, LINKS_MAX = 40 };

enum walk_flags {
	WALK_FOLLOW = 1, /* a symbolic link at the end is followed */
	WALK_PARENT = 2, /* the last name need not exist */
	WALK_EMPTY = 4,	 /* "" means the starting point itself */
	WALK_NAME = 16,	 /* the last name itself is meant, even with a slash behind it */
	WALK_REAL_ID = 8, /* access(2): check with the real, not the effective ids */
};

/* Large: about 9 KiB of stack. */
struct walk {
	struct node directory; /* where `name` is looked up */
	struct node node;      /* if exists; the walk has a reference to its mount */
	struct mount *above;   /* the directory's mount, with a reference, if it is another one */
	struct node root;      /* the process's, to compare with: not held */
	struct found found;    /* if exists: mode and owner of the node */
	bool exists;
	bool slash;	       /* the path ended in '/': it must be a directory */
	bool dots;	       /* the last name was "", "." or "..": no name to create or remove */
	bool magic;	       /* the node was reached through /proc/.../fd: it is open already */
	struct file *magic_file;
	u32 name_length;
	char name[NAME_SIZE];
	u32 path_length;
	char path[PATH_SIZE];  /* where the walk stands, without links and dots; "": too long */
	char rest[PATH_SIZE];  /* what is still to be walked */
};

/*
 * Walk the path at a guest address from descriptor `at` (or AT_FDCWD).  walk_path takes one of our
 * own strings instead.  0 or -errno; -ENOENT is 0 with exists = false under WALK_PARENT.  The
 * caller ends with walk_end.
 */
i64 walk_guest(struct lthread *t, i32 at, guest_t path, u32 flags, struct walk *w);
i64 walk_path(struct lthread *t, const char *path, u32 flags, struct walk *w);
void walk_end(struct walk *w);
/* A walk that has not begun: nothing to end. */
static inline void walk_none(struct walk *w)
{
	w->magic_file = NULL;
	w->node.mount = w->above = NULL;
}
/* Let the walk stand at another node, whose mount the caller holds. */
void walk_move(struct walk *w, struct node node);

/* cwd.c: a path from the root of all, as who has that root sees it; NULL: not at all. */
const char *path_from_root(const struct fs_context *fs, const char *path);

/* May the process do R_OK, W_OK, X_OK to something with that mode and owner?  0 or -EACCES. */
i64 permission_check(const struct lthread *t, const struct found *found, u32 want, u32 walk_flags);
/* May names be added to and removed from the walk's directory, this name in particular?  a: the
 * directory's attributes. */
i64 permission_directory_change(struct lthread *t, const struct walk *w, struct attributes *a);
/*
 * names.c: the same for something new.  *mode, as the program asked for it, becomes what it gets,
 * *gid its group: the directory's, if that has the set-group bit.
 */
i64 creation_allowed(struct lthread *t, const struct walk *w, u32 *mode, u32 *gid);
/* The mode and group of something new in a directory with those attributes. */
void creation_mode(struct lthread *t, const struct attributes *directory, u32 *mode, u32 *gid);
/* attr.c: a group of the process, or root asks. */
bool in_group(const struct lthread *t, u32 gid);
/* The walk's path goes one name down. */
void path_push(struct walk *w, const char *name, u32 length);

#endif
