/* SPDX-License-Identifier: MIT */
/*
 * bench - figures of the kernel as a native program sees them; started with `bench` on the kernel's
 * command line.
 *
 *	bench		what a native call and its answer cost: ticks of the TSC (under ICOUNT
 *			instructions) and switches of address space
 *	bench laps	the same calls with a mark after each, for tests/bench/laps.c to count
 *	bench pairs	calls a second that pairs of a client and a server make, each with all it
 *			has for itself: one pair, then two at once, in turn
 *
 * The servers of the pairs are this program, too: it serves if its grant says "self".
 */
#include "libsys/ipc.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "libsys/thread.h"
#include "proto/clock.h"

enum { ROUNDS = 2000, PAIRS = 2, TURNS = 5, BATCH = 64 };
enum { GO = 1, DONE = 1 << PAIRS };
#define TURN_NS 300000000ul

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* Of the first processor, which is the only one where they are looked at. */
static u64 switches(cap_t inspect)
{
	struct inspect_processor p = { 0 };

	(void)sys_inspect_read(inspect, INSPECT_PROCESSORS, 0, (u64)&p, sizeof(p));
	return p.space_switches;
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

static error_t laps(cap_t clock)
{
	struct clock_offset_out out;
	error_t error = 0;

	for (u32 i = 0; i < ROUNDS && !error; i++) {
		error = clock_offset(clock, &out);
		__asm__ volatile("nopl 0x4c617073(%rax)"); /* the mark: it does nothing */
	}
	if (!error)
		log_printf("laps are run");
	return error;
}

/* --- pairs --- */

static struct pair {
	cap_t server;
	u64 bit, until_ns, calls;
	error_t error;
} pairs[PAIRS];
static cap_t events;

/* A client: calls until the time is over, each time that it is told to. */
static void call_on(void *argument)
{
	struct pair *p = argument;

	for (;;) {
		(void)sys_notification_wait(events, p->bit, DEADLINE_NEVER);
		for (p->calls = 0; !p->error && clock_now() < p->until_ns; p->calls += BATCH)
			for (u32 i = 0; i < BATCH && !p->error; i++)
				p->error = ipc_call(p->server, &(struct message){ 0 });
		(void)sys_notification_signal(events, p->bit * DONE);
	}
}

/* Calls a second of each of the first `count` pairs, while they run at once. */
static u64 rate(u32 count)
{
	u64 until_ns = clock_now() + TURN_NS, calls = 0;

	for (u32 i = 0; i < count; i++) {
		pairs[i].until_ns = until_ns;
		(void)sys_notification_signal(events, pairs[i].bit);
	}
	for (u32 i = 0; i < count; i++) {
		(void)sys_notification_wait(events, pairs[i].bit * DONE, DEADLINE_NEVER);
		calls += pairs[i].calls;
	}
	return calls * 1000000000 / TURN_NS / count;
}

static error_t scaling(void)
{
	static const char *const names[PAIRS] = { "echo1", "echo2" };
	u64 best[PAIRS] = { 0 };
	error_t error = 0;

	events = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	for (u32 i = 0; i < PAIRS && !error; i++) {
		const struct thread_options options = { .entry = call_on,
							.argument = &pairs[i],
							.name = "client",
							.level = LEVEL_USER_TOP };

		pairs[i] = (struct pair){ .server = grant_find(names[i]), .bit = GO << i };
		error = thread_create(&options, NULL);
	}
	for (u32 turn = 0; turn < TURNS && !error; turn++)
		for (u32 n = 0; n < PAIRS; n++) {
			u64 now = rate(n + 1);

			best[n] = now > best[n] ? now : best[n];
			error = error ? error : pairs[n].error;
		}
	for (u32 n = 0; n < PAIRS && !error; n++)
		log_printf("pairs_%u %lu -", n + 1, best[n]);
	return error;
}

static error_t echo(cap_t self)
{
	struct message m = { 0 };
	error_t error = ipc_receive(self, &m);

	while (!error) {
		bool call = TAG_KIND(m.tag) == MESSAGE_CALL;

		m = (struct message){ .reply = m.reply };
		error = call ? ipc_reply_receive(self, &m) : ipc_receive(self, &m);
	}
	return error;
}

int main(void)
{
	cap_t clock = grant_find("clock");
	error_t error;

	if (grant_find("self"))
		return (int)echo(grant_find("self"));
	if (start_option("pairs"))
		error = scaling();
	else if (start_option("laps"))
		error = laps(clock);
	else
		error = native_call(clock, grant_find("inspect"));
	if (error)
		log_printf("a call was not answered: error %ld", error);
	return error ? 1 : 0;
}
