/* SPDX-License-Identifier: MIT */
/* grace.c - see grace.h.  A CPU gathers while its earlier round goes on; the lists are its own. */
#include "microkernel/core/grace.h"
#include "microkernel/core/cpu.h"

enum { RELEASED_AT_ONCE = 4 };

u64 grace_round;

void grace_defer(struct grace *grace, void (*release)(struct grace *grace))
{
	struct cpu *cpu = this_cpu();

	grace->release = release;
	grace->next = cpu->gathered;
	cpu->gathered = grace;
	cpu->work = 1;
}

static bool all_have_seen(u64 number)
{
	for (u32 i = 0; i < cpu_count; i++)
		if (__atomic_load_n(&cpus[i].round_seen, __ATOMIC_SEQ_CST) < number &&
		    __atomic_load_n(&cpus[i].outside, __ATOMIC_SEQ_CST) != CPU_OUTSIDE)
			return false;
	return true;
}

bool grace_step(void)
{
	struct cpu *cpu = this_cpu();

	if (!cpu->waiting && cpu->gathered) {
		cpu->waiting = cpu->gathered;
		cpu->gathered = NULL;
		cpu->round_wanted = __atomic_add_fetch(&grace_round, 1, __ATOMIC_ACQ_REL);
		if (!cpu->many)
			grace_note(cpu);
	}
	if (!cpu->waiting || !all_have_seen(cpu->round_wanted))
		return false;
	for (int i = 0; cpu->waiting && i < RELEASED_AT_ONCE; i++) {
		struct grace *grace = cpu->waiting;

		cpu->waiting = grace->next;
		grace->release(grace);
	}
	return true;
}
