/* SPDX-License-Identifier: MIT */
/* system.h - log, inspection and the check of all invariants. */
#ifndef OBJECT_SYSTEM_H
#define OBJECT_SYSTEM_H

#include "microkernel/object/notification.h"

/* Tell the log's reader, if there is more. */
void log_poke(void);
/* Debug builds: kcheck().  Verify every invariant while all other CPUs stand still; how many are
 * violated, each named in the log.  E_RESTART: another CPU is at it. */
i64 debug_check(void);

/* Debug builds: whether this charge is the one that is to fail; and which one from now is, of those
 * to the caller's budget or below it (0: none).  Returns 1 while it is still to come. */
bool failpoint(struct budget *budget);
i64 failpoint_set(u64 charges);
/* Debug builds: what inspect_read does where it lists nothing. */
i64 debug_ask(u64 what, u64 value, u64 address);

/* An NMI, which found this CPU at `rip`, in ring 0 with the frame pointer `frame`: say where it
 * stands, straight to the port.  Whoever was not asked by another CPU asks all others, which stand
 * still meanwhile, and lists the threads with what they wait for. */
void dump(u64 rip, u64 frame);
/* Ask another CPU by NMI to say where it stands. */
void dump_ask(struct cpu *cpu);

#endif
