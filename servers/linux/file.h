/* SPDX-License-Identifier: MIT */
/*
 * file.h - open file descriptions and descriptor tables.
 *
 * A struct file lives while a descriptor or a running call refers to it.  Its position is guarded
 * by `lock`, which is held while bytes are copied, so that two writers through one description do
 * not overlap; that copy is one kernel call which ends by itself, and nothing else is waited for.
 */
#ifndef LINUX_FILE_H
#define LINUX_FILE_H

#include "servers/linux/task.h"

struct poll_table;

struct file_ops {
	/* Bytes moved or -errno.  *position is read and advanced by seekable files only. */
	i64 (*read)(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position);
	i64 (*write)(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position);
	/* Bits of POLL*; table (may be NULL) is told what to watch before the state is read. */
	u32 (*poll)(struct file *f, struct poll_table *table);
	i64 (*ioctl)(struct lthread *t, struct file *f, u32 command, guest_t argument);
	void (*release)(struct file *f); /* gives back to servers: see give_back() */
	bool seekable;
};

struct file {
	u32 refs;		     /* a */
	const struct file_ops *ops;  /* c */
	struct lock lock;	     /* guards position of a regular file */
	u64 position;
	u32 flags;		     /* O_* ; a */
	u32 mode;		     /* c: st_mode's type and permissions at open */
	struct node node;	     /* c: mount NULL if it has no name; held */
	cap_t contents;		     /* c: memory of a regular file */
	char *path;		     /* c: where it was found, may be NULL */
	bool writer;		     /* c: counts among its mount's writers */
	bool locked;		     /* a: somebody has had an advisory lock through it */
	u32 *changes;	     /* c: of a regular file: see regular.c */
	u32 access_noted;	     /* a: what of it was noted at the last access */
	u32 set_ids_seen;	     /* a: of set_ids_drop() */
	u64 device;		     /* c: st_rdev of a device */
	union {
		struct {
			u64 number;
			u32 end;
		} pipe;
		struct {
			u32 number;   /* as the tty server counts them; a master's too */
			u32 hang_ups; /* there had been when it was opened */
		} tty;
		struct {
			char *bytes;
			u64 size, capacity, id;
		} text; /* a file of /proc, made when it was opened */
	};
};

struct files {
	u32 refs;	  /* a */
	struct lock lock; /* guards all below */
	u32 size;	  /* entries, a power of two */
	struct file **file;
	u8 *close_on_exec;
};
enum { FILES_MIN = 32, FILES_MAX = 1024 };
enum { IO_MAX = 0x7ffff000 }; /* the most that one call moves */

/* file.c */
struct file *file_alloc(const struct file_ops *ops, u32 flags, u32 mode);
void file_put(struct file *f);
static inline struct file *file_ref(struct file *f)
{
	__atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

/* The file behind a descriptor, with a reference of its own; NULL if there is none. */
struct file *file_get(struct lthread *t, i64 fd);
/* The same if it is open for that direction; -EBADF.  (io.c) */
enum file_direction { FILE_READ, FILE_WRITE };
i64 file_for(struct lthread *t, i64 fd, enum file_direction direction, struct file **out);
/* Put f at the lowest free descriptor >= from; takes over the caller's reference if it succeeds. */
i64 fd_install(struct lthread *t, struct file *f, u32 from, u32 flags);
struct files *files_create(void);
struct files *files_copy(struct files *from);
void files_put(struct files *files);
void files_close_on_exec(struct lthread *t);
i64 fd_close(struct lthread *t, u64 fd);
/* FD_CLOEXEC or 0, of a descriptor that was open a moment ago. */
void fd_flags_set(struct lthread *t, u32 fd, u64 flags);

/* open.c: open what a path leads to; *out gets a new reference. */
i64 file_open_path(struct lthread *t, const char *path, u32 flags, struct file **out);

/*
 * regular.c: the node's contents or attributes have changed; its contents have been read.  The time
 * of access goes forward at the first read after a change, as with Linux's relatime.
 */
void node_changed(struct node node);
/* The file, whose node is known, is a regular one. */
void regular_begin(struct file *f);
void regular_accessed(struct file *f);
/* Somebody writes who is not root: a program loses its set-id bits. (attr.c) */
void set_ids_drop(struct lthread *t, struct node node);
void file_set_ids_drop(struct lthread *t, struct file *f);
/* No lock is held where a regular file, or any other, is about to be written, or has been read. */
static inline void write_begins(struct lthread *t, struct file *f)
{
	if (f->changes && t->process->cred.euid)
		file_set_ids_drop(t, f);
}

static inline void read_ends(struct file *f)
{
	if (f->changes && f->access_noted != __atomic_load_n(f->changes, __ATOMIC_RELAXED))
		regular_accessed(f);
}

/* The same for anything; unless: a further flag of mounts that do not keep that time. */
void node_accessed(struct node node, u32 unless);
/* extent.c: the size; 0 where there is none. */
i64 file_size(struct lthread *t, struct file *f, u64 *size);
/* May the file get that size?  Else SIGXFSZ and -EFBIG. */
i64 file_size_allowed(struct lthread *t, u64 size);
i64 file_resize(struct lthread *t, struct node node, u64 size);

extern const struct file_ops regular_ops, directory_ops, text_ops, pipe_ops, tty_ops, kmsg_ops;
/* dev.c: ops for a character device's number; NULL if nothing drives it. */
const struct file_ops *device_ops(u64 device);


#endif
