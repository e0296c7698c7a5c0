/* SPDX-License-Identifier: MIT */
/*
 * calls.h - one prototype for each row of syscalls.def, and the table made of them.
 *
 * A handler finds its arguments in rdi, rsi, rdx, r10, r8, r9 of the registers and answers a result
 * or -errno, which the trap loop stores in rax.
 */
#ifndef LINUX_CALLS_H
#define LINUX_CALLS_H

#include "microkernel/abi/guest.h"
#include "servers/linux/task.h"

enum { LINUX_CALLS = 448 }; /* numbers from here on are unknown */

typedef i64 (*linux_call)(struct lthread *t, struct registers *r);

/* One entry more than numbers: the last is for all that lie beyond. */
extern const linux_call linux_call_table[LINUX_CALLS + 1];

#define CALL(number, name, handler, text) i64 handler(struct lthread *t, struct registers *r);
#include "servers/linux/syscalls.def"
#undef CALL

i64 linux_unknown(struct lthread *t, struct registers *r);

#endif
