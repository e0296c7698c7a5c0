/* SPDX-License-Identifier: MIT */
/* time.c - budgets of CPU time: what a thread gets that always computes. */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { MS = 1000000, STACK = 4096, PERIODS = 50, COUNTERS = 2 };

static volatile u64 counter[COUNTERS];
static u8 stack[COUNTERS][STACK] __attribute__((aligned(16)));
static cap_t never, service;

static void count(void *argument)
{
	for (;;)
		(*(volatile u64 *)argument)++;
}

static void call(void *argument)
{
	struct message m = { .tag = TAG_MAKE(0, 0, 0, 0) };

	(void)ipc_call(service, &m);
	count(argument);
}

/* A thread whose time is charged to that budget. */
static cap_t thread_make(cap_t budget, void (*entry)(void *), u32 number, u32 level)
{
	struct thread_args args = {
		.table = CAP_SELF_TABLE,
		.space = CAP_SELF_SPACE,
		.entry = (u64)entry,
		.stack = (u64)&stack[number][STACK - 8],
		.argument = (u64)&counter[number],
		.level = level,
		.name = "counter",
	};

	return MAKE(sys_thread_create(budget, &args));
}

static u64 used_ns(cap_t thread)
{
	struct thread_info info = { 0 };

	WANT(0, sys_thread_info(thread, &info));
	return info.native_ns;
}

static void pause_ns(u64 ns)
{
	sys_notification_wait(never, 1, clock_now() + ns);
}

/* What it gets in many periods; the group that counts instructions judges that. */
static void part_of_the_time(const char *name, cap_t budget, cap_t thread, u64 quota, u64 period)
{
	u64 began, elapsed, before, used;

	WANT(0, sys_budget_set_time(budget, quota, period));
	began = clock_now();
	before = used_ns(thread);
	pause_ns(PERIODS * period);
	elapsed = clock_now() - began;
	used = used_ns(thread) - before;
	log_printf("time %s: %lu us of %lu us, wanted %lu us in %lu us", name, used / 1000,
		   elapsed / 1000, quota / 1000, period / 1000);
}

static void limited(void)
{
	cap_t outer = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	cap_t inner = MAKE(sys_budget_create(outer, 1 << 19, 0));
	cap_t second = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	cap_t hog = thread_make(inner, count, 0, LEVEL_USER_TOP), other;
	u64 before;

	/* It runs already, alone on a processor if there are several: no timer is set there. */
	HOLDS(UNTIL(counter[0]));
	part_of_the_time("alone", inner, hog, 5 * MS, 20 * MS);
	part_of_the_time("below another", outer, hog, 2 * MS, 20 * MS);
	WANT(0, sys_budget_set_time(outer, 0, 0));
	WANT(0, sys_budget_set_time(second, 8 * MS, 20 * MS));
	other = thread_make(second, count, 1, LEVEL_USER_TOP);
	part_of_the_time("beside another", inner, hog, 8 * MS, 20 * MS);
	part_of_the_time("the other", second, other, 8 * MS, 20 * MS);
	/* It dies while it waits for time. */
	WANT(0, sys_budget_set_time(inner, 1 * MS, 1000 * MS));
	pause_ns(100 * MS);
	before = counter[0];
	pause_ns(50 * MS);
	WANT(before, counter[0]);
	WANT(0, sys_thread_control(hog, THREAD_SUSPEND, 0));
	WANT(0, sys_object_destroy(hog));
	WANT(0, sys_object_destroy(other));
	WANT(0, sys_object_destroy(second));
	WANT(0, sys_object_destroy(outer));
}

static bool budget_is_there(u64 id)
{
	static struct inspect_budget record[64];
	u64 cursor = 0;
	i64 bytes;

	while ((bytes = sys_inspect_read(grant_find("inspect"), INSPECT_BUDGETS, cursor,
					 (u64)record, sizeof(record))) > 0)
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			if (record[i].budget_id == id)
				return true;
			cursor = record[i].cursor;
		}
	return false;
}

/* A server that never receives again keeps nothing of a caller that is gone, once it has waited. */
static void time_of_the_dead(void)
{
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	struct message m = { 0 };
	struct cap_info info = { 0 };

	row("the time that a dead caller lent");
	WANT(0, sys_cap_info(budget, &info));
	service = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	(void)thread_make(budget, call, 0, LEVEL_USER_TOP);
	WANT(0, ipc_receive(service, &m));
	HOLDS(TAG_KIND(m.tag) == MESSAGE_CALL);
	HOLDS(budget_is_there(info.object_id));
	WANT(0, sys_object_destroy(budget));
	HOLDS(UNTIL(!budget_is_there(info.object_id)));
	WANT(0, sys_object_destroy(service));
}

void test_time(void)
{
	cap_t budget;

	row("budget_set_time");
	never = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	WANT(E_RANGE, sys_budget_set_time(budget, 1, 20 * MS));
	WANT(E_RANGE, sys_budget_set_time(budget, 1 * MS, 100));
	WANT(E_RANGE, sys_budget_set_time(budget, 1 * MS, 11000ul * MS));
	WANT(E_RANGE, sys_budget_set_time(budget, ~(u64)0, 20 * MS));
	WANT(E_RIGHTS, sys_budget_set_time(weaker(budget, RIGHT_READ), 5 * MS, 20 * MS));
	WANT(E_TYPE, sys_budget_set_time(never, 5 * MS, 20 * MS));
	WANT(0, sys_budget_set_time(budget, 5 * MS, 20 * MS));
	WANT(0, sys_object_destroy(budget));
	limited();
	time_of_the_dead();
	WANT(0, sys_object_destroy(never));
}
