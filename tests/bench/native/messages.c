/* SPDX-License-Identifier: MIT */
/*
 * messages.c - rows of messages between two processes: six words, through a badged capability, the
 * server on its caller's quantum.
 *
 * Word 1 of an answer says what ring 0 took for the call, from the client's SYSCALL to the server's
 * return, and for what the server called before it answered.
 */
#include "libsys/start.h"
#include "libsys/thread.h"
#include "tests/bench/native/count.h"

enum { WINDOW_BYTES = 4096 };

static u8 buffer[WINDOW_BYTES] __attribute__((aligned(WINDOW_BYTES)));

error_t bench_echo(cap_t self)
{
	struct message_page *page = libsys_message_page();
	struct message m = { 0 };
	error_t error = ipc_receive(self, &m);
	u32 ticks = 0;
	i64 result;

	count_begin(CAP_NONE);
	page->accept_count = 1;
	while (!error && TAG_KIND(m.tag) == MESSAGE_CALL) {
		ticks -= count_message_own;
		if (TAG_CAPS(m.tag))
			(void)sys_cap_delete(page->received[0]);
		if (TAG_WINDOWS(m.tag))
			ticks += count_call(NUMBER_reply_read, m.reply, 0, 0, (u64)buffer,
					    WINDOW_BYTES, &result);
		if (TAG_WINDOWS(m.tag) && result != WINDOW_BYTES)
			return E_FAULT;
		m.word[1] = ticks;
		m.tag = 0;
		ticks = COUNT_MESSAGE("syscall", NUMBER_reply_receive, self, &m, &error);
	}
	return error;
}

/* One call and its answer. */
static error_t exchange(cap_t echo, u64 tag, u32 *call, u32 *answer)
{
	struct message m = { .tag = tag, .word = { 1, 2, 3, 4, 5, 6 } };
	error_t error;

	*answer = COUNT_MESSAGE("syscall", NUMBER_endpoint_call, echo, &m, &error);
	*answer -= count_message_own;
	*call = (u32)m.word[1];
	return error ? error : TAG_LABEL(m.tag);
}

/* Both ways apart, or together in `call` if there is no row for the answer. */
static error_t measure(cap_t echo, u64 tag, struct row *call, struct row *answer)
{
	u32 there, back;
	error_t error = exchange(echo, tag, &there, &back);

	for (u32 i = 0; i < ROUNDS && !error; i++) {
		error = exchange(echo, tag, &there, &back);
		if (answer)
			row_add(answer, back);
		row_add(call, answer ? there : there + back);
	}
	return error;
}

error_t bench_messages(cap_t echo)
{
	static struct row call, answer;
	struct message_page *page = libsys_message_page();
	error_t error;

	row_begin(&call, "call");
	row_begin(&answer, "reply_receive");
	error = measure(echo, TAG_MAKE(0, 0, 0, 0), &call, &answer);
	row_end_both(&call, &answer);
	if (error)
		return error;
	page->send[0] = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	row_begin(&call, "call_cap");
	row_begin(&answer, "reply_after_cap");
	error = measure(echo, TAG_MAKE(0, 1, 0, 0), &call, &answer);
	row_end_both(&call, &answer);
	if (error)
		return error;
	buffer[0] = 1;
	page->window[0] = (struct window){ (u64)buffer, WINDOW_BYTES, WINDOW_READ };
	row_begin(&call, "window_4k");
	error = measure(echo, TAG_MAKE(0, 0, 1, 0), &call, NULL);
	row_end(&call);
	return error;
}
