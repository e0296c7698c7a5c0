/* SPDX-License-Identifier: MIT */
/*
 * latency.h - how long a thread waits for a processor, or for a server, beside others that compute.
 *
 * Nothing is judged here: each case prints one line of figures, which the group of tests reads.
 */
#ifndef TESTS_LATENCY_H
#define TESTS_LATENCY_H

#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"

enum { US = 1000, MS = 1000000, HOGS_EACH = 8, PROCESSORS_MAX = 64 };

/* As many threads that only compute; at most HOGS_EACH for each processor. */
void hogs_begin(u32 count);
/* Since when their shares are counted, and what they got until now. */
void hogs_count(void);
void hogs_tell(const char *name);
void hogs_end(void);

/* A thread of a user level, or 0: of a server's.  The test is over if there is none. */
cap_t begin(void (*entry)(void *), void *argument, u32 level);
/* Instructions that take about so long when nobody disturbs. */
void spin(u64 ns);
void sleep_until(cap_t bell, u64 due);
cap_t made(i64 result);
/* The line `NAME: COUNT times, p50 P p99 Q max R ns`; puts them in order. */
void figures_tell(const char *name, u64 *ns, u32 count);

void wakes(void);
void inversion(void);

#endif
