/* SPDX-License-Identifier: MIT */
/*
 * node.h - file systems as the personality sees them: mounts, nodes, attributes.
 *
 * A node is a number in one mount.  Two kinds of file systems exist: trees of an fs server
 * (fsclient.c), and those that the personality makes up itself (proc.c, sysfs.c).  All functions
 * answer 0 or -errno.
 */
#ifndef LINUX_NODE_H
#define LINUX_NODE_H

#include "servers/linux/abi.h"
#include "servers/linux/list.h"

struct file;
struct filesystem_type;
struct lthread;
struct mount;

struct node {
	struct mount *mount;
	u64 id;
};

/* What a look-up tells: enough for permissions and for going on. */
struct found {
	u64 id;
	u32 mode, uid, gid; /* mode as st_mode has it */
};

struct attributes {
	u64 id, links, device, size, blocks;
	u32 mode, uid, gid;
	i64 accessed_ns, modified_ns, changed_ns;
	i64 created_ns; /* 0: not known */
};

/* setattr's mask */
enum { SET_MODE = 1, SET_UID = 2, SET_GID = 4, SET_ACCESSED = 8, SET_MODIFIED = 16 };

struct entry {
	u64 id, next;
	u32 type; /* DT_* */
	u32 length;
	const char *name;
};

/* NULL for what the kind cannot do: the callers answer -EPERM or -EROFS. */
struct mount_ops {
	i64 (*lookup)(struct lthread *t, struct mount *m, u64 directory, const char *name,
		      u32 length, struct found *out);
	i64 (*stat)(struct lthread *t, struct mount *m, u64 id, struct attributes *out);
	/* Length of the target, at most capacity bytes of it in buffer, no NUL. */
	i64 (*readlink)(struct lthread *t, struct mount *m, u64 id, char *buffer, u64 capacity);
	/* Call emit for entries from the cookie on until it answers false. */
	i64 (*readdir)(struct lthread *t, struct mount *m, u64 directory, u64 cookie,
		       bool (*emit)(void *context, const struct entry *entry), void *context);
	i64 (*create)(struct mount *m, u64 directory, const char *name, u32 length, u32 mode,
		      u32 uid, u32 gid, u64 device, u64 *id);
	/* A regular file without a name, held once; linkable: it may get one. */
	i64 (*create_nameless)(struct mount *m, u64 directory, u32 mode, u32 uid, u32 gid,
			       bool linkable, u64 *id);
	i64 (*symlink)(struct mount *m, u64 directory, const char *name, u32 length,
		       const char *target, u32 uid, u32 gid);
	i64 (*link)(struct mount *m, u64 directory, const char *name, u32 length, u64 id);
	i64 (*unlink)(struct mount *m, u64 directory, const char *name, u32 length, u32 flags);
	i64 (*rename)(struct mount *m, u64 directory, const char *name, u32 length,
		      u64 new_directory, const char *new_name, u32 new_length, u32 flags);
	i64 (*setattr)(struct mount *m, u64 id, u32 mask, const struct attributes *to);
	i64 (*resize)(struct mount *m, u64 id, u64 size);
	void (*accessed)(struct mount *m, u64 id); /* its contents have been read */
	/* The node stays until release; contents (may be NULL) gets a regular file's memory. */
	i64 (*hold)(struct mount *m, u64 id, cap_t *contents);
	void (*release)(struct mount *m, u64 id);
	/* Extended attributes; name NUL-terminated, values at guest addresses that were checked.
	 * get and list answer the length, and write nothing if that is more than the room. */
	i64 (*xattr_set)(struct mount *m, u64 id, const char *name, guest_t value, u64 length,
			 u32 flags);
	i64 (*xattr_get)(struct mount *m, u64 id, const char *name, guest_t value, u64 room);
	i64 (*xattr_list)(struct mount *m, u64 id, char *names, u64 room);
	i64 (*xattr_remove)(struct mount *m, u64 id, const char *name);
	i64 (*statfs)(struct mount *m, struct l_statfs *out);
	/* Fill in a file of a kind that is not a plain regular one or a directory. */
	i64 (*open)(struct lthread *t, struct mount *m, u64 id, struct file *f);
	bool cached; /* look-ups may be kept in the dentry cache */
};

/* A tree of nodes.  It lives as long as something of it is mounted or in use. */
struct filesystem {
	const struct mount_ops *ops;   /* c */
	const struct filesystem_type *type; /* c */
	cap_t session;		       /* c: fs servers: where to call */
	u64 root;		       /* c: number of the root node */
	u32 device;		       /* c: st_dev */
	u32 refs;		       /* M: mounts of it; the ones there from the start never go */
	u32 flags;		       /* a: MS_RDONLY: for all its mounts */
	char options[64];	       /* M: what /proc/mounts says after rw or ro, with a comma */
};

/*
 * A file system, or a part of it, at a place.  A mount is held by the table while it is attached,
 * by every node that is held in it, and by every walk that stands in it; one that is detached goes
 * with the last of these.  M = guarded by the table's lock (mount.c).
 */
struct mount {
	u32 refs;		     /* a */
	u32 id;			     /* c: as mountinfo has it */
	struct filesystem *fs;	     /* c */
	const struct mount_ops *ops; /* c: of fs, as are session and device */
	cap_t session;
	u32 device;
	u32 flags;		     /* a: MS_* of this mount alone */
	u32 writers;		     /* a: regular files that are open for writing through it */
	u64 root;		     /* c: the node that is seen at the mount point; held */
	u64 root_directory;	     /* c: if that is no directory: where it has its name */
	bool attached;		     /* M */
	struct node covered;	     /* M: what it lies over, held; no mount: nothing */
	u64 covered_directory;	     /* M: if that is no directory: where it has its name */
	struct mount *chain;	     /* M: others over nodes of the same hash */
	struct list list;	     /* M: all that are attached, in the order of mounting */
	char *source;		     /* c */
};

/* The first of all; nothing lies below it unless pivot_root moved it. */
extern struct mount root_mount;

/* mountstart.c: the root file system's session; makes the mount points and /dev. */
i64 mounts_start(cap_t session);

/*
 * A new, empty tmpfs: fills in ops, session, root and device.  size: bytes, nodes: files; 0: no
 * limit but the machine's.  tmpfs_end frees all of it; no node of it may be used then.
 */
i64 tmpfs_make(struct filesystem *fs, u64 size, u64 nodes, u32 mode, u32 uid, u32 gid);
void tmpfs_end(struct filesystem *fs);
/* The root's session, and with it the first file system. */
i64 root_begin(cap_t session);

/* Two names of one file, perhaps seen through two mounts. */
static inline bool node_equal(struct node a, struct node b)
{
	return a.id == b.id &&
	       (a.mount == b.mount || (a.mount && b.mount && a.mount->fs == b.mount->fs));
}

/* The same thing, though perhaps seen through two mounts. */
static inline bool node_same(struct node a, struct node b)
{
	return a.mount->fs == b.mount->fs && a.id == b.id;
}

/*
 * Hold a node and its mount, and let go.  contents may be NULL; else it gets a regular file's
 * memory.  The root of a mount is held by the mount itself, so holding it costs no call.
 */
i64 node_hold(struct node node, cap_t *contents);
void node_release(struct node node);
i64 node_stat(struct lthread *t, struct node node, struct attributes *out);

/* dentry.c: remembered look-ups of cached mounts, also those that found nothing. */
enum dentry_answer { DENTRY_UNKNOWN, DENTRY_FOUND, DENTRY_MISSING };
enum dentry_answer dentry_lookup(struct node directory, const char *name, u32 length,
				 struct found *out);
/* Read before the server is asked; what was forgotten meanwhile is then not remembered. */
u32 dentry_generation(void);
/* found NULL: nothing has that name. */
void dentry_remember(struct node directory, const char *name, u32 length,
		     const struct found *found, u32 generation);
void dentry_forget(struct node directory, const char *name, u32 length);
/* Attributes of the node changed: forget every name of it. */
void dentry_forget_node(struct node node);
/* It is going, and its address may be another's later. */
void dentry_forget_filesystem(const struct filesystem *fs);

#endif
