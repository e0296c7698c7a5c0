/* SPDX-License-Identifier: MIT */
/*
 * failpoint.c - one charge of memory fails on purpose: the n-th from now that is made to one
 * budget, or below it.
 *
 * A program that tests arms it for its own budget and sees that whoever caused the charge gets the
 * error, and that nothing else has changed.  A native program's own page faults pass: they have no
 * caller to be told.
 */
#include "microkernel/object/budget.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"

enum { EXCEPTION_PF = 14 };

static struct object *armed; /* not dereferenced */
static i64 left;	     /* atomic; charges up to the one that fails; that one makes it 0 */

bool failpoint(struct budget *budget)
{
	if (__atomic_load_n(&left, __ATOMIC_RELAXED) <= 0 ||
	    (this_cpu()->called == ~(u64)EXCEPTION_PF && !thread_current()->in_guest))
		return false;
	while (budget && &budget->object != armed)
		budget = budget->parent;
	if (!budget || __atomic_fetch_sub(&left, 1, __ATOMIC_SEQ_CST) != 1)
		return false;
	this_cpu()->refused = 0; /* for good: the call is not made again */
	return true;
}

i64 failpoint_set(u64 charges)
{
	i64 was = __atomic_load_n(&left, __ATOMIC_SEQ_CST);

	if (charges != FAILPOINT_ASK) {
		armed = &thread_current()->object.budget->object;
		__atomic_store_n(&left, (i64)(charges & FAILPOINT_ASK >> 1), __ATOMIC_SEQ_CST);
	}
	return was > 0;
}
