/* SPDX-License-Identifier: MIT */
/* usercopy.c - see usercopy.h. */
#include "microkernel/object/usercopy.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

struct space *user_space(struct thread *thread, u64 address)
{
	struct view *view = thread->view;

	if (arch_native_address_ok(address))
		return thread->space;
	return address < GUEST_LIMIT && view ? __atomic_load_n(&view->client, __ATOMIC_ACQUIRE)
					     : NULL;
}

/* What lies at that distance from the place and in its page, through the direct map; the space is
 * locked. */
static inline error_t find(const struct user_place *place, u64 at, bool write, u64 *length,
			   void **pointer)
{
	struct space *space = place->space;
	u64 address = place->address + at, room = PAGE_SIZE - (address & PAGE_MASK), physical;
	error_t error;

	/* Whoever ends the loan takes this lock after it, so a copy that passes here is over. */
	if (place->lender && thread_wait_word(place->lender) != place->lent_while)
		return E_GONE;
	physical = space->object.dead ? ~(u64)0 : pagetable_find(space, address, write);
	if (physical == ~(u64)0 &&
	    (error = space_reach(space, address, write, place->force, &physical)))
		return error != E_NOMEM				 ? E_FAULT
		       : space == thread_current()->space ? E_NOMEM
							  : E_FAULT_IN;
	/* Device memory has no place in the direct map. */
	if (!frame_is_ram(physical))
		return E_FAULT;
	if (*length > room)
		*length = room;
	*pointer = (char *)direct_pointer(physical) + (address & PAGE_MASK);
	return 0;
}

error_t user_page(struct space *space, u64 address, bool write, u64 *length, void **page)
{
	struct user_place place = { .space = space, .address = address };

	return find(&place, 0, write, length, page);
}

/* One page at most between the running thread and the kernel; returns bytes copied. */
static u64 copy_part(u64 address, void *to, const void *from, u64 length)
{
	struct space *space = user_space(thread_current(), address);
	void *page;
	error_t error;

	if (!space)
		return 0;
	lock_acquire(&space->object.lock);
	error = user_page(space, address, !to, &length, &page);
	if (!error)
		memcpy(to ? to : page, to ? page : from, length);
	lock_release(&space->object.lock);
	return error ? 0 : length;
}

error_t user_read(void *to, u64 from, size_t length)
{
	while (length) {
		u64 part = copy_part(from, to, NULL, length);

		if (!part)
			return E_FAULT;
		to = (char *)to + part;
		from += part;
		length -= part;
	}
	return 0;
}

error_t user_write(u64 to, const void *from, size_t length)
{
	while (length) {
		u64 part = copy_part(to, NULL, from, length);

		if (!part)
			return E_FAULT;
		from = (const char *)from + part;
		to += part;
		length -= part;
	}
	return 0;
}

static error_t copy_page(const struct user_place *to, const struct user_place *from, u64 at,
			 u64 *part)
{
	void *source, *target;
	error_t error;

	space_lock_two(to->space, from->space);
	/* The target first: filling it may move a page of the source. */
	error = find(to, at, true, part, &target);
	if (!error)
		error = find(from, at, false, part, &source);
	if (!error)
		memmove(target, source, *part);
	space_unlock_two(to->space, from->space);
	return error;
}

i64 user_copy(const struct user_place *to, const struct user_place *from, u64 length)
{
	u64 done = 0;

	if (!to->space || !from->space)
		return E_FAULT;
	while (done < length) {
		u64 part = length - done;
		error_t error = copy_page(to, from, done, &part);

		if (error && !done)
			return error;
		if (error)
			break;
		done += part;
		if (done < length && preempt_point())
			break;
	}
	return (i64)done;
}
