/* SPDX-License-Identifier: MIT */
/* object.c - storage and ends of all kinds of objects. */
#include "microkernel/object/object.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/device.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/view.h"

static struct slab slabs[OBJECT_TYPES] = {
	[OBJECT_TABLE] = SLAB_INIT(sizeof(struct table)),
	[OBJECT_BUDGET] = SLAB_INIT(sizeof(struct budget)),
	[OBJECT_MEMORY] = SLAB_INIT(sizeof(struct memory)),
	[OBJECT_SPACE] = SLAB_INIT(sizeof(struct space)),
	[OBJECT_VIEW] = SLAB_INIT(sizeof(struct view)),
	[OBJECT_THREAD] = SLAB_INIT(sizeof(struct thread)),
	[OBJECT_ENDPOINT] = SLAB_INIT(sizeof(struct endpoint)),
	[OBJECT_NOTIFICATION] = SLAB_INIT(sizeof(struct notification)),
	[OBJECT_IRQ] = SLAB_INIT(sizeof(struct irq)),
	[OBJECT_IOPORT] = SLAB_INIT(sizeof(struct ioport)),
	[OBJECT_INSPECT] = SLAB_INIT(sizeof(struct object)),
	[OBJECT_LOG] = SLAB_INIT(sizeof(struct object)),
	[OBJECT_POWER] = SLAB_INIT(sizeof(struct object)),
};
u64 object_live[OBJECT_TYPES];
static u64 next_id = 1; /* atomic, like the counts */

void *object_alloc(enum object_type type, struct budget *budget)
{
	struct slab *slab = &slabs[type];
	struct object *object;

	if (budget && !budget_charge(budget, slab->size))
		return NULL;
	slab->lock.class = LOCK_SLAB;
	object = slab_alloc(slab);
	if (!object) {
		if (budget)
			budget_release(budget, slab->size);
		return NULL;
	}
	object->type = (u8)type;
	object->refs = 1;
	object->id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
	object->budget = budget;
	object->lock.class = type == OBJECT_ENDPOINT ? LOCK_ENDPOINT : LOCK_MEMORY;
	object->derivation.class = LOCK_DERIVATION;
	list_init(&object->in_budget);
	__atomic_fetch_add(&object_live[type], 1, __ATOMIC_RELAXED);
	if (budget) {
		object_get(budget);
		list_append(&budget->objects, &object->in_budget);
	}
	return object;
}

/* Both capabilities and references are gone: give the storage back. */
static void object_free(struct object *object)
{
	struct budget *budget = object->budget;
	struct slab *slab = &slabs[object->type];

	if (object->type == OBJECT_THREAD)
		thread_destroy((struct thread *)object);
	if (object->type == OBJECT_BUDGET)
		budget_destroy((struct budget *)object);
	if (object->type == OBJECT_TABLE)
		table_destroy((struct table *)object);
	list_remove(&object->in_budget);
	object->dead = 1;
	__atomic_fetch_sub(&object_live[object->type], 1, __ATOMIC_RELAXED);
	slab_free(slab, object);
	if (budget) {
		budget_release(budget, slab->size);
		object_put(budget);
	}
}

/* Let go of what the object holds.  Repeatable until it returns 0. */
static error_t kill_step(struct object *object)
{
	switch (object->type) {
	case OBJECT_TABLE:
		endpoint_holder_gone((struct table *)object);
		return table_kill_step((struct table *)object);
	case OBJECT_BUDGET:
		return budget_kill_step((struct budget *)object);
	case OBJECT_MEMORY:
		return memory_kill_step((struct memory *)object);
	case OBJECT_SPACE:
		return space_kill_step((struct space *)object);
	case OBJECT_VIEW:
		view_destroy((struct view *)object);
		return 0;
	case OBJECT_THREAD:
		thread_kill((struct thread *)object, E_DEAD);
		return 0;
	case OBJECT_ENDPOINT:
		endpoint_kill((struct endpoint *)object);
		return 0;
	case OBJECT_NOTIFICATION:
		notification_kill((struct notification *)object);
		return 0;
	case OBJECT_IRQ:
		irq_kill((struct irq *)object);
		return 0;
	default:
		return 0;
	}
}

error_t object_end(struct object *object)
{
	error_t error;

	object_get(object);
	object->dead = 1;
	error = kill_step(object);
	object_put(object);
	return error;
}

error_t object_kill(struct object *object)
{
	error_t error;

	object_get(object);
	object->dead = 1;
	error = cap_remove_all(object);
	if (!error)
		error = kill_step(object);
	if (!error)
		object->ended = 1;
	object_put(object);
	return error;
}

void object_unnamed(struct object *object)
{
	/* Nobody can name it; kernel references may still keep it alive and working. */
	object_get(object);
	object_put(object);
}

void object_put(void *pointer)
{
	struct object *object = pointer;

	assert(object->refs);
	if (--object->refs || object->caps)
		return;
	/* The last of both: end what it holds, then the storage.  The reference taken meanwhile
	 * keeps this from happening twice. */
	object->refs = 1;
	object->dead = 1;
	while (kill_step(object) == E_RESTART)
		;
	if (!--object->refs)
		object_free(object);
}
