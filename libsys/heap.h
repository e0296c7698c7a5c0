/* SPDX-License-Identifier: MIT */
/*
 * heap.h - a program's own memory: whole pages from the kernel, small pieces cut from them.
 *
 * All of it is zero when handed out and is charged to the program's budget when touched.
 */
#ifndef LIBSYS_HEAP_H
#define LIBSYS_HEAP_H

#include "microkernel/abi/types.h"

/* Anonymous pages, readable and writable; NULL if the kernel refuses. */
void *pages_alloc(u64 length);
void pages_free(void *address, u64 length);

/* Small pieces, by their size; what is over 2,048 bytes takes whole pages. */
void *heap_alloc(u64 size);
void heap_free(void *piece, u64 size);
/*
 * heap_alloc never takes more than that.  A program that others can make allocate sets it: pages
 * are taken when they are touched, and to touch one that the budget does not hold is a crash.
 */
void heap_limit(u64 bytes);

/* Map (a part of) a memory object anywhere; an address, or a negative error (see map_failed). */
i64 memory_map(cap_t memory, u64 offset, u64 length, u32 protect);

/* Pinned memory of which every page is there: touching it cannot fail.  Or E_NOMEM, E_RANGE. */
i64 memory_create_pinned(cap_t budget, u64 size);

/* Native addresses are negative as signed numbers, errors lie in the last page. */
static inline bool map_failed(i64 address)
{
	return address > -PAGE_SIZE && address < 0;
}

#endif
