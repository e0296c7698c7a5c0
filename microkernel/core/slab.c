/* SPDX-License-Identifier: MIT */
/* slab.c - see slab.h.  Pages are never given back: they are few, and look-ups rely on their type.
 */
#include "microkernel/core/slab.h"
#include "microkernel/core/frame.h"
#include "microkernel/lib/string.h"

/* The link is the last word: the first words of a dead object stay what readers expect. */
static void **link_of(const struct slab *slab, void *object)
{
	return (void **)((char *)object + slab->size - sizeof(void *));
}

static void slab_grow(struct slab *slab)
{
	u64 page = frame_alloc_zeroed();

	if (!page)
		return;
	slab->pages++;
	for (u32 at = 0; at + slab->size <= PAGE_SIZE; at += slab->size) {
		void *object = (char *)direct_pointer(page) + at;

		*link_of(slab, object) = slab->free;
		slab->free = object;
	}
}

void *slab_alloc(struct slab *slab)
{
	lock_acquire(&slab->lock);
	if (!slab->free)
		slab_grow(slab);
	void *object = slab->free;
	if (object) {
		slab->free = *link_of(slab, object);
		slab->used++;
	}
	lock_release(&slab->lock);
	if (object)
		memset(object, 0, slab->size);
	return object;
}

void slab_free(struct slab *slab, void *object)
{
	lock_acquire(&slab->lock);
	*link_of(slab, object) = slab->free;
	slab->free = object;
	slab->used--;
	lock_release(&slab->lock);
}
