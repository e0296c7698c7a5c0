/* SPDX-License-Identifier: MIT */
/* limits.h - what the limits of a process allow. */
#ifndef LINUX_LIMITS_H
#define LINUX_LIMITS_H

#include "microkernel/abi/call.h"
#include "servers/linux/task.h"

enum memory_kind { MEMORY_OTHER, MEMORY_DATA };
/* May the process map so many bytes more?  0 or -ENOMEM. */
i64 memory_allowed(struct lthread *t, u64 more, u32 kind);
/* May it lock so many bytes?  0, -ENOMEM or -EPERM. */
i64 lock_allowed(struct lthread *t, u64 bytes);
/* Make region_pages count of the stack what has been used. */
void stack_correct(const struct mm *mm, struct space_info *info);

/* The size of a new program's stack, and what its arguments and environment may take of it. */
enum { STACK_LEAST = 128 << 10, STACK_MOST = 256 << 20,
       ARGUMENTS_LEAST = 128 << 10, ARGUMENTS_MOST = 2 << 20 };
u64 stack_size(const struct process *p);
u64 arguments_limit(const struct process *p);

#endif
