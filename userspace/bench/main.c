/* SPDX-License-Identifier: MIT */
/*
 * bench - what native calls cost, in TSC ticks (instructions under icount) and address-space switches:
 * the cheapest call, and a call to another server with its answer.  Lines go to the log.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "proto/clock.h"

enum { ROUNDS = 2000 };

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static u64 switches(void)
{
	struct inspect_system s = { 0 };

	sys_inspect_read(grant_find("inspect"), INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));
	return s.space_switches;
}

static void call_refused(void)
{
	sys_notification_signal(CAP_NONE, 0);
}

static void call_clock(void)
{
	struct clock_offset_out out;

	(void)!clock_offset(grant_find("clock"), &out);
}

static void measure(const char *name, void (*operation)(void))
{
	u64 base, start, spent;

	for (u32 i = 0; i < ROUNDS / 10; i++)
		operation();
	base = switches();
	start = ticks();
	for (u32 i = 0; i < ROUNDS; i++)
		operation();
	spent = ticks() - start;
	base = switches() - base;
	log_printf("%s %lu %lu", name, spent / ROUNDS, base * 100 / ROUNDS);
}

int main(void)
{
	measure("refused", call_refused);
	measure("ipc", call_clock);
	return 0;
}
