/* SPDX-License-Identifier: MIT */
/*
 * wakes.c - a thread that sleeps and works shortly, beside eight on each processor that compute:
 * how long after its time it runs.
 */
#include "tests/programs/latency/latency.h"

enum { WAKES = 1200, PERIOD_NS = MS, WORK_NS = 50 * US, TAKEN = 1, RING = 1, OVER = 1 };
enum { SETTLE_NS = 1500 * MS, STEP_NS = 37 * US };

static cap_t bell, other_bell, over;
static u64 late[WAKES];
static u64 sent_ns;
static u32 taken; /* atomic, like sent_ns: rings that were heard */

/* Each a little later than the last, so that it meets every part of the others' quanta. */
static u64 next_due(u32 round)
{
	return clock_now() + PERIOD_NS + round % 16 * STEP_NS;
}

static void sleeper(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < WAKES; i++) {
		u64 due = next_due(i);

		sleep_until(bell, due);
		late[i] = clock_now() - due;
		spin(WORK_NS);
	}
	(void)sys_notification_signal(over, OVER);
	sys_thread_exit(0);
}

static void ringer(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < WAKES; i++) {
		sleep_until(other_bell, next_due(i));
		__atomic_store_n(&sent_ns, clock_now(), __ATOMIC_RELAXED);
		(void)sys_notification_signal(bell, RING);
		/* The next one not before this one was heard: each has a time of its own. */
		while (__atomic_load_n(&taken, __ATOMIC_ACQUIRE) <= i)
			sleep_until(other_bell, clock_now() + PERIOD_NS);
	}
	sys_thread_exit(0);
}

static void listener(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < WAKES; i++) {
		(void)sys_notification_wait(bell, RING, DEADLINE_NEVER);
		late[i] = clock_now() - __atomic_load_n(&sent_ns, __ATOMIC_RELAXED);
		__atomic_store_n(&taken, i + 1, __ATOMIC_RELEASE);
		spin(WORK_NS);
	}
	(void)sys_notification_signal(over, OVER);
	sys_thread_exit(0);
}

static u32 processors(void)
{
	struct inspect_processor record[PROCESSORS_MAX];
	i64 got = sys_inspect_read(grant_find("inspect"), INSPECT_PROCESSORS, 0, (u64)record,
				   sizeof(record));

	return got > 0 ? (u32)((u64)got / sizeof(record[0])) : 1;
}

void wakes(void)
{
	bell = made(sys_notification_create(CAP_SELF_BUDGET));
	other_bell = made(sys_notification_create(CAP_SELF_BUDGET));
	over = made(sys_notification_create(CAP_SELF_BUDGET));
	hogs_begin(HOGS_EACH * processors());
	/* Until feedback has found out what they are. */
	sleep_until(over, clock_now() + SETTLE_NS);
	hogs_count();
	(void)begin(sleeper, NULL, LEVEL_USER_TOP);
	(void)sys_notification_wait(over, OVER, DEADLINE_NEVER);
	figures_tell("woken by a timer", late, WAKES);
	(void)begin(listener, NULL, LEVEL_USER_TOP);
	(void)begin(ringer, NULL, LEVEL_SERVER);
	(void)sys_notification_wait(over, OVER, DEADLINE_NEVER);
	figures_tell("woken by a thread", late, WAKES);
	hogs_tell("shares");
	hogs_end();
}
