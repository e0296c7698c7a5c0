/* SPDX-License-Identifier: MIT */
/* object.c - storage and ends of all kinds of objects. */
#include "microkernel/object/object.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/cap.h"
#include "microkernel/object/device.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/view.h"

/* Where objects of each type are stored, and the class of their locks. */
#define TYPE(name, structure, lock_class)                                                          \
	[OBJECT_##name] = { SLAB_INIT(OBJECT_##name, sizeof(structure)), lock_class }
static struct {
	struct slab slab;
	u8 lock_class;
} types[OBJECT_TYPES] = {
	TYPE(TABLE, struct table, LOCK_TABLE),
	TYPE(BUDGET, struct budget, LOCK_BUDGET),
	TYPE(MEMORY, struct memory, LOCK_MEMORY),
	TYPE(SPACE, struct space, LOCK_SPACE),
	TYPE(VIEW, struct view, LOCK_VIEW),
	TYPE(THREAD, struct thread, 0),
	TYPE(ENDPOINT, struct endpoint, LOCK_ENDPOINT),
	TYPE(NOTIFICATION, struct notification, LOCK_NOTIFICATION),
	TYPE(IRQ, struct irq, LOCK_IRQ),
	TYPE(IOPORT, struct ioport, 0),
	TYPE(INSPECT, struct object, 0),
	TYPE(LOG, struct object, 0),
	TYPE(POWER, struct object, 0),
};
u64 object_live[OBJECT_TYPES];
static u64 next_id = 1; /* atomic, like the counts */

/* Threads stand in front: they are ended first when the budget is. */
bool object_enter(struct object *object)
{
	struct budget *budget = object->budget;
	bool lives;

	if (!budget || !list_empty(&object->in_budget))
		return true;
	lock_acquire(&budget->object.lock);
	lives = !budget->object.dead;
	if (lives && object->type == OBJECT_THREAD)
		list_append(budget->objects.next, &object->in_budget);
	else if (lives)
		list_append(&budget->objects, &object->in_budget);
	lock_release(&budget->object.lock);
	return lives;
}

void *object_alloc(enum object_type type, struct budget *budget)
{
	struct slab *slab = &types[type].slab;
	struct object *object;

	if (budget && !object_try_get(budget))
		return NULL;
	object = budget ? budget_slab(budget, slab) : slab_alloc(slab);
	if (!object) {
		if (budget)
			object_put(budget);
		return NULL;
	}
	object->type = (u8)type;
	object->refs = 1;
	object->id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
	object->budget = budget;
	object->lock.class = types[type].lock_class;
	object->derivation.class = LOCK_DERIVATION;
	list_init(&object->in_budget);
	__atomic_fetch_add(&object_live[type], 1, __ATOMIC_RELAXED);
	return object;
}

struct object *object_next(enum object_type type, u64 *cursor)
{
	struct object *object;

	while ((object = slab_next(&types[type].slab, cursor)))
		if (object->id)
			return object;
	return NULL;
}

bool object_hold(void *pointer)
{
	struct object *object = pointer;
	u32 refs = __atomic_load_n(&object->refs, __ATOMIC_RELAXED);

	while (refs && !__atomic_compare_exchange_n(&object->refs, &refs, refs + 1, true,
						    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		;
	return refs != 0;
}

bool object_try_get(void *pointer)
{
	struct object *object = pointer;

	if (!object_hold(object))
		return false;
	if (!object->dead)
		return true;
	object_put(object);
	return false;
}

/* Nobody knows it any more: give the storage back. */
static void object_free(struct grace *grace)
{
	struct object *object = container_of(grace, struct object, grace);
	struct budget *budget = object->budget;
	struct slab *slab = &types[object->type].slab;

	if (object->type == OBJECT_TABLE && !table_destroy((struct table *)object)) {
		grace_defer(grace, object_free);
		return;
	}
	if (object->type == OBJECT_THREAD)
		thread_destroy((struct thread *)object);
	if (object->type == OBJECT_BUDGET)
		budget_destroy((struct budget *)object);
	if (object->type == OBJECT_MEMORY && ((struct memory *)object)->root)
		node_put(((struct memory *)object)->root);
	if (budget) {
		lock_acquire(&budget->object.lock);
		list_remove(&object->in_budget);
		lock_release(&budget->object.lock);
	}
	object->id = 0;
	__atomic_fetch_sub(&object_live[object->type], 1, __ATOMIC_RELAXED);
	if (budget) {
		budget_slab_free(budget, slab, object);
		object_put(budget);
	}
}

/* Let go of what the object holds.  Repeatable until it returns 0. */
static error_t kill_step(struct object *object)
{
	error_t error;

	switch (object->type) {
	case OBJECT_TABLE:
		error = endpoint_holder_gone((struct table *)object);
		return error ? error : table_kill_step((struct table *)object);
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
		return thread_kill((struct thread *)object, E_DEAD);
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
	__atomic_store_n(&object->dead, 1, __ATOMIC_SEQ_CST);
	return kill_step(object);
}

error_t object_kill(struct object *object)
{
	error_t error;

	__atomic_store_n(&object->dead, 1, __ATOMIC_SEQ_CST);
	error = cap_remove_all(object, NULL);
	if (!error)
		error = kill_step(object);
	if (!error)
		object->ended = 1;
	return error;
}

static void queue_dying(struct object *object)
{
	struct cpu *cpu = this_cpu();

	object->grace.next = cpu->dying;
	cpu->dying = &object->grace;
	cpu->work = 1;
}

void object_let_go(struct object *object)
{
	/* The queue holds it now.  Whoever finds it meanwhile sees that it is dead. */
	object->dead = 1;
	__atomic_store_n(&object->refs, 1, __ATOMIC_RELEASE);
	queue_dying(object);
}

bool object_reap(void)
{
	struct cpu *cpu = this_cpu();

	while (cpu->dying) {
		struct object *object = container_of(cpu->dying, struct object, grace);

		cpu->dying = object->grace.next;
		if (kill_step(object) == E_RESTART) {
			queue_dying(object);
			return false;
		}
		if (!__atomic_sub_fetch(&object->refs, 1, __ATOMIC_ACQ_REL))
			grace_defer(&object->grace, object_free);
		if (preempt_point())
			return false;
	}
	return true;
}
