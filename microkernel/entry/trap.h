/* SPDX-License-Identifier: MIT */
/* trap.h - what happens on the way in and on the way out. */
#ifndef ENTRY_TRAP_H
#define ENTRY_TRAP_H

#include "microkernel/arch/arch.h"
#include "microkernel/core/cpu.h"

/* Interrupts that came in a window, whose handlers only latched. */
void trap_serve_latched(void);
/* Free what lost its last holder, on the way out and before this CPU sleeps. */
bool trap_clean_up(void);
/* Something waits to be taken apart on this CPU. */
static inline bool unclean(const struct cpu *cpu)
{
	return cpu->dying || cpu->reap || cpu->gathered || cpu->waiting;
}
/* A system call by number. */
i64 syscall_dispatch(struct registers *regs);
/* The same of two, where nothing is in the way: false, and nothing was done, elsewhere. */
bool fastpath_call(struct registers *regs);
bool fastpath_reply_receive(struct registers *regs);
/* With many CPUs, the last thing before ring 3. */
void trap_exit_many(void);

#endif
