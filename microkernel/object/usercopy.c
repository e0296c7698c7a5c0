/* SPDX-License-Identifier: MIT */
/* usercopy.c - see usercopy.h. */
#include "microkernel/object/usercopy.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

void *user_page(struct thread *thread, u64 address, bool write, u64 *length)
{
	struct space *space = NULL;
	u64 physical, room = PAGE_SIZE - (address & PAGE_MASK);

	if (arch_native_address_ok(address))
		space = thread->space;
	else if (address < GUEST_LIMIT && thread->view)
		space = thread->view->client;
	if (!space || space_fault(space, address, write ? PROTECT_WRITE : PROTECT_READ, &physical))
		return NULL;
	/* Device memory has no place in the direct map. */
	if (!frame_is_ram(physical))
		return NULL;
	if (*length > room)
		*length = room;
	return (char *)direct_pointer(physical) + (address & PAGE_MASK);
}

error_t user_page_error(struct thread *thread, u64 address, bool write)
{
	struct space *space = arch_native_address_ok(address) ? thread->space :
			      address < GUEST_LIMIT && thread->view ? thread->view->client : NULL;
	u64 physical;

	if (!space ||
	    space_fault(space, address, write ? PROTECT_WRITE : PROTECT_READ, &physical) != E_NOMEM)
		return E_FAULT;
	return space == thread_current()->space ? E_NOMEM : E_FAULT_IN;
}

error_t user_read(void *to, u64 from, size_t length)
{
	while (length) {
		u64 part = length;
		const void *page = user_page(thread_current(), from, false, &part);

		if (!page)
			return E_FAULT;
		memcpy(to, page, part);
		to = (char *)to + part;
		from += part;
		length -= part;
	}
	return 0;
}

error_t user_write(u64 to, const void *from, size_t length)
{
	while (length) {
		u64 part = length;
		void *page = user_page(thread_current(), to, true, &part);

		if (!page)
			return E_FAULT;
		memcpy(page, from, part);
		from = (const char *)from + part;
		to += part;
		length -= part;
	}
	return 0;
}

u64 user_copy(struct thread *to_thread, u64 to, struct thread *from_thread, u64 from, u64 length)
{
	u64 done = 0;

	while (done < length) {
		u64 part = length - done;
		const void *source = user_page(from_thread, from + done, false, &part);
		void *target = source ? user_page(to_thread, to + done, true, &part) : NULL;

		if (!target)
			break;
		/* Filling the target may have moved a page of the source (COW of one object). */
		source = user_page(from_thread, from + done, false, &part);
		if (!source)
			break;
		memmove(target, source, part);
		done += part;
		if (done < length && preempt_point())
			break;
	}
	return done;
}
