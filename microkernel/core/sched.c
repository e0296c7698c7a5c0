/* SPDX-License-Identifier: MIT */
/* sched.c - the feedback queue in its first form: one queue set per CPU. */
#include "microkernel/core/sched.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/timer.h"

static struct lock run_lock = LOCK_INIT(LOCK_RUN_QUEUE);

void sched_init(struct cpu *cpu)
{
	for (int i = 0; i < LEVELS; i++)
		list_init(&cpu->run_queue[i]);
}

void runnable_init(struct runnable *runnable, u8 level)
{
	list_init(&runnable->link);
	runnable->context = &runnable->own;
	runnable->own.level = level >= LEVEL_SERVER || level == LEVEL_IDLE ? level : LEVEL_USER_TOP;
	runnable->own.left_ns = QUANTUM_NS;
	runnable->floor = level >= LEVEL_SERVER ? level : 0;
}

unsigned sched_level(struct runnable *runnable)
{
	struct context *context = runnable->context;
	u64 round = arch_now_ns() / BOOST_NS;

	if (context->boost_round != round) {
		context->boost_round = round;
		if (context->level >= LEVEL_USER && context->level < LEVEL_USER_TOP)
			context->level = LEVEL_USER_TOP;
	}
	return context->level > runnable->floor ? context->level : runnable->floor;
}

void sched_enqueue(struct runnable *runnable)
{
	struct cpu *cpu = this_cpu();
	unsigned level;

	lock_acquire(&run_lock);
	if (!runnable->queued) {
		level = sched_level(runnable);
		list_append(&cpu->run_queue[level], &runnable->link);
		cpu->run_mask |= 1u << level;
		runnable->queued = true;
		if (!cpu->current || level > sched_level(cpu->current))
			cpu->resched = 1;
		else if (level == sched_level(cpu->current))
			timer_arm(cpu->slice_end_ns); /* now there is someone to share with */
	}
	lock_release(&run_lock);
}

static void unlink_queued(struct cpu *cpu, struct runnable *runnable)
{
	list_remove(&runnable->link);
	runnable->queued = false;
	for (unsigned level = 0; level < LEVELS; level++)
		if (list_empty(&cpu->run_queue[level]))
			cpu->run_mask &= ~(1u << level);
}

void sched_dequeue(struct runnable *runnable)
{
	lock_acquire(&run_lock);
	if (runnable->queued)
		unlink_queued(this_cpu(), runnable);
	lock_release(&run_lock);
}

struct runnable *sched_pick(void)
{
	struct cpu *cpu = this_cpu();
	struct runnable *runnable = NULL;

	lock_acquire(&run_lock);
	if (cpu->run_mask) {
		unsigned level = 31u - (unsigned)__builtin_clz(cpu->run_mask);

		runnable = container_of(cpu->run_queue[level].next, struct runnable, link);
		list_remove(&runnable->link);
		runnable->queued = false;
		if (list_empty(&cpu->run_queue[level]))
			cpu->run_mask &= ~(1u << level);
	}
	lock_release(&run_lock);
	return runnable;
}

void sched_account(u64 now)
{
	struct cpu *cpu = this_cpu();
	struct context *context = cpu->context;

	if (!context)
		return;
	if (now < cpu->slice_end_ns) {
		context->left_ns = cpu->slice_end_ns - now;
		return;
	}
	context->left_ns = QUANTUM_NS;
	if (context->level > LEVEL_USER && context->level <= LEVEL_USER_TOP)
		context->level--;
}

void sched_begin_slice(struct runnable *runnable, u64 now)
{
	struct cpu *cpu = this_cpu();

	cpu->context = runnable->context;
	cpu->slice_end_ns = now + runnable->context->left_ns;
	/* With nobody waiting there is nobody to be preempted for. */
	if (cpu->run_mask)
		timer_arm(cpu->slice_end_ns);
}
