/* SPDX-License-Identifier: MIT */
/*
 * trace.h - debug builds: what each CPU did last, in a ring of its own (cpu.trace).
 *
 * Only the CPU itself writes there, with interrupts off; an NMI writes nothing, so who reads one
 * while its CPU stands in an NMI finds it whole.  tests/gdb/keel.py reads it from outside.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "microkernel/arch/arch.h"
#include "microkernel/core/cpu.h"

enum trace_event {
	TRACE_NONE,
	TRACE_ENTER,	 /* a native call's number, or ~vector; by which thread */
	TRACE_GUEST,	 /* a guest's call: its number; by which thread */
	TRACE_INTERRUPT, /* vector */
	TRACE_SWITCH,	 /* to which thread */
	TRACE_CALL,	 /* of which thread; received by which */
	TRACE_REPLY,	 /* to which thread; by which */
	TRACE_SHOOT,	 /* to which CPU; which space */
	TRACE_POKE,	 /* to which CPU */
	TRACE_EVENTS
};

static inline void trace(enum trace_event event, u64 first, u64 second)
{
	struct cpu *cpu = this_cpu();

	if (CONFIG_DEBUG)
		cpu->trace[cpu->traced++ % TRACE_ENTRIES] =
			(struct trace_entry){ arch_ticks(), event, (u32)first, second };
}

#endif
