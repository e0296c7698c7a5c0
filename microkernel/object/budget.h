/* SPDX-License-Identifier: MIT */
/*
 * budget.h - an account of bytes: frames and the storage of kernel objects; and of CPU time.
 *
 * A budget's use counts in its parent too, up to the first one whose limit was reserved at its
 * creation (that reservation is what its parent counts).  Every charge is released in the one place
 * that frees the thing: object storage in object_put, frames in budget_frame_free.
 */
#ifndef OBJECT_BUDGET_H
#define OBJECT_BUDGET_H

#include "microkernel/abi/call.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/object.h"

struct budget {
	struct object object;  /* object.lock guards `objects` */
	struct budget *parent; /* it pays for the record, see object.budget; NULL for the root */
	u64 limit;	       /* bytes, constant */
	u64 used, peak;	       /* bytes, atomic */
	u64 frames;	       /* atomic */
	bool reserved, frames_only; /* constant */
	struct list objects;   /* everything charged here, threads in front */
	/* Time: so much in each period, 0: no limit; what is left of it, or owed, since when.  All
	 * guarded by object.lock; quota_ns is looked at without. */
	u64 quota_ns, period_ns, since_ns, limited_ns; /* the last: when that was said */
	i64 left_ns;
};

struct budget *budget_create_root(u64 limit);
bool budget_charge(struct budget *budget, u64 bytes);
void budget_release(struct budget *budget, u64 bytes);
/* Zeroed storage from a slab, charged; NULL: E_NOMEM. */
void *budget_slab(struct budget *budget, struct slab *slab);
void budget_slab_free(struct budget *budget, struct slab *slab, void *storage);
/* A charged frame, zeroed if asked; 0: the budget, or the machine, is empty. */
u64 budget_frame(struct budget *budget, bool zeroed);
void budget_frame_free(u64 physical);
void budget_destroy(struct budget *budget);
error_t budget_kill_step(struct budget *budget);

/*
 * Threads charged there have used so much time.  How much they may use from now on: DEADLINE_NEVER
 * is no limit; 0: none before *until.
 */
u64 budget_time(struct budget *budget, u64 used_ns, u64 now, u64 *until);

extern struct budget *budget_root;
/*
 * What reserved budgets may still take, in bytes.  So many frames stay free: who has no reservation
 * is refused before, even if slabs hold more pages than their objects were charged for.
 */
extern u64 budget_promised; /* atomic */

#endif
