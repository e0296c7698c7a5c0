/* SPDX-License-Identifier: MIT */
/*
 * frame.c - a record per frame and a list of the free ones.
 *
 * The lists are last in, first out, through the records, so that taking a frame touches no page.
 * Idle time keeps some of the free ones zeroed: an eighth of all, since a machine that is emulated
 * gives no memory back that was written once.
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
static u32 free_head[2], zeroed_count; /* guarded by frame_lock; [zeroed]; 0 = none, as frame 0 is
					* never used */
u64 frame_count_total, frame_count_free;

static void frame_zero(u64 physical)
{
	memset(direct_pointer(physical), 0, PAGE_SIZE);
}

void frame_copy(u64 to, u64 from)
{
	memcpy(direct_pointer(to), direct_pointer(from), PAGE_SIZE);
}

static void make_free(u64 number, bool zeroed)
{
	frames[number] = (struct frame){ .next = free_head[zeroed], .owner = free_head };
	free_head[zeroed] = (u32)number;
	zeroed_count += zeroed;
	frame_count_free++;
}

static u64 take_free(bool zeroed)
{
	u64 number = free_head[zeroed];

	if (number) {
		free_head[zeroed] = frames[number].next;
		zeroed_count -= zeroed;
		frame_count_free--;
		frames[number] = (struct frame){ .refs = 1 };
	}
	return number;
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
			for (; number < end; number++)
				make_free(number, false);
		}
		for (; number < end; number++)
			frames[number].refs = 1;
	}
}

u64 frame_alloc(bool zeroed)
{
	bool is_zeroed;
	u64 number;

	lock_acquire(&frame_lock);
	is_zeroed = zeroed ? free_head[1] : !free_head[0];
	number = take_free(is_zeroed);
	lock_release(&frame_lock);
	if (number && zeroed && !is_zeroed)
		frame_zero(number << PAGE_SHIFT);
	return number << PAGE_SHIFT;
}

void frame_free(u64 physical)
{
	lock_acquire(&frame_lock);
	assert(frame_of(physical)->refs);
	make_free(physical >> PAGE_SHIFT, false);
	lock_release(&frame_lock);
}

bool frame_prepare(void)
{
	u64 number = 0;

	lock_acquire(&frame_lock);
	if (zeroed_count < frame_count_total / 8)
		number = take_free(false);
	lock_release(&frame_lock);
	if (!number)
		return false;
	frame_zero(number << PAGE_SHIFT);
	lock_acquire(&frame_lock);
	make_free(number, true);
	lock_release(&frame_lock);
	return true;
}
