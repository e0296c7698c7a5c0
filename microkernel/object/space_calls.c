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
	struct cap_ref memory = { NULL, NULL };
	u32 allowed = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	bool overlay;
	error_t error = user_read(&args, (u64)(uintptr_t)user_args, sizeof(args));

	if (error)
		return error;
	overlay = args.flags & MAP_OVERLAY;
	if (args.memory) {
		error = cap_lookup(args.memory, OBJECT_MEMORY, RIGHT_READ, &memory);
		if (error)
			return error;
		allowed = maximum_allowed(slot_rights(memory.slot), overlay);
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
	return space_map_memory(space.object, &args, memory.object, memory.slot);
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

i64 sys_space_unmap(struct cap_ref space, u64 address, u64 length)
{
	u64 end;
	error_t error = range_of(space.object, address, length, &end);

	return error ? error : space_unmap_range(space.object, address, end);
}

i64 sys_space_protect(struct cap_ref cap, u64 address, u64 length, u64 protect)
{
	struct space *space = cap.object;
	u64 end, at;
	error_t error = range_of(space, address, length, &end);

	if (error)
		return error;
	if (protect & ~7ul)
		return E_INVAL;
	if ((protect & 6) == 6)
		return E_ACCESS;
	for (at = address; at < end;) {
		struct region *region = space_region_at(space, at);

		if (!region)
			return E_NOENT;
		if (protect & ~(u64)region->maximum)
			return E_ACCESS;
		at = region->end;
	}
	error = space_split(space, address, end);
	if (error)
		return error;
	for (at = address; at < end;) {
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

i64 sys_space_remap(struct cap_ref cap, const struct remap_args __user *user_args)
{
	struct space *space = cap.object;
	struct remap_args a;
	struct region *region;
	struct map_args map;
	u64 old_end, new_end;
	i64 target;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = range_of(space, a.address, a.length, &old_end);
	if (error)
		return error;
	if (!a.new_length || a.flags & ~(u32)(REMAP_MAY_MOVE | MAP_AT) ||
	    a.new_length > 1ul << 46 || (a.flags & MAP_AT && !(a.flags & REMAP_MAY_MOVE)))
		return E_INVAL;
	region = space_region_at(space, a.address);
	if (!region || region->end < old_end)
		return E_NOENT;
	new_end = (a.address + a.new_length + PAGE_MASK) & ~PAGE_MASK;
	if (!(a.flags & MAP_AT)) {
		error = remap_in_place(space, region, &a, old_end, new_end);
		if (error != E_EXISTS)
			return error ? error : (i64)a.address;
		if (!(a.flags & REMAP_MAY_MOVE))
			return E_NOMEM;
	}
	map = (struct map_args){
		.address = a.flags & MAP_AT ? a.new_address : 0,
		.length = a.new_length,
		.offset = region->memory ? region->offset + (a.address - region->start) : 0,
		.protect = region->protect,
		.maximum = region->maximum,
		.flags = region->flags | (a.flags & MAP_AT ? MAP_AT | MAP_REPLACE : 0),
		.tag = region->tag,
	};
	if (a.flags & MAP_AT && a.new_address < old_end && a.new_address + a.new_length > a.address)
		return E_INVAL;
	target = space_map_memory(space, &map, region->memory, region->slot);
	if (target < 0 && target > E_LAST)
		return target;
	u64 moved = old_end - a.address;
	if (moved > new_end - a.address)
		moved = new_end - a.address;
	pagetable_clear(space, a.address, old_end);
	for (u64 at = 0; map.flags & MAP_OVERLAY && at < moved; at += PAGE_SIZE) {
		error = memory_move(space->overlay, (a.address + at) >> PAGE_SHIFT,
				    ((u64)target + at) >> PAGE_SHIFT);
		if (error)
			return error;
	}
	while ((error = space_unmap_range(space, a.address, old_end)) == E_RESTART)
		;
	return error ? error : target;
}

i64 sys_space_regions(struct cap_ref cap, u64 from, struct region_info __user *buffer, u64 count)
{
	struct space *space = cap.object;
	u64 n = 0;

	for (struct region *r = space_region_from(space, from); r && n < count && n < 64; n++) {
		struct region_info info = {
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
		u64 next = r->end;
		error_t error = user_write((u64)(uintptr_t)&buffer[n], &info, sizeof(info));

		if (error)
			return error;
		r = space_region_from(space, next);
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
	memory_share(space->overlay, from->overlay);
	error = space_copy_regions(space, from);
	/* The child's last table entries are made by fault; the parent's lose write permission. */
	pagetable_protect_all(from);
	handle = error ? error : cap_install(&space->object, RIGHTS_ALL);
	if (handle < 0)
		while (object_kill(&space->object) == E_RESTART)
			;
	object_put(space);
	return handle;
}

i64 sys_space_copy(struct cap_ref cap, u64 address, u64 local, u64 length, u64 direction)
{
	struct space *space = cap.object;
	bool write = direction & SPACE_COPY_WRITE;
	u64 done = 0;
	u64 need = write ? RIGHT_WRITE : RIGHT_READ;

	if (direction & ~3ul)
		return E_INVAL;
	if ((slot_rights(cap.slot) & need) != need)
		return E_RIGHTS;
	while (done < length) {
		u64 part = PAGE_SIZE - ((address + done) & PAGE_MASK), physical;
		error_t error;

		if (part > length - done)
			part = length - done;
		error = space_reach(space, address + done, write, direction & SPACE_COPY_FORCE,
				    &physical);
		if (!error && !frame_is_ram(physical))
			error = E_FAULT;
		if (error == E_NOMEM && !done)
			return E_NOMEM;
		if (error)
			break;
		char *page = (char *)direct_pointer(physical) + ((address + done) & PAGE_MASK);
		error = write ? user_read(page, local + done, part)
			      : user_write(local + done, page, part);
		if (error)
			break;
		done += part;
		if (done < length && preempt_point())
			break;
	}
	return done || !length ? (i64)done : E_FAULT;
}

i64 sys_space_info(struct cap_ref cap, struct space_info __user *to)
{
	struct space_info info;

	space_describe(cap.object, &info);
	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}
