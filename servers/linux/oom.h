/* SPDX-License-Identifier: MIT */
/*
 * oom.h - when the memory that all guests share is used up.
 *
 * The process that has most of it is ended, by name, and whoever needs a page waits until it has
 * gone: so a program that takes all there is does not kill another that only asks next.
 */
#ifndef LINUX_OOM_H
#define LINUX_OOM_H

#include "servers/linux/task.h"

enum { OOM_NEVER = -1000 }; /* oom_score_adj of who is never chosen */

/* No page was to be had: see to it that there is one.  No lock held; may wait, or doom t itself. */
void memory_wait(struct lthread *t);
/* A process has let go of its memory. */
void memory_freed(const struct process *p);

#endif
