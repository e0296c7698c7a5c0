/* SPDX-License-Identifier: MIT */
/* memory_calls.c - the system calls on memory objects. */
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

#define SIZE_LIMIT (1ul << 47)

static i64 install(struct memory *memory, u64 rights)
{
	i64 handle = memory ? cap_install(&memory->object, rights) : E_NOMEM;

	if (memory)
		object_put(memory);
	return handle;
}

i64 sys_memory_create(struct cap_ref budget, u64 size, u64 flags)
{
	struct memory *memory;
	bool alone;

	if (flags & ~(u64)MEMORY_PINNED)
		return E_INVAL;
	if (size > SIZE_LIMIT || (flags && size > 16 << 20))
		return E_RANGE;
	memory = memory_make(budget.object, MEMORY_ANONYMOUS, size);
	if (memory && flags & MEMORY_PINNED) {
		memory->pinned = 1;
		for (u64 at = 0; at < size; at += PAGE_SIZE) {
			if (memory_page(memory, at >> PAGE_SHIFT, true, &alone))
				continue;
			object_put(memory);
			return E_NOMEM;
		}
	}
	return install(memory, RIGHTS_ALL);
}

i64 sys_memory_slice(struct cap_ref budget, cap_t whole_handle, u64 offset, u64 size)
{
	struct cap_ref whole;
	struct memory *from, *memory;
	error_t error = cap_lookup(whole_handle, OBJECT_MEMORY, RIGHT_READ | RIGHT_WRITE, &whole);

	if (error)
		return error;
	from = whole.object;
	if (from->kind != MEMORY_DEVICE)
		return E_NOTSUP;
	if ((offset | size) & PAGE_MASK || !size)
		return E_INVAL;
	if (offset > from->size || size > from->size - offset)
		return E_RANGE;
	/* RAM that the kernel manages is no device. */
	for (u64 at = 0; at < size; at += PAGE_SIZE)
		if (frame_is_ram(from->device + offset + at))
			return E_RANGE;
	memory = memory_make(budget.object, MEMORY_DEVICE, size);
	if (memory)
		memory->device = from->device + offset;
	return install(memory, RIGHTS_ALL & ~(u64)RIGHT_MEMORY_EXEC);
}

i64 sys_memory_clone(struct cap_ref budget, cap_t source_handle)
{
	struct cap_ref source;
	struct memory *from, *memory;
	error_t error = cap_lookup(source_handle, OBJECT_MEMORY, RIGHT_READ, &source);

	if (error)
		return error;
	from = source.object;
	if (from->kind != MEMORY_ANONYMOUS || from->pinned || from->object.budget != budget.object)
		return E_NOTSUP;
	memory = memory_make(budget.object, MEMORY_ANONYMOUS, from->size);
	if (memory) {
		memory_share(memory, from);
		/* Mappings of the source must fault before they write again. */
		space_unmap_memory(from, 0, ~(u64)0);
	}
	return install(memory, RIGHTS_ALL);
}

i64 sys_memory_resize(struct cap_ref cap, u64 size)
{
	struct memory *memory = cap.object;
	u64 first = (size + PAGE_MASK) >> PAGE_SHIFT, physical;
	bool alone;
	error_t error;

	if (memory->kind != MEMORY_ANONYMOUS || memory->pinned)
		return E_NOTSUP;
	if (size > SIZE_LIMIT)
		return E_RANGE;
	if (size < memory->size) {
		/* A page in shared nodes has to be our own before its tail is cleared. */
		physical = size & PAGE_MASK ? memory_peek(memory, size >> PAGE_SHIFT, &alone) : 0;
		if (physical) {
			physical = memory_page(memory, size >> PAGE_SHIFT, true, &alone);
			if (!physical)
				return E_NOMEM;
			u64 tail = size & PAGE_MASK;
			memset((char *)direct_pointer(physical) + tail, 0, PAGE_SIZE - tail);
		}
		space_unmap_memory(memory, first, ~(u64)0);
		error = memory_drop(memory, first, ~(u64)0);
		if (error)
			return error;
	}
	if (size > memory->capacity)
		memory->capacity = size;
	memory->size = size;
	memory->version++;
	memory->modified_ns = arch_now_ns();
	return 0;
}

i64 sys_memory_set_capacity(struct cap_ref cap, u64 capacity)
{
	struct memory *memory = cap.object;

	if (capacity < memory->size || capacity > SIZE_LIMIT)
		return E_RANGE;
	memory->capacity = capacity;
	return 0;
}

i64 sys_memory_info(struct cap_ref cap, struct memory_info __user *to)
{
	struct memory *memory = cap.object;
	struct memory_info info = {
		.id = memory->object.id,
		.size_bytes = memory->size,
		.capacity_bytes = memory->capacity,
		.resident_pages = memory->pages,
		.modified_ns = memory->modified_ns,
		.version = memory->version,
		.kind = memory->kind,
		.flags = memory->pinned ? MEMORY_PINNED : 0,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

/* Copy within one page of the object; 0 bytes: the caller's side is missing, < 0: an error. */
static i64 copy_part(struct memory *memory, u64 offset, u64 address, u64 part, bool to)
{
	bool alone;
	u64 index = offset >> PAGE_SHIFT, room = part;
	void *mine = user_page(thread_current(), address, !to, &room);
	u64 physical;

	if (!mine)
		return 0;
	if (!to && !memory_peek(memory, index, &alone)) {
		memset(mine, 0, room); /* a hole stays a hole */
		return (i64)room;
	}
	physical = memory_page(memory, index, to, &alone);
	if (!physical)
		return E_NOMEM;
	/* Making the page may have copied what `mine` pointed to. */
	mine = user_page(thread_current(), address, !to, &room);
	if (!mine)
		return 0;
	void *page = (char *)direct_pointer(physical) + (offset & PAGE_MASK);
	memmove(to ? page : mine, to ? mine : page, room);
	return (i64)room;
}

i64 sys_memory_copy(struct cap_ref cap, u64 offset, u64 address, u64 length, u64 direction)
{
	struct memory *memory = cap.object;
	bool to = direction & COPY_TO_MEMORY;
	u64 need = to ? RIGHT_WRITE : RIGHT_READ, done = 0;
	u64 limit = direction & COPY_EXTEND ? memory->capacity : memory->size;

	if (direction & ~3ul || (direction & COPY_EXTEND && !to))
		return E_INVAL;
	if ((slot_rights(cap.slot) & need) != need)
		return E_RIGHTS;
	if (memory->kind == MEMORY_DEVICE)
		return E_NOTSUP;
	if (offset >= limit)
		return 0;
	if (length > limit - offset)
		length = limit - offset;
	while (done < length) {
		u64 part = PAGE_SIZE - ((offset + done) & PAGE_MASK);
		i64 n = copy_part(memory, offset + done, address + done,
				  part < length - done ? part : length - done, to);

		if (n < 0 && !done)
			return n;
		if (n <= 0)
			break;
		done += (u64)n;
		if (to && offset + done > memory->size)
			memory->size = offset + done;
		if (done < length && preempt_point())
			break;
	}
	if (to && done) {
		memory->version++;
		memory->modified_ns = arch_now_ns();
	}
	return done || !length ? (i64)done : user_page_error(thread_current(), address, !to);
}
