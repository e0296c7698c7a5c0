/* SPDX-License-Identifier: MIT */
/*
 * object.h - what all kernel objects share: type, life, who pays.
 *
 * Life: `refs` counts kernel pointers that outlive a call, and one more while any slot names the
 * object.  At 0 it is queued on this CPU and taken apart in bounded steps on the way out
 * (contract A8); its storage is reused only once every CPU was seen outside of the kernel
 * (core/grace.h), so a call may use what a look-up gave it without counting.  object_kill ends an
 * object while others still name it.
 */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "microkernel/abi/error.h"
#include "microkernel/abi/object.h"
#include "microkernel/core/grace.h"
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
	u32 refs;		/* atomic */
	u32 caps;		/* slots that name it; guarded by derivation */
	struct lock lock;	/* what it guards is said at the type's fields */
	struct lock derivation; /* guards the links of the slots that name it */
	u64 id;			/* never reused; 0 once the storage is free */
	struct budget *budget;	/* charged for the storage; constant */
	struct list in_budget;	/* guarded by the budget's lock */
	struct slot *slots;	/* capabilities that derive from no other; guarded by derivation */
	struct grace grace;	/* while it dies: cpu.dying, then the wait for its storage */
};

/* Storage from the type's slab, charged to the budget; refs 1 (the maker's).  NULL: E_NOMEM. */
void *object_alloc(enum object_type type, struct budget *budget);
/* It is complete: the end of its budget ends it, too, from now on.  False: that has begun. */
bool object_enter(struct object *object);
/* One more pointer to what the caller holds already. */
static inline void object_get(void *object)
{
	__atomic_fetch_add(&((struct object *)object)->refs, 1, __ATOMIC_RELAXED);
}
/* One more pointer to what was found without holding it.  False: its end has begun. */
bool object_try_get(void *object);
/* The same, but also for what is dead and not yet gone: whoever ends it goes on with it. */
bool object_hold(void *object);
/* The last reference was dropped: queue the object to be taken apart. */
void object_let_go(struct object *object);
/* Drop a reference.  Any lock may be held. */
static inline void object_put(void *pointer)
{
	struct object *object = pointer;

	assert(object->refs);
	if (!__atomic_sub_fetch(&object->refs, 1, __ATOMIC_ACQ_REL))
		object_let_go(object);
}
/* Destroy whoever else holds it.  E_RESTART: an interrupt waits; call again. */
error_t object_kill(struct object *object);
/* The same but for its capabilities, so that a call that is restarted still finds its handle. */
error_t object_end(struct object *object);
/* Take apart what lost its last reference on this CPU.  False: stopped for an interrupt. */
bool object_reap(void);

/* The next object of a type that lives, after *cursor (0: the first); NULL: none. */
struct object *object_next(enum object_type type, u64 *cursor);

/* A pointer that holds nothing: good while the object has that id.  Storage keeps its type and is
 * not reused during a call, so looking is always allowed. */
struct weak {
	struct object *object;
	u64 id;
};
static inline struct weak weak_to(struct object *object)
{
	return (struct weak){ object, object->id };
}
/* The object while it lives, or NULL. */
static inline void *weak_get(const struct weak *weak)
{
	return weak->object && weak->object->id == weak->id && !weak->object->dead ? weak->object
										   : NULL;
}

/* Internal: the call has to be repeated after interrupts were served (contract A3). */
enum { E_RESTART = -100, E_BLOCKED = -101 };

/* True if the call should stop here and be repeated. */
bool preempt_point(void);

extern u64 object_live[OBJECT_TYPES];

#endif
