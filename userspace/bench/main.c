/* SPDX-License-Identifier: MIT */
/*
 * bench - figures of the kernel as a native program sees them; started with `bench` on the kernel's
 * command line.  Each line: name, ticks of the TSC (under ICOUNT instructions) and switches of
 * address space for one operation.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "proto/clock.h"

enum { ROUNDS = 2000 };

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static u64 switches(cap_t inspect)
{
	struct inspect_system s = { 0 };

	(void)sys_inspect_read(inspect, INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));
	return s.space_switches;
}

/* A call to another process and its answer: what the two stubs and the serve loop cost is in it. */
static error_t native_call(cap_t clock, cap_t inspect)
{
	struct clock_offset_out out;
	u64 loads = switches(inspect), began = ticks(), spent;
	error_t error = 0;

	for (u32 i = 0; i < ROUNDS && !error; i++)
		error = clock_offset(clock, &out);
	spent = ticks() - began;
	loads = (switches(inspect) - loads) * 100 / ROUNDS;
	if (!error)
		log_printf("native_call %lu %lu.%02lu", spent / ROUNDS, loads / 100, loads % 100);
	return error;
}

int main(void)
{
	error_t error = native_call(grant_find("clock"), grant_find("inspect"));

	if (error)
		log_printf("the clock did not answer: error %ld", error);
	return error ? 1 : 0;
}
