/* SPDX-License-Identifier: MIT */
/* space_map.c - new regions: where there is room, whether it may be, and how it comes to be. */
#include "microkernel/object/calls.h"
#include "microkernel/object/region.h"
#include "microkernel/object/thread.h"

/* The highest gap of `length` bytes that ends at or below `below`; 0: none. */
static u64 find_gap(struct space *space, u64 below, u64 length)
{
	u64 base = space_base(space);
	struct region *region = region_floor(space, below - 1);
	struct list *l = region ? &region->ordered : &space->ordered;

	for (; l != &space->ordered && below >= base + length; l = l->prev) {
		region = region_of(l);
		if (region->end <= below && below - region->end >= length) {
			space->near = region;
			return below - length;
		}
		below = region->start;
	}
	return below >= base + length ? below - length : 0;
}

/* Pages move by whole nodes of their tree if both places lie alike in it. */
u64 space_gap_like(struct space *space, u64 address, u64 length)
{
	u64 node = (u64)PAGE_SIZE << NODE_BITS, gap;

	if (length < node)
		return 0;
	if (length >> NODE_BITS >= node)
		node <<= NODE_BITS;
	gap = find_gap(space, space_limit(space), length + node);
	/* The upper bound that makes the region end where it shall. */
	return gap ? gap + ((address - gap) & (node - 1)) + length : 0;
}

#define MAP_KNOWN   (MAP_AT | MAP_REPLACE | MAP_OVERLAY)
#define PROTECT_ALL (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC)
#define WRITE_EXEC  (PROTECT_WRITE | PROTECT_EXEC)

/* Where it shall begin, with all that does not need a look at the regions there checked. */
static i64 map_place(struct space *space, const struct map_args *a, const struct memory *memory,
		     u64 length)
{
	u64 limit = space_limit(space), address = a->address;
	bool overlay = a->flags & MAP_OVERLAY, device = memory && memory->kind == MEMORY_DEVICE;
	u64 size = device ? memory->size : MEMORY_SIZE_MAX; /* a device's is constant */

	if (a->flags & ~MAP_KNOWN || (a->protect | a->maximum) & ~PROTECT_ALL ||
	    a->offset & PAGE_MASK || a->protect & ~a->maximum || length < a->length ||
	    (overlay ? device : !memory)) /* of a device there is nothing to copy on write */
		return E_INVAL;
	if ((a->protect & WRITE_EXEC) == WRITE_EXEC ||
	    ((a->maximum & WRITE_EXEC) == WRITE_EXEC && !overlay))
		return E_ACCESS;
	if (memory && (a->offset > size || length > size - a->offset))
		return E_RANGE;
	if (!(a->flags & MAP_AT)) {
		address = address && address < limit ? address & ~PAGE_MASK : limit;
		address = find_gap(space, address, length)
				  ?: address == limit ? 0 : find_gap(space, limit, length);
		if (!address)
			return E_NOMEM;
	}
	return !(address & PAGE_MASK) && address >= space_base(space) && address < limit &&
	       length && length <= limit - address ? (i64)address : E_RANGE;
}

/* Whether nothing is mapped there; *below: the last region before it, or NULL. */
static bool range_free(struct space *space, u64 address, u64 length, struct region **below)
{
	struct region *above;

	*below = region_floor(space, address);
	above = region_above(space, *below);
	return !(*below && (*below)->end > address) && !(above && above->start < address + length);
}

i64 space_map_region(struct space *space, const struct map_args *args, struct memory *memory,
		     const struct cap_ref *through, u64 like)
{
	u64 length = (args->length + PAGE_MASK) & ~PAGE_MASK;
	i64 address = map_place(space, args, memory, length);
	struct region *region, *below;
	error_t error = 0;

	if (address < 0 && address > E_LAST)
		return address;
	while (!range_free(space, (u64)address, length, &below)) {
		if (!(args->flags & MAP_REPLACE))
			return E_EXISTS;
		error = space_unmap_range(space, (u64)address, (u64)address + length);
		if (error)
			return error;
	}
	region = region_alloc(space);
	if (!region)
		return E_NOMEM;
	region->space = space; /* before its memory knows it: whoever comes from there locks it */
	region->start = (u64)address;
	region->end = (u64)address + length;
	region->memory = memory;
	region->offset = args->offset;
	region->protect = args->protect;
	region->maximum = args->maximum;
	region->flags = args->flags & MAP_OVERLAY;
	region->tag = args->tag;
	region->touched = false;
	region->stale = 0;
	error = region_attach(region, through, like ? space_region_at(space, like) : NULL);
	if (error) {
		region_free(space, region);
		return error;
	}
	region_insert(space, below, region);
	region_merge(space, region);
	return address;
}

/* Rights on memory are protections of its mappings. */
enum { RIGHTS_SHIFT = 2 };
_Static_assert(RIGHT_READ == PROTECT_READ << RIGHTS_SHIFT &&
	       RIGHT_WRITE == PROTECT_WRITE << RIGHTS_SHIFT &&
	       RIGHT_MEMORY_EXEC == PROTECT_EXEC << RIGHTS_SHIFT, "the same order");

i64 sys_space_map(struct cap_ref cap, u64 address, u64 length, cap_t handle, u64 offset,
		  u64 attributes)
{
	struct map_args args = { .address = address, .length = length, .offset = offset,
				 .attributes = attributes };
	struct cap_ref memory = { NULL, NULL, 0 };
	struct space *space = cap.object;
	bool overlay = args.flags & MAP_OVERLAY;
	u8 allowed = PROTECT_ALL;
	i64 result;
	error_t error;

	if (handle) {
		error = cap_lookup(handle, OBJECT_MEMORY, RIGHT_READ, &memory);
		if (error)
			return error;
		allowed = memory.word >> RIGHTS_SHIFT & PROTECT_ALL;
	}
	if (overlay)
		allowed |= PROTECT_WRITE; /* of what it reads */
	/* A shared mapping is writable or executable for good. */
	if (!args.maximum)
		args.maximum = overlay ? allowed
				       : allowed & ~(args.protect & PROTECT_EXEC ? PROTECT_WRITE
										 : PROTECT_EXEC);
	if ((args.maximum | args.protect) & ~allowed)
		return E_RIGHTS;
	error = space_lock_to_change(space);
	if (error)
		return error;
	result = space_map_region(space, &args, memory.object, handle ? &memory : NULL, 0);
	lock_release(&space->object.lock);
	return result;
}
