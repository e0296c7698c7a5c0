/* SPDX-License-Identifier: MIT */
/*
 * space.h - a space: regions of memory objects at addresses, and the page tables that cache them.
 *
 * The region tree is the only list of what is mapped where.  Anonymous memory lives in the space's
 * overlay, whose page index is the address; a private file mapping is read through the overlay to
 * the file's object.
 */
#ifndef OBJECT_SPACE_H
#define OBJECT_SPACE_H

#include "microkernel/abi/call.h"
#include "microkernel/lib/treap.h"
#include "microkernel/object/cap.h"
#include "microkernel/object/memory.h"
#include "microkernel/object/pagetable.h"

/* All fields are guarded by the space's lock; slot, pass and in_memory by the memory object's. */
struct region {
	struct treap_node node; /* key = start */
	struct list ordered;	/* space.ordered, by address */
	struct space *space;
	u64 start, end;
	struct memory *memory; /* referenced; NULL: anonymous */
	struct slot *slot;     /* the capability it was mapped through; NULL: none is left */
	u64 offset;	       /* into memory, at start */
	u8 protect, maximum, flags;
	bool touched; /* it may have entries, or private pages */
	u32 tag;
	u32 pass;  /* memory.unmap_pass that has seen it */
	u64 stale; /* from here on entries may still have an earlier protection; 0: none has */
	struct list in_memory; /* memory.regions */
};

/* Functions below need the space's lock unless they say otherwise. */
struct space {
	struct object object; /* object.lock guards all that follows */
	u32 kind;	      /* enum space_kind, constant */
	u64 root;	      /* physical */
	struct treap regions;
	struct list ordered;
	struct region *near;  /* where the latest look-up ended: most begin there again; or NULL */
	struct region *spare; /* the latest that was freed, still charged; or NULL */
	struct memory *overlay; /* referenced, made with the space */
	struct list client_views, server_views;
	struct list threads; /* struct thread.in_space */
	u64 resident_pages, table_pages, minor_faults, cow_faults;
	u64 tlb_generation; /* counts every change that needed a flush */

	/* An unfinished clone of this space: others that change its regions wait. */
	struct space *clone; /* referenced; NULL: none */
	struct weak cloner;  /* the thread whose call it is */
	u64 cloned_up_to;    /* address */
};

extern struct slab region_slab;

struct space *space_make(struct budget *budget, enum space_kind kind);
/* Make the page behind `address` present for `access` (enum protection) and say where it is; the
 * frame stays there as long as the lock is held.  E_FAULT, E_NOMEM, E_RANGE (beyond the memory
 * object's end). */
error_t space_fault(struct space *space, u64 address, u32 access, u64 *physical);
/* The same for a trap, with the lock taken here. */
error_t space_touch(struct space *space, u64 address, u32 access);
struct region *space_region_at(struct space *space, u64 address);
/* The first region that ends above address, or NULL. */
struct region *space_region_from(struct space *space, u64 address);
/* Map with all checks done but those of rights, and return the address.  memory NULL: anonymous.
 * through: the capability that gives the memory.  like: it is mapped as that region's, which stays,
 * an address of it; 0 with through NULL: the kernel itself maps. */
i64 space_map_region(struct space *space, const struct map_args *args, struct memory *memory,
		     const struct cap_ref *through, u64 like);
/* An upper bound for a free place to which pages from `address` on can be moved by whole nodes; 0:
 * it does not matter, or there is none. */
u64 space_gap_like(struct space *space, u64 address, u64 length);
/* E_RESTART, E_NOMEM. */
error_t space_unmap_range(struct space *space, u64 start, u64 end);
/* Make region borders at start and end.  E_NOMEM. */
error_t space_split(struct space *space, u64 start, u64 end);
/* Enter copies of the regions from *address on into `to`, which nobody else knows.  E_NOMEM;
 * E_RESTART: some are left, from *address on. */
error_t space_copy_regions(struct space *to, struct space *from, u64 *address);
/* As space_fault; force: up to the region's maximum instead of its protection. */
error_t space_reach(struct space *space, u64 address, bool write, bool force, u64 *physical);
void space_describe(struct space *space, struct space_info *info);
/* Join it with its neighbours if they have become equal. */
void region_merge(struct space *space, struct region *region);
/* Its entries and private pages go.  E_RESTART: a part of it is left, and is all of it now. */
error_t region_empty(struct region *region);
/* No lock is held. */
error_t space_kill_step(struct space *space);

/* It is locked, and dead or being cloned: E_DEAD, E_RESTART, both without the lock. */
error_t space_in_clone(struct space *space);
/* Lock a space whose regions are to be changed.  E_DEAD, E_RESTART. */
static inline error_t space_lock_to_change(struct space *space)
{
	lock_acquire(&space->object.lock);
	return space->object.dead || space->clone ? space_in_clone(space) : 0;
}

static inline u64 space_base(const struct space *space)
{
	return space->kind == SPACE_NATIVE ? SLOT_BASE : GUEST_BASE;
}
static inline u64 space_limit(const struct space *space)
{
	return space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT;
}

static inline bool space_locked(void)
{
	return !CONFIG_DEBUG || lock_is_held(LOCK_SPACE) || lock_is_held(LOCK_SPACE_SECOND);
}

/* Both spaces of a copy, which may be one, in the order of their addresses. */
static inline void space_lock_two(struct space *a, struct space *b)
{
	struct space *second = a > b ? a : b;

	lock_acquire(&(a < b ? a : b)->object.lock);
	if (a != b)
		lock_acquire_as(&second->object.lock, LOCK_SPACE_SECOND);
}
static inline void space_unlock_two(struct space *a, struct space *b)
{
	struct space *second = a > b ? a : b;

	if (a != b)
		lock_release_as(&second->object.lock, LOCK_SPACE_SECOND);
	lock_release(&(a < b ? a : b)->object.lock);
}

#endif
