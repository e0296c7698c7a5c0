/* SPDX-License-Identifier: MIT */
/* space_fault.c - how a page comes into a space: from the overlay, or from a memory object. */
#include "microkernel/object/space.h"

static unsigned pte_flags_of(const struct region *region, bool writable)
{
	unsigned flags = PTE_USER | PTE_READ;

	if (region->protect & PROTECT_WRITE && writable)
		flags |= PTE_WRITE;
	if (region->protect & PROTECT_EXEC)
		flags |= PTE_EXEC;
	if (region->memory && region->memory->kind == MEMORY_DEVICE)
		flags |= PTE_DEVICE;
	return flags;
}

/* The page of a shared region. */
static error_t fault_shared(struct region *region, u64 index, bool write, u64 *physical,
			    bool *writable)
{
	struct memory *memory = region->memory;

	if (memory->object.dead || index << PAGE_SHIFT >= memory->size)
		return E_RANGE;
	*physical = memory_page(memory, index, write || region->protect & PROTECT_WRITE, writable);
	if (write)
		memory->version++;
	return *physical ? 0 : E_NOMEM;
}

/* The page of a private region: in the overlay, or read through it. */
static error_t fault_overlay(struct space *space, struct region *region, u64 address, bool write,
			     u64 *physical, bool *writable)
{
	struct memory *overlay = space->overlay;
	u64 page = address >> PAGE_SHIFT,
	    index = (address - region->start + region->offset) >> PAGE_SHIFT;
	bool alone, below_alone;

	*physical = memory_peek(overlay, page, &alone);
	if (!*physical && region->memory) {
		if (region->memory->object.dead || index << PAGE_SHIFT >= region->memory->size)
			return E_RANGE;
		u64 below = memory_page(region->memory, index, false, &below_alone);
		if (!below)
			return E_NOMEM;
		if (!write) {
			*physical = below;
			*writable = false;
			return 0;
		}
		u64 *entry = memory_own(overlay, page);
		u64 copy = entry ? budget_frame(space->object.budget, false) : 0;
		if (!copy)
			return E_NOMEM;
		frame_copy(copy, below);
		*entry = copy;
		overlay->pages++;
		space->cow_faults++;
		*physical = copy;
		*writable = true;
		return 0;
	}
	if (*physical && write && !alone)
		space->cow_faults++;
	if (!*physical || (write && !alone))
		*physical = memory_page(overlay, page, write, &alone);
	*writable = alone;
	return *physical ? 0 : E_NOMEM;
}

error_t space_fault(struct space *space, u64 address, u32 access, u64 *physical)
{
	bool write = access & PROTECT_WRITE, writable = false;
	struct region *region;
	error_t error;

	if (!(access & PROTECT_EXEC)) {
		*physical = pagetable_find(space, address, write);
		if (*physical != ~(u64)0)
			return 0;
	}
	region = space_region_at(space, address);
	if (!region || (access & ~region->protect) || space->object.dead)
		return E_FAULT;
	address &= ~PAGE_MASK;
	if (region->flags & MAP_OVERLAY)
		error = fault_overlay(space, region, address, write, physical, &writable);
	else
		error = fault_shared(region,
				     (address - region->start + region->offset) >> PAGE_SHIFT,
				     write, physical, &writable);
	if (error)
		return error;
	space->minor_faults++;
	return pagetable_set(space, address, *physical, pte_flags_of(region, writable));
}

error_t space_reach(struct space *space, u64 address, bool write, bool force, u64 *physical)
{
	u32 access = write ? PROTECT_WRITE : PROTECT_READ;
	error_t error = space_fault(space, address, access, physical);
	struct region *region;
	bool writable;

	if (error != E_FAULT || !force || space->object.dead)
		return error;
	region = space_region_at(space, address);
	if (!region || access & ~region->maximum)
		return E_FAULT;
	/* Straight to the page, past the region's present protection; entries are rebuilt by fault.
	 */
	if (region->flags & MAP_OVERLAY)
		error = fault_overlay(space, region, address & ~PAGE_MASK, write, physical,
				      &writable);
	else
		error = fault_shared(region,
				     ((address & ~PAGE_MASK) - region->start + region->offset) >>
					     PAGE_SHIFT,
				     write, physical, &writable);
	if (!error && write)
		pagetable_clear(space, address & ~PAGE_MASK, (address & ~PAGE_MASK) + PAGE_SIZE);
	return error;
}

void space_describe(struct space *space, struct space_info *info)
{
	*info = (struct space_info){
		.resident_pages = space->resident_pages,
		.table_pages = space->table_pages,
		.region_count = space->region_count,
		.minor_faults = space->minor_faults,
		.cow_faults = space->cow_faults,
		.memory_in_overlay = space->overlay ? space->overlay->pages : 0,
	};
	for (struct list *l = space->ordered.next; l != &space->ordered; l = l->next) {
		struct region *r = container_of(l, struct region, ordered);

		info->region_pages += (r->end - r->start) >> PAGE_SHIFT;
	}
}

void space_unmap_memory(struct memory *memory, u64 first, u64 last)
{
	for (struct list *l = memory->regions.next; l != &memory->regions; l = l->next) {
		struct region *r = container_of(l, struct region, in_memory);
		u64 low = r->offset >> PAGE_SHIFT, high = low + ((r->end - r->start) >> PAGE_SHIFT);

		if (first >= high || last <= low)
			continue;
		u64 from = first > low ? first - low : 0, to = (last < high ? last : high) - low;
		pagetable_clear(r->space, r->start + (from << PAGE_SHIFT),
				r->start + (to << PAGE_SHIFT));
	}
}
