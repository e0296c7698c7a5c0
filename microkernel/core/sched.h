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
       WAITED_NS = 50000000 };

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
/* Account for the time up to now; at the end of the quantum the context sinks. */
void sched_account(u64 now);
/* Begin (or go on with) the quantum of what runs now, and arm the timer for its end. */
void sched_begin_slice(struct runnable *runnable, u64 now);
unsigned sched_level(struct runnable *runnable);

#endif
