/* SPDX-License-Identifier: MIT */
/*
 * heap.c - pages from the kernel, and size classes cut from single pages.
 *
 * A free piece holds the link to the next one of its class.  Pages of a class never go back: a
 * server's small objects come in waves of the same sizes.
 */
#include "libsys/heap.h"

#include "libsys/lock.h"
#include "libsys/string.h"
#include "libsys/sys.h"

enum { SMALLEST_SHIFT = 4, LARGEST_SHIFT = 11 };

struct piece {
	struct piece *next;
};

static struct lock heap_lock = LOCK_OF(LOCK_RANK_HEAP);
static u64 heap_bytes, heap_most = ~(u64)0; /* taken from the kernel, atomic; the limit */
static struct piece *free_pieces[LARGEST_SHIFT + 1];

i64 memory_map(cap_t memory, u64 offset, u64 length, u32 protect)
{
	struct map_args args = {
		.memory = memory,
		.offset = offset,
		.length = length,
		.protect = protect,
		.maximum = protect,
	};

	return sys_space_map(CAP_SELF_SPACE, &args);
}

i64 memory_create_pinned(cap_t budget, u64 size)
{
	i64 memory = sys_memory_create(budget, size, MEMORY_PINNED), done = 0;

	for (u64 at = 0; memory >= 0 && at < size; at += (u64)done) {
		done = sys_memory_fill((cap_t)memory, at, size - at);
		if (done < 0) {
			(void)sys_object_destroy((cap_t)memory);
			return done;
		}
	}
	return memory;
}

void *pages_alloc(u64 length)
{
	struct map_args args = {
		.length = (length + PAGE_MASK) & ~PAGE_MASK,
		.protect = PROTECT_READ | PROTECT_WRITE,
		.maximum = PROTECT_READ | PROTECT_WRITE,
		.flags = MAP_OVERLAY,
	};
	i64 address = sys_space_map(CAP_SELF_SPACE, &args);

	return map_failed(address) ? NULL : (void *)address;
}

void pages_free(void *address, u64 length)
{
	sys_space_unmap(CAP_SELF_SPACE, (u64)address, (length + PAGE_MASK) & ~PAGE_MASK);
}

static unsigned class_of(u64 size)
{
	unsigned shift = SMALLEST_SHIFT;

	while ((u64)1 << shift < size)
		shift++;
	return shift;
}

void heap_limit(u64 bytes)
{
	heap_most = bytes;
}

/* Pages that count against the limit. */
static void *heap_pages(u64 length)
{
	void *pages = NULL;

	length = (length + PAGE_MASK) & ~PAGE_MASK;
	if (__atomic_add_fetch(&heap_bytes, length, __ATOMIC_RELAXED) <= heap_most)
		pages = pages_alloc(length);
	if (!pages)
		__atomic_fetch_sub(&heap_bytes, length, __ATOMIC_RELAXED);
	return pages;
}

/* Cut one more page into pieces of the class; the lock is held. */
static bool class_refill(unsigned shift)
{
	u8 *page = heap_pages(PAGE_SIZE);

	if (!page)
		return false;
	for (u64 at = 0; at < PAGE_SIZE; at += (u64)1 << shift) {
		struct piece *piece = (struct piece *)(page + at);

		piece->next = free_pieces[shift];
		free_pieces[shift] = piece;
	}
	return true;
}

void *heap_alloc(u64 size)
{
	unsigned shift;
	struct piece *piece = NULL;

	if (size > (u64)1 << LARGEST_SHIFT)
		return heap_pages(size);
	shift = class_of(size);
	lock_acquire(&heap_lock);
	if (free_pieces[shift] || class_refill(shift)) {
		piece = free_pieces[shift];
		free_pieces[shift] = piece->next;
	}
	lock_release(&heap_lock);
	if (piece)
		memset(piece, 0, (u64)1 << shift);
	return piece;
}

void heap_free(void *memory, u64 size)
{
	struct piece *piece = memory;
	unsigned shift;

	if (!memory)
		return;
	if (size > (u64)1 << LARGEST_SHIFT) {
		pages_free(memory, size);
		__atomic_fetch_sub(&heap_bytes, (size + PAGE_MASK) & ~PAGE_MASK, __ATOMIC_RELAXED);
		return;
	}
	shift = class_of(size);
	lock_acquire(&heap_lock);
	piece->next = free_pieces[shift];
	free_pieces[shift] = piece;
	lock_release(&heap_lock);
}
