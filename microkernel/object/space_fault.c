/* SPDX-License-Identifier: MIT */
/* space_fault.c - how a page comes into a space: from the overlay, or from a memory object. */
#include "microkernel/object/space.h"

enum { AROUND = 8 }; /* divides NODE_ENTRIES */

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

/*
 * A page of the object could not be had.  To a guest, an object that another budget pays for is
 * full, as if it ended there: who gives up memory of the guest's own budget could not help.
 */
static error_t refused(const struct space *space, const struct memory *memory)
{
	bool own = memory->object.budget == space->object.budget;

	return own || space->kind != SPACE_GUEST ? E_NOMEM : E_RANGE;
}

/* The page of a shared region. */
static error_t fault_shared(struct space *space, struct region *region, u64 index, bool write,
			    u64 *physical, bool *writable)
{
	struct memory *memory = region->memory;
	error_t error = 0;

	*writable = true;
	if (memory->kind == MEMORY_DEVICE) {
		*physical = memory->device + (index << PAGE_SHIFT);
		return memory->object.dead ? E_RANGE : 0;
	}
	lock_acquire(&memory->object.lock);
	if (memory->object.dead || index << PAGE_SHIFT >= memory->size)
		error = E_RANGE;
	else if (!(*physical = memory_page(memory, index)))
		error = refused(space, memory);
	else if (write)
		memory_touched(memory);
	lock_release(&memory->object.lock);
	return error;
}

/* A private page that is not ours yet, of a region that shows a file: the file's own, or a copy to
 * be written. */
static error_t fault_through(struct space *space, struct memory *file, u64 index, u64 page,
			     bool write, u64 *physical)
{
	u64 below = 0, copy = 0, *entry;
	error_t error = 0;

	lock_acquire(&file->object.lock);
	if (file->object.dead || index << PAGE_SHIFT >= file->size)
		error = E_RANGE;
	else if (!(below = memory_page(file, index)))
		error = refused(space, file);
	else if (write && !(copy = budget_frame(space->object.budget, false)))
		error = E_NOMEM;
	else if (write)
		frame_copy(copy, below);
	lock_release(&file->object.lock);
	*physical = below;
	if (error || !write)
		return error;
	entry = memory_own(space->overlay, page);
	if (!entry) {
		budget_frame_free(copy);
		return E_NOMEM;
	}
	*physical = *entry = copy;
	space->overlay->pages++;
	space->cow_faults++;
	return 0;
}

/* The page of a private region: in the overlay, or read through it. */
static error_t fault_overlay(struct space *space, struct region *region, u64 address, bool write,
			     u64 *physical, bool *writable)
{
	struct memory *overlay = space->overlay;
	u64 page = address >> PAGE_SHIFT,
	    index = (address - region->start + region->offset) >> PAGE_SHIFT;
	bool alone;

	*physical = memory_peek(overlay, page, &alone);
	if (!*physical && region->memory) {
		*writable = write;
		return fault_through(space, region->memory, index, page, write, physical);
	}
	if (*physical && write && !alone)
		space->cow_faults++;
	if (!*physical || (write && !alone)) {
		*physical = memory_page_own(overlay, page);
		alone = true;
	}
	*writable = alone;
	return *physical ? 0 : E_NOMEM;
}

static error_t fault_region(struct space *space, struct region *region, u64 address, bool write,
			    u64 *physical, bool *writable)
{
	address &= ~PAGE_MASK;
	region->touched = true;
	if (region->flags & MAP_OVERLAY)
		return fault_overlay(space, region, address, write, physical, writable);
	return fault_shared(space, region, (address - region->start + region->offset) >> PAGE_SHIFT,
			    write, physical, writable);
}

/*
 * A guest that has written AROUND pages of anonymous memory one after the other gets as many more
 * at once; what is there already, and where memory ends, ends that, too.  Native programs count
 * what they touch: they get nothing else.
 */
static void fault_around(struct space *space, struct region *region, u64 address)
{
	struct memory *overlay = space->overlay;
	u64 *entry, end = address + AROUND * PAGE_SIZE;

	if (space->kind != SPACE_GUEST || !(region->flags & MAP_OVERLAY) || region->memory ||
	    end > region->end ||
	    address - region->start < AROUND * PAGE_SIZE ||
	    pagetable_find(space, address - PAGE_SIZE, true) == ~(u64)0 ||
	    pagetable_find(space, address - AROUND * PAGE_SIZE, true) == ~(u64)0)
		return;
	/* The first page's nodes are its own by now, and all the pages lie in one. */
	entry = memory_own(overlay, address >> PAGE_SHIFT);
	while (entry && (address += PAGE_SIZE) < end && !*++entry) {
		*entry = budget_frame(space->object.budget, true);
		if (!*entry)
			return;
		overlay->pages++;
		if (pagetable_set(space, address, *entry, pte_flags_of(region, true)))
			return;
	}
}

error_t space_fault(struct space *space, u64 address, u32 access, u64 *physical)
{
	bool write = access & PROTECT_WRITE, writable = false;
	struct region *region;
	error_t error;

	assert(space_locked());
	if (space->object.dead)
		return E_FAULT;
	if (!(access & PROTECT_EXEC)) {
		*physical = pagetable_find(space, address, write);
		if (*physical != ~(u64)0)
			return 0;
	}
	region = space_region_at(space, address);
	if (!region || (access & ~region->protect))
		return E_FAULT;
	error = fault_region(space, region, address, write, physical, &writable);
	if (error)
		return error;
	space->minor_faults++;
	error = pagetable_set(space, address & ~PAGE_MASK, *physical,
			      pte_flags_of(region, writable));
	if (!error && write && !(address >> PAGE_SHIFT & (AROUND - 1)))
		fault_around(space, region, address & ~PAGE_MASK);
	return error;
}

error_t space_touch(struct space *space, u64 address, u32 access)
{
	u64 physical;
	error_t error;

	lock_acquire(&space->object.lock);
	error = space_fault(space, address, access, &physical);
	lock_release(&space->object.lock);
	return error;
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
	error = fault_region(space, region, address, write, physical, &writable);
	if (!error && write)
		(void)pagetable_clear_part(space, address & ~PAGE_MASK,
					   (address & ~PAGE_MASK) + PAGE_SIZE);
	return error;
}

void space_describe(struct space *space, struct space_info *info)
{
	*info = (struct space_info){
		.resident_pages = space->resident_pages,
		.table_pages = space->table_pages,
		.minor_faults = space->minor_faults,
		.cow_faults = space->cow_faults,
		.memory_in_overlay = space->overlay ? space->overlay->pages : 0,
	};
	for (struct list *l = space->ordered.next; l != &space->ordered; l = l->next) {
		struct region *r = container_of(l, struct region, ordered);

		info->region_count++;
		info->region_pages += (r->end - r->start) >> PAGE_SHIFT;
	}
}
