/* SPDX-License-Identifier: MIT */
/*
 * frame.c - a record per frame and a list of the free ones.
 *
 * The list is last in, first out, through the records, so that taking a frame touches no page.
 */
#include "microkernel/core/frame.h"
#include "microkernel/arch/arch.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/lib/string.h"

_Static_assert(sizeof(struct frame) == BOOT_FRAME_BYTES, "the loader makes room for them");
static struct lock frame_lock = LOCK_INIT(LOCK_FRAME);
struct frame *frames;
u64 frame_limit;
static u32 free_head;	      /* guarded by frame_lock; 0 = none (frame 0 is never used) */
u64 frame_count_total, frame_count_free;

void frame_zero(u64 physical)
{
	memset(direct_pointer(physical), 0, PAGE_SIZE);
}

void frame_copy(u64 to, u64 from)
{
	memcpy(direct_pointer(to), direct_pointer(from), PAGE_SIZE);
}

static void make_free(u64 number)
{
	frames[number] = (struct frame){ .next = free_head, .owner = &free_head };
	free_head = (u32)number;
}

void frame_init(const struct boot_info *boot)
{
	frames = direct_pointer(boot->frames);
	frame_limit = boot->frame_limit;
	for (const struct boot_range *r = boot->range; r < &boot->range[boot->range_count]; r++) {
		u64 number = r->base >> PAGE_SHIFT, end = number + (r->length >> PAGE_SHIFT);

		if (r->type == BOOT_RANGE_RESERVED)
			continue;
		frame_count_total += end - number;
		if (r->type == BOOT_RANGE_USABLE) {
			frame_count_free += end - number;
			for (; number < end; number++)
				make_free(number);
		}
		for (; number < end; number++)
			frames[number].refs = 1;
	}
}

u64 frame_alloc(void)
{
	lock_acquire(&frame_lock);
	u64 number = free_head;

	if (number) {
		free_head = frames[number].next;
		frame_count_free--;
		frames[number] = (struct frame){ .refs = 1 };
	}
	lock_release(&frame_lock);
	return number << PAGE_SHIFT;
}

void frame_free(u64 physical)
{
	lock_acquire(&frame_lock);
	assert(frame_of(physical)->refs);
	make_free(physical >> PAGE_SHIFT);
	frame_count_free++;
	lock_release(&frame_lock);
}
