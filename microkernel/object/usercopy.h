/* SPDX-License-Identifier: MIT */
/*
 * usercopy.h - reach the memory of threads: by page table and direct map, never by their addresses.
 *
 * An address of the native slot belongs to the thread's own space; an address of the lower half to
 * the client of the view that it is bound to.  A page that is absent is filled at its owner's cost.
 * Ring 0 therefore never touches user mappings, and a page fault in ring 0 is always a bug.
 */
#ifndef OBJECT_USERCOPY_H
#define OBJECT_USERCOPY_H

#include "microkernel/abi/error.h"
#include "microkernel/abi/types.h"

struct space;
struct thread;

/* The space that an address of the thread lies in, or NULL. */
struct space *user_space(struct thread *thread, u64 address);
/* The running thread's memory: all of it or E_FAULT. */
error_t user_read(void *to, u64 from, size_t length);
error_t user_write(u64 to, const void *from, size_t length);
/* A pointer through the direct map, good while the space's lock, which the caller holds, is held;
 * *length is cut to what lies in the same page.  E_FAULT: not mapped like that; E_NOMEM: the
 * running thread's own program has no memory for the page; E_FAULT_IN: another party, or the guest
 * that is served, has none. */
error_t user_page(struct space *space, u64 address, bool write, u64 *length, void **page);

/* A place in a space. */
struct user_place {
	struct space *space;
	u64 address;
	bool force;		     /* past the region's protection, up to its maximum */
	const struct thread *lender; /* NULL, or: only while its wait word is lent_while */
	u64 lent_while;
};
/* Copy a page at a time under both spaces' locks; returns bytes copied, fewer if a page is missing
 * or an interrupt waits.  None at all: an error of user_page, or E_GONE (the lender left). */
i64 user_copy(const struct user_place *to, const struct user_place *from, u64 length);

#endif
