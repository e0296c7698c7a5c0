/* SPDX-License-Identifier: MIT */
/*
 * realtime.h - SCHED_FIFO and SCHED_RR: threads above all ordinary ones, most of the time.
 *
 * Such a thread runs at the personality's own level, which only the event thread may give.  It
 * looks now and then what the real-time threads together have used of the period, and lets them run
 * below ordinary ones for the rest of it when that is enough: whatever they do, a shell goes on.
 * It takes no lock for that: who holds one may be an ordinary thread that does not get to run.
 */
#ifndef LINUX_REALTIME_H
#define LINUX_REALTIME_H

#include "microkernel/abi/types.h"

/* Part of a twin.  e = the event thread alone */
struct realtime {
	struct realtime *next; /* c, once it is on the list, which it never leaves */
	bool listed;	       /* world lock */
	bool changed;	       /* a: level is to be given, whatever it was */
	u32 level;	       /* a: LEVEL_SERVER, or that of an ordinary thread */
	cap_t native;	       /* c: the thread */
	u32 given;	       /* e: the level it has now */
	u64 used_ns;	       /* e: by the thread, when the period began or it became real-time */
};

void realtime_start(cap_t notification, u64 bits);
/* From now on the twin runs a real-time thread; world lock held. */
void realtime_begin(struct realtime *realtime, cap_t native);
/* It runs an ordinary one, at that level; false: it never did otherwise.  World lock held. */
bool realtime_end(struct realtime *realtime, u32 level);
/* In the event thread: give levels; when to be called again at the latest. */
u64 realtime_run(u64 now);

#endif
