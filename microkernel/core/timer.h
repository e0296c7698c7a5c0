/* SPDX-License-Identifier: MIT */
/*
 * timer.h - deadlines, in a search tree per CPU, behind one hardware one-shot timer.
 *
 * The armed time only moves earlier; an interrupt with nothing due arms the next.
 */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "microkernel/core/cpu.h"

struct timer {
	struct treap_node node; /* key: absolute ns */
	struct cpu *cpu;	/* in whose tree it is, guarded by its timer_lock; NULL: not set */
	u8 kind;		/* for whoever gets it back from timer_take_due */
};

/* On this CPU; it must not be set. */
void timer_set(struct timer *timer, u64 deadline_ns);
void timer_cancel_on(struct cpu *cpu, struct timer *timer);
static inline void timer_cancel(struct timer *timer)
{
	struct cpu *cpu = __atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE);

	if (cpu)
		timer_cancel_on(cpu, timer);
}
/* A timer whose time has come, no longer set; NULL: none. */
struct timer *timer_take_due(u64 now);
/* Make sure that the hardware fires not later than this. */
void timer_arm_earlier(struct cpu *cpu, u64 when_ns);
static inline void timer_arm(u64 when_ns)
{
	struct cpu *cpu = this_cpu();

	if (when_ns < cpu->timer_armed_ns)
		timer_arm_earlier(cpu, when_ns);
}
/* After an interrupt of the timer: it is no longer armed; arm it for what comes next. */
void timer_fired(void);

#endif
