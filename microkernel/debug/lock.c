/* SPDX-License-Identifier: MIT */
/* lock.c - what debug builds check: the order of locks, and that every CPU comes back. */
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/core/timer.h"
#include "microkernel/object/system.h"

void lock_order_check(u32 class)
{
	u32 held = this_cpu()->locks_held;

	/* LOCK_LOG is last, so the report itself can be written. */
	if (held >> class)
		panic("lock order: class %u taken while 0x%x are held", (u64)class,
		      (u64)held);
}

void stuck_check(void)
{
	u64 now = arch_ticks();

	for (u32 i = 0; i < cpu_count && !cpu_stopper; i++) {
		u64 since = __atomic_load_n(&cpus[i].stretch_since, __ATOMIC_RELAXED);

		if (since && (i64)(now - since) > (i64)(STUCK_SECONDS * arch_tsc_hz) &&
		    __atomic_exchange_n(&cpus[i].stuck_since, since, __ATOMIC_RELAXED) != since)
			dump_ask(&cpus[i]);
	}
}

/* To have looked is no reason to go on: that would make good a poke that was lost. */
void stuck_halt(void)
{
	struct cpu *cpu = this_cpu();
	u64 due = cpu->timer_armed_ns, other = 0;

	for (;;) {
		u64 look = arch_now_ns() + STUCK_SECONDS * 500000000ul;

		cpu->timer_armed_ns = DEADLINE_NEVER;
		timer_arm(due < look ? due : look);
		arch_idle();
		for (int i = 0; i < 8; i++)
			other |= cpu->latched[i] &
				 ~(i == VECTOR_TIMER / 32 ? 1u << VECTOR_TIMER % 32 : 0);
		if (other || arch_now_ns() >= due)
			return;
		cpu->latched[VECTOR_TIMER / 32] = 0;
		cpu->preempt_pending = 0;
		stuck_check();
	}
}
