/* SPDX-License-Identifier: MIT */
/* budget.c - charging, and the destruction of all that was charged. */
#include "microkernel/object/budget.h"
#include "microkernel/core/frame.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/cap.h"
#include "microkernel/object/calls.h"

struct budget *budget_root;
u64 budget_promised;

/* What slabs may have taken in pages beyond the bytes that were charged for their objects. */
enum { SLAB_SLACK = 64 * PAGE_SIZE };

static void take(struct budget *b, u64 bytes)
{
	b->used += bytes;
	if (b->used > b->peak)
		b->peak = b->used;
}

/* From a reserved budget upwards nothing changes: its limit is charged there already. */
bool budget_charge(struct budget *budget, u64 bytes)
{
	struct budget *b = budget;

	for (;; b = b->parent) {
		if (b->object.dead || bytes > b->limit - b->used)
			return false;
		if (b->reserved || !b->parent)
			break;
	}
	if (b->reserved)
		budget_promised -= bytes;
	else if (budget_promised + SLAB_SLACK + bytes > frame_count_free << PAGE_SHIFT)
		return false;
	for (b = budget; !b->reserved && b->parent; b = b->parent)
		take(b, bytes);
	take(b, bytes);
	return true;
}

void budget_release(struct budget *budget, u64 bytes)
{
	for (struct budget *b = budget; b; b = b->reserved ? NULL : b->parent) {
		assert(b->used >= bytes);
		b->used -= bytes;
		if (b->reserved)
			budget_promised += bytes;
	}
}

u64 budget_frame(struct budget *budget, bool zeroed)
{
	u64 physical;

	if (!budget_charge(budget, PAGE_SIZE))
		return 0;
	physical = frame_alloc();
	if (!physical) {
		budget_release(budget, PAGE_SIZE);
		return 0;
	}
	frame_of(physical)->owner = budget;
	budget->frames++;
	if (zeroed)
		frame_zero(physical);
	return physical;
}

void budget_frame_free(u64 physical)
{
	struct object *owner = frame_of(physical)->owner;
	struct budget *budget =
		owner->type == OBJECT_TABLE ? owner->budget : (struct budget *)owner;

	budget->frames--;
	budget_release(budget, PAGE_SIZE);
	frame_free(physical);
}

struct budget *budget_create_root(u64 limit)
{
	struct budget *budget = object_alloc(OBJECT_BUDGET, NULL);

	budget->limit = limit;
	list_init(&budget->objects);
	budget_root = budget;
	return budget;
}

i64 sys_budget_create(struct cap_ref parent_cap, u64 limit, u64 flags)
{
	struct budget *parent = parent_cap.object, *budget;
	i64 handle;

	if (flags & ~(u64)BUDGET_RESERVED)
		return E_INVAL;
	if (flags & BUDGET_RESERVED && !budget_charge(parent, limit))
		return E_NOMEM;
	budget = object_alloc(OBJECT_BUDGET, parent);
	handle = budget ? cap_install(&budget->object, RIGHTS_ALL) : E_NOMEM;
	if (handle < 0) {
		if (flags & BUDGET_RESERVED)
			budget_release(parent, limit);
		if (budget)
			object_put(budget);
		return handle;
	}
	object_get(parent);
	budget->parent = parent;
	budget->limit = limit;
	budget->reserved = flags & BUDGET_RESERVED;
	if (budget->reserved)
		budget_promised += limit;
	list_init(&budget->objects);
	object_put(budget);
	return handle;
}

/* The next thread charged to the budget that still lives. */
static struct object *living_thread(struct budget *budget)
{
	for (struct list *l = budget->objects.next; l != &budget->objects; l = l->next) {
		struct object *object = container_of(l, struct object, in_budget);

		if (object->type == OBJECT_THREAD && !object->dead)
			return object;
	}
	return NULL;
}

/*
 * Take one charged object apart after the other.  Threads go first: between two steps of this
 * others run, and a process that lost half of what it holds must not be among them.  A server could
 * take up again, from the same endpoint, a call that its own death has just thrown back.
 */
error_t budget_kill_step(struct budget *budget)
{
	struct object *thread;

	while ((thread = living_thread(budget))) {
		object_end(thread);
		if (preempt_point())
			return E_RESTART;
	}
	while (!list_empty(&budget->objects)) {
		struct object *object =
			container_of(budget->objects.next, struct object, in_budget);

		/* Dead alone is not enough: a step of it may have been interrupted. */
		if (object->ended) {
			/* Someone else's reference keeps its storage; it is no longer ours to kill.
			 */
			list_remove(&object->in_budget);
			continue;
		}
		error_t error = object_kill(object);
		if (error)
			return error;
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

/* Last step: what is still charged (storage kept by references) moves to no one; the record stays.
 */
void budget_destroy(struct budget *budget)
{
	if (budget->parent && budget->reserved) {
		budget_promised -= budget->limit - budget->used;
		budget_release(budget->parent, budget->limit);
	}
	if (budget->parent)
		object_put(budget->parent);
}

i64 sys_budget_info(struct cap_ref cap, struct budget_info __user *to)
{
	struct budget *budget = cap.object;
	struct budget_info info = {
		.limit_bytes = budget->limit,
		.used_bytes = budget->used,
		.frames = budget->frames,
		.peak_bytes = budget->peak,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}
