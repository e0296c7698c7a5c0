/* SPDX-License-Identifier: MIT */
/* space.c - a space's regions: found, cut, joined, removed, copied; and its end. */
#include "microkernel/object/region.h"
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

struct region *region_search(struct space *space, u64 address)
{
	struct treap_node *node = treap_floor(&space->regions, address);

	return node ? space->near = container_of(node, struct region, node) : NULL;
}

struct region *space_region_at(struct space *space, u64 address)
{
	struct region *region = region_floor(space, address);

	return region && address < region->end ? region : NULL;
}

struct region *space_region_from(struct space *space, u64 address)
{
	struct region *below = region_floor(space, address);

	return below && address < below->end ? below : region_above(space, below);
}

/* From below, and what is left after an interrupt is a smaller region. */
error_t region_empty(struct region *region)
{
	struct space *space = region->space;

	for (;;) {
		u64 start = region->start, at = pagetable_clear_part(space, start, region->end);
		error_t error = region->flags & MAP_OVERLAY
					? memory_drop(space->overlay, start >> PAGE_SHIFT,
						      at >> PAGE_SHIFT) : 0;

		if (error || at == region->end)
			return error;
		region->start = region->node.key = at; /* in the same place of the order */
		region->offset += at - start;
		if (preempt_point())
			return E_RESTART;
	}
}

/* Make a border of regions at `address`. */
static error_t region_cut(struct space *space, u64 address)
{
	struct region *region = space_region_at(space, address), *upper;
	error_t error;

	if (!region || region->start == address)
		return 0;
	upper = region_alloc(space);
	if (!upper)
		return E_NOMEM;
	*upper = *region;
	upper->start = address;
	upper->offset += address - region->start;
	error = region_attach(upper, NULL, region);
	if (error) {
		region_free(space, upper);
		return error;
	}
	region->end = address;
	region_insert(space, region, upper);
	if (region->stale) {
		region->stale = region->start;
		upper->stale = address;
	}
	return 0;
}

error_t space_split(struct space *space, u64 start, u64 end)
{
	error_t error = region_cut(space, start);

	return error ? error : region_cut(space, end);
}

error_t space_unmap_range(struct space *space, u64 start, u64 end)
{
	struct region *region;
	error_t error = space_split(space, start, end);

	while (!error && (region = space_region_from(space, start)) && region->start < end)
		error = region_remove(region);
	return error;
}

/* Two neighbours that could be one: plain anonymous memory of equal protection. */
static bool mergeable(const struct region *a, const struct region *b)
{
	return a->end == b->start && !a->memory && !b->memory && a->protect == b->protect &&
	       a->maximum == b->maximum && a->flags == b->flags && a->tag == b->tag && !a->stale &&
	       !b->stale;
}

static void merge(struct region *lower, struct region *upper)
{
	u64 end = upper->end;

	if (!mergeable(lower, upper))
		return;
	lower->touched |= upper->touched;
	region_unlink(upper);
	lower->end = end;
}

void region_merge(struct space *space, struct region *region)
{
	struct region *upper = region_above(space, region);

	if (region->memory)
		return;
	if (upper)
		merge(region, upper);
	if (region->ordered.prev != &space->ordered)
		merge(region_of(region->ordered.prev), region);
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
		region->stale = 0;
		/* A memory object that dies just now takes the parent's mapping, too. */
		if (region_attach(region, NULL, old))
			region_free(to, region);
		else
			region_insert(to, region_floor(to, region->start), region);
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
		region_unlink(region_of(space->ordered.next));
		if (preempt_point())
			return E_RESTART;
	}
	if (space->spare)
		budget_slab_free(space->object.budget, &region_slab, space->spare);
	space->spare = NULL;
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
