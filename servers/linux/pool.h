/* SPDX-License-Identifier: MIT */
/*
 * pool.h - objects of one size, reused as the same type for ever.
 *
 * So a reader that raced with a free finds an object of the right type, perhaps another one, and
 * never an unmapped page.
 */
#ifndef LINUX_POOL_H
#define LINUX_POOL_H

#include "servers/linux/lockorder.h"

struct pool {
	struct lock lock; /* guards all below but size */
	u64 size;
	void *free;
	char *piece, *piece_end;
};
#define POOL_OF(size_) { .lock = LOCK_OF(RANK_POOL), .size = (size_) }

/* Zero-filled; NULL if there is no memory. */
void *pool_alloc(struct pool *pool) __must_use;
void pool_free(struct pool *pool, void *object);

#endif
