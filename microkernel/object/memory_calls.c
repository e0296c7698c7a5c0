/* SPDX-License-Identifier: MIT */
/* memory_calls.c - the system calls on memory objects. */
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

i64 sys_memory_create(struct cap_ref budget, u64 size, u64 flags)
{
	struct memory *memory;

	if (flags & ~(u64)MEMORY_PINNED)
		return E_INVAL;
	if (size > MEMORY_SIZE_MAX)
		return E_RANGE;
	memory = memory_make(budget.object, MEMORY_ANONYMOUS, size);
	if (memory)
		memory->pinned = flags & MEMORY_PINNED;
	return cap_install_new(memory, RIGHTS_ALL, 0);
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
	return cap_install_new(memory, RIGHTS_ALL & ~(u64)RIGHT_MEMORY_EXEC, 0);
}

/*
 * From here on pages are shared until one side writes: mappings of the source must fault before
 * they write again.  Until the last is gone, in more than one turn of the call perhaps, the clone
 * stays with the thread.
 */
static struct memory *clone_begin(struct thread *t, struct memory *from)
{
	struct memory *begun = t->cloning, *to;

	t->cloning = NULL;
	if (begun && t->cloned == from->object.id)
		return begun;
	if (begun)
		object_put(begun);
	to = memory_make(from->object.budget, MEMORY_ANONYMOUS, 0);
	if (!to)
		return NULL;
	lock_acquire(&from->object.lock);
	/* The end of its budget may take it apart already. */
	lock_acquire_as(&to->object.lock, LOCK_MEMORY_SECOND);
	memory_share(to, from);
	to->size = to->capacity = from->size;
	lock_release_as(&to->object.lock, LOCK_MEMORY_SECOND);
	lock_release(&from->object.lock);
	t->cloned = from->object.id;
	return to;
}

i64 sys_memory_clone(struct cap_ref budget, cap_t source_handle)
{
	struct thread *t = thread_current();
	struct cap_ref source;
	struct memory *from, *memory;
	error_t error = cap_lookup(source_handle, OBJECT_MEMORY, RIGHT_READ, &source);

	if (error)
		return error;
	from = source.object;
	/* Sharing never crosses budgets (G1). */
	if (from->kind != MEMORY_ANONYMOUS || from->pinned || from->object.budget != budget.object)
		return E_NOTSUP;
	memory = clone_begin(t, from);
	if (!memory)
		return E_NOMEM;
	error = memory_unmap_pages(from, 0, ~(u64)0);
	if (error == E_RESTART)
		t->cloning = memory;
	return error == E_RESTART ? error : cap_install_new(memory, RIGHTS_ALL, error);
}

/* A page that is cut is our own, and zero behind the cut, before the tail goes.  Needs the lock. */
static error_t clear_tail(struct memory *memory, u64 size)
{
	u64 tail = size & PAGE_MASK, physical;
	bool alone;

	if (!tail || !memory_peek(memory, size >> PAGE_SHIFT, &alone))
		return 0;
	physical = memory_page(memory, size >> PAGE_SHIFT);
	if (!physical)
		return E_NOMEM;
	memset((char *)direct_pointer(physical) + tail, 0, PAGE_SIZE - tail);
	return 0;
}

/* The size goes first: no fault brings back what is then unmapped and dropped. */
static error_t shrink(struct memory *memory, u64 size)
{
	u64 first = (size + PAGE_MASK) >> PAGE_SHIFT;
	error_t error;

	lock_acquire(&memory->object.lock);
	error = clear_tail(memory, size);
	if (!error)
		memory->size = size;
	lock_release(&memory->object.lock);
	if (!error)
		error = memory_unmap_pages(memory, first, ~(u64)0);
	if (error)
		return error;
	lock_acquire(&memory->object.lock);
	/* What was mapped meanwhile through the page of the cut is zeroed again. */
	error = clear_tail(memory, size);
	if (!error)
		error = memory_drop(memory, first, ~(u64)0);
	lock_release(&memory->object.lock);
	return error;
}

i64 sys_memory_resize(struct cap_ref cap, u64 size)
{
	struct memory *memory = cap.object;
	error_t error = 0;

	if (memory->kind != MEMORY_ANONYMOUS || memory->pinned)
		return E_NOTSUP;
	if (size > MEMORY_SIZE_MAX)
		return E_RANGE;
	/* Also where an interrupted call has set the size already. */
	if (size <= memory_size(memory))
		error = shrink(memory, size);
	if (error)
		return error;
	lock_acquire(&memory->object.lock);
	if (size > memory->capacity)
		memory->capacity = size;
	memory->size = size;
	memory_touched(memory);
	lock_release(&memory->object.lock);
	return 0;
}

i64 sys_memory_set_capacity(struct cap_ref cap, u64 capacity)
{
	struct memory *memory = cap.object;
	error_t error = E_RANGE;

	lock_acquire(&memory->object.lock);
	if (capacity >= memory->size && capacity <= MEMORY_SIZE_MAX) {
		memory->capacity = capacity;
		error = 0;
	}
	lock_release(&memory->object.lock);
	return error;
}

i64 sys_memory_info(struct cap_ref cap, struct memory_info __user *to)
{
	struct memory *memory = cap.object;
	struct memory_info info = {
		.id = memory->object.id,
		.size_bytes = memory->size,
		.capacity_bytes = memory->capacity,
		.resident_pages = memory->pages,
		.modified_ns = memory->modified_ticks ?
				       arch_ticks_to_ns(memory->modified_ticks - arch_tsc_base) :
				       0,
		.version = memory->version,
		.kind = memory->kind,
		.flags = memory->pinned ? MEMORY_PINNED : 0,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

/* One copy: the caller's side, the object's, and how much. */
struct transfer {
	struct memory *memory;
	struct space *space;
	u64 offset, address, length;
	bool to, extend;
};

/* Between `page`, the caller's, and one page of the object; cuts the length.  Both are locked. */
static error_t transfer_page(struct transfer *t, char *page)
{
	struct memory *memory = t->memory;
	u64 limit = t->extend ? memory->capacity : memory->size;
	u64 index = t->offset >> PAGE_SHIFT, physical;
	bool alone;

	if (t->offset >= limit || memory->object.dead) {
		t->length = 0;
		return 0;
	}
	if (t->length > limit - t->offset)
		t->length = limit - t->offset;
	physical = t->to ? memory_page(memory, index) : memory_peek(memory, index, &alone);
	if (t->to && !physical)
		return E_NOMEM;
	if (!physical) {
		memset(page, 0, t->length); /* a hole stays a hole */
		return 0;
	}
	char *mine = (char *)direct_pointer(physical) + (t->offset & PAGE_MASK);
	memmove(t->to ? mine : page, t->to ? page : mine, t->length);
	if (t->to && t->offset + t->length > memory->size)
		memory->size = t->offset + t->length;
	return 0;
}

static error_t transfer_part(struct transfer *t)
{
	error_t error;
	void *page;

	lock_acquire(&t->space->object.lock);
	error = user_page(t->space, t->address, !t->to, &t->length, &page);
	if (!error) {
		lock_acquire(&t->memory->object.lock);
		error = transfer_page(t, page);
		lock_release(&t->memory->object.lock);
	}
	lock_release(&t->space->object.lock);
	return error;
}

static i64 transfer_all(struct transfer t, u64 length)
{
	u64 done = 0;
	error_t error = 0;

	while (done < length) {
		u64 part = PAGE_SIZE - (t.offset & PAGE_MASK);

		t.length = part < length - done ? part : length - done;
		error = transfer_part(&t);
		if (error || !t.length)
			break;
		done += t.length;
		t.offset += t.length;
		t.address += t.length;
		if (done < length && preempt_point())
			break;
	}
	return done ? (i64)done : error;
}

i64 sys_memory_copy(struct cap_ref cap, u64 offset, u64 address, u64 length, u64 direction)
{
	struct memory *memory = cap.object;
	struct transfer t = {
		.memory = memory,
		.offset = offset,
		.address = address,
		.to = direction & COPY_TO_MEMORY,
		.extend = direction & COPY_EXTEND,
	};
	u64 need = t.to ? RIGHT_WRITE : RIGHT_READ;
	i64 done;

	if (direction & ~3ul || (t.extend && !t.to))
		return E_INVAL;
	if ((cap.word & need) != need)
		return E_RIGHTS;
	if (memory->kind == MEMORY_DEVICE)
		return E_NOTSUP;
	if (offset >= (t.extend ? memory->capacity : memory_size(memory)))
		return 0;
	t.space = user_space(thread_current(), address);
	if (!t.space)
		return length ? E_FAULT : 0;
	done = transfer_all(t, length);
	if (t.to && done > 0) {
		lock_acquire(&memory->object.lock);
		memory_touched(memory);
		lock_release(&memory->object.lock);
	}
	return done;
}
