/* SPDX-License-Identifier: MIT */
/*
 * cap.c - look-up, copy, delete, revoke.
 *
 * The derivation tree of an object hangs on object.slots.  Deleting a slot splices its children
 * into its place; that keeps copies of one badge next to each other and loses no ancestry.
 * Revoking removes leaves until the slot has no child left: every step leaves a valid tree, so the
 * call can be interrupted and repeated (contract A3, A4).
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

struct slab badge_slab = SLAB_INIT(sizeof(struct badge));
u64 cap_count;

struct slot *table_slot(struct table *table, u32 index)
{
	if (index / SLOTS_PER_LEAF >= table->nr_leaves)
		return NULL;
	return &table->leaf[index / SLOTS_PER_LEAF][index % SLOTS_PER_LEAF];
}

error_t cap_lookup_in(struct table *table, cap_t handle, enum object_type type, u64 rights,
		      struct cap_ref *found)
{
	struct slot *slot = table_slot(table, handle & 0xffffff);
	u64 word;

	if (!slot)
		return E_BADCAP;
	word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
	if ((word ^ handle) >> 24 || !(u8)(word >> 16))
		return E_BADCAP;
	found->slot = slot;
	found->object = slot->object;
	if (__atomic_load_n(&slot->word, __ATOMIC_ACQUIRE) != word)
		return E_BADCAP;
	if (type != OBJECT_NONE && (u8)(word >> 16) != type)
		return E_TYPE;
	return (word & rights) == rights ? 0 : E_RIGHTS;
}

error_t cap_lookup(cap_t handle, enum object_type type, u64 rights, struct cap_ref *found)
{
	return cap_lookup_in(thread_current()->table, handle, type, rights, found);
}

/* --- tables --- */

/* The frame record of a leaf leads back from a slot to its table. */
static error_t table_grow(struct table *table)
{
	u64 page;

	if (table->nr_leaves == TABLE_LEAVES)
		return E_FULL;
	page = budget_frame(table->object.budget, true);
	if (!page)
		return E_NOMEM;
	frame_of(page)->owner = table;
	frame_of(page)->next = table->nr_leaves;
	struct slot *leaf = direct_pointer(page);
	/* Slot 0 of the first leaf is never used: handle 0 names nothing. */
	for (int i = SLOTS_PER_LEAF - 1; i >= (table->nr_leaves ? 0 : 1); i--) {
		leaf[i].word = 1ul << 24;
		leaf[i].badge =
			table->nr_leaves * SLOTS_PER_LEAF + (u32)i; /* its index while free */
		leaf[i].next = table->free;
		table->free = &leaf[i];
	}
	table->leaf[table->nr_leaves++] = leaf;
	return 0;
}

error_t table_reserve(struct table *table, unsigned count)
{
	struct slot *slot = table->free;

	for (; count; count--, slot = slot->next) {
		if (slot)
			continue;
		error_t error = table_grow(table);
		if (error)
			return error;
		/* A grown table has 63 more free slots in front: enough for any reservation. */
		return 0;
	}
	return 0;
}

struct table *table_make(struct budget *budget)
{
	struct table *table = object_alloc(OBJECT_TABLE, budget);
	u64 page = table ? budget_frame(budget, true) : 0;

	if (page) {
		table->leaf = direct_pointer(page);
		list_init(&table->received);
		return table;
	}
	if (table) {
		list_init(&table->received);
		object_put(table);
	}
	return NULL;
}

i64 sys_table_create(struct cap_ref budget)
{
	struct table *table = table_make(budget.object);
	i64 handle = table ? cap_install(&table->object, RIGHTS_ALL) : E_NOMEM;

	if (table)
		object_put(table);
	return handle;
}

/* --- filling and emptying a slot --- */

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

static i64 slot_fill(struct table *table, struct object *object, u64 rights, struct slot *parent)
{
	struct slot *slot = table->free;
	u64 index = slot->badge, generation = slot->word & ~0xfffffful;

	table->free = slot->next;
	table->used++;
	__atomic_fetch_add(&cap_count, 1, __ATOMIC_RELAXED);
	slot->object = object;
	slot->badge = 0;
	slot->record = NULL;
	slot->child = NULL;
	slot->parent = parent;
	object->caps++;
	struct slot **head = siblings_of(slot);
	link_before(head, *head, slot);
	__atomic_store_n(&slot->word, generation | (u64)object->type << 16 | rights,
			 __ATOMIC_RELEASE);
	return (i64)(generation | index);
}

i64 cap_install_in(struct table *table, struct object *object, u64 rights)
{
	error_t error = table_reserve(table, 1);

	return error ? error : slot_fill(table, object, rights, NULL);
}

i64 cap_install(struct object *object, u64 rights)
{
	return cap_install_in(thread_current()->table, object, rights);
}

i64 cap_derive(struct table *table, struct slot *source, u64 rights, u64 badge)
{
	struct badge *record = source->record;
	struct object *object = source->object;
	error_t error;

	rights &= slot_rights(source);
	if (badge) {
		if (object->type != OBJECT_ENDPOINT || source->badge)
			return E_INVAL;
		if (!(slot_rights(source) & RIGHT_ENDPOINT_MINT))
			return E_RIGHTS;
		rights &= ~(u64)(RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_MINT);
	}
	error = table_reserve(table, 1);
	if (error)
		return error;
	if (badge) {
		if (!budget_charge(object->budget, badge_slab.size))
			return E_NOMEM;
		record = slab_alloc(&badge_slab);
		if (!record) {
			budget_release(object->budget, badge_slab.size);
			return E_NOMEM;
		}
		list_init(&record->link);
		record->value = badge;
	}
	struct slot *slot = table->free;
	i64 handle = slot_fill(table, object, rights, source);
	slot->badge = badge ? badge : source->badge;
	slot->record = record;
	if (record)
		record->count++;
	return handle;
}

/* Children take the slot's place among its siblings. */
static void splice_children(struct slot *slot)
{
	struct slot *first = slot->child, *child = first;

	if (!first)
		return;
	do {
		struct slot *next = child->next;
		struct slot **head;

		child->parent = slot->parent;
		head = siblings_of(child);
		link_before(head, slot, child);
		child = next;
	} while (child != first);
	slot->child = NULL;
}

/* Empty the slot; children were spliced or do not exist.  reason: what queued callers are told. */
static void slot_empty(struct table *table, u32 index, struct slot *slot, bool revoked)
{
	struct object *object = slot->object;
	struct slot **head = siblings_of(slot);
	u64 generation = slot->word >> 24;
	struct badge *record = slot->record;

	__atomic_store_n(&slot->word, generation << 24, __ATOMIC_RELEASE);
	if (object->type == OBJECT_ENDPOINT && revoked)
		endpoint_slot_revoked((struct endpoint *)object, slot);
	if (object->type == OBJECT_MEMORY)
		memory_slot_gone((struct memory *)object, slot, revoked);
	if (*head == slot)
		*head = slot->next == slot ? NULL : slot->next;
	slot->prev->next = slot->next;
	slot->next->prev = slot->prev;
	if (record && !--record->count)
		endpoint_badge_gone((struct endpoint *)object, record);
	slot->object = NULL;
	slot->record = NULL;
	slot->badge = index;
	table->used--;
	__atomic_fetch_sub(&cap_count, 1, __ATOMIC_RELAXED);
	/* A slot whose generations are used up is retired: an old handle never becomes valid again.
	 */
	if (generation < GENERATION_LAST) {
		slot->word = (generation + 1) << 24;
		slot->next = table->free;
		table->free = slot;
	}
	if (!--object->caps && !object->dead)
		object_unnamed(object);
}

struct table *slot_table(struct slot *slot, u32 *index)
{
	u64 page = direct_physical(slot) & ~PAGE_MASK;

	*index = frame_of(page)->next * SLOTS_PER_LEAF +
		 (u32)(((u64)slot & PAGE_MASK) / sizeof(*slot));
	return frame_of(page)->owner;
}

i64 sys_cap_delete(struct cap_ref cap)
{
	u32 index;
	struct table *table = slot_table(cap.slot, &index);

	splice_children(cap.slot);
	slot_empty(table, index, cap.slot, false);
	return 0;
}

/* Remove the subtree below the slot, or all capabilities of an object, from the leaves up. */
static error_t remove_forest(struct slot **head)
{
	while (*head) {
		struct slot *leaf = *head;
		u32 index;

		while (leaf->child)
			leaf = leaf->child;
		struct table *table = slot_table(leaf, &index);
		slot_empty(table, index, leaf, true);
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

error_t cap_remove_all(struct object *object)
{
	return remove_forest(&object->slots);
}

i64 sys_cap_revoke(struct cap_ref cap)
{
	return remove_forest(&cap.slot->child);
}

i64 sys_cap_copy(struct cap_ref table, cap_t source, u64 rights, u64 badge)
{
	struct cap_ref from;
	error_t error = cap_lookup(source, OBJECT_NONE, RIGHT_COPY, &from);

	if (error)
		return error;
	return cap_derive(table.object, from.slot, rights, badge);
}

i64 sys_cap_info(struct cap_ref cap, struct cap_info __user *to)
{
	struct cap_info info = {
		.type = slot_type(cap.slot),
		.rights = (u32)slot_rights(cap.slot),
		.badge = cap.slot->badge,
		.object_id = ((struct object *)cap.object)->id,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

i64 sys_object_destroy(struct cap_ref cap)
{
	error_t error;

	/* The long part leaves the caller's handle in place: interrupted, the call starts again
	 * with that handle.  What is left then, removing the capabilities, takes this one away in
	 * the middle and therefore must be finished here. */
	object_get(cap.object);
	error = object_end(cap.object);
	while (!error && (error = object_kill(cap.object)) == E_RESTART)
		error = 0;
	object_put(cap.object);
	return error;
}

error_t table_kill_step(struct table *table)
{
	for (u32 i = 0; i < table->nr_leaves * SLOTS_PER_LEAF; i++) {
		struct slot *slot = table_slot(table, i);

		if (!slot_type(slot))
			continue;
		splice_children(slot);
		slot_empty(table, i, slot, false);
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

void table_destroy(struct table *table)
{
	for (u32 i = 0; i < table->nr_leaves; i++)
		budget_frame_free(direct_physical(table->leaf[i]));
	if (table->leaf)
		budget_frame_free(direct_physical(table->leaf));
}
