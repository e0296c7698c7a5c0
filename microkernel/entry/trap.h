/* SPDX-License-Identifier: MIT */
/* trap.h - what happens on the way in and on the way out. */
#ifndef ENTRY_TRAP_H
#define ENTRY_TRAP_H

#include "microkernel/arch/arch.h"

/* Interrupts that came in a window, whose handlers only latched. */
void trap_serve_latched(void);
/* Free what lost its last holder, on the way out and before this CPU sleeps. */
bool trap_clean_up(void);
/* The way out, common to all entries. */
void trap_leave(void);
/* A system call by number. */
i64 syscall_dispatch(struct registers *regs);
/* With many CPUs, the last thing before ring 3. */
void trap_exit_many(void);

#endif
