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

enum { BOOT_RESERVE = 4 << 20 };

static struct lock frame_lock = LOCK_INIT(LOCK_FRAME);
struct frame *frames;
u64 frame_limit;
static u32 free_head;	      /* guarded by frame_lock; 0 = none (frame 0 is never used) */
static u64 boot_at, boot_end; /* what frame_boot_alloc hands out, before and after the records */
u64 frame_count_total, frame_count_free;

void frame_zero(u64 physical)
{
	memset(direct_pointer(physical), 0, PAGE_SIZE);
}

void frame_copy(u64 to, u64 from)
{
	memcpy(direct_pointer(to), direct_pointer(from), PAGE_SIZE);
}

void *frame_boot_alloc(u64 bytes)
{
	u64 at = boot_at;

	bytes = (bytes + PAGE_MASK) & ~PAGE_MASK;
	if (boot_end - boot_at < bytes)
		panic("no memory for the kernel's own tables");
	boot_at += bytes;
	memset(direct_pointer(at), 0, bytes);
	return direct_pointer(at);
}

static void make_free(u64 first, u64 last)
{
	for (u64 number = first; number < last; number++) {
		frames[number] = (struct frame){ .next = free_head, .owner = &free_head };
		free_head = (u32)number;
	}
	frame_count_free += last - first;
}

static void in_use(u64 first, u64 last)
{
	for (u64 number = first; number < last; number++)
		frames[number].refs = 1;
}

void frame_init(struct boot_info *boot)
{
	struct boot_range *largest = NULL;
	u64 end = 0, kernel_reserve;

	for (u32 i = 0; i < boot->range_count; i++) {
		struct boot_range *r = &boot->range[i];

		if (r->type == BOOT_RANGE_RESERVED)
			continue;
		frame_count_total += r->length >> PAGE_SHIFT;
		if (r->base + r->length > end)
			end = r->base + r->length;
		if (r->type == BOOT_RANGE_USABLE && (!largest || r->length > largest->length))
			largest = r;
	}
	if (!largest || frame_count_total < CONFIG_MIN_MEMORY_MIB << (20 - PAGE_SHIFT))
		refuse("this machine has too little memory: Keel needs 64 MiB");
	frame_limit = end >> PAGE_SHIFT;
	kernel_reserve = frame_limit * sizeof(struct frame) + BOOT_RESERVE;
	boot_at = largest->base;
	boot_end = boot_at + ((kernel_reserve + PAGE_MASK) & ~PAGE_MASK);
	frames = frame_boot_alloc(frame_limit * sizeof(struct frame));
	for (u32 i = 0; i < boot->range_count; i++) {
		struct boot_range *r = &boot->range[i];
		u64 first = r->base >> PAGE_SHIFT, last = (r->base + r->length) >> PAGE_SHIFT;

		if (r->type == BOOT_RANGE_BOOT) {
			in_use(first, last);
		} else if (r == largest) {
			in_use(first, boot_end >> PAGE_SHIFT);
			make_free(boot_end >> PAGE_SHIFT, last);
		} else if (r->type == BOOT_RANGE_USABLE) {
			make_free(first, last);
		}
	}
}

void frame_boot_end(void)
{
	make_free(boot_at >> PAGE_SHIFT, boot_end >> PAGE_SHIFT);
	boot_at = boot_end;
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
	make_free(physical >> PAGE_SHIFT, (physical >> PAGE_SHIFT) + 1);
	lock_release(&frame_lock);
}
