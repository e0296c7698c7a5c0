/* SPDX-License-Identifier: MIT */
/* clock_calendar - dates as the host's C library computes them. */
#include <time.h>

#include "tests/unit/unit.h"
#include "servers/clock/calendar.h"

TEST(like_the_host)
{
	for (u64 s = 0; s < CALENDAR_SECONDS_MAX; s += 86399 * 31 + 7) {
		time_t t = (time_t)s;
		struct calendar c;
		struct tm tm;

		gmtime_r(&t, &tm);
		calendar_from_seconds(s, &c);
		CHECK(c.year == tm.tm_year + 1900u && c.month == tm.tm_mon + 1u &&
		      c.day == (u32)tm.tm_mday && c.hour == (u32)tm.tm_hour &&
		      c.minute == (u32)tm.tm_min && c.second == (u32)tm.tm_sec);
		CHECK(calendar_seconds(&c) == s);
	}
}

TEST(no_dates)
{
	CHECK(calendar_seconds(&(struct calendar){ 1969, 12, 31, 0, 0, 0 }) == 0);
	CHECK(calendar_seconds(&(struct calendar){ 2024, 0, 1, 0, 0, 0 }) == 0);
	CHECK(calendar_seconds(&(struct calendar){ 2024, 13, 1, 0, 0, 0 }) == 0);
	CHECK(calendar_seconds(&(struct calendar){ 2024, 2, 29, 0, 0, 0 }) == 1709164800);
}

UNIT("clock_calendar", RUN(like_the_host), RUN(no_dates))
