/* SPDX-License-Identifier: MIT */
/*
 * many.c - what the way out of ring 0 has to know of other CPUs: whether what is shown here has
 * changed, and whether all are to stand still.
 */
#include "microkernel/core/grace.h"
#include "microkernel/entry/guest_registers.h"
#include "microkernel/entry/switch.h"
#include "microkernel/entry/trap.h"

static void refresh(struct thread *t);

static u64 generation(const struct space *space)
{
	return space ? __atomic_load_n(&space->tlb_generation, __ATOMIC_SEQ_CST) : 0;
}

/*
 * With many CPUs: what is to be shown is made known before the generations are looked at, and those
 * before the root is loaded.  So whoever changes a space sees that it is shown here, or its change
 * is seen here.
 */
void load_root_many(struct cpu *cpu, u64 root, struct space *space, struct space *client)
{
	struct thread *t = thread_current();

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Was something asked of it before this CPU was known to run it? */
	if (t->suspend || (t->pinned && !sched_allowed(&t->run)))
		arch_poke(cpu);
	if (cpu->root == root && cpu->space_seen == generation(space) &&
	    cpu->client_seen == generation(client))
		return;
	cpu->space_seen = generation(space);
	cpu->client_seen = generation(client);
	/* Has the client ended before it was made known that it is shown here? */
	if (client_of(t) != (t->in_guest ? space : client)) {
		refresh(t);
		return;
	}
	arch_root_load(root);
	cpu->root_loads++;
}

void stand_still(struct cpu *cpu)
{
	u32 number;

	while (CONFIG_DEBUG && (number = __atomic_load_n(&cpu_stopper, __ATOMIC_ACQUIRE))) {
		__atomic_store_n(&cpu->stopped, number, __ATOMIC_RELEASE);
		arch_pause();
	}
}

/* What is shown has changed; if it is a guest that has ended, the twin is told. */
static void refresh(struct thread *t)
{
	struct cpu *cpu = this_cpu();
	struct space *client = client_of(t);

	if (t->in_guest && !client) {
		thread_trap(t, GUEST_KICK);
		switch_frame(t);
	} else if (t->in_guest) {
		load_root(cpu, client->root, client, NULL);
	} else {
		load_root(cpu, client ? t->view->root : t->space->root, t->space, client);
	}
}

/* What a guest is entered with is out of its personality's reach when it is checked. */
static bool frame_copy_out(struct cpu *cpu)
{
	struct thread *t = thread_current();

	if (!t->in_guest)
		return true;
	cpu->leaving = t->state->regs;
	cpu->regs = &cpu->leaving;
	if (guest_registers_check(t, &cpu->leaving)) {
		thread_trap(t, GUEST_KICK);
		switch_frame(t);
		return false;
	}
	cpu->exit_iret = t->guest_iret;
	return true;
}

/*
 * The last thing before ring 3 with many CPUs.  Others that changed what is shown here while this
 * CPU was in the kernel did not wait for it: it looks, after it has said that it leaves.
 */
void trap_exit_many(void)
{
	struct cpu *cpu = this_cpu();

	stand_still(cpu);
	for (;;) {
		__atomic_store_n(&cpu->outside, CPU_LEAVES, __ATOMIC_SEQ_CST);
		if (cpu->space_seen == generation(cpu->root_space) &&
		    cpu->client_seen == generation(cpu->root_client) && frame_copy_out(cpu)) {
			grace_note(cpu);
			cpu->stretch_since = 0;
			__atomic_store_n(&cpu->outside, CPU_OUTSIDE, __ATOMIC_RELEASE);
			return;
		}
		__atomic_store_n(&cpu->outside, CPU_INSIDE, __ATOMIC_SEQ_CST);
		refresh(thread_current());
	}
}
