/* SPDX-License-Identifier: MIT */
/* futexes.c - futex_wait, futex_wake, futex_requeue, on the program's own words. */
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { SECOND = 1000000000, SLEEPERS = 3 };

static u32 word[2];
static volatile u32 woken;
static volatile i64 slept;
static cap_t ended;

static void sleeper(void *argument)
{
	i64 result =
		sys_futex_wait(CAP_SELF_SPACE, (u64)&word[0], 0, (u64)argument, DEADLINE_NEVER);

	slept = result;
	if (!result)
		__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	thread_exit(result);
}

void test_futexes(void)
{
	struct thread_options options = { .entry = sleeper, .name = "sleeper" };
	struct requeue_args r = { .from = (u64)&word[0], .to = (u64)&word[1], .wake_count = 1,
				  .requeue_count = 10, .compare = 1 };
	struct thread *t[SLEEPERS];
	u64 space = CAP_SELF_SPACE;

	ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	woken = 0;
	row("futex_wait");
	WANT(E_AGAIN, sys_futex_wait(space, (u64)&word[0], 1, 1, DEADLINE_NEVER));
	WANT(E_TIMEDOUT, sys_futex_wait(space, (u64)&word[0], 0, 1, clock_now() + SECOND / 100));
	WANT(E_INVAL, sys_futex_wait(space, (u64)&word[0] + 1, 0, 1, 0));
	WANT(E_INVAL, sys_futex_wait(space, (u64)&word[0], 0, 0, 0));
	WANT(E_FAULT, sys_futex_wait(space, UNMAPPED, 0, 1, 0));
	WANT(E_FAULT, sys_futex_wait(space, KERNEL, 0, 1, 0));

	row("futex_wake");
	for (u32 i = 0; i < SLEEPERS; i++) {
		options.argument = (void *)(u64)(i == 0 ? 2 : 1);
		WANT(0, helper_create(&options, &t[i]));
	}
	for (u32 i = 0; i < SLEEPERS; i++)
		HOLDS(UNTIL(thread_is_waiting(t[i]->cap)));
	WANT(1, sys_futex_wake(space, (u64)&word[0], 10, 2));
	HOLDS(UNTIL(woken == 1));
	CELL(futex_wait, 0, slept);
	WANT(0, sys_futex_wake(space, (u64)&word[1], 10, 1));
	WANT(E_INVAL, sys_futex_wake(space, (u64)&word[0] + 2, 1, 1));

	row("futex_requeue");
	r.expected = 5;
	WANT(E_AGAIN, sys_futex_requeue(space, &r));
	r.expected = 0;
	WANT(2, sys_futex_requeue(space, &r));
	WANT(0, sys_futex_wake(space, (u64)&word[0], 10, 1));
	WANT(1, sys_futex_wake(space, (u64)&word[1], 10, 1));
	HOLDS(UNTIL(woken == SLEEPERS));
	WANT(E_FAULT, sys_futex_requeue(space, (struct requeue_args *)UNMAPPED));
	for (u32 i = 0; i < SLEEPERS; i++)
		WANT(0, sys_object_destroy(t[i]->cap));
	WANT(0, sys_object_destroy(ended));
}
