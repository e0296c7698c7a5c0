/* SPDX-License-Identifier: MIT */
/*
 * slab.h - type-stable storage for kernel objects: what once held a thread only ever holds threads.
 *
 * Freed objects are reused only after every CPU has been seen outside of the kernel (contract A1);
 * with one CPU running, no pointer outlives the call that frees, so a freed object is free at once.
 */
#ifndef CORE_SLAB_H
#define CORE_SLAB_H

#include "microkernel/core/lock.h"

struct slab {
	u32 size;	  /* bytes of an object, at most a page */
	struct lock lock; /* guards what follows */
	void *free;	  /* linked through the last word of each object */
	u64 pages, used;
};

#define SLAB_INIT(object_size)                                                                     \
	{                                                                                          \
		.size = ((object_size) + 15) & ~15u, .lock = LOCK_INIT(LOCK_SLAB)                  \
	}

/* A zeroed object or NULL. */
void *slab_alloc(struct slab *slab);
void slab_free(struct slab *slab, void *object);

#endif
