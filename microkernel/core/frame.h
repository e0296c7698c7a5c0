/* SPDX-License-Identifier: MIT */
/*
 * frame.h - the frames of RAM.  Every frame has a small record; free ones form a list.
 *
 * Whoever takes a frame charges it (object/budget.h); this file only counts.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include "microkernel/abi/boot.h"
#include "microkernel/abi/types.h"

struct frame {
	u32 refs;    /* how many tree leaves hold it (memory); for others 1 */
	u32 next;    /* free: number of the next free frame; a table's leaf: its number */
	void *owner; /* struct object: the budget charged, or the table whose leaf it is (its budget
		      * is charged); NULL: the kernel itself; a free one's is not NULL */
};

void frame_init(const struct boot_info *boot);
/* One frame by physical address, refs 1, or 0.  The contents are old. */
u64 frame_alloc(void);
void frame_free(u64 physical);
void frame_zero(u64 physical);
void frame_copy(u64 to, u64 from);

extern struct frame *frames; /* the records: refs and owner belong to the frame's holder */
extern u64 frame_limit; /* frames below this number have a record; constant after the start */
extern u64 frame_count_total, frame_count_free;

/* The record of an address known to be RAM. */
static inline struct frame *frame_of(u64 physical)
{
	return &frames[physical >> PAGE_SHIFT];
}
/* Whether the kernel manages that page, in use or free. */
static inline bool frame_is_ram(u64 physical)
{
	return physical >> PAGE_SHIFT < frame_limit &&
	       (frame_of(physical)->refs || frame_of(physical)->owner);
}

#endif
