/* SPDX-License-Identifier: MIT */
/*
 * memory.h - memory objects: pages in a tree of shared, reference-counted nodes.
 *
 * A tree node has 64 entries; a leaf entry is a frame's physical address, an inner one a node.  A
 * clone shares the root and counts one reference more; whoever writes first copies the nodes on its
 * way down (memory_own), so there are no shadow chains.  A frame's `refs` counts leaf entries.
 */
#ifndef OBJECT_MEMORY_H
#define OBJECT_MEMORY_H

#include "microkernel/core/frame.h"
#include "microkernel/object/budget.h"

struct slot;

#define MEMORY_SIZE_MAX (1ul << 47)

enum { NODE_BITS = 6, NODE_ENTRIES = 1 << NODE_BITS, MEMORY_MAX_HEIGHT = 6 };

struct node {
	u64 entry[NODE_ENTRIES];
	u32 refs;  /* parents and roots that point here */
	u32 level; /* 0 = leaf */
	struct budget *budget;
};

enum memory_kind { MEMORY_ANONYMOUS = 0, MEMORY_DEVICE = 1, MEMORY_OVERLAY = 2 };

/*
 * All fields are guarded by object.lock unless they are constant; an overlay, which only its space
 * knows, by the space's lock.  A frame that is mapped belongs to the object alone: a clone takes
 * the mappings away before its sharing can be seen, and a fault makes the page our own first.
 */
struct memory {
	struct object object;
	u8 kind;   /* enum memory_kind, constant */
	u8 pinned; /* constant */
	u8 height; /* levels below root: 1 = the root is a leaf */
	struct node *root;
	u64 size, capacity; /* bytes */
	u64 device;	    /* DEVICE: physical base */
	u64 pages;	    /* leaf entries in use, shared ones counted in each sharer */
	u64 modified_ticks, version;
	struct list regions; /* struct region.in_memory: the reverse map */

	struct lock walk;	     /* held while entries are taken out of the regions */
	u64 unmap_first,
		unmap_last; /* pages of an unmapping that is not over; none: first > last */
	u32 unmap_pass;		     /* of the latest one; a region that it has seen carries it */
};

struct memory *memory_make(struct budget *budget, enum memory_kind kind, u64 size);
/* The frame of page `index`, or 0; *exclusive: nobody else can see it. */
u64 memory_peek(struct memory *memory, u64 index, bool *exclusive);
/* The leaf entry of page `index` in nodes that are ours alone; NULL: E_NOMEM. */
u64 *memory_own(struct memory *memory, u64 index);
/* The frame of a page that is ours alone; zero-filled or copied as needed.  0: E_NOMEM. */
u64 memory_page(struct memory *memory, u64 index);
/* The same, where memory_peek said that it is not there or not ours alone. */
u64 memory_page_own(struct memory *memory, u64 index);
/* Share `from`'s pages into the empty `to`, same budget. */
void memory_share(struct memory *to, struct memory *from);
/* One step of the search for the first page from *index on that is there, or that is not: true if
 * *index is it (all ones: there is none). */
bool memory_find_step(struct memory *memory, u64 *index, bool present);
/* Forget pages first..last (exclusive). E_NOMEM if shared nodes have to be copied. */
error_t memory_drop(struct memory *memory, u64 first, u64 last);
/* Move *left pages within an overlay to where none are; by whole nodes where both lie alike.
 * E_NOMEM: so many are left; what was moved can be moved back. */
error_t memory_move(struct memory *memory, u64 from, u64 to, u64 *left);
error_t memory_adopt(struct memory *memory, u64 index, u64 physical);
/* Its contents have changed.  Needs the lock. */
static inline void memory_touched(struct memory *memory)
{
	memory->version++;
	memory->modified_ticks = arch_ticks();
}
/* The size as others may change it meanwhile: for a first check only. */
static inline u64 memory_size(const struct memory *memory)
{
	return __atomic_load_n(&memory->size, __ATOMIC_RELAXED);
}
/* Take the entries of pages first..last (exclusive) out of every region.  No lock is held.
 * E_RESTART: the same call goes on where it stopped. */
error_t memory_unmap_pages(struct memory *memory, u64 first, u64 last);
/* A capability goes: mappings made through it belong to what it was copied from. */
void memory_slot_deleted(struct memory *memory, struct slot *slot);
/* Remove the regions made through that capability (NULL: all).  No lock is held.  E_RESTART. */
error_t memory_unmap_all(struct memory *memory, struct slot *slot);
error_t memory_kill_step(struct memory *memory);
/* For the reaper: free a bounded part of a tree that nobody points to; true when all is gone. */
bool node_reap(void);
void node_put(struct node *node);

extern struct slab node_slab;

#endif
