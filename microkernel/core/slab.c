/* SPDX-License-Identifier: MIT */
/* slab.c - see slab.h. */
#include "microkernel/core/slab.h"
#include "microkernel/core/frame.h"
#include "microkernel/lib/string.h"

/* The link is the last word: the first words of a dead object stay what readers expect. */
static void **link_of(const struct slab *slab, void *object)
{
	return (void **)((char *)object + slab->size - sizeof(void *));
}

/* The frame record of a page says that it is a slab's, and whose. */
enum { SLAB_PAGE = 1u << 31 };

static u32 page_mark(const struct slab *slab)
{
	return SLAB_PAGE | (u32)((u64)slab >> 4);
}

static void slab_grow(struct slab *slab)
{
	u64 page = frame_alloc(true);

	if (!page)
		return;
	frame_of(page)->refs = page_mark(slab);
	frame_of(page)->next = 0;
	u32 number = (u32)(page >> PAGE_SHIFT);
	if (slab->last)
		__atomic_store_n(&frame_of((u64)slab->last << PAGE_SHIFT)->next, number,
				 __ATOMIC_RELEASE);
	else
		slab->first = number;
	slab->last = number;
	for (u32 at = 0; at + slab->size <= PAGE_SIZE; at += slab->size) {
		void *object = (char *)direct_pointer(page) + at;

		*link_of(slab, object) = slab->free;
		slab->free = object;
	}
}

/* Cursor: address of a page, and in its low bits how many of its objects were seen. */
void *slab_next(struct slab *slab, u64 *cursor)
{
	u64 page = *cursor & ~PAGE_MASK, seen = *cursor & PAGE_MASK;

	if (!*cursor)
		page = (u64)slab->first << PAGE_SHIFT;
	else if (!frame_is_ram(page) || frame_of(page)->refs != page_mark(slab))
		return NULL;
	if (page && seen >= PAGE_SIZE / slab->size) {
		seen = 0;
		page = (u64)__atomic_load_n(&frame_of(page)->next, __ATOMIC_ACQUIRE) << PAGE_SHIFT;
	}
	if (!page)
		return NULL;
	*cursor = page | (seen + 1);
	return (char *)direct_pointer(page) + seen * slab->size;
}

/* How many go to a CPU at a time; it keeps fewer than twice as many. */
enum { SLAB_BATCH = 8 };

/* Up to a batch goes from one list to the other, of which the lock guards one. */
static u64 batch_move(struct slab *slab, void **from, void **to)
{
	u64 moved = 0;

	lock_acquire(&slab->lock);
	if (from == &slab->free && !*from)
		slab_grow(slab);
	for (; *from && moved < SLAB_BATCH; moved++) {
		void *object = *from;

		*from = *link_of(slab, object);
		*link_of(slab, object) = *to;
		*to = object;
	}
	lock_release(&slab->lock);
	return moved;
}

void *slab_alloc(struct slab *slab)
{
	struct slab_cache *mine = &this_cpu()->slab[slab->number];
	void *object;

	if (!mine->free)
		mine->count = batch_move(slab, &slab->free, &mine->free);
	object = mine->free;
	if (!object)
		return NULL;
	mine->free = *link_of(slab, object);
	mine->count--;
	return memset(object, 0, slab->size);
}

void slab_free(struct slab *slab, void *object)
{
	struct slab_cache *mine = &this_cpu()->slab[slab->number];

	*link_of(slab, object) = mine->free;
	mine->free = object;
	if (++mine->count == 2 * SLAB_BATCH)
		mine->count -= batch_move(slab, &mine->free, &slab->free);
}
