/* SPDX-License-Identifier: MIT */
/*
 * region.h - regions of a space, found, entered and taken out: what every mapping and unmapping
 * does, compiled in place.  All of it needs the space's lock.
 */
#ifndef OBJECT_REGION_H
#define OBJECT_REGION_H

#include "microkernel/object/space.h"

static inline struct region *region_of(struct list *ordered)
{
	return container_of(ordered, struct region, ordered);
}
/* The first region above `below`; of NULL, the first of all.  NULL: there is none. */
static inline struct region *region_above(struct space *space, const struct region *below)
{
	struct list *next = below ? below->ordered.next : space->ordered.next;

	return next == &space->ordered ? NULL : region_of(next);
}
struct region *region_search(struct space *space, u64 address);
/* The last region that begins at or below address, or NULL. */
static inline struct region *region_floor(struct space *space, u64 address)
{
	struct region *near = space->near, *above = near ? region_above(space, near) : NULL;

	return near && near->start <= address && (!above || address < above->start)
		       ? near : region_search(space, address);
}

/* The one that covers just that; NULL: none does. */
static inline struct region *region_exact(struct space *space, u64 start, u64 end)
{
	struct region *near = space->near;

	if (!near || near->start != start)
		near = region_floor(space, start);
	return near && near->start == start && near->end == end ? near : NULL;
}

/* Storage of which every field is to be set; NULL: E_NOMEM. */
static inline struct region *region_alloc(struct space *space)
{
	struct region *region = space->spare;

	space->spare = NULL;
	return region ? region : budget_slab(space->object.budget, &region_slab);
}

static inline void region_free(struct space *space, struct region *region)
{
	if (space->spare)
		budget_slab_free(space->object.budget, &region_slab, region);
	else
		space->spare = region;
}

/*
 * Enter the region into its memory's list.  like: another region of the same memory, whose slot it
 * takes over.  E_BADCAP: the capability, or the memory, has gone meanwhile; either would have to
 * take the memory's lock to come further.
 */
static inline error_t region_attach(struct region *region, const struct cap_ref *through,
				    const struct region *like)
{
	struct memory *memory = region->memory;
	error_t error = 0;

	if (!memory)
		return 0;
	lock_acquire(&memory->object.lock);
	if (memory->object.dead || (through && !cap_holds(through))) {
		error = E_BADCAP;
	} else {
		object_get(memory);
		region->slot = like ? like->slot : through ? through->slot : NULL;
		region->pass = memory->unmap_pass;
		list_append(&memory->regions, &region->in_memory);
	}
	lock_release(&memory->object.lock);
	return error;
}

/* below: the last region before it, or NULL. */
static inline void region_insert(struct space *space, struct region *below, struct region *region)
{
	struct region *above = region_above(space, below);

	assert(space_locked());
	list_append(above ? &above->ordered : &space->ordered, &region->ordered);
	treap_insert_between(&space->regions, below ? &below->node : NULL,
			     above ? &above->node : NULL, &region->node, region->start);
	space->near = region;
}

static inline void region_unlink(struct region *region)
{
	struct space *space = region->space;
	struct memory *memory = region->memory;
	struct list *below = region->ordered.prev;

	assert(space_locked());
	space->near = below == &space->ordered ? NULL : region_of(below);
	treap_remove(&space->regions, &region->node);
	list_remove(&region->ordered);
	if (memory) {
		lock_acquire(&memory->object.lock);
		list_remove(&region->in_memory);
		lock_release(&memory->object.lock);
		object_put(memory);
	}
	region_free(space, region);
}

/* It goes with its entries and private pages.  E_RESTART: a part of it is left. */
static inline error_t region_remove(struct region *region)
{
	error_t error = region->touched ? region_empty(region) : 0;

	if (!error)
		region_unlink(region);
	return error;
}

#endif
