/* SPDX-License-Identifier: MIT */
/*
 * pagetable.h - the page tables of a space: a discardable cache of its regions.
 *
 * Guarded by the space's lock.  Tables are charged to the space's budget and stay until the space
 * dies; entries may vanish at any time and come back by fault.
 */
#ifndef OBJECT_PAGETABLE_H
#define OBJECT_PAGETABLE_H

#include "microkernel/arch/arch.h"
#include "microkernel/object/budget.h"

struct space;

/* A root that shows the kernel and nothing else; 0: E_NOMEM. */
/* Free the frame of a table, or of a root, that nobody loads any more. */
void pagetable_give_back(u64 table);
u64 pagetable_root(struct budget *budget);
/* The physical page behind an address if it is present with that access; else ~0. */
u64 pagetable_find(struct space *space, u64 address, bool write);
/* Enter one page.  E_NOMEM for a table. */
error_t pagetable_set(struct space *space, u64 address, u64 physical, unsigned flags);
/* Remove entries of [start, end) and flush, as far as is quickly done; returns where to go on. */
u64 pagetable_clear_part(struct space *space, u64 start, u64 end);
/* Take write permission from everything, at the level above the last (fork); flushes. */
void pagetable_protect_all(struct space *space);
/* Pages present in [start, end). */
u64 pagetable_count(struct space *space, u64 start, u64 end);
/* Free all tables, at last the root; nothing may use them any more.  E_RESTART: some are left. */
error_t pagetable_free(struct space *space);
void pagetable_flush(struct space *space, u64 address, u64 pages);
/* Next run of equally mapped pages at or after *address; for the audit.  False: no more. */
bool pagetable_next_run(u64 root, u64 *address, u64 *length, unsigned *flags, u64 limit);

#endif
