/* SPDX-License-Identifier: MIT */
/*
 * pairs.c - what is not a row of the table: calls for a plugin of the emulator to count, and how
 * calls scale with processors.
 *
 *	laps	2,000 calls of a server with a mark after each, for tests/bench/laps.c to count
 *	pairs	calls a second that pairs of a client and a server make, each with all it has for
 *		itself: one pair, then two at once, in turn
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/thread.h"
#include "proto/clock.h"
#include "tests/bench/native/count.h"

enum { LAPS = 2000, PAIRS = 2, TURNS = 5, BATCH = 64 };
enum { GO = 1, DONE = 1 << PAIRS };
#define TURN_NS 300000000ul

error_t bench_laps(void)
{
	cap_t clock = grant_find("clock");
	struct clock_offset_out out;
	error_t error = 0;

	for (u32 i = 0; i < LAPS && !error; i++) {
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

error_t bench_pairs(void)
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
