/* SPDX-License-Identifier: MIT */
/*
 * blocked.c - each call that waits, ended in each way that a wait can end.
 *
 * BLOCKED starts a thread that makes the call, sees it waiting, does what ends it, and compares
 * what the call gave.
 */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum call { CALL_ipc_call, CALL_ipc_receive, CALL_sys_notification_wait, CALL_sys_futex_wait };
enum end { KICK_SOFTLY, KICK_HARDLY, DESTROYED, REVOKED, EXPIRED };
enum { ENDED = 1, NEVER_SET = 1 << 20, SECOND = 1000000000, SOON = 20000000 };

static struct {
	cap_t events, endpoint, session, notification;
	struct thread *thread;
	u64 deadline;
	u32 word;
	enum call call;
	volatile i64 result;
} it;

static void make_call(void *argument)
{
	struct message m = { .tag = TAG_DEADLINE };

	(void)argument;
	libsys_message_page()->deadline = it.deadline;
	switch (it.call) {
	case CALL_ipc_call:
		it.result = ipc_call(it.session, &m);
		break;
	case CALL_ipc_receive:
		it.result = ipc_receive(it.endpoint, &m);
		break;
	case CALL_sys_notification_wait:
		it.result = sys_notification_wait(it.notification, 1, it.deadline);
		break;
	case CALL_sys_futex_wait:
		it.result = sys_futex_wait(CAP_SELF_SPACE, (u64)&it.word, 0, 1, it.deadline);
		break;
	}
	thread_exit(0);
}

static void wait_until_it_waits(void)
{
	struct thread_info info = { 0 };

	while (!sys_thread_info(it.thread->cap, &info) && info.state != THREAD_STATE_WAITING &&
	       info.state != THREAD_STATE_DEAD)
		sys_notification_wait(it.events, NEVER_SET, clock_now() + SOON / 20);
}

static void end_it(enum end end)
{
	switch (end) {
	case KICK_SOFTLY:
		WANT(0, sys_thread_kick(it.thread->cap, KICK_SOFT));
		break;
	case KICK_HARDLY:
		WANT(0, sys_thread_kick(it.thread->cap, KICK_HARD));
		break;
	case DESTROYED:
		WANT(0, sys_object_destroy(it.call == CALL_sys_notification_wait ? it.notification :
										   it.endpoint));
		break;
	case REVOKED:
		WANT(0, sys_cap_revoke(it.endpoint));
		break;
	case EXPIRED:
		break;
	}
}

static void blocked(enum call call, enum end end, i64 wanted, const char *text)
{
	struct thread_options options = { .entry = make_call, .name = "blocked",
					  .exit_notification = it.events, .exit_bits = ENDED };

	it.call = call;
	it.result = 1;
	it.deadline = end == EXPIRED ? clock_now() + SOON : DEADLINE_NEVER;
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.session = MAKE(sys_cap_copy(CAP_SELF_TABLE, it.endpoint, RIGHTS_ALL, 7));
	it.notification = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	WANT(0, thread_create(&options, &it.thread));
	wait_until_it_waits();
	end_it(end);
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	judge(it.result == wanted, text, it.result, wanted);
	WANT(0, sys_object_destroy(it.thread->cap));
	if (end != DESTROYED || call == CALL_sys_notification_wait)
		WANT(0, sys_object_destroy(it.endpoint));
	if (end != DESTROYED || call != CALL_sys_notification_wait)
		WANT(0, sys_object_destroy(it.notification));
}

#define BLOCKED(wanted, call, end) blocked(CALL_##call, end, wanted, #call ", " #end)

/* Its own server: the one thread that receives from the endpoint calls it. */
static void circle(void *argument)
{
	struct message m = { .tag = TAG_DEADLINE };

	(void)argument;
	libsys_message_page()->deadline = 1;
	it.result = ipc_receive(it.endpoint, &m);
	if (it.result == E_TIMEDOUT) {
		m.tag = 0;
		it.result = ipc_call(it.endpoint, &m);
	}
	thread_exit(0);
}

static void deadlock(void)
{
	struct thread_options options = { .entry = circle, .name = "circle",
					  .exit_notification = it.events, .exit_bits = ENDED };
	struct thread *t = NULL;
	struct message m = { .tag = 0 };

	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	WANT(0, thread_create(&options, &t));
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	WANT(E_DEADLOCK, (it.result == E_DEADLOCK ? E_DEADLOCK : ipc_call(BAD_CAP, &m)));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.endpoint));
}

void test_blocked(void)
{
	it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	row("endpoint_call: each end of its wait in the queue");
	BLOCKED(E_CANCELLED, ipc_call, KICK_SOFTLY);
	BLOCKED(E_CANCELLED, ipc_call, KICK_HARDLY);
	BLOCKED(E_DEAD, ipc_call, DESTROYED);
	BLOCKED(E_REVOKED, ipc_call, REVOKED);
	BLOCKED(E_TIMEDOUT, ipc_call, EXPIRED);
	row("endpoint_call: of its own server");
	deadlock();
	row("endpoint_receive: each end of its wait");
	BLOCKED(E_CANCELLED, ipc_receive, KICK_SOFTLY);
	BLOCKED(E_CANCELLED, ipc_receive, KICK_HARDLY);
	BLOCKED(E_DEAD, ipc_receive, DESTROYED);
	BLOCKED(E_TIMEDOUT, ipc_receive, EXPIRED);
	row("notification_wait: each end of its wait");
	BLOCKED(E_CANCELLED, sys_notification_wait, KICK_SOFTLY);
	BLOCKED(E_CANCELLED, sys_notification_wait, KICK_HARDLY);
	BLOCKED(E_DEAD, sys_notification_wait, DESTROYED);
	BLOCKED(E_TIMEDOUT, sys_notification_wait, EXPIRED);
	row("futex_wait: each end of its wait");
	BLOCKED(E_CANCELLED, sys_futex_wait, KICK_SOFTLY);
	BLOCKED(E_CANCELLED, sys_futex_wait, KICK_HARDLY);
	BLOCKED(E_TIMEDOUT, sys_futex_wait, EXPIRED);
	WANT(0, sys_object_destroy(it.events));
}
