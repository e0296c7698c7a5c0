/* SPDX-License-Identifier: MIT */
/* priority.h - nice values and policies of threads. */
#ifndef LINUX_PRIORITY_H
#define LINUX_PRIORITY_H

#include "servers/linux/task.h"

/* Let the thread's twin run as its nice value and policy say; world lock held. */
void priority_apply(const struct lthread *t);
/* The thread ends and its twin will serve others. */
void priority_reset(struct lthread *t);

#endif
