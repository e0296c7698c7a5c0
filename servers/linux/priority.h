/* SPDX-License-Identifier: MIT */
/* priority.h - nice values, policies and processors of threads. */
#ifndef LINUX_PRIORITY_H
#define LINUX_PRIORITY_H

#include "servers/linux/task.h"

enum { SCHED_OTHER = 0, SCHED_FIFO = 1, SCHED_RR = 2, SCHED_BATCH = 3, SCHED_IDLE = 5 };

/* All need the world lock. */

/* Let the thread's twin run as its nice value and policy say. */
void priority_apply(const struct lthread *t);
/* A new thread gets what its maker has; its twin follows the maker's (THREAD_FOLLOW) already. */
void priority_inherit(struct lthread *child, const struct lthread *from);
/* The thread ends and its twin will serve others. */
void priority_reset(struct lthread *t);
/* Is t allowed to change how the other is scheduled? */
bool priority_permitted(const struct lthread *t, const struct process *other);
/* Is the nice value one that p's limit allows to everybody? */
bool nice_allowed(const struct process *p, i32 nice);

static inline bool policy_is_realtime(i32 policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

#endif
