/* SPDX-License-Identifier: MIT */
/* memory_map.c - the reverse map: from a memory object to the regions that show it. */
#include "microkernel/object/region.h"

/* The region that the unmapping under way has not seen yet: the first, the seen ones go to the
 * end.  Needs the lock. */
static struct region *unmap_next(struct memory *memory)
{
	struct region *region;

	if (list_empty(&memory->regions))
		return NULL;
	region = container_of(memory->regions.next, struct region, in_memory);
	return region->pass == memory->unmap_pass ? NULL : region;
}

static void unmap_seen(struct memory *memory, struct region *region)
{
	if (unmap_next(memory) != region)
		return; /* it went meanwhile */
	region->pass = memory->unmap_pass;
	list_remove(&region->in_memory);
	list_append(&memory->regions, &region->in_memory);
}

/* Part of a region that shows pages first..last; none: it stays as it was. */
static void region_part(const struct region *r, u64 first, u64 last, u64 *start, u64 *end)
{
	u64 low = r->offset >> PAGE_SHIFT, high = low + ((r->end - r->start) >> PAGE_SHIFT);

	if (first >= high || last <= low)
		return;
	*start = r->start + ((first > low ? first - low : 0) << PAGE_SHIFT);
	*end = r->start + (((last < high ? last : high) - low) << PAGE_SHIFT);
}

/* Begin an unmapping, or go on with one that covers the same pages.  Needs the lock. */
static void unmap_begin(struct memory *memory, u64 first, u64 last)
{
	if (memory->unmap_first <= first && last <= memory->unmap_last)
		return;
	memory->unmap_first = first < memory->unmap_first ? first : memory->unmap_first;
	memory->unmap_last = last > memory->unmap_last ? last : memory->unmap_last;
	memory->unmap_pass++;
}

/* Entries of a range of a space go, part by part; E_RESTART.  No lock but the walk's is held. */
static error_t clear_range(struct space *space, u64 start, u64 end)
{
	while (start < end) {
		lock_acquire(&space->object.lock);
		start = space->root ? pagetable_clear_part(space, start, end) : end;
		lock_release(&space->object.lock);
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

/*
 * A region may change while its addresses are on the way to its space; entries that are taken from
 * there then come back by fault.
 */
error_t memory_unmap_pages(struct memory *memory, u64 first, u64 last)
{
	struct region *region;
	error_t error = 0;

	lock_acquire(&memory->walk);
	lock_acquire(&memory->object.lock);
	unmap_begin(memory, first, last);
	while (!error && (region = unmap_next(memory))) {
		struct space *space = region->space;
		u64 start = 0, end = 0;

		region_part(region, memory->unmap_first, memory->unmap_last, &start, &end);
		lock_release(&memory->object.lock);
		error = clear_range(space, start, end);
		lock_acquire(&memory->object.lock);
		if (!error)
			unmap_seen(memory, region);
		if (!error && preempt_point())
			error = E_RESTART;
	}
	if (!error) {
		memory->unmap_first = ~(u64)0;
		memory->unmap_last = 0;
	}
	lock_release(&memory->object.lock);
	lock_release(&memory->walk);
	return error;
}

void memory_slot_deleted(struct memory *memory, struct slot *slot)
{
	lock_acquire(&memory->object.lock);
	for (struct list *l = memory->regions.next; l != &memory->regions; l = l->next) {
		struct region *region = container_of(l, struct region, in_memory);

		if (region->slot == slot)
			region->slot = slot->parent;
	}
	lock_release(&memory->object.lock);
}

/* Remove one region that shows the memory through the slot (NULL: any).  E_NOENT: there is none. */
static error_t remove_region(struct memory *memory, struct slot *slot)
{
	struct region *region = NULL;
	struct space *space = NULL;
	u64 start = 0;
	error_t error = 0;

	lock_acquire(&memory->object.lock);
	for (struct list *l = memory->regions.next; l != &memory->regions && !space; l = l->next) {
		region = container_of(l, struct region, in_memory);
		if (slot && region->slot != slot)
			continue;
		space = region->space;
		start = region->start;
	}
	lock_release(&memory->object.lock);
	if (!space)
		return E_NOENT;
	lock_acquire(&space->object.lock);
	region = space_region_at(space, start);
	if (region && region->memory == memory && (!slot || region->slot == slot))
		error = region_remove(region);
	lock_release(&space->object.lock);
	return error;
}

error_t memory_unmap_all(struct memory *memory, struct slot *slot)
{
	error_t error;

	while (!(error = remove_region(memory, slot)))
		if (preempt_point())
			return E_RESTART;
	return error == E_NOENT ? 0 : error;
}
