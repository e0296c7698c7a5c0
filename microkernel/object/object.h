/* SPDX-License-Identifier: MIT */
/*
 * object.h - what all kernel objects share: type, life, who pays.
 *
 * Life: `caps` capabilities and `refs` kernel references keep the storage.  object_kill marks the
 * object dead, removes every capability, ends every wait on it and lets go of what it holds; its
 * storage goes when refs is 0.  The last capability or reference going has the same effect.
 */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "microkernel/abi/error.h"
#include "microkernel/abi/object.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/lib/list.h"

struct budget;
struct slot;

struct object {
	u8 type;  /* enum object_type, constant */
	u8 dead;  /* set once: nothing new may be made with it */
	u8 ended; /* set once: it was dead, and killing it is over */
	u8 reserved;
	u32 refs;		/* kernel pointers that outlive a call */
	u32 caps;		/* slots that name it */
	struct lock lock;	/* what it guards is said at the type's fields */
	struct lock derivation; /* guards the links of the slots that name it */
	u64 id;			/* never reused */
	struct budget *budget;	/* charged for the storage; constant */
	struct list in_budget;	/* guarded by the budget's lock */
	struct slot *slots;	/* capabilities that derive from no other; guarded by derivation */
};

/* Storage from the type's slab, charged to the budget; refs 1 (the maker's).  NULL: E_NOMEM. */
void *object_alloc(enum object_type type, struct budget *budget);
static inline void object_get(void *object)
{
	((struct object *)object)->refs++;
}
/* Drop a reference; the storage may go. */
void object_put(void *object);
/* Destroy whoever else holds it.  E_RESTART: an interrupt waits; call again. */
error_t object_kill(struct object *object);
/* The same but for its capabilities, so that a call that is restarted still finds its handle. */
error_t object_end(struct object *object);
/* Called when the last capability went. */
void object_unnamed(struct object *object);

/* Internal: the call has to be repeated after interrupts were served (contract A3). */
enum { E_RESTART = -100, E_BLOCKED = -101 };

/* True if the call should stop here and be repeated. */
bool preempt_point(void);

extern u64 object_live[OBJECT_TYPES];

#endif
