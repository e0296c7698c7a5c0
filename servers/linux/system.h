/* SPDX-License-Identifier: MIT */
/* system.h - what calls and /proc say about the system as a whole. */
#ifndef LINUX_SYSTEM_H
#define LINUX_SYSTEM_H

#include "servers/linux/task.h"

#define SYSTEM_RELEASE "6.1.0-keel"
#define SYSTEM_VERSION "#1 Keel"

struct system_memory {
	u64 total, free, cached; /* bytes */
	u64 idle_ns, switches, interrupts;
};

struct inspect_system;
/* The kernel's own counters; false: this personality may not see them. */
bool system_counters(struct inspect_system *out);
void system_memory(struct system_memory *out);
void system_host_name(char *to, u64 size);
void limits_default(struct process *p);

#endif
