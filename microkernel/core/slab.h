/* SPDX-License-Identifier: MIT */
/*
 * slab.h - type-stable storage for kernel objects: what once held a thread only ever holds threads.
 *
 * Each CPU keeps a few free objects of its own, so that it mostly needs no lock.  Pages are never
 * given back.  Storage that look-ups without lock may still see is freed after a grace period
 * (core/grace.h).
 */
#ifndef CORE_SLAB_H
#define CORE_SLAB_H

#include "microkernel/core/lock.h"

struct slab {
	u32 size;	  /* bytes of an object, at most a page */
	u32 number;	  /* constant: in cpu.slab */
	u32 first, last;  /* page numbers, linked through frame.next; 0: none yet */
	struct lock lock; /* guards first, last and free */
	void *free;	  /* linked through the last word of each object */
};

#define SLAB_INIT(slab_number, object_size)                                                        \
	{                                                                                          \
		.size = ((object_size) + 15) & ~15u, .number = (slab_number),                      \
		.lock = LOCK_INIT(LOCK_SLAB)                                                       \
	}

/* A zeroed object or NULL. */
void *slab_alloc(struct slab *slab);
void slab_free(struct slab *slab, void *object);
/* The storage after *cursor (0: the first), in use or not; moves the cursor on.  NULL: no more.  A
 * cursor that this function did not make gives NULL. */
void *slab_next(struct slab *slab, u64 *cursor);

#endif
