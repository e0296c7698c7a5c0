/* SPDX-License-Identifier: MIT */
/* messages.c - endpoint_*, reply*, with a server thread that does as each label says. */
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum label { ECHO = 1, SUM, WINDOWS, CAPS, KEEP, LABELS };
enum { SECOND = 1000000000, COOKIE = 77 };

static cap_t endpoint, ended;
static volatile u64 kept, cancelled_cookie, gone_badge;
static volatile i64 late, window_errors[6], cookie_set;

static void windows_use(const struct message *m)
{
	char text[16] = { 0 };

	window_errors[0] = sys_reply_read(m->reply, 0, 0, (u64)text, sizeof(text));
	window_errors[1] = sys_reply_write(m->reply, 1, 0, (u64)text, sizeof(text));
	window_errors[2] = sys_reply_write(m->reply, 0, 0, (u64)text, 1);
	window_errors[3] = sys_reply_read(m->reply, 3, 0, (u64)text, 1);
	window_errors[4] = sys_reply_read(m->reply, 1, 0, (u64)text, 1);
	window_errors[5] = sys_reply_write(m->reply, 3, 0, (u64)text, 1);
}

static void answer(struct message *m, i32 label, u32 caps)
{
	m->tag = TAG_MAKE(label, caps, 0, 0);
	(void)TRY(ipc_reply(m));
}

static void serve_one(struct message *m)
{
	struct message_page *page = libsys_message_page();

	switch (TAG_LABEL(m->tag)) {
	case ECHO:
		answer(m, 0, 0);
		break;
	case SUM:
		m->word[0] += m->word[1] + m->word[2] + m->word[3] + m->word[4] + m->word[5];
		answer(m, 0, 0);
		break;
	case WINDOWS:
		windows_use(m);
		answer(m, 0, 0);
		break;
	case CAPS:
		page->send[0] = page->received[0];
		page->send_rights[0] = RIGHT_READ;
		answer(m, 0, 1);
		sys_cap_delete(page->received[0]);
		break;
	case KEEP:
		kept = m->reply;
		cookie_set = sys_reply_set_cookie(m->reply, COOKIE);
		break;
	}
}

static void server_main(void *argument)
{
	struct message_page *page = libsys_message_page();
	struct message m = { 0 };

	(void)argument;
	page->accept_count = 4;
	while (!ipc_receive(endpoint, &m)) {
		if (TAG_KIND(m.tag) == MESSAGE_CALL) {
			serve_one(&m);
		} else if (TAG_KIND(m.tag) == MESSAGE_CANCEL) {
			struct message back = { .reply = kept, .word = { 5 } };
			cancelled_cookie = m.word[0];
			answer(&back, E_CANCELLED, 0);
		} else if (TAG_KIND(m.tag) == MESSAGE_GONE) {
			gone_badge = m.badge;
		}
	}
	thread_exit(1);
}

static struct thread *start(void (*entry)(void *), void *argument)
{
	struct thread_options options = { .entry = entry, .argument = argument, .name = "messages",
					  .exit_notification = ended, .exit_bits = 1 };
	struct thread *t = NULL;

	WANT(0, helper_create(&options, &t));
	return t;
}

static volatile i64 call_result;

static void call_kept(void *argument)
{
	struct message m = { .tag = TAG_MAKE(KEEP, 0, 0, 0) };

	call_result = TRY(ipc_call((cap_t)argument, &m));
	if (!call_result)
		call_result = TAG_LABEL(m.tag);
	thread_exit(0);
}

static void pause_ms(u64 ms)
{
	sys_notification_wait(ended, 4, clock_now() + ms * 1000000);
}

static void words(void)
{
	struct message m = { .tag = TAG_MAKE(SUM, 0, 0, 0), .word = { 1, 2, 3, 4, 5, 6 } };

	row("endpoint_call");
	WANT(0, ipc_call(endpoint, &m));
	HOLDS(m.word[0] == 21 && m.word[5] == 6 && TAG_LABEL(m.tag) == 0);
	WANT(E_BADCAP, ipc_call(BAD_CAP, &m));
	WANT(E_TYPE, ipc_call(CAP_SELF_TABLE, &m));
	WANT(E_RIGHTS, ipc_call(weaker(endpoint, RIGHT_READ), &m));
	m.tag = TAG_MAKE(ECHO, 7, 0, 0);
	WANT(E_INVAL, ipc_call(endpoint, &m));
	m.tag = TAG_MAKE(ECHO, 0, 0, 0) | (u64)1 << 60;
	WANT(E_INVAL, ipc_call(endpoint, &m));

	row("endpoint_receive");
	WANT(E_RIGHTS, ipc_receive(weaker(endpoint, RIGHT_ENDPOINT_CALL), &m));
	WANT(E_TYPE, ipc_receive(CAP_SELF_SPACE, &m));

	row("reply");
	m.reply = 12345;
	m.tag = 0;
	WANT(E_BADCAP, ipc_reply(&m));
	m.reply = ~(u64)0;
	WANT(E_BADCAP, ipc_reply(&m));

	row("reply_receive");
	m.reply = 12345;
	WANT(E_BADCAP, ipc_reply_receive(endpoint, &m));
}

static void lending(void)
{
	struct message_page *page = libsys_message_page();
	struct message m = { .tag = TAG_MAKE(WINDOWS, 0, 2, 0) };
	char from[16] = "lent to read", to[16] = { 0 };
	struct cap_info info;

	row("reply_read, reply_write");
	page->window[0] = (struct window){ (u64)from, sizeof(from), WINDOW_READ };
	page->window[1] = (struct window){ (u64)to, sizeof(to), WINDOW_WRITE };
	WANT(0, ipc_call(endpoint, &m));
	CELL(reply_read, 16, window_errors[0]);
	CELL(reply_write, 16, window_errors[1]);
	CELL(reply_write, E_ACCESS, window_errors[2]);
	CELL(reply_read, E_RANGE, window_errors[3]);
	CELL(reply_read, E_ACCESS, window_errors[4]);
	CELL(reply_write, E_RANGE, window_errors[5]);
	HOLDS(!strcmp(to, from));
	page->window[0] = (struct window){ UNMAPPED, 16, WINDOW_READ };
	page->window[1] = (struct window){ KERNEL, 16, WINDOW_WRITE };
	m.tag = TAG_MAKE(WINDOWS, 0, 2, 0);
	WANT(0, ipc_call(endpoint, &m));
	CELL(reply_read, E_FAULT, window_errors[0]);
	CELL(reply_write, E_FAULT, window_errors[1]);
	WANT(E_BADCAP, sys_reply_read(12345, 0, 0, (u64)to, 1));
	WANT(E_BADCAP, sys_reply_write(12345, 0, 0, (u64)to, 1));

	row("message: capabilities travel with fewer rights");
	page->send[0] = ended;
	page->send_rights[0] = 0;
	m.tag = TAG_MAKE(CAPS, 1, 0, 1);
	WANT(0, ipc_call(endpoint, &m));
	HOLDS(TAG_CAPS(m.tag) == 1);
	WANT(0, sys_cap_info(page->received[0], &info));
	HOLDS(info.type == OBJECT_NOTIFICATION && info.rights == RIGHT_READ);
	WANT(0, sys_cap_delete(page->received[0]));
	page->send[0] = BAD_CAP;
	m.tag = TAG_MAKE(CAPS, 1, 0, 1);
	HOLDS(ipc_call(endpoint, &m) < 0);
}

/* Whether its call was received, or is queued where one thread receives. */
static bool held_by_server(cap_t caller)
{
	struct thread_info info = { 0 };

	return !sys_thread_info(caller, &info) && info.waits_on;
}

/* Kept calls: a soft kick brings the cookie to the server, a hard one ends the call at once. */
static void keeping(void)
{
	struct message m = { 0 };
	struct thread *caller;

	row("reply_set_cookie, cancel");
	call_result = 1;
	kept = 0;
	caller = start(call_kept, (void *)endpoint);
	HOLDS(UNTIL(kept));
	HOLDS(call_result == 1);
	WANT(0, sys_thread_kick(caller->cap, KICK_SOFT));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	CELL(reply_set_cookie, 0, cookie_set);
	HOLDS(cancelled_cookie == COOKIE);
	WANT(E_CANCELLED, call_result);
	WANT(0, sys_object_destroy(caller->cap));
	WANT(E_BADCAP, sys_reply_set_cookie(12345, 1));

	row("message: a hard kick leaves an inert reply");
	call_result = 1;
	kept = 0;
	caller = start(call_kept, (void *)endpoint);
	HOLDS(UNTIL(kept));
	WANT(0, sys_thread_kick(caller->cap, KICK_HARD));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	CELL(endpoint_call, E_ABANDONED, call_result);
	m.reply = kept;
	WANT(E_GONE, ipc_reply(&m));
	m.reply = kept;
	WANT(E_GONE, ipc_reply_receive(endpoint, &m));
	WANT(E_GONE, sys_reply_set_cookie(kept, 1));
	WANT(E_GONE, sys_reply_read(kept, 0, 0, (u64)&m, 1));
	WANT(E_GONE, sys_reply_write(kept, 0, 0, (u64)&m, 1));
	WANT(0, sys_object_destroy(caller->cap));

	row("message: a deadline");
	libsys_message_page()->deadline = clock_now() + SECOND / 50;
	m.tag = TAG_MAKE(KEEP, 0, 0, 0) | TAG_DEADLINE;
	i64 result = TRY(ipc_call(endpoint, &m));
	HOLDS(result == E_TIMEDOUT || result == E_ABANDONED);
}

/* It answers each call with its number, and waits for the next in the same step. */
static void count_calls(void *argument)
{
	struct message m = { 0 };
	i64 error = TRY(ipc_receive((cap_t)argument, &m));

	for (u64 number = 1; !error; number++) {
		m.tag = 0;
		m.word[0] = number;
		error = TRY(ipc_reply_receive((cap_t)argument, &m));
		call_result = error;
	}
	thread_exit(0);
}

static void answering(void)
{
	cap_t e = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	struct thread *server = start(count_calls, (void *)e);
	struct message m = { 0 };

	row("reply_receive: an answer, and the next call");
	call_result = 1;
	for (u64 number = 1; number <= 3; number++) {
		m.tag = 0;
		WANT(0, ipc_call(e, &m));
		WANT(number, m.word[0]);
	}
	CELL(reply_receive, 0, call_result);
	WANT(0, sys_object_destroy(e));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(server->cap));
}

/* A server with a table of its own, so that it can die: it receives and never answers. */
static void silent_main(void *argument)
{
	struct message m = { 0 };

	(void)argument;
	while (!ipc_receive(CAP_AT(1), &m))
		;
	sys_thread_exit(0);
}

static void deaths(void)
{
	static u8 stack[4096] __attribute__((aligned(16)));
	cap_t other = MAKE(sys_endpoint_create(CAP_SELF_BUDGET)), session, copy;
	struct thread_args args = { .space = CAP_SELF_SPACE, .entry = (u64)silent_main,
				    .stack = (u64)stack + sizeof(stack) - 8, .name = "silent" };
	struct thread *caller;
	cap_t silent;

	row("message: the server dies with the call");
	args.table = MAKE(sys_table_create(CAP_SELF_BUDGET));
	WANT(CAP_AT(1), sys_cap_copy(args.table, other, RIGHTS_ALL, 0));
	silent = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	call_result = 1;
	caller = start(call_kept, (void *)other);
	HOLDS(UNTIL(held_by_server(caller->cap)));
	WANT(0, sys_object_destroy(silent));
	WANT(0, sys_object_destroy(args.table));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(E_DEAD, call_result);
	WANT(0, sys_object_destroy(caller->cap));

	/* Nobody receives there any more: the call stays in the queue. */
	row("message: revoked while queued");
	session = MAKE(sys_cap_copy(CAP_SELF_TABLE, other, RIGHTS_ALL, 98));
	copy = weaker(session, RIGHT_ENDPOINT_CALL | RIGHT_COPY);
	call_result = 1;
	caller = start(call_kept, (void *)copy);
	HOLDS(UNTIL(thread_is_waiting(caller->cap)));
	WANT(0, sys_cap_revoke(session));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(E_REVOKED, call_result);
	WANT(0, sys_object_destroy(caller->cap));
	WANT(0, sys_object_destroy(other));
}

/* gone(badge) comes once, when the last copy goes. */
static void badges(void)
{
	cap_t session = MAKE(sys_cap_copy(CAP_SELF_TABLE, endpoint, RIGHTS_ALL, 99)), copy;

	row("message: the last capability of a badge");
	copy = weaker(session, RIGHT_ENDPOINT_CALL | RIGHT_COPY);
	gone_badge = 0;
	WANT(0, sys_cap_delete(session));
	pause_ms(20);
	HOLDS(gone_badge == 0);
	WANT(0, sys_cap_delete(copy));
	HOLDS(UNTIL(gone_badge == 99));
}

/* A window lent on: the owner lends eight bytes to the middle, the middle a part of them inwards.
 */
static cap_t middle, inner;
static char lent[8] = "abcdefgh", seen[4];
static volatile i64 inner_read, inner_wrote;

static void lend_out(void *argument)
{
	struct message m = { .tag = TAG_MAKE(1, 0, 1, 0) };

	(void)argument;
	libsys_message_page()->window[0] = (struct window){ (u64)lent, 8, WINDOW_READ };
	call_result = TRY(ipc_call(middle, &m));
	thread_exit(0);
}

static void serve_inner(void *argument)
{
	struct message m = { 0 };

	(void)argument;
	while (!ipc_receive(inner, &m)) {
		inner_read = sys_reply_read(m.reply, 0, 1, (u64)seen, 2);
		inner_wrote = sys_reply_write(m.reply, 0, 0, (u64)seen, 1);
		m.tag = 0;
		ipc_reply(&m);
	}
	thread_exit(0);
}

static i64 lend_on(u64 reply, u64 offset, u32 length, u32 access)
{
	struct message_page *page = libsys_message_page();
	struct message m = { .tag = TAG_MAKE(1, 0, 1, 0) };
	i64 result;

	page->window[0] = (struct window){ offset, length, access };
	page->window_origin[0] = reply;
	result = TRY(ipc_call(inner, &m));
	page->window_origin[0] = 0;
	return result;
}

static void lending_on(void)
{
	struct message m = { 0 };

	row("message: a window lent on");
	middle = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	inner = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	struct thread *server = start(serve_inner, NULL), *owner = start(lend_out, NULL);
	WANT(0, ipc_receive(middle, &m));
	WANT(0, lend_on(m.reply, 2, 4, WINDOW_READ));
	WANT(2, inner_read);
	WANT(E_ACCESS, inner_wrote);
	HOLDS(seen[0] == 'd' && seen[1] == 'e');
	WANT(E_ACCESS, lend_on(m.reply, 2, 4, WINDOW_READ | WINDOW_WRITE));
	WANT(E_RANGE, lend_on(m.reply, 6, 4, WINDOW_READ));
	WANT(E_RANGE, lend_on(m.reply, (u64)1 << 56, 4, WINDOW_READ));
	m.tag = 0;
	u64 answered = m.reply;
	WANT(0, ipc_reply(&m));
	HOLDS(lend_on(answered, 0, 1, WINDOW_READ) == E_GONE);
	WANT(E_BADCAP, lend_on(12345, 0, 1, WINDOW_READ));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(inner));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(middle));
	WANT(0, sys_object_destroy(server->cap));
	WANT(0, sys_object_destroy(owner->cap));
}

void test_messages(void)
{
	struct thread *server;

	ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	row("endpoint_create");
	endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	WANT(E_TYPE, sys_endpoint_create(endpoint));
	server = start(server_main, NULL);
	words();
	lending();
	lending_on();
	keeping();
	answering();
	badges();
	deaths();
	row("message: a destroyed endpoint ends its receivers");
	WANT(0, sys_object_destroy(endpoint));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(server->cap));
	WANT(0, sys_object_destroy(ended));
}
