/* SPDX-License-Identifier: MIT */
/*
 * calendar.c - dates and seconds.
 *
 * Days are counted from 0000-03-01, so that the leap day is the last of a year and months follow
 * one formula; 400 years have 146,097 days.
 */
#include "servers/clock/calendar.h"

enum { DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468, DAY_SECONDS = 86400 };

static u64 days_before(u32 year, u32 month, u32 day)
{
	u64 y = year - (month <= 2);
	u64 of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year;
}

u64 calendar_seconds(const struct calendar *c)
{
	u64 days;

	if (c->year < 1970 || c->month < 1 || c->month > 12 || c->day < 1 || c->day > 31)
		return 0;
	days = days_before(c->year, c->month, c->day) - DAYS_TO_1970;
	return days * DAY_SECONDS + c->hour * 3600ul + c->minute * 60ul + c->second;
}

void calendar_from_seconds(u64 seconds, struct calendar *c)
{
	u64 days = seconds / DAY_SECONDS + DAYS_TO_1970;
	u64 era = days / DAYS_400_YEARS, of_era = days % DAYS_400_YEARS;
	u64 year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_400_YEARS - 1)) / 365;
	u64 of_year = of_era - (365 * year + year / 4 - year / 100);
	u64 month = (5 * of_year + 2) / 153;
	u64 rest = seconds % DAY_SECONDS;

	c->day = (u32)(of_year - (153 * month + 2) / 5 + 1);
	c->month = (u32)(month < 10 ? month + 3 : month - 9);
	c->year = (u32)(year + era * 400 + (c->month <= 2));
	c->hour = (u32)(rest / 3600);
	c->minute = (u32)(rest / 60 % 60);
	c->second = (u32)(rest % 60);
}
