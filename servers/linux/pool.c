/* SPDX-License-Identifier: MIT */
/*
 * pool.c - see pool.h.
 */
#include "servers/linux/pool.h"

#include "libsys/heap.h"
#include "libsys/string.h"

enum { PIECE_BYTES = 65536, ALIGNMENT = 64 };

void *pool_alloc(struct pool *pool)
{
	u64 size = (pool->size + ALIGNMENT - 1) & ~(u64)(ALIGNMENT - 1);
	void *object;

	lock_acquire(&pool->lock);
	object = pool->free;
	if (object) {
		pool->free = *(void **)object;
	} else {
		if ((u64)(pool->piece_end - pool->piece) < size) {
			pool->piece = heap_alloc(PIECE_BYTES);
			pool->piece_end = pool->piece ? pool->piece + PIECE_BYTES : NULL;
		}
		object = pool->piece;
		if (object)
			pool->piece += size;
	}
	lock_release(&pool->lock);
	if (object)
		memset(object, 0, pool->size);
	return object;
}

void pool_free(struct pool *pool, void *object)
{
	lock_acquire(&pool->lock);
	*(void **)object = pool->free;
	pool->free = object;
	lock_release(&pool->lock);
}
