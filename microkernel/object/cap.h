/* SPDX-License-Identifier: MIT */
/*
 * cap.h - capability tables, slots, and the derivation tree.
 *
 * A slot is one 64-byte line.  Its word holds generation (bits 24-62), type (16-23) and rights
 * (0-15); it is written last when a slot is filled and first when it is emptied, so that a look-up
 * that reads word, pointer, word needs no lock (contract A1).
 */
#ifndef OBJECT_CAP_H
#define OBJECT_CAP_H

#include "microkernel/arch/arch.h"
#include "microkernel/core/frame.h"
#include "microkernel/object/budget.h"
#include "microkernel/object/object.h"

struct slot {
	u64 word;
	struct object *object;
	u64 badge;
	struct badge *record; /* counts the capabilities that carry this badge */
	struct slot *parent,
		*child;		  /* guarded by the object's derivation lock, as are next, prev */
	struct slot *next, *prev; /* siblings in a circle; free slot: next = next free */
};
_Static_assert(sizeof(struct slot) == 64, "a slot is one cache line");

enum {
	SLOTS_PER_LEAF = PAGE_SIZE / 64,
	TABLE_LEAVES = PAGE_SIZE / 8,
	TABLE_SLOTS = SLOTS_PER_LEAF * TABLE_LEAVES,
};

struct table {
	struct object object; /* object.lock guards the free list and growth */
	struct slot **leaf;   /* TABLE_LEAVES pointers, one page; filled once, never changed */
	u32 nr_leaves;	      /* only grows; read without lock */
	struct slot *free;
	u32 callers_at, kill_at; /* where the end of the table has come: threads, slots */
};

/* One badge of an endpoint: when count falls to 0 the endpoint's receiver is told, once. */
struct badge {
	struct list link; /* in endpoint.gone once count is 0; guarded by the endpoint's lock */
	u64 value;
	u32 count; /* guarded by the endpoint's derivation lock */
};

/* What a look-up found, without lock: under the object's derivation lock, and under the lock that
 * a revocation takes too (of an endpoint, a memory object), cap_holds says if it is still so. */
struct cap_ref {
	struct slot *slot;
	void *object;
	u64 word;
};
static inline bool cap_holds(const struct cap_ref *ref)
{
	return __atomic_load_n(&ref->slot->word, __ATOMIC_ACQUIRE) == ref->word;
}

/* A capability by handle in the running thread's table; 0 or E_BADCAP, E_TYPE, E_RIGHTS. */
error_t cap_lookup(cap_t handle, enum object_type type, u64 rights, struct cap_ref *found);
/* A first capability to a new object in the running thread's table; returns the handle. */
i64 cap_install(struct object *object, u64 rights);
/* The same for what this call made, or could not make (NULL: E_NOMEM, or another error), and whose
 * maker's reference goes with it. */
i64 cap_install_new(void *made, u64 rights, i64 error);
i64 cap_install_in(struct table *table, struct object *object, u64 rights);
/* A copy of what `source` found, derived from it, in `table`. */
i64 cap_derive(struct table *table, const struct cap_ref *source, u64 rights, u64 badge);
/* Take `count` empty slots out of the table so that filling them cannot fail; E_FULL, E_NOMEM. */
error_t table_take(struct table *table, unsigned count, struct slot **taken);
void table_give_back(struct table *table, unsigned count, struct slot **taken);
/* As cap_derive, into a slot taken before; fails only if the source is gone: E_BADCAP. */
i64 cap_derive_into(struct table *table, struct slot *slot, const struct cap_ref *source,
		    u64 rights);
struct table *table_make(struct budget *budget);
error_t table_kill_step(struct table *table);
/* Free its leaves, which no look-up sees any more.  False: some are left. */
bool table_destroy(struct table *table);
/* Empty a slot whatever it holds; its children go to its parent.  False: call again. */
bool cap_delete_slot(struct slot *slot);
/* Remove every capability to the object but `keep`, which may be NULL. */
error_t cap_remove_all(struct object *object, struct slot *keep);

/* The frame's record of a leaf leads back from a slot to its table, and its number there. */
static inline const struct frame *slot_leaf(const struct slot *slot)
{
	return frame_of(direct_physical(slot));
}
static inline u32 slot_index(const struct slot *slot)
{
	return slot_leaf(slot)->next * SLOTS_PER_LEAF +
	       (u32)(((u64)slot & PAGE_MASK) / sizeof(*slot));
}
/* The n-th slot of the table, NULL if there is none. */
static inline struct slot *table_slot(const struct table *table, u32 index)
{
	if (index / SLOTS_PER_LEAF >= __atomic_load_n(&table->nr_leaves, __ATOMIC_ACQUIRE))
		return NULL;
	return &table->leaf[index / SLOTS_PER_LEAF][index % SLOTS_PER_LEAF];
}
/* As cap_lookup, in that table. */
static inline error_t cap_find(const struct table *table, cap_t handle, enum object_type type,
			       u64 rights, struct cap_ref *found)
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
	found->word = word;
	if (__atomic_load_n(&slot->word, __ATOMIC_ACQUIRE) != word)
		return E_BADCAP;
	if (type != OBJECT_NONE && (u8)(word >> 16) != type)
		return E_TYPE;
	return (word & rights) == rights ? 0 : E_RIGHTS;
}
/* The same without saying why not, and for one type: an empty slot is of none. */
static inline bool cap_is(const struct table *table, cap_t handle, enum object_type type,
			  u64 rights, struct cap_ref *found)
{
	struct slot *slot = table_slot(table, handle & 0xffffff);
	u64 is = (handle & ~0xfffffful) ^ ((u64)type << 16 | rights);

	if (!slot)
		return false;
	found->word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
	if ((found->word ^ is) & (~0xfffful | rights))
		return false;
	found->slot = slot;
	found->object = slot->object;
	return __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE) == found->word;
}
static inline u8 slot_type(const struct slot *slot)
{
	return (u8)(slot->word >> 16);
}

extern struct slab badge_slab;
extern u64 cap_count;

#endif
