/* SPDX-License-Identifier: MIT */
/* clock.h - the time of day; monotonic time is libsys's clock_now(). */
#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#include "libsys/start.h"

/* Nanoseconds since 1970. */
u64 realtime_ns(void);
/* Ask the clock server how far boot lies from 1970. */
i64 clock_start(void);

#endif
