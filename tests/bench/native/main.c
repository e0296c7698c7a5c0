/* SPDX-License-Identifier: MIT */
/*
 * bench - figures of the kernel as native programs see them; the boot archive of tests/bench/run
 * has it, with a line in tests/bench/grants.  A word of the command line says what it does:
 *
 *	bench		each row of the table that is the kernel's alone: ticks in ring 0
 *			(under ICOUNT instructions) and switches of address space
 *	laps, pairs	see pairs.c
 *	row=NAME	that row is marked, for tests/bench/profile
 *
 * Then it switches the machine off.  The servers that it calls are this program, too: it serves if
 * its grant says "self".
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "microkernel/abi/call.h"
#include "proto/clock.h"
#include "proto/supervisor.h"
#include "tests/bench/native/count.h"

enum { POWER_OFF = 1 }; /* supervisor.proto */

volatile u32 count_began;
u32 count_call_own, count_message_own;
static cap_t inspect;
static const char *profiled;

static u32 median(u32 *sample, u32 count)
{
	for (u32 i = 1; i < count; i++)
		for (u32 k = i; k && sample[k - 1] > sample[k]; k--) {
			u32 other = sample[k];

			sample[k] = sample[k - 1];
			sample[k - 1] = other;
		}
	return sample[count / 2];
}

u64 count_switches(void)
{
	struct inspect_processor p = { 0 };

	(void)sys_inspect_read(inspect, INSPECT_PROCESSORS, 0, (u64)&p, sizeof(p));
	return p.space_switches;
}

void count_begin(cap_t cap)
{
	static u32 call[ROUNDS], message[ROUNDS];
	struct message m = { 0 };
	i64 ignored;

	inspect = cap;
	for (u32 i = 0; i < ROUNDS; i++) {
		call[i] = COUNT_CALL("nop", 0, 0, 0, 0, 0, 0, 0, &ignored);
		message[i] = COUNT_MESSAGE("nop", 0, 0, &m, &ignored);
	}
	count_call_own = median(call, ROUNDS);
	count_message_own = median(message, ROUNDS);
}

void row_begin(struct row *row, const char *name)
{
	row->name = name;
	row->count = 0;
	row->loads = count_switches();
	if (profiled && strcmp(name, profiled) == 0)
		__asm__ volatile("nopl 0x4c617073(%rax)"); /* see laps.c */
}

void row_add(struct row *row, u32 ticks)
{
	if (row->count < SAMPLES)
		row->sample[row->count++] = ticks;
}

static void row_print(struct row *row, u64 loads)
{
	if (!row->count)
		return;
	loads = loads * 100 / row->count;
	log_printf("%s %u %lu.%02lu", row->name, median(row->sample, row->count), loads / 100,
		   loads % 100);
}

void row_end(struct row *row)
{
	__asm__ volatile("nopl 0x53746f70(%rax)");
	row_print(row, count_switches() - row->loads);
}

void row_end_both(struct row *one, struct row *other)
{
	__asm__ volatile("nopl 0x53746f70(%rax)");
	u64 loads = count_switches() - one->loads;

	row_print(one, loads / 2);
	row_print(other, loads / 2);
}

/* A call to a server as programs make it: what the two stubs and the serve loop cost is in it. */
static error_t native_call(void)
{
	enum { CALLS = 2000 };
	cap_t clock = grant_find("clock");
	struct clock_offset_out out;
	u64 loads = count_switches();
	error_t error = 0;
	u32 began, spent;

	__asm__ volatile("rdtsc" : "=a"(began) : : "rdx");
	for (u32 i = 0; i < CALLS && !error; i++)
		error = clock_offset(clock, &out);
	__asm__ volatile("rdtsc" : "=a"(spent) : : "rdx");
	loads = (count_switches() - loads) * 100 / CALLS;
	if (!error)
		log_printf("native_call %u %lu.%02lu", (spent - began) / CALLS, loads / 100,
			   loads % 100);
	return error;
}

static error_t table(void)
{
	struct inspect_system system = { 0 };
	error_t error;

	profiled = start_option("row");
	count_begin(grant_find("inspect"));
	error = native_call();
	error = error ? error : bench_messages(grant_find("echo1"));
	error = error ? error : bench_traps();
	error = error ? error : bench_memory();
	error = error ? error : bench_capabilities();
	(void)sys_inspect_read(inspect, INSPECT_SYSTEM, 0, (u64)&system, sizeof(system));
	log_printf("tsc_hz %lu -", system.tsc_hz);
	return error;
}

int main(void)
{
	cap_t self = grant_find("self");
	error_t error;

	if (self)
		return (int)bench_echo(self);
	if (start_option("pairs"))
		error = bench_pairs();
	else if (start_option("laps"))
		error = bench_laps();
	else
		error = table();
	if (error)
		log_printf("it ended early: error %ld", error);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
