/* SPDX-License-Identifier: MIT */
/*
 * transfers.c - capabilities move when caller and receiver meet, and at no other time: what a
 * queued caller would send can be taken away from it, and goes with it.
 */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/revoke/revoke.h"

enum { ENDED = 1, LABEL_QUIT = 7, LABEL_SEND = 8 };

static struct {
	cap_t endpoint, events, root, sent;
	struct thread *thread;
	volatile i64 result;
	u32 over;	    /* the race's revocation has returned */
	u32 done;	    /* senders that were refused */
	u64 arrived, empty; /* capabilities received, and CAP_NONE in their place */
} it;

static void sender(void *argument)
{
	struct message m = { .tag = TAG_MAKE(LABEL_SEND, 1, 0, 0) };

	(void)argument;
	libsys_message_page()->send[0] = it.sent;
	it.result = ipc_call(it.endpoint, &m);
	thread_exit(0);
}

static void sender_begin(void)
{
	struct thread_options options = { .entry = sender,
					  .name = "sender",
					  .level = LEVEL_USER_TOP,
					  .exit_notification = it.events,
					  .exit_bits = ENDED };

	it.result = 1;
	it.root = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.sent = MAKE(copy_of(it.root));
	WANT(0, thread_create(&options, &it.thread));
	HOLDS(UNTIL(thread_is_waiting(it.thread->cap)));
}

static void sender_end(void)
{
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(it.root));
}

static i64 poll(struct message *m)
{
	*m = (struct message){ .tag = TAG_DEADLINE };
	libsys_message_page()->deadline = 0;
	libsys_message_page()->accept_count = 1;
	return ipc_receive(it.endpoint, m);
}

static void waiting(void)
{
	struct message m;
	u64 before;

	it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));

	row("a queued caller's capability is revoked: nothing arrives, and it is told");
	sender_begin();
	WANT(0, sys_cap_revoke(it.root));
	before = capabilities();
	WANT(E_TIMEDOUT, poll(&m));
	HOLDS(capabilities() == before);
	WANT(0, sys_object_destroy(it.thread->cap));
	sender_end();
	judge(it.result == E_BADCAP, "the call", it.result, E_BADCAP);

	row("a queued caller is ended: its capability stays where it is");
	sender_begin();
	before = capabilities();
	WANT(0, sys_object_destroy(it.thread->cap));
	WANT(E_TIMEDOUT, poll(&m));
	HOLDS(capabilities() == before - 1);
	sender_end();

	row("a queued caller's capability arrives when it is received, not before");
	sender_begin();
	before = capabilities();
	WANT(0, poll(&m));
	HOLDS(capabilities() == before + 1 && TAG_CAPS(m.tag) == 1);
	/* It derives from what was sent. */
	WANT(0, sys_cap_revoke(it.root));
	HOLDS(capabilities() == before - 1);
	m.tag = 0;
	WANT(0, ipc_reply(&m));
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	WANT(0, it.result);
	WANT(0, sys_object_destroy(it.thread->cap));
	WANT(0, sys_object_destroy(it.root));
	libsys_message_page()->accept_count = 0;
	WANT(0, sys_object_destroy(it.endpoint));
	WANT(0, sys_object_destroy(it.events));
}

static void receive_through(void *argument)
{
	struct message m = { .tag = 0 };

	(void)argument;
	it.result = ipc_receive(it.sent, &m);
	thread_exit(0);
}

/* Of two that wait for calls one loses its right to, and is told; then the other. */
static void receivers(void)
{
	struct thread_options options = { .entry = receive_through,
					  .name = "receiver",
					  .level = LEVEL_USER_TOP,
					  .exit_bits = ENDED };
	struct thread *left, *right;
	cap_t kept;

	row("a thread that receives is told that its right to has gone");
	options.exit_notification = it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	kept = MAKE(copy_of(it.endpoint));
	it.root = MAKE(copy_of(it.endpoint));
	it.sent = MAKE(copy_of(it.root));
	WANT(0, thread_create(&options, &left));
	HOLDS(UNTIL(thread_is_waiting(left->cap)));
	it.sent = kept;
	WANT(0, thread_create(&options, &right));
	HOLDS(UNTIL(thread_is_waiting(right->cap)));
	it.result = 1;
	WANT(0, sys_cap_revoke(it.root));
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	judge(it.result == E_BADCAP, "the receive", it.result, E_BADCAP);
	HOLDS(UNTIL(thread_is_waiting(right->cap)));
	WANT(0, sys_cap_delete(kept));
	WANT(ENDED, sys_notification_wait(it.events, ENDED, clock_now() + PATIENCE));
	judge(it.result == E_BADCAP, "the receive", it.result, E_BADCAP);
	WANT(0, sys_object_destroy(left->cap));
	WANT(0, sys_object_destroy(right->cap));
	WANT(0, sys_object_destroy(it.endpoint));
	WANT(0, sys_object_destroy(it.events));
}

/* --- a race: three send copies to one that receives, until the root is revoked --- */

static void serve(void)
{
	struct message m = { .tag = 0 };
	struct message_page *page = libsys_message_page();
	struct cap_info info;

	page->accept_count = 1;
	crew_must(ipc_receive(it.endpoint, &m) == 0, "a server cannot receive", 0);
	while (TAG_LABEL(m.tag) != LABEL_QUIT) {
		u32 over = __atomic_load_n(&it.over, __ATOMIC_SEQ_CST);
		cap_t got = TAG_CAPS(m.tag) ? page->received[0] : CAP_NONE;
		i64 works = got ? sys_cap_info(got, &info) : E_BADCAP;

		it.arrived += got != CAP_NONE;
		it.empty += got == CAP_NONE;
		crew_must(works == E_BADCAP || (works == 0 && !over),
			  "what arrived works after the revocation", works);
		if (works == 0)
			(void)sys_cap_delete(got);
		m.tag = 0;
		crew_must(ipc_reply_receive(it.endpoint, &m) == 0, "a server cannot receive", 1);
	}
	m.tag = 0;
	crew_must(ipc_reply(&m) == 0, "a server cannot answer", 0);
	page->accept_count = 0;
}

static void send_or_serve(u32 number)
{
	i64 got = 0;

	if (!number) {
		serve();
		return;
	}
	while (got != E_BADCAP) {
		struct message m = { .tag = TAG_MAKE(LABEL_SEND, 1, 0, 0) };
		u32 over = __atomic_load_n(&it.over, __ATOMIC_SEQ_CST);
		i64 copy = sys_cap_copy(CAP_SELF_TABLE, it.sent, RIGHTS_ALL, 0);

		crew_must(copy > 0 || copy == E_BADCAP, "a copy gives", copy);
		crew_must(copy < 0 || !over, "a copy is made after the revocation", copy);
		libsys_message_page()->send[0] = copy > 0 ? (cap_t)copy : it.sent;
		got = ipc_call(it.endpoint, &m);
		crew_must(got == 0 || got == E_BADCAP, "a call gives", got);
		if (copy > 0)
			(void)sys_cap_delete((cap_t)copy);
	}
	__atomic_fetch_add(&it.done, 1, __ATOMIC_RELEASE);
}

static void race(void)
{
	u64 before, turns = rounds / 4;

	row("capabilities are on their way when they are revoked: none is left");
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.arrived = it.empty = 0;
	before = capabilities();
	for (u64 i = 0; i < turns; i++) {
		struct message quit = { .tag = TAG_MAKE(LABEL_QUIT, 0, 0, 0) };

		it.root = MAKE(sys_notification_create(CAP_SELF_BUDGET));
		it.sent = MAKE(copy_of(it.root));
		__atomic_store_n(&it.over, 0, __ATOMIC_SEQ_CST);
		it.done = 0;
		crew_begin(send_or_serve);
		while (random_below(CREW, 4))
			(void)sys_thread_yield();
		dawdle(CREW);
		WANT(0, sys_cap_revoke(it.root));
		__atomic_store_n(&it.over, 1, __ATOMIC_SEQ_CST);
		HOLDS(UNTIL(__atomic_load_n(&it.done, __ATOMIC_ACQUIRE) == CREW - 1));
		WANT(0, ipc_call(it.endpoint, &quit));
		crew_end();
		WANT(0, sys_object_destroy(it.root));
	}
	log_printf("  %lu capabilities arrived, %lu were revoked on their way", it.arrived,
		   it.empty);
	HOLDS(it.arrived > 0);
	HOLDS(capabilities() == before);
	HOLDS(crew_wrong() == 0);
	WANT(0, sys_object_destroy(it.endpoint));
}

void test_transfers(void)
{
	waiting();
	receivers();
	race();
}
