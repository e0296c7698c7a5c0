/* SPDX-License-Identifier: MIT */
/*
 * rows.h - how the files of this folder test the rows of servers/linux/syscalls.def.
 *
 * They make one static program, which prints a line a check: "call: case: result".  The result is a
 * number, "ok" where the number is another each time, or the name of an error.  What it prints on
 * Linux is kept in the file `expected`; tests/rows records and compares.
 */
#ifndef ROWS_H
#define ROWS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Make the call, print its result as a number, or "ok". */
#define ROW(call, name, ...)	ROW_(call, name, 1, ##__VA_ARGS__)
#define ROW_OK(call, name, ...) ROW_(call, name, 0, ##__VA_ARGS__)
#define ROW_(call, name, exact, ...)                                                               \
	({                                                                                         \
		long result_;                                                                      \
		errno = 0;                                                                         \
		result_ = syscall(SYS_##call, ##__VA_ARGS__);                                      \
		row_print(#call, name, result_, exact);                                            \
		result_;                                                                           \
	})

/* What a call left behind: a value that is the same each time. */
#define SHOW(call, name, value) dprintf(1, #call ": %s: %ld\n", name, (long)(value))

/* In a child, so that what it does to its process is gone afterwards; prints how it ended. */
#define CHILD(call, name, ...)                                                                     \
	do {                                                                                       \
		int pid_ = fork();                                                                 \
		if (!pid_) {                                                                       \
			__VA_ARGS__;                                                               \
			_exit(0);                                                                  \
		}                                                                                  \
		row_status(#call, name, pid_);                                                     \
	} while (0)

static inline void row_print(const char *call, const char *name, long result, int exact)
{
	if (result == -1)
		dprintf(1, "%s: %s: %s\n", call, name, strerrorname_np(errno));
	else if (exact)
		dprintf(1, "%s: %s: %ld\n", call, name, result);
	else
		dprintf(1, "%s: %s: ok\n", call, name);
}

static inline void row_status(const char *call, const char *name, int pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	dprintf(1, "%s: %s: status %x\n", call, name, (unsigned)status);
}

/* Become nobody: what root may do is refused from here on. */
static inline void be_nobody(void)
{
	syscall(SYS_setgroups, 0, NULL);
	syscall(SYS_setresgid, 1000, 1000, 1000);
	syscall(SYS_setresuid, 1000, 1000, 1000);
}

/* Each in its own directory, below which everything is removed before. */
void rows_files(void);
void rows_names(void);
void rows_directories(void);
void rows_descriptors(void);
void rows_memory(void);
void rows_signals(void);
void rows_processes(void);
void rows_ids(void);
void rows_clocks(void);
void rows_scheduling(void);
void rows_system(void);
void rows_wild(void);

#endif
