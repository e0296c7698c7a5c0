/* SPDX-License-Identifier: MIT */
/* proc.h - /proc, made up by the personality. */
#ifndef LINUX_PROC_H
#define LINUX_PROC_H

#include "servers/linux/node.h"

extern struct filesystem proc_filesystem;

/*
 * Links that are no paths.  /proc/PID/fd/N: the open file in *out; cwd and root: the place, its
 * mount with a reference, and its path (PATH_SIZE bytes).  For other links neither is set.
 */
i64 proc_magic_link(struct lthread *t, u64 id, struct file **out, struct node *place, char *path);

/* procfiles.c: text that grows as it is written. */
struct text {
	char *bytes;
	u64 size, capacity;
};
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum proc_file {
	PROC_ROOT,
	PROC_SELF,
	PROC_MEMINFO,
	PROC_CPUINFO,
	PROC_UPTIME,
	PROC_KEEL,
	PROC_MOUNTS,
	PROC_STAT,
	PROC_VERSION,
	PROC_LOADAVG,
	PROC_FILESYSTEMS,
	/* below a process */
	PROC_PID,
	PROC_PID_STAT,
	PROC_PID_STATUS,
	PROC_PID_CMDLINE,
	PROC_PID_MAPS,
	PROC_PID_COMM,
	PROC_PID_STATM,
	PROC_PID_ENVIRON,
	PROC_PID_LIMITS,
	PROC_PID_MOUNTS,
	PROC_PID_MOUNTINFO,
	PROC_PID_MOUNTSTATS,
	PROC_PID_EXE,
	PROC_PID_CWD,
	PROC_PID_ROOT,
	PROC_PID_FD,
	PROC_PID_FD_ENTRY,
};

/* Write the file; -ESRCH if the process is gone. */
i64 proc_file_write(struct lthread *t, struct text *text, enum proc_file file, i32 pid);

#endif
