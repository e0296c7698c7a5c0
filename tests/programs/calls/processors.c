/* SPDX-License-Identifier: MIT */
/* processors.c - what inspect_read says of processors; threads that some alone may run. */
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { SECOND = 1000000000, PROCESSORS = 64, LOOKS = 50 };

static volatile u64 counter;
static cap_t inspect, never;

static void spin(void *argument)
{
	(void)argument;
	for (;;) {
		counter++;
		sys_thread_yield();
	}
}

/* A read may come back with fewer than there is room for. */
static u32 processors_count(struct inspect_processor *record)
{
	u32 count = 0;
	i64 length;

	while ((length = sys_inspect_read(inspect, INSPECT_PROCESSORS,
					  count ? record[count - 1].cursor : 0, (u64)&record[count],
					  (PROCESSORS - count) * sizeof(*record))) > 0)
		count += (u32)((u64)length / sizeof(*record));
	WANT(0, length);
	return count;
}

static void pause_ns(u64 ns)
{
	sys_notification_wait(never, 1, clock_now() + ns);
}

/* Wherever it is put it goes on, and it is seen nowhere else. */
static void test_pinned(u32 count)
{
	struct thread_options options = { .entry = spin,
					  .name = "pinned",
					  .level = LEVEL_USER_TOP };
	struct thread_info info;
	struct thread *t;

	WANT(0, helper_create(&options, &t));
	WANT(E_INVAL, sys_thread_control(t->cap, THREAD_SET_PROCESSORS, 0));
	WANT(count == PROCESSORS ? 0 : E_INVAL,
	     sys_thread_control(t->cap, THREAD_SET_PROCESSORS, 1ul << 63));
	for (u32 i = 0; i < count * 2; i++) {
		u32 elsewhere = 0;
		u64 before;

		WANT(0, sys_thread_control(t->cap, THREAD_SET_PROCESSORS, 1ul << i % count));
		before = counter;
		for (u32 n = 0; n < LOOKS * 20 && counter < before + 2; n++)
			pause_ns(SECOND / 1000);
		HOLDS(counter >= before + 2);
		for (u32 n = 0; n < LOOKS; n++) {
			WANT(0, sys_thread_info(t->cap, &info));
			elsewhere += info.processor != i % count;
			pause_ns(SECOND / 10000);
		}
		WANT(0, elsewhere);
	}
	WANT(0, sys_thread_control(t->cap, THREAD_SET_PROCESSORS, ~(u64)0));
	WANT(0, sys_object_destroy(t->cap));
}

void test_processors(void)
{
	static struct inspect_processor first[PROCESSORS], then[PROCESSORS];
	struct inspect_system system;
	u64 idle = 0;
	u32 count;

	inspect = grant_find("inspect");
	never = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	row("inspect_read: processors");
	count = processors_count(first);
	pause_ns(SECOND / 20);
	WANT(count, processors_count(then));
	WANT(sizeof(system),
	     sys_inspect_read(inspect, INSPECT_SYSTEM, 0, (u64)&system, sizeof(system)));
	for (u32 i = 0; i < count; i++) {
		HOLDS(then[i].number == i && then[i].idle_ns >= first[i].idle_ns);
		idle += then[i].idle_ns;
	}
	HOLDS(idle <= system.uptime_ns * count);
	row("thread_control: processors");
	test_pinned(count);
	WANT(0, sys_object_destroy(never));
}
