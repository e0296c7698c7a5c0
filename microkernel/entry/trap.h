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
/* Any native system call, the slow way. */
void trap_native_slow(void);
/* After a switch between two native frames: leave, by what is then to run. */
_Noreturn void trap_return(void);
/* With many CPUs, the last thing before ring 3. */
void trap_exit_many(void);

#endif
