/* SPDX-License-Identifier: MIT */
/* switch.h - which thread, which frame and which address space this CPU returns to. */
#ifndef ENTRY_SWITCH_H
#define ENTRY_SWITCH_H

#include "microkernel/core/cpu.h"
#include "microkernel/object/switch.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

/* The client's space that a twin sees beside its own; NULL: there is none, or it has ended. */
static inline struct space *client_of(const struct thread *t)
{
	return t->view ? __atomic_load_n(&t->view->client, __ATOMIC_SEQ_CST) : NULL;
}
/* Two that differ in general registers and address space only. */
static inline bool is_plain(const struct thread *one, const struct thread *other)
{
	return !((u64)one->state | (u64)other->state | (u64)one->fpu | (u64)other->fpu);
}
/* With one CPU: show these. */
static inline void load_root_alone(struct cpu *cpu, u64 root, struct space *space,
				   struct space *client)
{
	cpu->root_space = space;
	cpu->root_client = client;
	if (cpu->root != root) {
		cpu->root = root;
		arch_root_write(root);
		cpu->root_loads++;
	}
}

/* With many CPUs, which may be changing them. */
void load_root_many(struct cpu *cpu, u64 root, struct space *space, struct space *client);
static inline void load_root(struct cpu *cpu, u64 root, struct space *space, struct space *client)
{
	if (!cpu->many) {
		load_root_alone(cpu, root, space, client);
		return;
	}
	cpu->root_space = space;
	cpu->root_client = client;
	load_root_many(cpu, root, space, client);
}

/* While another CPU verifies what all of them share. */
void stand_still(struct cpu *cpu);

/* Load frame, root, bases and floating point of the thread that is current. */
void switch_load(struct thread *thread);
/* Load only what a change between guest and twin frame changes. */
void switch_frame(struct thread *thread);
/* Put away what the processor holds of the running thread. */
void switch_save(struct thread *thread);
/* From a thread that has just begun to wait, in a call of its own, to one that goes on with its
 * time: no clock is read, what the first has used since the last look is the second's. */
void switch_fast(struct cpu *cpu, struct thread *prev, struct thread *next);
/* What the running context has used is taken from the budgets of its thread. */
void switch_pay_timed(struct cpu *cpu, u64 now);
static inline void switch_pay(struct cpu *cpu, u64 now)
{
	if (cpu->timed)
		switch_pay_timed(cpu, now);
}
/* The one place that decides who runs: called on the way out if something changed. */
void switch_schedule(void);

#endif
