/* SPDX-License-Identifier: MIT */
/*
 * world.h - the kernel's own capability code on the host: a few processes with small tables, one
 * endpoint, one memory object, and a picture of all of it that is saved and put back.
 *
 * Real: cap.c, table.c, object.c, budget.c, endpoint.c, reply.c, message.c, notification.c,
 * thread_wait.c, slab.c, frame.c, grace.c.  Stand-ins (world.c): the scheduler, which makes a
 * thread ready and no more; what shows a memory object, a list of which capability each mapping was
 * made through; the point where others may want the processor, which answers as the step asks.
 */
#ifndef CAPS_WORLD_H
#define CAPS_WORLD_H

#include "microkernel/object/endpoint.h"
#include "microkernel/object/memory.h"

enum { PROCESSES = 4, SLOTS = 6, NODES = PROCESSES * SLOTS, REGIONS = 2, BADGES = 3 };
enum kind { ENDPOINT, MEMORY, KINDS };

/* A mapping: through which capability; NULL: its capability has gone and it had no parent. */
struct shown {
	struct slot *slot;
	bool used;
};

struct world {
	u32 processes, slots; /* in use, at most PROCESSES and SLOTS */
	struct table *table[PROCESSES];
	struct slot *leaf[PROCESSES];
	struct thread *client[PROCESSES]; /* calls */
	struct thread *server[PROCESSES]; /* receives and answers */
	struct budget *budget[PROCESSES], *pays[KINDS];
	struct object
		*object[KINDS]; /* storage, the same for each in its turn; alive if id is not 0 */
	struct shown shown[REGIONS];
	bool threads_gone[PROCESSES]; /* and their references to the table */
};
extern struct world world;

/* Slots begin with that generation. */
void world_begin(u32 processes, u32 slots, u64 generation);
static inline struct slot *world_slot(u32 node)
{
	return &world.leaf[node / SLOTS][node % SLOTS + 1];
}

/* Everything that steps change; `threads`: they may have been changed, too. */
size_t world_size(void);
void world_save(void *to);
void world_restore(const void *from, bool threads);
/* Is there anything that a step changed and world_restore does not put back? */
bool world_differs(void);
void world_remember(void);

void world_run_as(struct thread *thread);
/* What a processor does on its way out of ring 0. */
void world_leave(void);
i64 world_memory_create(u32 process);
i64 world_map(struct cap_ref cap);

/* The step is interrupted at its first preemption point after it took a derivation lock. */
extern bool world_interrupts;
/* Before the n-th lock that is taken with none held another processor does this, whole. */
extern void (*world_meanwhile)(void);
extern u32 world_gap, world_gaps;
void world_step_begins(void);

/* Something is not as it must be: said once, and the search ends. */
extern const char *world_wrong;
bool wrong(const char *what);

#endif
