/* SPDX-License-Identifier: MIT */
/*
 * proc.h - /proc, made up by the personality.
 *
 * proc.c is the tree and its calls, proclinks.c what its links lead to; proc.def lists the entries.
 * A text is written whole when its file is opened, so that reading it in parts tears nothing.
 */
#ifndef LINUX_PROC_H
#define LINUX_PROC_H

#include "microkernel/abi/call.h"
#include "servers/linux/file.h"
#include "servers/linux/task.h"

extern struct filesystem proc_filesystem;

/* proctext.c: text that grows as it is written. */
struct text {
	char *bytes;
	u64 size, capacity;
};
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);
/* Room for so many bytes more at bytes + size; false: there is no memory. */
bool text_room(struct text *text, u64 bytes);

/* What a file of /proc shows: one thread, one process, or (pid 0) the system. */
struct snapshot {
	i32 pid, tid, ppid, group, session, foreground;
	u32 tty, threads;
	struct schedule schedule;
	u32 processor; /* that it runs on, or ran on last */
	bool no_new_privs;
	char state;
	bool native; /* a server of Keel's, shown as Linux shows threads of its kernel */
	char comm[COMM_SIZE];
	struct credentials cred;
	u32 umask, files;
	struct times own, children;
	u64 started_ns, pending, shared_pending, blocked, ignored, caught;
	u32 signals_queued;
	i32 oom_adjust;
	struct mm *mm; /* with a reference; NULL: none */
	struct space_info space;
	struct l_rlimit limit[RLIMITS];
};

/* snapshot.c: -ESRCH if there is none (any more); tid 0: the process as a whole. */
i64 snapshot_take(struct snapshot *s, i32 pid, i32 tid);
void snapshot_put(struct snapshot *s);
/* The state of a thread as one letter; world lock held. */
char thread_state(const struct process *p, const struct lthread *t);

/* Writers; reader is who opened the file.  0 or -errno. */
typedef i64 (*proc_write_text)(struct lthread *reader, struct text *text, const struct snapshot *s);
/* What somebody wrote into the file, NUL-terminated. */
typedef i64 (*proc_store)(struct lthread *writer, i32 pid, i32 tid, char *text);

enum proc_kind {
	PROC_NONE,
#define PROC(kind, parent, name, mode, print, store) PROC_##kind,
#include "servers/linux/proc.def"
#undef PROC
	PROC_FD_ENTRY,
	PROC_FDINFO_ENTRY,
	PROC_KINDS
};

i64 proc_pid_fdinfo(struct lthread *reader, struct text *text, const struct snapshot *s);
#define PROC(kind, parent, name, mode, print, store)                                               \
	i64 print(struct lthread *reader, struct text *text, const struct snapshot *s);            \
	i64 store(struct lthread *writer, i32 pid, i32 tid, char *text);
#include "servers/linux/proc.def"
#undef PROC

struct proc_entry {
	const char *name;
	enum proc_kind parent;
	u32 mode;
	proc_write_text print;
	proc_store store;
};
extern const struct proc_entry proc_entries[PROC_KINDS];

/* A node's number is what it shows: kind in bits 0-7, process in bits 8-31, above it a thread or a
 * descriptor. */
#define PROC_ID(kind, pid, number) ((u64)(number) << 32 | (u64)(pid) << 8 | (kind))
#define PROC_ID_KIND(id)	   ((enum proc_kind)((id) & 0xff))
#define PROC_ID_PID(id)		   ((i32)((id) >> 8 & 0xffffff))
#define PROC_ID_NUMBER(id)	   ((u32)((id) >> 32))

/* procmaps.c: pages of an address space by kind; s->mm is there. */
struct memory_parts {
	u64 resident_anonymous, resident_file, resident_shared;
	u64 data, stack, code, library;
};
void memory_parts(const struct snapshot *s, struct memory_parts *out);

/* proclinks.c */
i64 proc_link_text(struct lthread *t, u64 id, char *to, u64 size);
/* The process's open file, with a reference; NULL if there is no such process or descriptor. */
struct file *proc_file_of(i32 pid, u32 fd);
/*
 * Links that are no paths.  /proc/PID/fd/N: the open file in *out; cwd and root: the place, its
 * mount with a reference, and its path (PATH_SIZE bytes).  For other links neither is set.
 */
i64 proc_magic_link(struct lthread *t, u64 id, struct file **out, struct node *place, char *path);
/* May t look into what the process keeps for itself?  0, -EACCES, -ESRCH. */
i64 proc_may_look(struct lthread *t, i32 pid);

/* proctext.c: give an open file its text; an entry of /proc writes it itself. */
void text_file(struct file *f, const struct text *text);
i64 proc_open(struct lthread *t, struct mount *m, u64 id, struct file *f);

/* natives.c: Keel's own servers, with numbers that processes could have. */
void natives_refresh(void);
i32 native_next(i32 after);
bool native_snapshot(struct snapshot *s, i32 pid);
struct native_times {
	u64 user_ns;   /* of all programs that have ever run */
	u64 threads_ns; /* of all threads together */
};
void native_totals(struct native_times *out);

#endif
