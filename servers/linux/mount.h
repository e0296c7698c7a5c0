/* SPDX-License-Identifier: MIT */
/*
 * mount.h - the table of mounts: what is mounted where, and what may be done through it.
 */
#ifndef LINUX_MOUNT_H
#define LINUX_MOUNT_H

#include "servers/linux/errno.h"
#include "servers/linux/node.h"

enum { MOUNTS_MAX = 512, MOUNT_CHAINS = 64 };

/* What mount(2) can make; the list is in mounttypes.c. */
struct filesystem_type {
	const char *name;
	/* The file system for these options, with a reference. */
	i64 (*make)(char *options, struct filesystem **out);
	/* New options for it; NULL: it has none that can change. */
	i64 (*change)(struct filesystem *fs, char *options);
	/* There is one, which nobody mounts upon itself; others are, or look, new each time. */
	bool single;
	/* It is mounted nowhere any more; NULL: it stays. */
	void (*destroy)(struct filesystem *fs);
};
extern const struct filesystem_type tmpfs_type, proc_type, sysfs_type, devtmpfs_type,
	devpts_type;
extern const struct filesystem_type *const filesystem_types[];
extern const u32 filesystem_type_count;

extern struct mount *mount_chains[MOUNT_CHAINS]; /* M; a racy look says whether one is empty */

static inline u32 mount_hash(u64 id)
{
	return (u32)(id ^ id >> 8 ^ id >> 32) % MOUNT_CHAINS;
}

static inline struct mount *mount_get(struct mount *m)
{
	__atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
	return m;
}

void mount_put(struct mount *m);
struct filesystem *filesystem_get(struct filesystem *fs);
void filesystem_put(struct filesystem *fs);
/* The mount that is there from the start, before there are threads. */
void mounts_begin(struct mount *first);

/* What is mounted over the node, the uppermost, with a reference; NULL: nothing. */
struct mount *mount_find(struct node node);
static inline struct mount *mount_over(struct node node)
{
	return __atomic_load_n(&mount_chains[mount_hash(node.id)], __ATOMIC_RELAXED) ?
		       mount_find(node) :
		       NULL;
}

/* What the mount lies over, its mount with a reference, and where a file there has its name; false
 * if it lies over nothing. */
bool mount_below(struct mount *m, struct node *covered, u64 *directory);
/* Does something lie over this node, seen through whatever mount? */
bool mount_point(struct node node);

/* The flags of a mount and of its file system, as statfs and /proc/mounts show them. */
static inline u32 mount_flags(const struct mount *m)
{
	return __atomic_load_n(&m->flags, __ATOMIC_RELAXED) |
	       __atomic_load_n(&m->fs->flags, __ATOMIC_RELAXED);
}

static inline i64 mount_may_write(const struct mount *m)
{
	return mount_flags(m) & MS_RDONLY ? -EROFS : 0;
}

/* A mount that is not attached yet, with a reference; root_directory 0 if the root is one. */
i64 mount_make(struct filesystem *fs, u64 root, u64 root_directory, u32 flags, const char *source,
	       struct mount **out);
/* Put it over a node that its caller has a walk to; the table takes a reference of its own. */
i64 mount_attach(struct mount *m, struct node over, u64 directory);
/* Take it away and what is mounted below it; -EBUSY if it is in use by more than `users`. */
i64 mount_detach(struct mount *m, u32 users);
void mount_detach_all(struct mount *m);
i64 mount_move(struct mount *m, struct node over, u64 directory);
/* May the file system (or only this mount) become read-only: is nothing open for writing? */
bool mount_written(const struct mount *m, const struct filesystem *fs);

/* The attached mount with the smallest id above `after`, with a reference; NULL: no more. */
struct mount *mount_next(u32 after);

/*
 * The names from a root down to a node, into path (PATH_SIZE bytes).  directory: where a node that
 * is no directory has its name.  -ENOENT if it has no name any more; *outside (may be NULL) says
 * that the way up does not meet the root.
 */
i64 node_path(struct lthread *t, struct node node, u64 directory, struct node root, char *path,
	      bool *outside);
/* Is a directory the other one or below it, in one file system? */
bool node_inside(struct lthread *t, struct node node, u64 top);

/* mountstart.c: those of which there is one, however often it is mounted. */
extern struct filesystem dev_filesystem, pts_filesystem, sys_filesystem;
/* Where pty.c makes the names of terminals; not attached. */
extern struct mount *pts_mount;
extern u32 pts_mode, pts_group; /* a: what those names get */

/* mounttext.c: /proc/PID/mounts and its relatives, as a process with that root sees them. */
struct text;
enum mount_text { MOUNTS, MOUNT_INFO, MOUNT_STATS };
void mounts_print(struct lthread *t, struct text *text, enum mount_text kind, struct node root);

#endif
