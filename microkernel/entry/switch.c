/* SPDX-License-Identifier: MIT */
/* switch.c - the only place that decides to switch, and the loading of what is switched to. */
#include "microkernel/entry/switch.h"
#include "microkernel/core/grace.h"
#include "microkernel/core/trace.h"
#include "microkernel/entry/guest_registers.h"
#include "microkernel/entry/trap.h"
#include "microkernel/object/message.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/thread.h"

/* An idle CPU shows no space: its tables may be freed. */
static void load_no_space(struct cpu *cpu)
{
	if (cpu->root_space)
		arch_root_load(arch_kernel_root);
	__atomic_store_n(&cpu->root_space, NULL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->root_client, NULL, __ATOMIC_SEQ_CST);
}

/* What is saved at once with many CPUs, because the thread may go on elsewhere. */
static void save_many(struct cpu *cpu, struct thread *t)
{
	if (!t->fpu || cpu->fpu_owner != t)
		return;
	arch_fpu_enable(true);
	arch_fpu_save(t->fpu);
	cpu->fpu_owner = NULL;
}

static inline void frame_load(struct cpu *cpu, struct thread *t, struct registers *regs, u8 iret)
{
	cpu->regs = regs;
	cpu->regs_top = (u64)(regs + 1);
	cpu->exit_iret = iret;
	cpu->is_guest = t->in_guest;
}

static inline void native_load(struct cpu *cpu, struct thread *t)
{
	struct space *client = client_of(t);

	frame_load(cpu, t, &t->regs, t->native_iret);
	load_root(cpu, client ? t->view->root : t->space->root, t->space, client);
}

void switch_frame(struct thread *t)
{
	struct cpu *cpu = this_cpu();
	struct space *client = client_of(t);

	if (t->in_guest && client) {
		frame_load(cpu, t, &t->state->regs, t->guest_iret);
		load_root(cpu, client->root, client, NULL);
	} else {
		/* It may end at any time until it is known to be shown here. */
		if (t->in_guest)
			thread_trap(t, GUEST_KICK);
		native_load(cpu, t);
	}
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

static void load_bases(const struct thread *t)
{
	u64 fs = t->state ? t->state->fs_base : 0, gs = t->state ? t->state->gs_base : 0;

	if (!arch_canonical(fs) || !arch_canonical(gs))
		fs = gs = 0; /* the personality's page says what no guest may have; resume will
				refuse it */
	arch_set_bases(fs, gs);
}

/* It is what runs here. */
static inline void show(struct cpu *cpu, struct thread *t)
{
	trace(TRACE_SWITCH, t->object.id, 0);
	/* The switch itself is the new one's.  Others count from there as soon as it runs here. */
	t->since_ticks = cpu->charged_ticks;
	/* Who kicks it sees that it runs here, and pokes this CPU, or the kick is seen later. */
	__atomic_store_n(&cpu->current, &t->run, __ATOMIC_SEQ_CST);
	t->run.leaves = false;
}

void switch_load(struct thread *t)
{
	struct cpu *cpu = this_cpu();

	show(cpu, t);
	/* A guest that was preempted left its registers where the personality can change them. */
	if (t->in_guest &&
	    (t->kicked || !client_of(t) || guest_registers_check(t, &t->state->regs))) {
		t->kicked = 0;
		thread_trap(t, GUEST_KICK);
	}
	switch_frame(t);
	load_fpu(cpu, t);
	load_bases(t);
}

/* Time up to now, taken down as the thread's; it runs no more. */
static inline void charge(struct cpu *cpu, struct thread *t, u64 *time)
{
	u64 now = arch_ticks();

	*time += now - t->since_ticks;
	t->since_ticks = now;
	cpu->charged_ticks = now;
	cpu->switches++;
}

void switch_save(struct thread *t)
{
	struct cpu *cpu = this_cpu();

	if (t->in_guest) {
		t->guest_iret = cpu->exit_iret;
		arch_bases(&t->state->fs_base, &t->state->gs_base);
		charge(cpu, t, &t->guest_ns);
	} else {
		t->native_iret = cpu->exit_iret;
		charge(cpu, t, &t->native_ns);
	}
}

static void take_over(struct cpu *cpu, struct thread *next)
{
	sched_wait_saved(&next->run);
	__atomic_store_n(&next->run.last, cpu->number, __ATOMIC_RELEASE);
}

void switch_pay_timed(struct cpu *cpu, u64 now)
{
	u64 until;

	if (cpu->context)
		(void)budget_time(thread_of(cpu->context)->object.budget,
				  now - cpu->slice_began_ns, now, &until);
}

static void begin_slice(struct cpu *cpu, struct thread *t, u64 now)
{
	u64 until, left;

	if (t->run.context->gone) /* its caller died: who waited is back on its own time */
		message_end_donation(t);
	sched_begin_slice(cpu, &t->run, now);
	cpu->held = 0;
	cpu->time_end_ns = DEADLINE_NEVER;
	if (!cpu->timed)
		return;
	left = budget_time(thread_of(t->run.context)->object.budget, 0, now, &until);
	cpu->time_end_ns = left == DEADLINE_NEVER ? left : now + left;
	timer_arm(cpu->time_end_ns);
}

/* For whose budget no time is left: it waits for more; a server goes on with its own. */
static bool out_of_time(struct thread *t, u64 now)
{
	u64 until;

	if (budget_time(thread_of(t->run.context)->object.budget, 0, now, &until))
		return false;
	if (t->run.context != &t->run.own) {
		message_end_donation(t);
		sched_enqueue(&t->run);
		return true;
	}
	timer_set(&t->deadline, until);
	thread_publish(t, WAIT_TIME);
	return true;
}

/* With many CPUs: others may load what ran here; what comes may be in another's hands. */
static inline void hand_over(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	if (!cpu->many)
		return;
	save_many(cpu, prev);
	take_over(cpu, next);
}

void switch_direct(struct thread *next)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = thread_current();

	switch_save(prev);
	hand_over(cpu, prev, next);
	prev->voluntary++;
	if (next->run.context != cpu->context) {
		u64 now = arch_now_ns();

		switch_pay(cpu, now);
		sched_account(cpu, now);
		begin_slice(cpu, next, now);
	}
	switch_load(next);
}

void switch_fast(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	prev->native_iret = 0;
	prev->voluntary++;
	cpu->switches++;
	next->since_ticks = prev->since_ticks;
	hand_over(cpu, prev, next);
	trace(TRACE_SWITCH, next->object.id, 0);
	__atomic_store_n(&cpu->current, &next->run, __ATOMIC_SEQ_CST);
	next->run.leaves = false;
	native_load(cpu, next);
	if (prev->state != next->state || prev->fpu != next->fpu) {
		load_fpu(cpu, next);
		load_bases(next);
	}
}

void switch_leave(void)
{
	struct cpu *cpu = this_cpu();

	__atomic_store_n(&cpu->current, NULL, __ATOMIC_RELEASE);
	cpu->charged_ticks = arch_ticks();
	cpu->resched = 1;
}

/* Whoever queues something after the bit is set wakes this CPU; what came before is found here, if
 * this CPU may run it.  So is a check: its poke may have come in a window since this CPU looked. */
static struct runnable *idle_many(struct cpu *cpu)
{
	u64 bit = 1ul << cpu->number;
	struct runnable *next;

	__atomic_fetch_or(&cpu_idle_mask, bit, __ATOMIC_SEQ_CST);
	next = sched_pick();
	if (!next && !__atomic_load_n(&cpu_stopper, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&cpu->outside, CPU_OUTSIDE, __ATOMIC_SEQ_CST);
		cpu->stretch_since = 0;
		if (CONFIG_DEBUG)
			stuck_halt();
		else
			arch_idle();
		__atomic_store_n(&cpu->outside, CPU_INSIDE, __ATOMIC_SEQ_CST);
	}
	__atomic_fetch_and(&cpu_idle_mask, ~bit, __ATOMIC_SEQ_CST);
	return next;
}

static struct runnable *idle(struct cpu *cpu, u64 *now)
{
	struct runnable *next;
	u64 began = arch_now_ns();

	cpu->idle_since_ns = began;
	cpu->idle = 1;
	cpu->current = NULL;
	if (cpu->many)
		load_no_space(cpu);
	while (!(next = sched_pick())) {
		stand_still(cpu);
		grace_note(cpu); /* nothing is in hand here */
		bool left = cpu->work && trap_clean_up();
		trap_serve_latched();
		/* Nothing is kept for the length of a halt.  Who has yet to leave the kernel, for
		 * storage to be free, is soon out of it. */
		if (left || cpu->run_mask)
			continue;
		timer_fired(); /* arms what is due next, if the hardware is not armed */
		if (!cpu->many)
			arch_idle();
		else if ((next = idle_many(cpu)))
			break;
		trap_serve_latched();
	}
	cpu->idle = 0;
	cpu->idle_since_ns = 0;
	*now = arch_now_ns();
	cpu->idle_ns += *now - began;
	cpu->charged_ticks = arch_ticks();
	return next;
}

/* What ran until now: ready, unless it gave the CPU up or is to be suspended. */
static void put_back(struct cpu *cpu, struct thread *prev)
{
	bool leaves = prev->run.leaves;

	if (cpu->many)
		save_many(cpu, prev);
	if (leaves)
		prev->voluntary++;
	else
		prev->involuntary++;
	/* From here on another CPU may load it, once it is ready. */
	__atomic_store_n(&cpu->current, NULL, __ATOMIC_RELEASE);
	if (leaves)
		return;
	if (prev->suspend) {
		prev->suspend = 0;
		thread_publish(prev, WAIT_SUSPENDED);
	} else {
		sched_enqueue(&prev->run);
	}
}

/* The most urgent thread; one that was to be killed while it ran elsewhere ends here.  *now: of
 * this CPU's clock, advanced if it idled. */
static struct thread *pick(struct cpu *cpu, u64 *now)
{
	for (;;) {
		struct runnable *next = sched_pick();
		struct thread *thread;

		if (!next)
			next = idle(cpu, now);
		thread = container_of(next, struct thread, run);
		if (!(thread->detained | cpu->timed))
			return thread;
		if (thread->dying) {
			sched_wait_saved(next); /* another CPU may be putting it away */
			cpu->current = next;
			(void)thread_kill(thread, E_DEAD);
		} else if (thread->pinned && !sched_allowed(next)) {
			sched_enqueue(next); /* where it may run was changed meanwhile */
		} else if (!out_of_time(thread, *now)) {
			return thread;
		}
	}
}

enum { HOLD_NS = 100000 };

/* A twin with a short lock goes on for a moment, once in a slice: whoever is more urgent may want
 * that lock, and would wait until all others have let its holder run. */
static bool goes_on(struct cpu *cpu, struct thread *t, u64 now)
{
	u64 until = now + HOLD_NS;

	if (!t->state || !t->state->hold || t->run.leaves || t->detained || cpu->held)
		return false;
	cpu->held = 1;
	cpu->resched = 0;
	if (cpu->slice_end_ns < until)
		cpu->slice_end_ns = until;
	if (cpu->time_end_ns > until)
		cpu->time_end_ns = until;
	timer_arm(cpu->time_end_ns);
	return true;
}

/* Whether a thread that waits can go on at once in the place of what runs: more urgent than all
 * that is ready here, within a quantum, and both differ in general registers and address space
 * only. */
static inline bool preempts(const struct cpu *cpu, const struct thread *prev,
			    const struct thread *next, u64 now)
{
	unsigned level = sched_level(&next->run);

	return now < cpu->slice_end_ns && is_plain(prev, next) && !next->unready &&
	       !next->deadline.cpu && !next->run.context->gone && !prev->detained &&
	       !prev->run.leaves && !(cpu->run_mask >> level) && level > sched_level(&prev->run);
}

/* The one that waits for all these bits, claimed; the lock is held. */
static inline struct thread *waiter_take(const struct cpu *cpu, struct notification *n, u64 bits,
					 u64 now)
{
	struct thread *t = container_of(n->waiters.next, struct thread, wait_link);
	u64 word;

	if (list_empty(&n->waiters) || n->bits | !bits | (bits & ~t->wait_mask))
		return NULL;
	word = thread_wait_word(t);
	if (wait_kind(word) != WAIT_NOTIFICATION || !preempts(cpu, thread_running(cpu), t, now) ||
	    !thread_claim_from(t, word, WAIT_NOTIFICATION))
		return NULL;
	list_remove(&t->wait_link);
	return t;
}

bool switch_signal(struct notification *n, u64 bits)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = thread_running(cpu), *next;
	u64 now;

	if (!CONFIG_FASTPATH || !cpu->current || (cpu->busy && (cpu->resched || cpu->timed)))
		return false;
	now = arch_now_ns();
	lock_acquire(&n->object.lock);
	next = waiter_take(cpu, n, bits, now);
	lock_release(&n->object.lock);
	if (!next)
		return false;
	next->regs.rax = bits;
	thread_publish_from(next, WAIT_CLAIMED, WAIT_NONE);
	sched_lift(next->run.context, now);
	sched_account(cpu, now);
	charge(cpu, prev, &prev->native_ns);
	prev->native_iret = cpu->exit_iret;
	prev->involuntary++;
	prev->run.level = (u8)sched_level(&prev->run);
	sched_queue(cpu, &prev->run, true);
	if (cpu->many) {
		sched_tell_others(cpu, &prev->run);
		take_over(cpu, next);
	}
	sched_begin_slice(cpu, &next->run, now);
	cpu->held = 0;
	show(cpu, next);
	frame_load(cpu, next, &next->regs, 0);
	load_root(cpu, next->space->root, next->space, NULL);
	return true;
}

void switch_schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = thread_current(), *next;
	u64 now = arch_now_ns();

	if (prev && goes_on(cpu, prev, now)) {
		switch_save(prev);
		switch_load(prev); /* what it is shown may have changed */
		return;
	}
	switch_pay(cpu, now);
	sched_account(cpu, now);
	cpu->context = NULL;
	if (prev) {
		switch_save(prev);
		put_back(cpu, prev);
	}
	next = pick(cpu, &now);
	if (cpu->many)
		take_over(cpu, next);
	begin_slice(cpu, next, now);
	cpu->resched = 0;
	switch_load(next);
}
