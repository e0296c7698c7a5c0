/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - what belongs to one processor.  Only that processor touches it, except where noted.
 *
 * The first fields are known to entry.asm by offset.
 */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include "microkernel/abi/call.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/object.h"
#include "microkernel/core/config.h"
#include "microkernel/core/lock_type.h"
#include "microkernel/lib/list.h"
#include "microkernel/lib/treap.h"

struct runnable;
struct context;
struct grace;

/* Leaving: called in by a shoot-down, but not yet known to have looked whether there was one. */
enum cpu_outside { CPU_INSIDE, CPU_LEAVES, CPU_OUTSIDE };

/* See core/trace.h. */
enum { TRACE_ENTRIES = CONFIG_DEBUG ? 256 : 1 };
struct trace_entry {
	u64 ticks;
	u32 event, first;
	u64 second;
};

/* Slabs of object types have their numbers; these follow. */
enum slab_number { SLAB_REGION = OBJECT_TYPES, SLAB_NODE, SLAB_BADGE, SLAB_FPU, SLABS };

struct cpu {
	struct cpu *self;	/* 0 */
	struct registers *regs; /* 8: with what ring 3 is entered */
	u64 regs_top;		/* 16: end of where the running frame's registers are saved */
	u64 stack_top;		/* 24: of this CPU's one kernel stack */
	u64 scratch;		/* 32: for the entry code */
	u8 is_guest;		/* 40: the running frame is a guest's */
	u8 exit_iret;		/* 41: leave by IRET, not SYSRET */
	/* 42: enum cpu_outside: ring 3, or the halt, has this CPU: no pointer and no lock is in
	 * hand. Entry clears it; read by others.  It stays 0 where there is one CPU. */
	u8 outside;
	u8 has_smap;		/* 43 */
	u8 has_fsgsbase;	/* 44 */
	u8 fpu_enabled;		/* 45: CR0.TS is clear */
	u8 idle;
	union {
		struct {
			u8 resched;	    /* look at the run queue before leaving */
			u8 preempt_pending; /* an interrupt was latched in the window */
			u8 work;	    /* something is to be done on the way out: see
					     * trap_leave; always with many CPUs */
			u32 timed; /* atomic: how many budgets have so much time and no more,
				    * the same on every CPU; see budget.c */
		};
		u64 busy; /* 0: none of these */
	};
	u8 many; /* there are others */
	u8 held; /* in this slice what runs has had HOLD_NS for its short locks */
	u8 refused; /* a budget was full */

	struct runnable *current; /* NULL while idle */
	struct context *context;  /* whose quantum runs down; NULL: nobody's */
	u64 root;		  /* CR3 */
	void *root_space;	  /* the space whose table entries `root` shows, for flushes */
	void *root_client;	  /* and the client's, if root is a view */
	u64 space_seen, client_seen; /* with many CPUs: their generations at the loading */
	void *fpu_owner;	  /* the thread whose state the registers hold */
	u64 fs_base, gs_base;	  /* what the bases hold, as far as known */

	struct registers leaving; /* with many CPUs: a guest's, out of its personality's reach */

	u32 number;
	u32 apic_id;
	u32 stopped; /* for which check, see cpu_stopper; read by others */
	u32 locks_held; /* debug: mask of enum lock_class */
	u32 latched[8]; /* vectors that came in the window */
	u64 root_loads; /* for the figures: switches of address space */
	u64 switches, interrupts;
	u64 charged_ticks; /* up to here time was charged: to a thread, or as idle */
	u64 idle_ns, idle_since_ns; /* the latter 0 unless it idles */
	u64 slice_began_ns; /* since when the running scheduling context has the CPU */
	u64 slice_end_ns;   /* when its quantum ends */
	u64 time_end_ns;    /* and when its budgets have no more time for it */
	u64 timer_armed_ns; /* when the hardware timer will fire; only moves earlier */

	struct lock timer_lock;
	struct treap timers; /* guarded by timer_lock */
	struct lock run_lock;
	struct list run_queue[LEVELS]; /* guarded by run_lock, like the next */
	/* Levels with someone in the queue, and how many: others look at them without the lock. */
	u32 run_mask, run_count;
	u32 balance; /* with which other CPU's the queue is compared next */
	void *reap;		       /* tree nodes to be taken apart, see object/memory.c */
	struct grace *dying;	       /* objects to be taken apart, see object/object.c */
	struct grace *gathered, *waiting; /* storage to be reused, see core/grace.c */
	struct slab_cache {
		void *free; /* linked as in the slab itself */
		u64 count;
	} slab[SLABS];
	u32 apart; /* atomic; odd while this CPU takes apart what is then in none of these lists */
	u64 round_wanted, round_seen;	  /* the latter is read by others */

	/* debug: since when ring 0 runs without a preemption point, in ticks of the TSC, read by
	 * others; with many CPUs 0 while outside */
	u64 stretch_since, stretch_longest;
	u64 called, stretch_call; /* number of a call, or ~vector; the latter of the longest */
	u64 stuck_since;	  /* atomic: the stretch of which was said that it is too long */
	u8 asked;		  /* atomic: another CPU sent the NMI */
	u64 traced;		  /* how often something was entered in the ring */
	struct trace_entry trace[TRACE_ENTRIES];
};

_Static_assert(offsetof(struct cpu, regs) == 8 && offsetof(struct cpu, stack_top) == 24 &&
		       offsetof(struct cpu, is_guest) == 40 && offsetof(struct cpu, has_smap) == 43,
	       "entry.asm knows these offsets");

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

extern struct cpu cpus[CONFIG_CPUS];
extern u32 cpu_count; /* how many run; constant once the start is over */
extern u64 cpu_idle_mask; /* atomic: who waits in the halt, or is about to */
/* Debug: number of the check for which all others stand still on their way out; 0: none. */
extern u32 cpu_stopper;

#endif
