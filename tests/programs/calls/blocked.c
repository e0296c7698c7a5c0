/* SPDX-License-Identifier: MIT */
/*
 * blocked.c - each call that waits, ended in each way that a wait can end.
 *
 * BLOCKED starts a thread that makes the call, sees it waiting, does what ends it, and compares
 * what the call gave.
 */
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum end { KICKED_SOFTLY, KICKED_HARD, KILLED, REVOKED, DESTROYED, EXPIRED, PASSED };
enum { ENDED = 1, ANSWERED = 2, SECOND = 1000000000, SOON = 20000000 };
static const char *const ends[] = {
	"kicked softly", "kicked hard", "killed",	   "revoked",
	"destroyed",	 "E_TIMEDOUT",	"deadline passed",
};

static struct {
	cap_t events, endpoint, other, notification;
	cap_t named; /* through which it waits: a copy */
	struct thread *thread, *caller;
	u64 deadline;
	u32 word;
	const char *call;
	volatile i64 result, answer;
} it;

static bool is(const char *call)
{
	return !strcmp(it.call, call);
}

/* Whoever calls `other`, so that there is something to answer before the wait. */
static void call_other(void *argument)
{
	struct message m = { .tag = 0 };

	(void)argument;
	it.answer = TRY(ipc_call(it.other, &m));
	thread_exit(0);
}

static i64 reply_receive(void)
{
	struct message m = { .tag = 0 };
	i64 error = TRY(ipc_receive(it.other, &m));

	m.tag = TAG_DEADLINE;
	return error ? error : ipc_reply_receive(it.named, &m);
}

static void make_call(void *argument)
{
	struct message m = { .tag = TAG_DEADLINE };

	(void)argument;
	libsys_message_page()->deadline = it.deadline;
	if (is("endpoint_call"))
		it.result = TRY(ipc_call(it.named, &m));
	else if (is("endpoint_receive"))
		it.result = TRY(ipc_receive(it.named, &m));
	else if (is("reply_receive"))
		it.result = reply_receive();
	else if (is("notification_wait"))
		it.result = TRY(sys_notification_wait(it.named, 1, it.deadline));
	else if (is("futex_wait"))
		it.result = TRY(sys_futex_wait(it.named, (u64)&it.word, 0, 1, it.deadline));
	thread_exit(0);
}

/* What is waited on: the object of which `named` is a copy. */
static cap_t object(void)
{
	return is("notification_wait") ? it.notification
	       : is("futex_wait")      ? CAP_SELF_SPACE
				       : it.endpoint;
}

static void end_it(enum end end)
{
	switch (end) {
	case KICKED_SOFTLY:
		WANT(0, sys_thread_kick(it.thread->cap, KICK_SOFT));
		break;
	case KICKED_HARD:
		WANT(0, sys_thread_kick(it.thread->cap, KICK_HARD));
		break;
	case KILLED:
		WANT(0, sys_object_destroy(it.thread->cap));
		break;
	case DESTROYED:
		WANT(0, sys_object_destroy(object()));
		break;
	case REVOKED:
		/* The copy is this program's own: what it was copied from has no other. */
		WANT(0, object() == CAP_SELF_SPACE ? sys_cap_delete(it.named)
						   : sys_cap_revoke(object()));
		/* A call and a receive end with the right to them; other waits go on. */
		if (is("endpoint_call") || is("endpoint_receive") || is("reply_receive"))
			break;
		HOLDS(thread_is_waiting(it.thread->cap));
		WANT(0, sys_thread_kick(it.thread->cap, KICK_SOFT));
		break;
	case EXPIRED:
	case PASSED:
		break;
	}
}

static struct thread *start(void (*entry)(void *), u64 bits)
{
	struct thread_options options = { .entry = entry,
					  .name = "blocked",
					  .exit_notification = it.events,
					  .exit_bits = bits };
	struct thread *t = NULL;

	WANT(0, helper_create(&options, &t));
	return t;
}

static void blocked(const char *call, enum end end, i64 wanted)
{
	it.call = call;
	it.result = 1;
	it.deadline = end == EXPIRED ? clock_now() + SOON : end == PASSED ? 1 : DEADLINE_NEVER;
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.other = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.notification = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.named = MAKE(sys_cap_copy(CAP_SELF_TABLE, object(), RIGHTS_ALL, 0));
	it.caller = is("reply_receive") ? start(call_other, ANSWERED) : NULL;
	it.thread = start(make_call, ENDED);
	if (it.caller) {
		WANT(ANSWERED,
		     sys_notification_wait(it.events, ANSWERED, clock_now() + PATIENCE));
		WANT(0, it.answer);
		WANT(0, sys_object_destroy(it.caller->cap));
	}
	if (end < EXPIRED)
		HOLDS(UNTIL(thread_is_waiting(it.thread->cap)));
	end_it(end);
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	judge_cell(call, ends[end], it.result, wanted);
	if (wanted < 0)
		judge_cell(call, error_name(wanted), it.result, wanted);
	if (end != KILLED)
		WANT(0, sys_object_destroy(it.thread->cap));
	if (end != REVOKED && end != DESTROYED)
		WANT(0, sys_cap_delete(it.named));
	if (end != DESTROYED || is("notification_wait"))
		WANT(0, sys_object_destroy(it.endpoint));
	if (end != DESTROYED || !is("notification_wait"))
		WANT(0, sys_object_destroy(it.notification));
	WANT(0, sys_object_destroy(it.other));
}

/* A killed thread's call gives nothing: the result is what it was. */
enum { NOTHING = 1 };
#define BLOCKED(wanted, call, end) blocked(#call, end, wanted)

static void receives(void)
{
	row("endpoint_receive: each end of its wait");
	BLOCKED(E_CANCELLED, endpoint_receive, KICKED_SOFTLY);
	BLOCKED(E_CANCELLED, endpoint_receive, KICKED_HARD);
	BLOCKED(NOTHING, endpoint_receive, KILLED);
	BLOCKED(E_BADCAP, endpoint_receive, REVOKED);
	BLOCKED(E_DEAD, endpoint_receive, DESTROYED);
	BLOCKED(E_TIMEDOUT, endpoint_receive, EXPIRED);
	BLOCKED(E_TIMEDOUT, endpoint_receive, PASSED);
	row("reply_receive: each end of its wait");
	BLOCKED(E_CANCELLED, reply_receive, KICKED_SOFTLY);
	BLOCKED(E_CANCELLED, reply_receive, KICKED_HARD);
	BLOCKED(NOTHING, reply_receive, KILLED);
	BLOCKED(E_BADCAP, reply_receive, REVOKED);
	BLOCKED(E_DEAD, reply_receive, DESTROYED);
	BLOCKED(E_TIMEDOUT, reply_receive, EXPIRED);
	BLOCKED(E_TIMEDOUT, reply_receive, PASSED);
}

/* Its own server: the one thread that receives from the endpoint calls it. */
static void circle(void *argument)
{
	struct message m = { .tag = TAG_DEADLINE };

	(void)argument;
	libsys_message_page()->deadline = 1;
	it.result = TRY(ipc_receive(it.endpoint, &m));
	if (it.result == E_TIMEDOUT) {
		m.tag = 0;
		it.result = TRY(ipc_call(it.endpoint, &m));
	}
	thread_exit(0);
}

static void deadlock(void)
{
	struct thread *t;

	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	t = start(circle, ENDED);
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	CELL(endpoint_call, E_DEADLOCK, it.result);
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.endpoint));
}

void test_blocked(void)
{
	it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	row("endpoint_call: each end of its wait in the queue");
	BLOCKED(E_CANCELLED, endpoint_call, KICKED_SOFTLY);
	BLOCKED(E_CANCELLED, endpoint_call, KICKED_HARD);
	BLOCKED(NOTHING, endpoint_call, KILLED);
	BLOCKED(E_REVOKED, endpoint_call, REVOKED);
	BLOCKED(E_DEAD, endpoint_call, DESTROYED);
	BLOCKED(E_TIMEDOUT, endpoint_call, EXPIRED);
	BLOCKED(E_TIMEDOUT, endpoint_call, PASSED);
	row("endpoint_call: of its own server");
	deadlock();
	receives();
	row("notification_wait: each end of its wait");
	BLOCKED(E_CANCELLED, notification_wait, KICKED_SOFTLY);
	BLOCKED(E_CANCELLED, notification_wait, KICKED_HARD);
	BLOCKED(NOTHING, notification_wait, KILLED);
	BLOCKED(E_CANCELLED, notification_wait, REVOKED);
	BLOCKED(E_DEAD, notification_wait, DESTROYED);
	BLOCKED(E_TIMEDOUT, notification_wait, EXPIRED);
	BLOCKED(E_TIMEDOUT, notification_wait, PASSED);
	row("futex_wait: each end of its wait");
	BLOCKED(E_CANCELLED, futex_wait, KICKED_SOFTLY);
	BLOCKED(E_CANCELLED, futex_wait, KICKED_HARD);
	BLOCKED(NOTHING, futex_wait, KILLED);
	BLOCKED(E_CANCELLED, futex_wait, REVOKED);
	BLOCKED(E_TIMEDOUT, futex_wait, EXPIRED);
	BLOCKED(E_TIMEDOUT, futex_wait, PASSED);
	WANT(0, sys_object_destroy(it.events));
}
