/* SPDX-License-Identifier: MIT */
/*
 * times.h - processor time and other counts of threads and processes.
 *
 * The kernel counts what a native thread uses.  A twin serves many Linux threads one after the
 * other, so a thread notes what its twin had used before it (times_begin).
 */
#ifndef LINUX_TIMES_H
#define LINUX_TIMES_H

#include "servers/linux/task.h"

void times_add(struct times *to, const struct times *from);
void times_begin(struct lthread *t);
void thread_times(const struct lthread *t, struct times *out);
/* All threads of a process, living and dead; world lock held. */
void process_times(const struct process *p, struct times *out);
/* A thread ends: its times become its process's.  World lock held. */
void times_end(struct lthread *t);
void times_add_thread(struct times *to, const struct lthread *t);
/* What all Linux threads that ever were have used; world lock held. */
void times_of_all(struct times *out);
void rusage_fill(struct l_rusage *out, const struct times *times);

/* exit.c; world lock held */
void process_reap(struct process *p);

#endif
