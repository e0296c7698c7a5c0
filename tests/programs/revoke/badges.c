/* SPDX-License-Identifier: MIT */
/*
 * badges.c - the receiver is told of a badge that has gone, once, and only when no capability with
 * it is left and no call through one can come any more.
 */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/revoke/revoke.h"

enum { COPIES = 6, ENDED = 1 };

static struct {
	cap_t endpoint, session, table, events;
	volatile i64 result;
} it;

/* Of the session, of its copies, here and into a table that is destroyed meanwhile; all go again.
 */
static void copy_and_delete(u32 number)
{
	cap_t copy[COPIES];
	u32 n = 0;

	for (u32 i = 0; i < COPIES; i++) {
		cap_t from =
			n && random_below(number, 2) ? copy[random_below(number, n)] : it.session;
		bool away = !random_below(number, 3);
		i64 got = sys_cap_copy(away ? it.table : CAP_SELF_TABLE, from, RIGHTS_ALL, 0);

		crew_must(got > 0 || got == E_BADCAP || (away && got == E_DEAD), "a copy gives",
			  got);
		if (got > 0 && !away)
			copy[n++] = (cap_t)got;
		if (n && !random_below(number, 3))
			crew_must(sys_cap_delete(copy[--n]) == 0, "a copy cannot be deleted", 0);
		dawdle(number);
	}
	while (n)
		crew_must(sys_cap_delete(copy[--n]) == 0, "a copy cannot be deleted", 1);
}

/* What waits at the endpoint. */
static i64 poll(struct message *m)
{
	*m = (struct message){ .tag = TAG_DEADLINE };
	libsys_message_page()->deadline = 0;
	return ipc_receive(it.endpoint, m);
}

static bool is_gone(const struct message *m, u64 badge)
{
	return TAG_KIND(m->tag) == MESSAGE_GONE && m->badge == badge;
}

static void races(void)
{
	struct message m;
	u64 told = 0, other = 0;

	row("gone(badge): once each, whoever copies and deletes meanwhile");
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	for (u64 badge = 1; badge <= rounds; badge++) {
		i64 got;

		it.table = MAKE(sys_table_create(CAP_SELF_BUDGET));
		it.session = MAKE(sys_cap_copy(CAP_SELF_TABLE, it.endpoint, RIGHTS_ALL, badge));
		crew_begin(copy_and_delete);
		dawdle(CREW);
		WANT(0, sys_cap_delete(it.session));
		dawdle(CREW);
		WANT(0, sys_object_destroy(it.table));
		crew_end();
		while (!(got = poll(&m))) {
			told += is_gone(&m, badge);
			other += !is_gone(&m, badge);
		}
		WANT(E_TIMEDOUT, got);
		judge(told == badge, "how often the receiver was told", (i64)told, (i64)badge);
		if (told != badge || other)
			break;
	}
	HOLDS(other == 0);
	HOLDS(crew_wrong() == 0);
	WANT(0, sys_object_destroy(it.endpoint));
}

static void caller(void *argument)
{
	struct message m = { .tag = 0 };

	(void)argument;
	it.result = ipc_call(it.session, &m);
	thread_exit(0);
}

/* A call that waits in the queue when its capability is deleted must not come after the badge went.
 */
static void queued(void)
{
	struct thread_options options = { .entry = caller,
					  .name = "caller",
					  .level = LEVEL_USER_TOP };
	struct thread *thread = NULL;
	struct message m;

	row("gone(badge): no call comes after it");
	it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	options.exit_notification = it.events;
	options.exit_bits = ENDED;
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.session = MAKE(sys_cap_copy(CAP_SELF_TABLE, it.endpoint, RIGHTS_ALL, 9));
	it.result = 1;
	WANT(0, thread_create(&options, &thread));
	HOLDS(UNTIL(thread_is_waiting(thread->cap)));
	WANT(0, sys_cap_delete(it.session));
	WANT(0, poll(&m));
	HOLDS(is_gone(&m, 9));
	WANT(E_TIMEDOUT, poll(&m));
	/* If it came all the same, it has to be answered. */
	if (m.reply) {
		m.tag = 0;
		(void)ipc_reply(&m);
	}
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	judge(it.result == E_REVOKED, "the call whose capability was deleted", it.result,
	      E_REVOKED);
	WANT(0, sys_object_destroy(thread->cap));
	WANT(0, sys_object_destroy(it.endpoint));
	WANT(0, sys_object_destroy(it.events));
}

void test_badges(void)
{
	queued();
	races();
}
