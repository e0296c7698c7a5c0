/* SPDX-License-Identifier: MIT */
/*
 * clock - the time of day: how far clock_read() lies from 1970.
 *
 * The hardware clock (an MC146818 behind two ports) is read once at the start and taken as UTC.
 */
#include "libsys/depot.h"
#include "libsys/driver.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "proto/clock.h"
#include "servers/clock/calendar.h"

#define SECOND_NS 1000000000ul

enum rtc_register {
	RTC_SECONDS = 0,
	RTC_MINUTES = 2,
	RTC_HOURS = 4,
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_STATUS_A = 10,
	RTC_STATUS_B = 11,
	RTC_CENTURY = 0x32, /* by custom; believed only where it makes sense */
};
enum {
	STATUS_A_UPDATING = 0x80,
	STATUS_B_24_HOURS = 2,
	STATUS_B_BINARY = 4,
	STATUS_B_HOLD = 0x80,
	HOUR_AFTERNOON = 0x80,
	POLLS_MAX = 100000,
};

static struct {
	cap_t ports;
	u64 offset_ns;
	u64 version;
} state;

static u8 rtc_read(u8 number)
{
	port_write8(state.ports, 0, number);
	return port_read8(state.ports, 1);
}

static void rtc_write(u8 number, u8 value)
{
	port_write8(state.ports, 0, number);
	port_write8(state.ports, 1, value);
}

static u32 from_bcd(u8 value, u8 status)
{
	return status & STATUS_B_BINARY ? value : (u32)(value >> 4) * 10 + (value & 15);
}

static u8 to_bcd(u32 value, u8 status)
{
	return (u8)(status & STATUS_B_BINARY ? value : value / 10 << 4 | value % 10);
}

static void rtc_read_once(struct calendar *c)
{
	u8 status, hour;
	u32 century;

	for (int i = 0; i < POLLS_MAX && rtc_read(RTC_STATUS_A) & STATUS_A_UPDATING; i++)
		;
	status = rtc_read(RTC_STATUS_B);
	hour = rtc_read(RTC_HOURS);
	c->second = from_bcd(rtc_read(RTC_SECONDS), status);
	c->minute = from_bcd(rtc_read(RTC_MINUTES), status);
	c->hour = from_bcd(hour & ~HOUR_AFTERNOON, status);
	if (!(status & STATUS_B_24_HOURS))
		c->hour = c->hour % 12 + (hour & HOUR_AFTERNOON ? 12 : 0);
	c->day = from_bcd(rtc_read(RTC_DAY), status);
	c->month = from_bcd(rtc_read(RTC_MONTH), status);
	c->year = from_bcd(rtc_read(RTC_YEAR), status);
	century = from_bcd(rtc_read(RTC_CENTURY), status);
	c->year += century >= 19 && century <= 99 ? century * 100 : c->year < 70 ? 2000 : 1900;
}

/* Two equal readings in a row cannot have been torn by an update. */
static void rtc_read_time(struct calendar *c)
{
	struct calendar last;

	rtc_read_once(c);
	for (int i = 0; i < 8; i++) {
		last = *c;
		rtc_read_once(c);
		if (calendar_seconds(c) == calendar_seconds(&last))
			return;
	}
}

static void rtc_write_time(u64 seconds)
{
	struct calendar c;
	u8 status = rtc_read(RTC_STATUS_B);

	calendar_from_seconds(seconds, &c);
	rtc_write(RTC_STATUS_B, status | STATUS_B_HOLD);
	rtc_write(RTC_SECONDS, to_bcd(c.second, status));
	rtc_write(RTC_MINUTES, to_bcd(c.minute, status));
	if (status & STATUS_B_24_HOURS)
		rtc_write(RTC_HOURS, to_bcd(c.hour, status));
	else
		rtc_write(RTC_HOURS, to_bcd((c.hour + 11) % 12 + 1, status) |
					     (c.hour >= 12 ? HOUR_AFTERNOON : 0));
	rtc_write(RTC_DAY, to_bcd(c.day, status));
	rtc_write(RTC_MONTH, to_bcd(c.month, status));
	rtc_write(RTC_YEAR, to_bcd(c.year % 100, status));
	rtc_write(RTC_CENTURY, to_bcd(c.year / 100, status));
	rtc_write(RTC_STATUS_B, status & (u8)~STATUS_B_HOLD);
}

static error_t op_offset(struct request *rq, struct clock_offset_out *out)
{
	(void)rq;
	out->offset_ns = state.offset_ns;
	out->version = state.version;
	return 0;
}

static error_t op_set(struct request *rq, const struct clock_set_in *in)
{
	u64 now = sys_clock_read();

	(void)rq;
	if (in->realtime_ns < now || in->realtime_ns / SECOND_NS > CALENDAR_SECONDS_MAX)
		return E_INVAL;
	state.offset_ns = in->realtime_ns - now;
	state.version++;
	rtc_write_time(in->realtime_ns / SECOND_NS);
	return 0;
}

static const struct clock_ops ops = { .offset = op_offset, .set = op_set };

static error_t dispatch(struct request *rq)
{
	return clock_dispatch(&ops, rq);
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };
	struct calendar c;

	state.ports = grant_find("cmos");
	rtc_read_time(&c);
	state.offset_ns = calendar_seconds(&c) * SECOND_NS - sys_clock_read();
	state.version = 1;
	log_printf("%04u-%02u-%02u %02u:%02u:%02u UTC", c.year, c.month, c.day, c.hour, c.minute,
		   c.second);
	depot_ready();
	return (int)serve(&service);
}
