/* SPDX-License-Identifier: MIT */
/* clock.h - the time of day; monotonic time is libsys's clock_now(). */
#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#include "libsys/start.h"

/* Nanoseconds since 1970. */
u64 realtime_ns(void);
/* Ask the clock server how far boot lies from 1970. */
i64 clock_start(void);
/* Signal alarms that are due and set the timer for the next one; the event thread calls it. */
void alarms_run(void);
/* Where alarms_run sets its timer. */
void alarms_start(cap_t notification, u64 bits);

#endif
