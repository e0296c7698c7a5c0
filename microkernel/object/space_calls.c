/* SPDX-License-Identifier: MIT */
/* space_calls.c - the system calls on spaces: check what the caller asks, then act. */
#include "microkernel/object/calls.h"
#include "microkernel/object/region.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

/*
 * Another thread's unfinished clone comes first: the call is repeated until that is done, or given
 * up by the end of its thread.
 */
error_t space_in_clone(struct space *space)
{
	struct thread *cloner = space->clone ? weak_get(&space->cloner) : NULL;

	if (space->object.dead || (cloner && cloner != thread_current() &&
				   thread_waits(cloner) != WAIT_DEAD)) {
		lock_release(&space->object.lock);
		this_cpu()->resched = 1;
		return space->object.dead ? E_DEAD : E_RESTART;
	}
	if (space->clone && cloner != thread_current()) {
		object_put(space->clone);
		space->clone = NULL;
	}
	return 0;
}

i64 sys_space_create(struct cap_ref budget, u64 kind)
{
	if (kind > SPACE_GUEST)
		return E_INVAL;
	return cap_install_new(space_make(budget.object, (enum space_kind)kind), RIGHTS_ALL, 0);
}

/* The range of a call as start and end; E_RANGE, E_INVAL. */
static inline error_t range_of(const struct space *space, u64 address, u64 length, u64 *end)
{
	if (address & PAGE_MASK || !length)
		return E_INVAL;
	if (address >= space->limit || length > space->limit - address)
		return E_RANGE;
	*end = (address + length + PAGE_MASK) & ~PAGE_MASK;
	return 0;
}

i64 sys_space_unmap(struct cap_ref cap, u64 address, u64 length)
{
	struct space *space = cap.object;
	struct region *region;
	u64 end;
	error_t error = range_of(space, address, length, &end);

	if (error)
		return error;
	error = space_lock_to_change(space);
	if (error)
		return error;
	region = region_exact(space, address, end);
	error = region ? region_remove(region) : space_unmap_range(space, address, end);
	lock_release(&space->object.lock);
	return error;
}

/* Entries that allow what it no longer does go; more rights come by fault.  E_RESTART. */
static error_t protect_region(struct space *space, struct region *region, u8 protect)
{
	if (region->touched && region->protect & ~protect)
		region->stale = region->start;
	region->protect = protect;
	while (region->stale) {
		u64 at = pagetable_clear_part(space, region->stale, region->end);

		region->stale = at < region->end ? at : 0;
		if (region->stale && preempt_point())
			return E_RESTART;
	}
	return 0;
}

/* Region by region from below.  What was done before an interrupt is found done, and is merged: the
 * walk over many regions becomes one over few. */
static error_t protect_range(struct space *space, u64 address, u64 end, u8 protect)
{
	struct region *region = region_exact(space, address, end);
	error_t error = region ? 0 : space_split(space, address, end);
	bool done;

	for (; !error && address < end; region = NULL) {
		if (!region && !(region = space_region_at(space, address)))
			return E_NOENT;
		if (protect & ~region->maximum)
			return E_ACCESS;
		address = region->end;
		done = region->protect == protect && !region->stale;
		error = protect_region(space, region, protect);
		if (!error)
			region_merge(space, region);
		if (!error && address < end && preempt_point() && !done)
			error = E_RESTART;
	}
	return error;
}

i64 sys_space_protect(struct cap_ref cap, u64 address, u64 length, u64 protect)
{
	struct space *space = cap.object;
	u64 end;
	error_t error = range_of(space, address, length, &end);

	if (error)
		return error;
	if (protect & ~7ul)
		return E_INVAL;
	if ((protect & 6) == 6)
		return E_ACCESS;
	error = space_lock_to_change(space);
	if (error)
		return error;
	error = protect_range(space, address, end, (u8)protect);
	lock_release(&space->object.lock);
	return error;
}

/* Grow or shrink where it is; E_EXISTS if something is in the way. */
static error_t remap_in_place(struct space *space, struct region *region,
			      const struct remap_args *a, u64 old_end, u64 new_end)
{
	struct region *next;

	if (new_end <= old_end)
		return new_end == old_end ? 0 : space_unmap_range(space, new_end, old_end);
	next = space_region_from(space, old_end);
	if (region->end != old_end || (next && next->start < new_end) ||
	    new_end > space->limit || new_end < a->address)
		return E_EXISTS;
	region->end = new_end;
	return 0;
}

/* Where the moved pages shall be: a new region like the old one. */
static i64 remap_target(struct space *space, struct region *region, const struct remap_args *a)
{
	u64 length = (a->new_length + PAGE_MASK) & ~PAGE_MASK;
	u64 below = space_gap_like(space, a->address, length);
	struct map_args map = {
		.address = a->flags & MAP_AT ? a->new_address : below,
		.length = a->new_length,
		.offset = region->memory ? region->offset + (a->address - region->start) : 0,
		.protect = region->protect,
		.maximum = region->maximum,
		.flags = region->flags | (a->flags & MAP_AT ? MAP_AT | MAP_REPLACE : 0),
		.tag = region->tag,
	};

	return space_map_region(space, &map, region->memory, NULL, a->address);
}

static i64 remap(struct space *space, const struct remap_args *a, u64 old_end)
{
	u64 new_end = (a->address + a->new_length + PAGE_MASK) & ~PAGE_MASK;
	u64 moved = (old_end < new_end ? old_end : new_end) - a->address;
	struct region *region = space_region_at(space, a->address);
	error_t error;
	i64 target;

	if (!region || region->end < old_end)
		return E_NOENT;
	if (!(a->flags & MAP_AT)) {
		error = remap_in_place(space, region, a, old_end, new_end);
		if (error != E_EXISTS)
			return error ? error : (i64)a->address;
		if (!(a->flags & REMAP_MAY_MOVE))
			return E_NOMEM;
	} else if (a->new_address < old_end && a->new_address + a->new_length > a->address) {
		return E_INVAL;
	}
	/* The long part comes first, where the call can still begin again. */
	for (u64 at = a->address; at < old_end;) {
		at = pagetable_clear_part(space, at, old_end);
		if (preempt_point())
			return E_RESTART;
	}
	bool overlay = region->flags & MAP_OVERLAY;
	target = remap_target(space, region, a);
	if ((u64)target >= (u64)E_RESTART)
		return target;
	space_region_at(space, (u64)target)->touched = true;
	u64 from = a->address >> PAGE_SHIFT, to = (u64)target >> PAGE_SHIFT;
	u64 count = moved >> PAGE_SHIFT, left = count;
	error = overlay ? memory_move(space->overlay, from, to, &left) : 0;
	if (error) {
		left = count - left;
		(void)memory_move(space->overlay, to, from, &left);
		while (space_unmap_range(space, target, target + (new_end - a->address)) ==
		       E_RESTART)
			;
		return error;
	}
	while ((error = space_unmap_range(space, a->address, old_end)) == E_RESTART)
		;
	return error ? error : target;
}

i64 sys_space_remap(struct cap_ref cap, const struct remap_args __user *user_args)
{
	struct space *space = cap.object;
	struct remap_args a;
	u64 old_end;
	i64 result;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = range_of(space, a.address, a.length, &old_end);
	if (error)
		return error;
	if (!a.new_length || a.flags & ~(u32)(REMAP_MAY_MOVE | MAP_AT) ||
	    a.new_length > 1ul << 46 || (a.flags & MAP_AT && !(a.flags & REMAP_MAY_MOVE)))
		return E_INVAL;
	error = space_lock_to_change(space);
	if (error)
		return error;
	result = remap(space, &a, old_end);
	lock_release(&space->object.lock);
	return result;
}

/* The first region that ends above `from`, its pages counted from there; false: none. */
static bool region_report(struct space *space, u64 from, struct region_info *info)
{
	struct region *r;

	lock_acquire(&space->object.lock);
	r = space_region_from(space, from);
	if (r) {
		from = from > r->start ? from & ~PAGE_MASK : r->start;
		*info = (struct region_info){
			.address = r->start,
			.length = r->end - r->start,
			.offset = r->offset,
			.memory_id = r->memory ? r->memory->object.id : 0,
			.protect = r->protect,
			.maximum = r->maximum,
			.flags = r->flags,
			.tag = r->tag,
			.resident_pages = pagetable_count(space, &from, r->end),
		};
		info->counted_to = from;
	}
	lock_release(&space->object.lock);
	return r != NULL;
}

enum { REGIONS_AT_LEAST = 8 };

i64 sys_space_regions(struct cap_ref cap, u64 from, struct region_info __user *buffer, u64 count)
{
	struct region_info info;
	u64 n = 0;

	while (n < count && n < 64 && region_report(cap.object, from, &info)) {
		error_t error = user_write((u64)(uintptr_t)&buffer[n], &info, sizeof(info));

		if (error)
			return error;
		n++;
		from = info.address + info.length;
		if (preempt_point() && n >= REGIONS_AT_LEAST)
			break;
	}
	return (i64)n;
}

/* The child shares all pages from here on; the parent's entries lose write permission once. */
static error_t clone_begin(struct space *from, struct budget *budget)
{
	struct space *space = space_make(budget, SPACE_GUEST);

	if (!space)
		return E_NOMEM;
	memory_share(space->overlay, from->overlay);
	pagetable_protect_all(from);
	from->clone = space;
	from->cloner = weak_to(&thread_current()->object);
	from->cloned_up_to = 0;
	return 0;
}

i64 sys_space_clone(struct cap_ref budget, cap_t source_handle)
{
	struct cap_ref source;
	struct space *space, *from;
	error_t error = cap_lookup(source_handle, OBJECT_SPACE, RIGHT_SPACE_CLONE, &source);

	if (error)
		return error;
	from = source.object;
	/* COW sharing never crosses budgets (G1). */
	if (from->kind != SPACE_GUEST || from->object.budget != budget.object)
		return E_NOTSUP;
	error = space_lock_to_change(from);
	if (error)
		return error;
	if (!from->clone) {
		error = clone_begin(from, budget.object);
		if (!error && preempt_point())
			error = E_RESTART;
	}
	space = from->clone;
	if (!error) {
		/* Nobody has a handle of it to lock both; memory behind its regions knows it. */
		lock_acquire_as(&space->object.lock, LOCK_SPACE_SECOND);
		error = space_copy_regions(space, from, &from->cloned_up_to);
		lock_release_as(&space->object.lock, LOCK_SPACE_SECOND);
	}
	if (error != E_RESTART)
		from->clone = NULL;
	lock_release(&from->object.lock);
	if (error == E_RESTART || !space)
		return error;
	return cap_install_new(space, RIGHTS_ALL, error);
}

i64 sys_space_copy(struct cap_ref cap, u64 address, u64 local, u64 length, u64 direction)
{
	bool write = direction & SPACE_COPY_WRITE;
	u64 need = write ? RIGHT_WRITE : RIGHT_READ;
	struct user_place there = { .space = cap.object,
				    .address = address,
				    .force = direction & SPACE_COPY_FORCE };
	struct user_place here = { .space = user_space(thread_current(), local), .address = local };

	i64 done;

	if (direction & ~3ul)
		return E_INVAL;
	if ((cap.word & need) != need)
		return E_RIGHTS;
	done = user_copy(write ? &there : &here, write ? &here : &there, length);
	return done == E_FAULT_IN ? E_NOMEM : done;
}

i64 sys_space_info(struct cap_ref cap, struct space_info __user *to)
{
	struct space *space = cap.object;
	struct space_info info;

	lock_acquire(&space->object.lock);
	space_describe(space, &info);
	lock_release(&space->object.lock);
	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}
