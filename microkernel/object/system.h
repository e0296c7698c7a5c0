/* SPDX-License-Identifier: MIT */
/* system.h - log, inspection and the check of all invariants. */
#ifndef OBJECT_SYSTEM_H
#define OBJECT_SYSTEM_H

#include "microkernel/object/notification.h"

/* Tell the log's reader, if there is more. */
void log_poke(void);
/* Verify every invariant; returns how many are violated, each named in the log. */
u64 kcheck(void);

/* Every thread and what it waits for, straight to the port. */
void dump_threads(void);

#endif
