/* SPDX-License-Identifier: MIT */
/* memory_range.c - which pages of a memory object are there: find, fill, discard. */
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/memory.h"
#include "microkernel/object/usercopy.h"

i64 sys_memory_find(struct cap_ref cap, u64 offset, u64 what)
{
	struct memory *memory = cap.object;
	u64 index = offset >> PAGE_SHIFT, size;

	if (what > MEMORY_FIND_HOLE)
		return E_INVAL;
	if (memory->kind != MEMORY_ANONYMOUS)
		return E_NOTSUP;
	lock_acquire(&memory->object.lock);
	size = memory->size;
	while (index < size >> PAGE_SHIFT || index << PAGE_SHIFT < size) {
		if (memory_find_step(memory, &index, what == MEMORY_FIND_PAGE) || preempt_point())
			break;
	}
	lock_release(&memory->object.lock);
	if (offset >= size || index > size >> PAGE_SHIFT)
		return size;
	index <<= PAGE_SHIFT;
	return index < offset ? offset : index < size ? index : size;
}

/* A range that is worked on a page at a time. */
struct range {
	struct memory *memory;
	u64 offset, end;
};

static error_t fill_page(struct range *r, u64 part)
{
	if (!memory_page(r->memory, r->offset >> PAGE_SHIFT))
		return E_NOMEM;
	r->offset += part;
	return 0;
}

/*
 * A whole page goes only where nothing can map it meanwhile, else it becomes zero: to take it from
 * those who map it and from the object cannot be one step.
 */
static error_t discard_page(struct range *r, u64 part)
{
	struct memory *memory = r->memory;
	u64 index = r->offset >> PAGE_SHIFT, physical;
	error_t error = 0;

	/* To the next page that is there, or a step towards it. */
	if (!memory_find_step(memory, &index, true) || index != r->offset >> PAGE_SHIFT) {
		r->offset = index <= r->end >> PAGE_SHIFT && index << PAGE_SHIFT < r->end ?
				    index << PAGE_SHIFT : r->end;
		return 0;
	}
	if (part == PAGE_SIZE && list_empty(&memory->regions)) {
		error = memory_drop(memory, index, index + 1);
		if (error == E_RESTART)
			error = 0; /* it is gone, only others want the processor */
	} else {
		physical = memory_page(memory, index);
		if (!physical)
			return E_NOMEM;
		memset((char *)direct_pointer(physical) + (r->offset & PAGE_MASK), 0, part);
	}
	r->offset += part;
	return error;
}

static i64 range_each(struct cap_ref cap, u64 offset, u64 length,
		      error_t (*each)(struct range *r, u64 part))
{
	struct memory *memory = cap.object;
	struct range r = { memory, offset, offset + length };
	error_t error = 0;

	if (memory->kind != MEMORY_ANONYMOUS || (memory->pinned && each == discard_page))
		return E_NOTSUP;
	if (offset > MEMORY_SIZE_MAX || length > MEMORY_SIZE_MAX - offset)
		return E_RANGE;
	while (r.offset < r.end) {
		u64 part = PAGE_SIZE - (r.offset & PAGE_MASK);

		lock_acquire(&memory->object.lock);
		error = memory->object.dead ? E_BADCAP :
		       each(&r, part < r.end - r.offset ? part : r.end - r.offset);
		lock_release(&memory->object.lock);
		if (error || preempt_point())
			break;
	}
	if (r.offset == offset)
		return error;
	lock_acquire(&memory->object.lock);
	memory_touched(memory);
	lock_release(&memory->object.lock);
	return r.offset - offset;
}

i64 sys_memory_fill(struct cap_ref cap, u64 offset, u64 length)
{
	return range_each(cap, offset, length, fill_page);
}

i64 sys_memory_discard(struct cap_ref cap, u64 offset, u64 length)
{
	return range_each(cap, offset, length, discard_page);
}
