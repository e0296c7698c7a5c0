/* SPDX-License-Identifier: MIT */
/* switch.h - which thread, which frame and which address space this CPU returns to. */
#ifndef ENTRY_SWITCH_H
#define ENTRY_SWITCH_H

#include "microkernel/core/cpu.h"
#include "microkernel/object/switch.h"

/* Load frame, root, bases and floating point of the thread that is current. */
void switch_load(struct thread *thread);
/* Load only what a change between guest and twin frame changes. */
void switch_frame(struct thread *thread);
/* Put away what the processor holds of the running thread. */
void switch_save(struct thread *thread);
/* From a thread that has just begun to wait, in a call of its own, to one that goes on with its
 * time: no clock is read, what the first has used since the last look is the second's. */
void switch_fast(struct cpu *cpu, struct thread *prev, struct thread *next);
/* What the running context has used is taken from the budgets of its thread. */
void switch_pay(struct cpu *cpu, u64 now);
/* The one place that decides who runs: called on the way out if something changed. */
void switch_schedule(void);

#endif
