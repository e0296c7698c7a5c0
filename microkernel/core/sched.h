/* SPDX-License-Identifier: MIT */
/*
 * sched.h - run queues and scheduling contexts: who may run next, and for how long.
 *
 * A multi-level feedback queue.  A context that uses its quantum up sinks one level, one that waits
 * for long returns to the top; about every second all rise by one.  A server runs on its caller's
 * context (donation), at the higher of its own floor and the caller's level.
 */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include "microkernel/core/cpu.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/core/timer.h"

/* Time and level; charged for whoever runs on it. */
struct context {
	u64 left_ns;	 /* of the quantum */
	u64 boost_round; /* of the last boost seen */
	u64 ran_ns;	 /* when it had the CPU last */
	u8 level;	 /* enum level, 1-8 for ordinary work */
	u8 top;		 /* of those 1-8, the highest: where feedback begins again */
	bool gone;	 /* its thread is dead: no CPU charges it any more */
};

/* Embedded in a thread.  link, queue and level are guarded by the run queue's lock. */
struct runnable {
	struct list link;
	struct cpu *queue; /* in whose run queue it is; NULL: in none */
	u64 allowed;	   /* atomic: mask of the CPUs that may run it */
	u32 last; /* the CPU that runs it, or ran it last; set before it is current there */
	u8 level;	   /* in that queue */
	u8 floor;	   /* least level: of servers and real-time threads */
	bool leaves;	   /* while it runs, its CPU's alone: it gave the CPU up */
	struct context own;
	struct context *context; /* own, or the caller's while serving */
};

/* The lowest level's quantum; the others' are parts of it. */
enum { QUANTUM_NS = 10000000, BOOST_SHIFT = 30 /* ns: about a second */,
       WAITED_NS = 50000000, WAIT_EARNS = 16 };

void sched_init(struct cpu *cpu);
void runnable_init(struct runnable *runnable, u8 level);
/* Make it eligible, on a CPU that may run it: this one if it is more urgent than what runs here, or
 * else one that idles or runs something less urgent, which is poked. */
void sched_enqueue(struct runnable *runnable);
/* Whether this CPU may run it. */
static inline bool sched_allowed(const struct runnable *runnable)
{
	return __atomic_load_n(&runnable->allowed, __ATOMIC_RELAXED) >> this_cpu()->number & 1;
}
/* Take it out of the queue it is in; whoever gets true owns it.  False: it is in none. */
bool sched_dequeue(struct runnable *runnable);
/* The CPU on which it runs now, or that has not let go of it yet; NULL: none. */
static inline struct cpu *sched_runs_on(const struct runnable *runnable)
{
	struct cpu *cpu = &cpus[__atomic_load_n(&runnable->last, __ATOMIC_ACQUIRE)];

	return __atomic_load_n(&cpu->current, __ATOMIC_ACQUIRE) == runnable ? cpu : NULL;
}
/* Should it run on another CPU, make that one enter the kernel. */
void sched_poke(struct runnable *runnable);
/* With many CPUs: until the one that ran it has let go of it. */
static inline void sched_wait_saved(const struct runnable *runnable)
{
	while (runnable->last != this_cpu()->number && sched_runs_on(runnable))
		spin_pause();
}
/* Take the most urgent one off the queue, or NULL. */
struct runnable *sched_pick(void);
static inline unsigned sched_level(const struct runnable *runnable)
{
	u8 level = runnable->context->level;

	return level > runnable->floor ? level : runnable->floor;
}
/*
 * The higher the level, the shorter: whoever computes sinks fast, and all that the boost has raised
 * at once do not keep one who waits from answering.
 */
static inline u64 sched_quantum(const struct context *context)
{
	bool feedback = context->level >= LEVEL_USER && context->level <= LEVEL_USER_TOP;

	return feedback ? QUANTUM_NS / context->level : QUANTUM_NS;
}
/*
 * Whoever has waited for long goes back to the top with a whole quantum, so that a person's program
 * answers although it has computed before.  A shorter wait earns a part of its length, so that who
 * mostly waits never sinks.  Of the others each rises by one level in a while: none starves, and
 * however many compute, they do not come to the top together.
 */
static inline void sched_lift(struct context *context, u64 now)
{
	u64 round = now >> BOOST_SHIFT, idle = now - context->ran_ns;
	bool waited = idle >= WAITED_NS, rises = waited || context->boost_round != round;

	context->boost_round = round;
	if (rises && context->level >= LEVEL_USER && context->level < context->top)
		context->level = waited ? context->top : context->level + 1;
	context->left_ns += idle / WAIT_EARNS;
	if (waited || context->left_ns > sched_quantum(context))
		context->left_ns = sched_quantum(context);
}
/* Behind the others of its level, or before them. */
static inline void sched_queue(struct cpu *cpu, struct runnable *runnable, bool first)
{
	struct list *list = &cpu->run_queue[runnable->level];

	lock_acquire(&cpu->run_lock);
	assert(!runnable->queue);
	list_append(first ? list->next : list, &runnable->link);
	cpu->run_mask |= 1u << runnable->level;
	cpu->run_count++;
	__atomic_store_n(&runnable->queue, cpu, __ATOMIC_RELEASE);
	lock_release(&cpu->run_lock);
}
/* Something was queued there.  Who waits in the halt, or is about to, looks at every queue after it
 * has shown its bit; here the bit is looked at after the queue was filled. */
void sched_tell_others(struct cpu *cpu, const struct runnable *what);
/* Account for the time up to now; at the end of the quantum the context sinks. */
static inline void sched_account(struct cpu *cpu, u64 now)
{
	struct context *context = cpu->context;

	if (!context)
		return;
	context->ran_ns = now;
	if (now < cpu->slice_end_ns) {
		context->left_ns = cpu->slice_end_ns - now;
		return;
	}
	if (context->level > LEVEL_USER && context->level <= LEVEL_USER_TOP)
		context->level--;
	context->left_ns = sched_quantum(context);
}
/* Begin (or go on with) the quantum of what runs now, and arm the timer for its end. */
static inline void sched_begin_slice(struct cpu *cpu, struct runnable *runnable, u64 now)
{
	cpu->context = runnable->context;
	cpu->slice_began_ns = now;
	cpu->slice_end_ns = now + runnable->context->left_ns;
	/* With nobody waiting there is nobody to be preempted for. */
	if (cpu->run_mask)
		timer_arm(cpu->slice_end_ns);
}

#endif
