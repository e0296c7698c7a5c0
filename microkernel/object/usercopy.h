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

struct thread;

/* The running thread's memory: all of it or E_FAULT. */
error_t user_read(void *to, u64 from, size_t length);
error_t user_write(u64 to, const void *from, size_t length);
/* A pointer through the direct map, good until the next preemption point; *length is cut to what
 * lies in the same page.  NULL: not mapped like that. */
void *user_page(struct thread *thread, u64 address, bool write, u64 *length);
/*
 * Why user_page gave NULL: E_NOMEM, the running thread's own program has no memory for the page;
 * E_FAULT_IN, another party, or the guest that is served, has none; else E_FAULT.
 */
error_t user_page_error(struct thread *thread, u64 address, bool write);
/* Copy between two parties, a page at a time; returns bytes copied (short: a page is missing). */
u64 user_copy(struct thread *to_thread, u64 to, struct thread *from_thread, u64 from, u64 length);

#endif
