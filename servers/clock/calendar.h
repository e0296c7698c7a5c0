/* SPDX-License-Identifier: MIT */
/* calendar.h - dates of the Gregorian calendar and seconds since 1970.  Pure. */
#ifndef CLOCK_CALENDAR_H
#define CLOCK_CALENDAR_H

#include "microkernel/abi/types.h"

struct calendar {
	u32 year, month, day; /* month and day from 1 */
	u32 hour, minute, second;
};

#define CALENDAR_SECONDS_MAX 253402300799ul /* the end of 9999 */

u64 calendar_seconds(const struct calendar *c); /* 0 for what lies before 1970 or is no date */
void calendar_from_seconds(u64 seconds, struct calendar *c);

#endif
