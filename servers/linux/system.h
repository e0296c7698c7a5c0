/* SPDX-License-Identifier: MIT */
/* system.h - what calls and /proc say about the system as a whole. */
#ifndef LINUX_SYSTEM_H
#define LINUX_SYSTEM_H

#include "servers/linux/task.h"

#define SYSTEM_RELEASE "6.1.0-keel"
#define SYSTEM_VERSION "#1 Keel"

/* Bytes; free, cached, anonymous, tables, kernel and servers together are total. */
struct system_memory {
	u64 total, free;
	u64 cached;    /* contents of files: all are in memory alone */
	u64 anonymous; /* of programs: their own pages */
	u64 tables;    /* their page tables */
	u64 kernel;    /* the kernel's image, frame records and slabs */
	u64 servers;   /* all the rest: Keel's servers, and their records of files and pipes */
};

struct inspect_system;
/* The kernel's own counters; false (and zeros): this personality may not see them. */
bool system_counters(struct inspect_system *out);
void system_memory(struct system_memory *out);

enum { SYSTEM_NAME_SIZE = 65 };
enum system_name { SYSTEM_HOST, SYSTEM_DOMAIN };
void system_name_get(enum system_name which, char *to, u64 size);
i64 system_name_set(enum system_name which, const char *name, u64 length);

/* limits.c */
void limits_default(struct process *p);

/* load.c: how many threads could run now, how many there are; world lock held. */
u32 threads_running(void);
u32 threads_count(void);
enum { LOAD_SHIFT = 11, LOAD_ONE = 1 << LOAD_SHIFT };
#define LOAD_PERIOD_NS 5000000000ul
/* Every LOAD_PERIOD_NS. */
void load_sample(void);
void load_averages(u64 load[3]);

#endif
