/* SPDX-License-Identifier: MIT */
/*
 * cap.c - look-up, copy, delete, revoke.
 *
 * The derivation tree of an object hangs on object.slots.  Deleting a slot splices its children
 * into its place; that keeps copies of one badge next to each other and loses no ancestry.
 * Revoking removes children until the slot has none left: every step leaves a valid tree, so the
 * call can be interrupted and repeated (contract A3, A4).
 *
 * A slot is filled and emptied under its object's derivation lock, and under its table's lock when
 * it leaves or enters the free list.  Look-ups take none.
 */
#include "microkernel/object/cap.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/memory.h"
#include "microkernel/object/thread.h"

#define GENERATION_LAST ((1ul << 39) - 1)

struct slab badge_slab = SLAB_INIT(SLAB_BADGE, sizeof(struct badge));
u64 cap_count;

error_t cap_lookup(cap_t handle, enum object_type type, u64 rights, struct cap_ref *found)
{
	return cap_find(thread_running(this_cpu())->table, handle, type, rights, found);
}

/* --- filling and emptying a slot: the object's derivation lock is held --- */

static void link_before(struct slot **head, struct slot *at, struct slot *slot)
{
	if (!*head) {
		slot->next = slot->prev = slot;
		*head = slot;
		return;
	}
	slot->next = at;
	slot->prev = at->prev;
	at->prev->next = slot;
	at->prev = slot;
}

static struct slot **siblings_of(struct slot *slot)
{
	return slot->parent ? &slot->parent->child : &slot->object->slots;
}

static void unlink_sibling(struct slot *slot)
{
	struct slot **head = siblings_of(slot);

	if (*head == slot)
		*head = slot->next == slot ? NULL : slot->next;
	slot->prev->next = slot->next;
	slot->next->prev = slot->prev;
}

static void slot_fill(struct slot *slot, struct object *object, u64 rights, struct slot *parent)
{
	u64 generation = slot->word & ~0xfffffful;

	__atomic_fetch_add(&cap_count, 1, __ATOMIC_RELAXED);
	slot->object = object;
	slot->badge = 0;
	slot->record = NULL;
	slot->child = NULL;
	slot->parent = parent;
	if (!object->caps++)
		object_get(object);
	struct slot **head = siblings_of(slot);
	link_before(head, *head, slot);
	__atomic_store_n(&slot->word, generation | (u64)object->type << 16 | rights,
			 __ATOMIC_SEQ_CST);
}

static i64 slot_handle(struct slot *slot)
{
	return (i64)((slot->word & ~0xfffffful) | slot_index(slot));
}

/* From here on no look-up finds it; callers queued through it, and who receives, are told. */
static void slot_invalidate(struct slot *slot)
{
	u64 was = __atomic_fetch_and(&slot->word, ~0xfffffful, __ATOMIC_SEQ_CST);

	if (slot->object->type == OBJECT_ENDPOINT)
		endpoint_slot_revoked((struct endpoint *)slot->object, slot, was);
}

enum { SPLICED_AT_ONCE = 64 };

/*
 * Children take the slot's place among its siblings, a few at a time.  True: none is left.  Those
 * of a slot that is revoked go next, and what is mapped through them: nobody may delete them
 * before, or their mappings would be the parent's, which stays.
 */
static bool splice_children(struct slot *slot, bool revoked)
{
	for (int i = 0; slot->child && i < SPLICED_AT_ONCE; i++) {
		struct slot *child = slot->child;

		if (revoked && child->object->type == OBJECT_MEMORY)
			slot_invalidate(child);
		unlink_sibling(child);
		child->parent = slot->parent;
		link_before(siblings_of(child), slot, child);
	}
	return !slot->child;
}

/* Give the slot back to its table.  Mappings made through it are gone or now belong to its parent,
 * children were spliced or do not exist. */
static void slot_empty(struct slot *slot)
{
	struct object *object = slot->object;
	u64 generation = slot->word >> 24;
	struct badge *record = slot->record;
	struct table *table = slot_leaf(slot)->owner;

	unlink_sibling(slot);
	if (record && !--record->count)
		endpoint_badge_gone((struct endpoint *)object, record);
	slot->object = NULL;
	slot->record = NULL;
	__atomic_fetch_sub(&cap_count, 1, __ATOMIC_RELAXED);
	/* A slot whose generations are used up is retired: an old handle never becomes valid again.
	 */
	if (generation < GENERATION_LAST) {
		slot->word = (generation + 1) << 24;
		table_give_back(table, 1, &slot);
	}
	if (!--object->caps)
		object_put(object);
}

/* Children and mappings of a slot that only this table loses go to its parent.  False: some are
 * left. */
static bool slot_delete(struct slot *slot)
{
	if (!splice_children(slot, false))
		return false;
	slot_invalidate(slot);
	if (slot->object->type == OBJECT_MEMORY)
		memory_slot_deleted((struct memory *)slot->object, slot);
	slot_empty(slot);
	return true;
}

/* --- making capabilities --- */

/* A table that dies while a slot of it is filled is swept before or after: one of both sees the
 * other.  A new object that its budget's end has found has been swept, too. */
static error_t fill_checked(struct table *table, struct slot *slot)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!table->object.dead && !slot->object->dead)
		return 0;
	if (slot_type(slot))
		(void)slot_delete(slot);
	return E_DEAD;
}

i64 cap_install_in(struct table *table, struct object *object, u64 rights)
{
	struct slot *slot;
	error_t error = object_enter(object) ? table_take(table, 1, &slot) : E_BADCAP;

	if (error)
		return error;
	lock_acquire(&object->derivation);
	slot_fill(slot, object, rights, NULL);
	i64 handle = slot_handle(slot);
	handle = fill_checked(table, slot) ?: handle;
	lock_release(&object->derivation);
	return handle;
}

i64 cap_install(struct object *object, u64 rights)
{
	return cap_install_in(thread_current()->table, object, rights);
}

i64 cap_install_new(void *made, u64 rights, i64 error)
{
	i64 handle = error ? error : made ? cap_install(made, rights) : E_NOMEM;

	if (made)
		object_put(made);
	return handle;
}

/* record: of a new badge, or NULL for the source's. */
static inline __attribute__((always_inline)) i64 derive(struct table *table, struct slot *slot,
						       const struct cap_ref *source, u64 rights,
						       struct badge *record)
{
	struct object *object = source->object;
	i64 result;

	lock_acquire(&object->derivation);
	if (cap_holds(source) && !object->dead) {
		slot_fill(slot, object, rights & source->slot->word & 0xffff, source->slot);
		slot->badge = record ? record->value : source->slot->badge;
		slot->record = record ? record : source->slot->record;
		if (slot->record)
			slot->record->count++;
		result = slot_handle(slot);
		result = fill_checked(table, slot) ?: result;
	} else {
		table_give_back(table, 1, &slot);
		result = E_BADCAP;
	}
	lock_release(&object->derivation);
	return result;
}

i64 cap_derive_into(struct table *table, struct slot *slot, const struct cap_ref *source,
		    u64 rights)
{
	return derive(table, slot, source, rights, NULL);
}

static struct badge *badge_make(struct object *endpoint, u64 value)
{
	struct badge *record = budget_slab(endpoint->budget, &badge_slab);

	if (record) {
		list_init(&record->link);
		record->value = value;
	}
	return record;
}

i64 cap_derive(struct table *table, const struct cap_ref *source, u64 rights, u64 badge)
{
	struct object *object = source->object;
	struct badge *record = NULL;
	struct slot *slot;
	error_t error;
	i64 handle;

	if (badge) {
		if ((u8)(source->word >> 16) != OBJECT_ENDPOINT || source->slot->badge)
			return E_INVAL;
		if (!(source->word & RIGHT_ENDPOINT_MINT))
			return E_RIGHTS;
		rights &= ~(u64)(RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_MINT);
	}
	error = table_take(table, 1, &slot);
	if (error)
		return error;
	if (badge) {
		record = badge_make(object, badge);
		if (!record) {
			table_give_back(table, 1, &slot);
			return E_NOMEM;
		}
	}
	handle = derive(table, slot, source, rights, record);
	/* Once a slot counted it, the record belongs to the endpoint. */
	if (handle == E_BADCAP && record)
		budget_slab_free(object->budget, &badge_slab, record);
	return handle;
}

i64 sys_cap_copy(struct cap_ref table, cap_t source, u64 rights, u64 badge)
{
	struct cap_ref from;
	error_t error = cap_lookup(source, OBJECT_NONE, RIGHT_COPY, &from);

	if (error)
		return error;
	return cap_derive(table.object, &from, rights, badge);
}

i64 sys_cap_info(struct cap_ref cap, struct cap_info __user *to)
{
	struct cap_info info = {
		.type = (u8)(cap.word >> 16),
		.rights = (u32)cap.word & 0xffff,
		.badge = cap.slot->badge,
		.object_id = ((struct object *)cap.object)->id,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

/* --- taking them away --- */

i64 sys_cap_delete(struct cap_ref cap)
{
	struct object *object = cap.object;
	bool holds, done = false;

	do {
		lock_acquire(&object->derivation);
		holds = cap_holds(&cap);
		if (holds)
			done = slot_delete(cap.slot);
		lock_release(&object->derivation);
		if (holds && !done && preempt_point())
			return E_RESTART;
	} while (holds && !done);
	return holds ? 0 : E_BADCAP;
}

/* A slot right below `top`, or one of the object's own but `keep`.  NULL: none is left. */
static struct slot *next_below(struct object *object, struct slot *top, struct slot *keep)
{
	struct slot *slot = top ? top->child : object->slots;

	return slot != keep ? slot : slot && slot->next != slot ? slot->next : NULL;
}

/*
 * Take one capability away.  From the first turn on it is invalid, and in the tree, so that an
 * interrupted call finds it again.  Its children take its place, a few a turn: they stay below the
 * one that is revoked, and nobody has to walk down a long line of descent.  Then what was mapped
 * through it is unmapped, without the lock, and the slot emptied; whoever else does the same
 * meanwhile does no harm.
 */
static error_t remove_one(struct object *object, struct slot *slot)
{
	error_t error = 0;
	u64 word;

	slot_invalidate(slot);
	if (!splice_children(slot, true))
		return 0;
	word = slot->word;
	if (object->type == OBJECT_MEMORY) {
		lock_release(&object->derivation);
		error = memory_unmap_all((struct memory *)object, slot);
		lock_acquire(&object->derivation);
	}
	if (!error && slot->object == object && slot->word == word && !slot->child)
		slot_empty(slot);
	return error;
}

/* Also of one that a revocation was taking away when it was interrupted, perhaps for good. */
bool cap_delete_slot(struct slot *slot)
{
	struct object *object = __atomic_load_n(&slot->object, __ATOMIC_ACQUIRE);

	if (!object)
		return true;
	/* What a slot named a moment ago lives on for the length of this call. */
	lock_acquire(&object->derivation);
	if (slot->object == object)
		(void)(slot_type(slot) ? slot_delete(slot) : remove_one(object, slot));
	lock_release(&object->derivation);
	return !slot->object;
}

/* Remove what derives from a capability; E_RESTART. */
static error_t remove_below(struct object *object, const struct cap_ref *top)
{
	struct slot *slot = NULL;
	error_t error = 0;

	do {
		lock_acquire(&object->derivation);
		if (cap_holds(top)) {
			slot = next_below(object, top->slot, NULL);
			if (slot)
				error = remove_one(object, slot);
		} else {
			error = E_BADCAP;
		}
		lock_release(&object->derivation);
		if (!error && slot && preempt_point())
			error = E_RESTART;
	} while (!error && slot);
	return error;
}

error_t cap_remove_all(struct object *object, struct slot *keep)
{
	struct slot *slot;
	error_t error = 0;

	do {
		lock_acquire(&object->derivation);
		slot = next_below(object, NULL, keep);
		if (slot)
			error = remove_one(object, slot);
		lock_release(&object->derivation);
		if (!error && slot && preempt_point())
			error = E_RESTART;
	} while (!error && slot);
	return error;
}

i64 sys_cap_revoke(struct cap_ref cap)
{
	return remove_below(cap.object, &cap);
}

/* Make the capability, which has no children, one that derives from no other. */
static bool stand_alone(const struct cap_ref *cap)
{
	struct slot *slot = cap->slot;
	struct object *object = cap->object;
	bool holds;

	lock_acquire(&object->derivation);
	holds = cap_holds(cap);
	if (holds && slot->parent) {
		unlink_sibling(slot);
		slot->parent = NULL;
		link_before(&object->slots, object->slots, slot);
	}
	lock_release(&object->derivation);
	return holds;
}

/* The caller's own capability goes last: as long as the call may be interrupted, it finds it. */
i64 sys_object_destroy(struct cap_ref cap)
{
	struct object *object = cap.object;
	error_t error;

	if (!object_hold(object))
		return E_BADCAP;
	error = object_end(object);
	if (!error)
		error = remove_below(object, &cap);
	if (!error && stand_alone(&cap))
		error = cap_remove_all(object, cap.slot);
	else if (!error || error == E_BADCAP)
		error = cap_remove_all(object, NULL); /* its own was taken away meanwhile */
	if (!error) {
		object->ended = 1;
		(void)sys_cap_delete(cap);
	}
	object_put(object);
	return error;
}

