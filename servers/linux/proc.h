/* SPDX-License-Identifier: MIT */
/* proc.h - /proc, made up by the personality. */
#ifndef LINUX_PROC_H
#define LINUX_PROC_H

#include "servers/linux/node.h"

/* /proc/PID/fd/N: the open file itself in *out, with a reference; NULL for all other links. */
i64 proc_magic_link(struct lthread *t, u64 id, struct file **out);

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
	PROC_PID_EXE,
	PROC_PID_CWD,
	PROC_PID_ROOT,
	PROC_PID_FD,
	PROC_PID_FD_ENTRY,
};

/* Write the file; -ESRCH if the process is gone. */
i64 proc_file_write(struct text *text, enum proc_file file, i32 pid);

#endif
