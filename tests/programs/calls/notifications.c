/* SPDX-License-Identifier: MIT */
/* notifications.c - notification_*, clock_read. */
#include "libsys/ipc.h"
#include "tests/programs/calls/calls.h"

enum { MILLISECOND = 1000000 };

static void bits(cap_t n)
{
	row("notification_signal");
	WANT(0, sys_notification_signal(n, 5));
	WANT(E_RIGHTS, sys_notification_signal(weaker(n, RIGHT_NOTIFICATION_WAIT), 1));
	WANT(E_TYPE, sys_notification_signal(CAP_SELF_SPACE, 1));

	row("notification_wait");
	WANT(1, sys_notification_wait(n, 1, 0));
	WANT(4, sys_notification_wait(n, ~(u64)0 >> 1, 0));
	WANT(E_TIMEDOUT, sys_notification_wait(n, 1, 0));
	WANT(E_INVAL, sys_notification_wait(n, 0, 0));
	u64 start = clock_now();
	WANT(E_TIMEDOUT, sys_notification_wait(n, 1, start + 20 * MILLISECOND));
	HOLDS(clock_now() - start >= 20 * MILLISECOND);

	row("notification_timer");
	start = clock_now();
	WANT(0, sys_notification_timer(n, start + 10 * MILLISECOND, 8));
	WANT(8, sys_notification_wait(n, 8, DEADLINE_NEVER));
	HOLDS(clock_now() - start >= 10 * MILLISECOND);
	WANT(0, sys_notification_timer(n, clock_now() + 10 * MILLISECOND, 8));
	WANT(0, sys_notification_timer(n, DEADLINE_NEVER, 8));
	WANT(E_TIMEDOUT, sys_notification_wait(n, 8, clock_now() + 30 * MILLISECOND));
	WANT(E_RIGHTS, sys_notification_timer(weaker(n, RIGHT_NOTIFICATION_SIGNAL), 0, 1));
}

void test_notifications(void)
{
	cap_t n, other, endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	struct message m = { 0 };

	row("notification_create");
	n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	other = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	WANT(E_BADCAP, sys_notification_create(BAD_CAP));
	bits(n);

	row("notification_bind");
	WANT(0, sys_notification_bind(n));
	WANT(E_BUSY, sys_notification_bind(other));
	WANT(0, sys_notification_signal(n, 0x30));
	WANT(0, ipc_receive(endpoint, &m));
	HOLDS(TAG_KIND(m.tag) == MESSAGE_NOTIFY && m.word[0] == 0x30);

	row("clock_read");
	i64 first = SUCCEEDS(sys_clock_read()), second = SUCCEEDS(sys_clock_read());
	HOLDS(first > 0 && second >= first);
	u64 own = clock_now();
	HOLDS(own + 100 * MILLISECOND > (u64)second && own < (u64)second + 100 * MILLISECOND);
	WANT(0, sys_object_destroy(n));
	WANT(0, sys_object_destroy(other));
	WANT(0, sys_object_destroy(endpoint));
}
