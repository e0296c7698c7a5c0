/* SPDX-License-Identifier: MIT */
/* space_calls.c - the system calls on spaces: check what the caller asks, then act. */
#include "microkernel/object/calls.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

i64 sys_space_create(struct cap_ref budget, u64 kind)
{
	struct space *space;
	i64 handle;

	if (kind > SPACE_GUEST)
		return E_INVAL;
	space = space_make(budget.object, (enum space_kind)kind);
	handle = space ? cap_install(&space->object, RIGHTS_ALL) : E_NOMEM;
	if (space)
		object_put(space);
	return handle;
}

/* What the rights on the memory allow a mapping of it to become. */
static u32 maximum_allowed(u64 rights, bool overlay)
{
	u32 maximum = 0;

	if (rights & RIGHT_READ)
		maximum |= PROTECT_READ | (overlay ? PROTECT_WRITE : 0);
	if (rights & RIGHT_WRITE && !overlay)
		maximum |= PROTECT_WRITE;
	if (rights & RIGHT_MEMORY_EXEC)
		maximum |= PROTECT_EXEC;
	return maximum;
}

i64 sys_space_map(struct cap_ref space, const struct map_args __user *user_args)
{
	struct map_args args;
	struct cap_ref memory = { NULL, NULL, 0 };
	u32 allowed = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	bool overlay;
	i64 result;
	error_t error = user_read(&args, (u64)(uintptr_t)user_args, sizeof(args));

	if (error)
		return error;
	overlay = args.flags & MAP_OVERLAY;
	if (args.memory) {
		error = cap_lookup(args.memory, OBJECT_MEMORY, RIGHT_READ, &memory);
		if (error)
			return error;
		allowed = maximum_allowed(memory.word, overlay);
	}
	if (!args.maximum) {
		args.maximum = allowed;
		/* A shared mapping is writable or executable for good. */
		if (!overlay)
			args.maximum &=
				~(u32)(args.protect & PROTECT_EXEC ? PROTECT_WRITE : PROTECT_EXEC);
	}
	if (args.maximum & ~allowed || args.protect & ~allowed)
		return E_RIGHTS;
	lock_acquire(&((struct space *)space.object)->object.lock);
	result = space_map_memory(space.object, &args, memory.object,
				  memory.object ? &memory : NULL);
	lock_release(&((struct space *)space.object)->object.lock);
	return result;
}

/* The range of a call as start and end; E_RANGE, E_INVAL. */
static error_t range_of(const struct space *space, u64 address, u64 length, u64 *end)
{
	u64 base = space->kind == SPACE_NATIVE ? SLOT_BASE : 0;
	u64 limit = space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT;

	if (address & PAGE_MASK || !length)
		return E_INVAL;
	if (address < base || address >= limit || length > limit - address)
		return E_RANGE;
	*end = (address + length + PAGE_MASK) & ~PAGE_MASK;
	return 0;
}

i64 sys_space_unmap(struct cap_ref cap, u64 address, u64 length)
{
	struct space *space = cap.object;
	u64 end;
	error_t error = range_of(space, address, length, &end);

	if (error)
		return error;
	lock_acquire(&space->object.lock);
	error = space_unmap_range(space, address, end);
	lock_release(&space->object.lock);
	return error;
}

/* Whether the whole range is mapped and may get that protection. */
static error_t protect_check(struct space *space, u64 address, u64 end, u64 protect)
{
	while (address < end) {
		struct region *region = space_region_at(space, address);

		if (!region)
			return E_NOENT;
		if (protect & ~(u64)region->maximum)
			return E_ACCESS;
		address = region->end;
	}
	return 0;
}

static error_t protect_range(struct space *space, u64 address, u64 end, u64 protect)
{
	error_t error = protect_check(space, address, end, protect);

	if (!error)
		error = space_split(space, address, end);
	if (error)
		return error;
	for (u64 at = address; at < end;) {
		struct region *region = space_region_at(space, at);

		at = region->end;
		/* More rights come by fault; fewer need the entries gone. */
		if (region->protect != (u32)protect)
			pagetable_clear(space, region->start, region->end);
		region->protect = (u32)protect;
	}
	space_merge(space, address, end);
	return 0;
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
	lock_acquire(&space->object.lock);
	error = protect_range(space, address, end, protect);
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
	    new_end > (space->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT) ||
	    new_end < a->address)
		return E_EXISTS;
	region->end = new_end;
	return 0;
}

/* Where the moved pages shall be: a new region like the old one. */
static i64 remap_target(struct space *space, struct region *region, const struct remap_args *a)
{
	struct map_args map = {
		.address = a->flags & MAP_AT ? a->new_address : 0,
		.length = a->new_length,
		.offset = region->memory ? region->offset + (a->address - region->start) : 0,
		.protect = region->protect,
		.maximum = region->maximum,
		.flags = region->flags | (a->flags & MAP_AT ? MAP_AT | MAP_REPLACE : 0),
		.tag = region->tag,
	};

	return space_map_like(space, &map, a->address);
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
	bool overlay = region->flags & MAP_OVERLAY;
	target = remap_target(space, region, a);
	if (target < 0 && target > E_LAST)
		return target;
	pagetable_clear(space, a->address, old_end);
	error = 0;
	for (u64 at = 0; overlay && at < moved && !error; at += PAGE_SIZE)
		error = memory_move(space->overlay, (a->address + at) >> PAGE_SHIFT,
				    ((u64)target + at) >> PAGE_SHIFT);
	if (!error)
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
	lock_acquire(&space->object.lock);
	result = remap(space, &a, old_end);
	lock_release(&space->object.lock);
	return result;
}

/* The first region that ends above `from`; false: none. */
static bool region_report(struct space *space, u64 from, struct region_info *info)
{
	struct region *r;

	lock_acquire(&space->object.lock);
	r = space_region_from(space, from);
	if (r)
		*info = (struct region_info){
			.address = r->start,
			.length = r->end - r->start,
			.offset = r->offset,
			.memory_id = r->memory ? r->memory->object.id : 0,
			.protect = r->protect,
			.maximum = r->maximum,
			.flags = r->flags,
			.tag = r->tag,
			.resident_pages = pagetable_count(space, r->start, r->end),
		};
	lock_release(&space->object.lock);
	return r != NULL;
}

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
		if (preempt_point())
			break;
	}
	return (i64)n;
}

i64 sys_space_clone(struct cap_ref budget, cap_t source_handle)
{
	struct cap_ref source;
	struct space *space, *from;
	i64 handle;
	error_t error = cap_lookup(source_handle, OBJECT_SPACE, RIGHT_SPACE_CLONE, &source);

	if (error)
		return error;
	from = source.object;
	/* COW sharing never crosses budgets (G1). */
	if (from->kind != SPACE_GUEST || from->object.budget != budget.object)
		return E_NOTSUP;
	space = space_make(budget.object, SPACE_GUEST);
	if (!space)
		return E_NOMEM;
	space_lock_two(space, from);
	if (from->object.dead) {
		error = E_DEAD;
	} else {
		memory_share(space->overlay, from->overlay);
		error = space_copy_regions(space, from);
		/* The child's last table entries are made by fault; the parent's lose write
		 * permission. */
		pagetable_protect_all(from);
	}
	space_unlock_two(space, from);
	handle = error ? error : cap_install(&space->object, RIGHTS_ALL);
	object_put(space);
	return handle;
}

i64 sys_space_copy(struct cap_ref cap, u64 address, u64 local, u64 length, u64 direction)
{
	bool write = direction & SPACE_COPY_WRITE;
	u64 need = write ? RIGHT_WRITE : RIGHT_READ;
	struct user_place there = { .space = cap.object,
				    .address = address,
				    .force = direction & SPACE_COPY_FORCE };
	struct user_place here = { .space = user_space(thread_current(), local), .address = local };

	if (direction & ~3ul)
		return E_INVAL;
	if ((cap.word & need) != need)
		return E_RIGHTS;
	return user_copy(write ? there : here, write ? here : there, length);
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
