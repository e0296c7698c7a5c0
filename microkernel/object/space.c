/* SPDX-License-Identifier: MIT */
/* space.c - regions: map, unmap, protect, and the faults that fill them. */
#include "microkernel/object/space.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

struct slab region_slab = SLAB_INIT(SLAB_REGION, sizeof(struct region));

struct space *space_make(struct budget *budget, enum space_kind kind)
{
	struct space *space = object_alloc(OBJECT_SPACE, budget);

	if (!space)
		return NULL;
	space->kind = kind;
	list_init(&space->ordered);
	list_init(&space->client_views);
	list_init(&space->server_views);
	list_init(&space->threads);
	space->overlay = memory_make(budget, MEMORY_OVERLAY, 1ul << 47);
	space->root = space->overlay ? pagetable_root(budget) : 0;
	if (space->root && kind == SPACE_NATIVE) {
		/* Views copy this entry, so it has to be there from the first moment. */
		u64 table = budget_frame(budget, true);

		if (table) {
			((pte_t *)direct_pointer(space->root))[SLOT_TOP_ENTRY] =
				arch_table_entry(table, true);
			space->table_pages = 1;
			return space;
		}
	} else if (space->root) {
		return space;
	}
	object_put(space);
	return NULL;
}

/* --- the tree --- */

struct region *space_region_at(struct space *space, u64 address)
{
	struct treap_node *node = treap_floor(&space->regions, address);
	struct region *region = node ? container_of(node, struct region, node) : NULL;

	return region && address < region->end ? region : NULL;
}

struct region *space_region_from(struct space *space, u64 address)
{
	struct treap_node *node = treap_floor(&space->regions, address);
	struct region *region;
	struct list *next;

	if (node) {
		region = container_of(node, struct region, node);
		if (address < region->end)
			return region;
		next = region->ordered.next;
	} else {
		next = space->ordered.next;
	}
	return next == &space->ordered ? NULL : container_of(next, struct region, ordered);
}

static struct region *region_alloc(struct space *space)
{
	struct region *region;

	region = budget_slab(space->object.budget, &region_slab);
	if (!region)
		return NULL;
	region->space = space; /* before its memory knows it: whoever comes from there locks it */
	list_init(&region->ordered);
	list_init(&region->in_memory);
	return region;
}

static void region_free(struct space *space, struct region *region)
{
	budget_slab_free(space->object.budget, &region_slab, region);
}

/*
 * Enter the region into its memory's list.  like: another region of the same memory, whose slot it
 * takes over.  E_BADCAP: the capability, or the memory, has gone meanwhile.
 */
static error_t region_attach(struct region *region, const struct cap_ref *through,
			     const struct region *like)
{
	struct memory *memory = region->memory;
	error_t error = 0;

	if (!memory)
		return 0;
	if (!object_try_get(memory))
		return E_BADCAP;
	lock_acquire(&memory->object.lock);
	if (through && !cap_holds(through)) {
		error = E_BADCAP;
	} else {
		region->slot = like ? like->slot : through ? through->slot : NULL;
		region->pass = memory->unmap_pass;
		list_append(&memory->regions, &region->in_memory);
	}
	lock_release(&memory->object.lock);
	if (error)
		object_put(memory);
	return error;
}

static void region_insert(struct space *space, struct region *region)
{
	struct region *next = space_region_from(space, region->start);

	assert(space_locked());
	list_append(next ? &next->ordered : &space->ordered, &region->ordered);
	treap_insert(&space->regions, &region->node, region->start);
	space->region_count++;
}

static void region_unlink(struct region *region)
{
	struct space *space = region->space;
	struct memory *memory = region->memory;

	assert(space_locked());
	treap_remove(&space->regions, &region->node);
	list_remove(&region->ordered);
	space->region_count--;
	if (memory) {
		lock_acquire(&memory->object.lock);
		list_remove(&region->in_memory);
		lock_release(&memory->object.lock);
		object_put(memory);
	}
	region_free(space, region);
}

/* From below, and what is left after an interrupt is a smaller region. */
error_t region_remove(struct region *region)
{
	struct space *space = region->space;

	for (;;) {
		u64 start = region->start, at = pagetable_clear_part(space, start, region->end);

		if (region->flags & MAP_OVERLAY) {
			error_t error = memory_drop(space->overlay, start >> PAGE_SHIFT,
						    at >> PAGE_SHIFT);
			if (error)
				return error;
		}
		if (at == region->end)
			break;
		treap_remove(&space->regions, &region->node);
		region->start = at;
		region->offset += at - start;
		treap_insert(&space->regions, &region->node, at);
		if (preempt_point())
			return E_RESTART;
	}
	region_unlink(region);
	return 0;
}

/* Cut a region in two at `address`, which lies inside; `spare` becomes the upper part. */
static error_t region_split(struct region *region, struct region *spare, u64 address)
{
	error_t error;

	*spare = *region;
	list_init(&spare->ordered);
	list_init(&spare->in_memory);
	if (region->stale)
		spare->stale = region->stale = region->start;
	if (spare->stale)
		spare->stale = address;
	spare->start = address;
	spare->offset += address - region->start;
	error = region_attach(spare, NULL, region);
	if (error)
		return error;
	region->end = address;
	region_insert(region->space, spare);
	return 0;
}

/* Make region borders at start and end, so that whole regions can be changed. */
error_t space_split(struct space *space, u64 start, u64 end)
{
	u64 cut[2] = { start, end };

	for (int i = 0; i < 2; i++) {
		struct region *region = space_region_at(space, cut[i]), *spare;

		if (!region || region->start == cut[i])
			continue;
		spare = region_alloc(space);
		if (!spare)
			return E_NOMEM;
		error_t error = region_split(region, spare, cut[i]);
		if (error) {
			region_free(space, spare);
			return error;
		}
	}
	return 0;
}

static bool range_ok(const struct space *space, u64 start, u64 length)
{
	u64 base = space->kind == SPACE_NATIVE ? SLOT_BASE : GUEST_BASE;
	u64 limit = space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT;

	return !(start & PAGE_MASK) && start >= base && start < limit && length &&
	       length <= limit - start;
}

error_t space_unmap_range(struct space *space, u64 start, u64 end)
{
	struct region *region;
	error_t error = space_split(space, start, end);

	while (!error && (region = space_region_from(space, start)) && region->start < end)
		error = region_remove(region);
	return error;
}

/* --- map --- */

/* The highest gap of `length` bytes that ends at or below `below`; 0: none. */
static u64 find_gap(struct space *space, u64 below, u64 length)
{
	u64 base = space->kind == SPACE_NATIVE ? SLOT_BASE : GUEST_BASE;
	struct treap_node *node = treap_floor(&space->regions, below - 1);
	struct list *l = node ? &container_of(node, struct region, node)->ordered : &space->ordered;

	for (; l != &space->ordered && below >= base + length; l = l->prev) {
		struct region *region = container_of(l, struct region, ordered);

		if (region->end <= below && below - region->end >= length)
			return below - length;
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
	gap = find_gap(space, space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT,
		       length + node);
	/* The upper bound that makes the region end where it shall. */
	return gap ? gap + ((address - gap) & (node - 1)) + length : 0;
}

/* Two neighbours that could be one: plain anonymous memory of equal protection. */
static bool mergeable(const struct region *a, const struct region *b)
{
	return a->end == b->start && !a->memory && !b->memory && a->protect == b->protect &&
	       a->maximum == b->maximum && a->flags == b->flags && a->tag == b->tag && !a->stale &&
	       !b->stale;
}

static void merge_neighbours(struct space *space, struct region *region)
{
	struct list *next = region->ordered.next, *prev = region->ordered.prev;

	if (next != &space->ordered) {
		struct region *upper = container_of(next, struct region, ordered);
		if (mergeable(region, upper)) {
			u64 end = upper->end;
			region_unlink(upper);
			region->end = end;
		}
	}
	if (prev != &space->ordered) {
		struct region *lower = container_of(prev, struct region, ordered);
		if (mergeable(lower, region)) {
			u64 end = region->end;
			region_unlink(region);
			lower->end = end;
		}
	}
}

#define MAP_KNOWN   (MAP_AT | MAP_REPLACE | MAP_OVERLAY)
#define PROTECT_ALL (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC)

static bool write_and_exec(u32 protect)
{
	return (protect & (PROTECT_WRITE | PROTECT_EXEC)) == (PROTECT_WRITE | PROTECT_EXEC);
}

/* `like`: an address in a region of the same memory that stays, or ~0. */
static i64 map_region(struct space *space, const struct map_args *args, struct memory *memory,
		      const struct cap_ref *through, u64 like)
{
	u64 length = (args->length + PAGE_MASK) & ~PAGE_MASK, address = args->address;
	u64 limit = space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT;
	struct region *region;
	error_t error;

	if (args->flags & ~(u32)MAP_KNOWN || (args->protect | args->maximum) & ~(u32)PROTECT_ALL ||
	    args->offset & PAGE_MASK || args->protect & ~args->maximum ||
	    (!memory && !(args->flags & MAP_OVERLAY)) || length < args->length)
		return E_INVAL;
	if (write_and_exec(args->protect) ||
	    (args->maximum & PROTECT_EXEC && args->maximum & PROTECT_WRITE &&
	     !(args->flags & MAP_OVERLAY)))
		return E_ACCESS;
	if (memory && memory->kind == MEMORY_DEVICE && args->flags & MAP_OVERLAY)
		return E_INVAL; /* there is nothing to copy on write */
	if (memory && (args->offset > 1ul << 47 ||
		       (memory->kind == MEMORY_DEVICE && /* whose size is constant */
			(args->offset > memory->size || length > memory->size - args->offset))))
		return E_RANGE;
	if (!(args->flags & MAP_AT)) {
		u64 below = address && address < limit ? address & ~PAGE_MASK : limit;
		address = find_gap(space, below, length);
		if (!address && below != limit)
			address = find_gap(space, limit, length);
		if (!address)
			return E_NOMEM;
	}
	if (!range_ok(space, address, length))
		return E_RANGE;
	if (args->flags & MAP_REPLACE) {
		error = space_unmap_range(space, address, address + length);
		if (error)
			return error;
	}
	region = space_region_from(space, address);
	if (region && region->start < address + length)
		return E_EXISTS;
	region = region_alloc(space);
	if (!region)
		return E_NOMEM;
	region->start = address;
	region->end = address + length;
	region->memory = memory;
	region->offset = args->offset;
	region->protect = args->protect;
	region->maximum = args->maximum;
	region->flags = args->flags & MAP_OVERLAY;
	region->tag = args->tag;
	error = space->object.dead ? E_DEAD
				   : region_attach(region, through, space_region_at(space, like));
	if (error) {
		region_free(space, region);
		return error;
	}
	region_insert(space, region);
	merge_neighbours(space, region);
	return (i64)address;
}

i64 space_map_memory(struct space *space, const struct map_args *args, struct memory *memory,
		     const struct cap_ref *through)
{
	return map_region(space, args, memory, through, ~(u64)0);
}

i64 space_map_like(struct space *space, const struct map_args *args, u64 like)
{
	return map_region(space, args, space_region_at(space, like)->memory, NULL, like);
}

void space_merge(struct space *space, u64 start, u64 end)
{
	struct region *region;

	/* Merging frees regions, so each round looks the next one up again. */
	for (u64 at = start; (region = space_region_from(space, at)) && region->start < end;) {
		at = region->end;
		merge_neighbours(space, region);
	}
}

error_t space_copy_regions(struct space *to, struct space *from, u64 *address)
{
	struct region *old, *region;

	while ((old = space_region_from(from, *address))) {
		region = region_alloc(to);
		if (!region)
			return E_NOMEM;
		*region = *old;
		region->space = to;
		list_init(&region->ordered);
		list_init(&region->in_memory);
		region->stale = 0;
		/* A memory object that dies just now takes the parent's mapping, too. */
		if (region_attach(region, NULL, old))
			region_free(to, region);
		else
			region_insert(to, region);
		*address = old->end;
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

/* --- the end --- */

/* Its threads end; false: none is left.  They hold the space, so it has not lost its last
 * reference, and so does whoever calls this. */
static struct thread *first_thread(struct space *space)
{
	struct thread *thread = NULL;

	lock_acquire(&space->object.lock);
	if (!list_empty(&space->threads)) {
		thread = container_of(space->threads.next, struct thread, in_space);
		object_get(thread);
	}
	lock_release(&space->object.lock);
	return thread;
}

static error_t end_threads(struct space *space)
{
	struct thread *thread;

	while ((thread = first_thread(space))) {
		error_t error = object_end(&thread->object);

		object_put(thread);
		if (error || preempt_point())
			return E_RESTART;
	}
	return 0;
}

/* No thread runs in it any more, and no view shows it. */
static error_t end_mappings(struct space *space)
{
	while (!list_empty(&space->ordered)) {
		region_unlink(container_of(space->ordered.next, struct region, ordered));
		if (preempt_point())
			return E_RESTART;
	}
	return space->root ? pagetable_free(space) : 0;
}

error_t space_kill_step(struct space *space)
{
	struct memory *overlay;
	error_t error = end_threads(space);

	if (error)
		return error;
	view_detach_all(space);
	lock_acquire(&space->object.lock);
	if (space->clone)
		object_put(space->clone);
	space->clone = NULL;
	error = end_mappings(space);
	overlay = space->overlay;
	if (!error)
		space->overlay = NULL;
	lock_release(&space->object.lock);
	if (!error && overlay)
		object_put(overlay);
	return error;
}
