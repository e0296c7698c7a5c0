/* SPDX-License-Identifier: MIT */
/* clocks - reading, setting and sleeping.  No clock is set successfully: the recording would change
 * the machine that it is made on. */
#include "rows.h"

#include <sys/time.h>

void rows_clocks(void)
{
	struct timespec t = {}, short_while = { 0, 1000 }, bad = { 0, -1 }, past = { 1, 0 };
	struct timeval tv = {}, bad_tv = { 0, 1000000 };
	struct timezone zone = {};
	long seconds = 0;

	ROW_OK(time, "now", NULL);
	ROW_OK(time, "stored too", &seconds);
	SHOW(time, "after 2020", seconds > 1577836800);
	ROW(gettimeofday, "now", &tv, &zone);
	SHOW(gettimeofday, "after 2020", tv.tv_sec > 1577836800);
	ROW(settimeofday, "1,000,000 microseconds", &bad_tv, NULL);
	ROW(clock_gettime, "real time", CLOCK_REALTIME, &t);
	ROW(clock_gettime, "monotonic", CLOCK_MONOTONIC, &t);
	ROW(clock_gettime, "of the process", CLOCK_PROCESS_CPUTIME_ID, &t);
	ROW(clock_gettime, "unknown", 99, &t);
	ROW(clock_getres, "monotonic", CLOCK_MONOTONIC, &t);
	SHOW(clock_getres, "nanoseconds", t.tv_nsec);
	ROW(clock_getres, "unknown", 99, &t);
	ROW(clock_settime, "monotonic", CLOCK_MONOTONIC, &past);
	ROW(clock_settime, "-1 nanoseconds", CLOCK_REALTIME, &bad);
	ROW(clock_settime, "unknown", 99, &past);
	ROW(nanosleep, "a microsecond", &short_while, NULL);
	ROW(nanosleep, "-1 nanoseconds", &bad, NULL);
	ROW(clock_nanosleep, "a microsecond", CLOCK_MONOTONIC, 0, &short_while, NULL);
	ROW(clock_nanosleep, "until long ago", CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL);
	ROW(clock_nanosleep, "-1 nanoseconds", CLOCK_MONOTONIC, 0, &bad, NULL);
	ROW(clock_nanosleep, "unknown", 99, 0, &short_while, NULL);
	CHILD(settimeofday, "in a child", {
		be_nobody();
		tv.tv_usec = 0;
		ROW(settimeofday, "as nobody", &tv, NULL);
		ROW(clock_settime, "as nobody", CLOCK_REALTIME, &past);
	});
}
