/* SPDX-License-Identifier: MIT */
/* switch.c - the only place that decides to switch, and the loading of what is switched to. */
#include "microkernel/entry/switch.h"
#include "microkernel/core/grace.h"
#include "microkernel/entry/guest_registers.h"
#include "microkernel/entry/trap.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

static void load_root(struct cpu *cpu, u64 root, void *space, void *client)
{
	cpu->root_space = space;
	cpu->root_client = client;
	if (cpu->root == root)
		return;
	arch_root_load(root);
	cpu->root_loads++;
}

static struct space *client_of(const struct thread *t)
{
	return t->view ? __atomic_load_n(&t->view->client, __ATOMIC_ACQUIRE) : NULL;
}

void switch_frame(struct thread *t)
{
	struct cpu *cpu = this_cpu();
	struct space *client = client_of(t);

	if (t->in_guest) {
		cpu->regs = &t->state->regs;
		cpu->exit_iret = t->guest_iret;
		load_root(cpu, client->root, client, NULL);
	} else {
		cpu->regs = &t->regs;
		cpu->exit_iret = t->native_iret;
		load_root(cpu, client ? t->view->root : t->space->root, t->space, client);
	}
	cpu->is_guest = t->in_guest;
	cpu->regs_top = (u64)(cpu->regs + 1);
}

/* A thread without floating-point state runs with the unit disabled: using it is an exception. */
static void load_fpu(struct cpu *cpu, struct thread *t)
{
	if (t->fpu && cpu->fpu_owner != t) {
		struct thread *owner = cpu->fpu_owner;

		arch_fpu_enable(true);
		if (owner)
			arch_fpu_save(owner->fpu);
		arch_fpu_restore(t->fpu);
		cpu->fpu_owner = t;
	}
	arch_fpu_enable(t->fpu != NULL);
}

void switch_load(struct thread *t)
{
	struct cpu *cpu = this_cpu();

	cpu->current = &t->run;
	t->run.leaves = false;
	/* A guest that was preempted left its registers where the personality can change them. */
	if (t->in_guest && (t->kicked || !client_of(t) || guest_registers_check(t))) {
		t->kicked = 0;
		thread_trap(t, GUEST_KICK);
	}
	switch_frame(t);
	load_fpu(cpu, t);
	u64 fs = t->state ? t->state->fs_base : 0, gs = t->state ? t->state->gs_base : 0;
	if (!arch_canonical(fs) || !arch_canonical(gs))
		fs = gs = 0; /* the personality's page says what no guest may have; resume will
				refuse it */
	arch_set_fs_base(fs);
	arch_set_gs_base(gs);
	/* The switch itself is the new one's. */
	t->since_ticks = cpu->charged_ticks;
}

void switch_save(struct thread *t)
{
	struct cpu *cpu = this_cpu();
	u64 now = arch_ticks();

	if (t->in_guest) {
		t->guest_iret = cpu->exit_iret;
		t->state->fs_base = arch_fs_base();
		t->state->gs_base = arch_gs_base();
		t->guest_ns += now - t->since_ticks;
	} else {
		t->native_iret = cpu->exit_iret;
		t->native_ns += now - t->since_ticks;
	}
	t->since_ticks = now;
	cpu->charged_ticks = now;
	cpu->switches++;
}

void switch_direct(struct thread *next)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = thread_current();

	switch_save(prev);
	prev->voluntary++;
	if (next->run.context != cpu->context) {
		u64 now = arch_now_ns();

		sched_account(now);
		sched_begin_slice(&next->run, now);
	}
	switch_load(next);
}

void switch_leave(void)
{
	struct cpu *cpu = this_cpu();

	cpu->current = NULL;
	cpu->charged_ticks = arch_ticks();
	cpu->resched = 1;
}

static struct runnable *idle(struct cpu *cpu)
{
	struct runnable *next;
	u64 began = arch_now_ns();

	cpu->idle = 1;
	cpu->current = NULL;
	while (!(next = sched_pick())) {
		grace_note(cpu); /* nothing is in hand here */
		if (cpu->work)
			trap_clean_up();
		trap_serve_latched();
		if (cpu->run_mask)
			continue;
		timer_fired(); /* arms what is due next, if the hardware is not armed */
		arch_idle();
		trap_serve_latched();
	}
	cpu->idle = 0;
	cpu->idle_ns += arch_now_ns() - began;
	cpu->charged_ticks = arch_ticks();
	return next;
}

/* What ran until now: ready, unless it gave the CPU up or is to be suspended. */
static void put_back(struct thread *prev)
{
	if (prev->run.leaves) {
		prev->voluntary++;
		return;
	}
	prev->involuntary++;
	if (prev->suspend) {
		prev->suspend = 0;
		thread_publish(prev, WAIT_SUSPENDED);
	} else {
		sched_enqueue(&prev->run);
	}
}

/* The most urgent thread; one that was to be killed while it ran elsewhere ends here. */
static struct thread *pick(struct cpu *cpu)
{
	for (;;) {
		struct runnable *next = sched_pick();
		struct thread *thread;

		if (!next)
			next = idle(cpu);
		thread = container_of(next, struct thread, run);
		if (!thread->dying)
			return thread;
		cpu->current = next;
		(void)thread_kill(thread, E_DEAD);
	}
}

void switch_schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = thread_current(), *next;
	u64 now = arch_now_ns();

	cpu->resched = 0;
	sched_account(now);
	cpu->context = NULL;
	if (prev) {
		switch_save(prev);
		cpu->current = NULL;
		put_back(prev);
	}
	next = pick(cpu);
	sched_begin_slice(&next->run, arch_now_ns());
	cpu->resched = 0;
	switch_load(next);
}
