/* SPDX-License-Identifier: MIT */
/*
 * serve.c - receive, dispatch, answer; and the window copies of request.h.
 *
 * Invariant: between two receives every capability that arrived has been taken by an operation or
 * deleted here.
 */
#include "libsys/serve.h"

#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"

error_t request_check(const struct request *rq, u32 caps, u32 windows,
		      const struct request_window *window)
{
	if (TAG_CAPS(rq->m.tag) != caps || TAG_WINDOWS(rq->m.tag) != windows)
		return E_INVAL;
	for (u32 i = 0; i < caps; i++)
		if (!rq->received[i])
			return E_INVAL;
	for (u32 i = 0; i < windows; i++) {
		if (rq->window_length[i] > window[i].limit)
			return E_TOOLONG;
		if ((rq->window_access[i] & window[i].access) != window[i].access)
			return E_INVAL;
	}
	return 0;
}

error_t request_defer(struct request *rq, u64 cookie)
{
	error_t error = sys_reply_set_cookie(rq->m.reply, cookie);

	return error ? error : LATER;
}

error_t request_answer_now(struct request *rq, u64 word)
{
	struct message m = { .tag = TAG_MAKE(0, 0, 0, 0), .word = { word }, .reply = rq->m.reply };

	return ipc_reply(&m);
}

/* The kernel may copy less than asked at any time; only no progress at all is an end. */
i64 window_read(u64 reply, u32 window, u64 offset, void *to, u64 length)
{
	u64 done = 0;

	while (done < length) {
		i64 n = sys_reply_read(reply, window, offset + done, (u64)to + done, length - done);

		if (n <= 0)
			return done ? (i64)done : n;
		done += n;
	}
	return done;
}

i64 window_write(u64 reply, u32 window, u64 offset, const void *from, u64 length)
{
	u64 done = 0;

	while (done < length) {
		i64 n = sys_reply_write(reply, window, offset + done, (u64)from + done,
					length - done);

		if (n <= 0)
			return done ? (i64)done : n;
		done += n;
	}
	return done;
}

error_t request_read(struct request *rq, u32 window, u64 offset, void *to, u64 length)
{
	i64 n = window_read(rq->m.reply, window, offset, to, length);

	return n < 0 ? n : (u64)n == length ? 0 : E_FAULT;
}

error_t request_write(struct request *rq, u32 window, u64 offset, const void *from, u64 length)
{
	i64 n = window_write(rq->m.reply, window, offset, from, length);

	return n < 0 ? n : (u64)n == length ? 0 : E_FAULT;
}

/* Move what the message page says about the call into the request. */
static void request_begin(struct request *rq, const struct message_page *page)
{
	u32 caps = TAG_CAPS(rq->m.tag), windows = TAG_WINDOWS(rq->m.tag);

	rq->token = 0;
	memset(rq->received, 0, sizeof(*rq) - offsetof(struct request, received));
	for (u32 i = 0; i < windows && i < MESSAGE_WINDOWS; i++) {
		rq->window_length[i] = page->window[i].length;
		rq->window_access[i] = page->window[i].access;
	}
	for (u32 i = 0; i < caps && i < MESSAGE_CAPS; i++)
		rq->received[i] = page->received[i];
}

static void request_drop_received(struct request *rq)
{
	for (u32 i = 0; i < MESSAGE_CAPS; i++)
		if (rq->received[i])
			sys_cap_delete(rq->received[i]);
}

static void request_drop_sent(struct request *rq)
{
	for (u32 i = 0; i < rq->send_count; i++)
		if (rq->send[i] && rq->send_drop & 1u << i)
			sys_cap_delete(rq->send[i]);
	rq->send_drop = 0;
}

/* Answer with capabilities; should they not go over, the caller at least hears why. */
static error_t request_answer_caps(struct request *rq, u32 caps, struct message_page *page)
{
	struct message refusal = { .reply = rq->m.reply };
	error_t error;

	for (u32 i = 0; i < caps; i++) {
		page->send[i] = rq->send[i];
		page->send_rights[i] = rq->send_rights[i];
	}
	rq->m.tag = TAG_MAKE(0, caps, 0, 0);
	error = ipc_reply(&rq->m);
	if (!error || error == E_GONE)
		return error;
	refusal.tag = TAG_MAKE(error, 0, 0, 0);
	ipc_reply(&refusal);
	return 0;
}

/* Answer and receive; in one step where no capability is sent. */
static error_t request_answer(const struct service *service, struct request *rq, error_t result,
			      struct message_page *page)
{
	u32 caps = result ? 0 : rq->send_count;
	struct message call = rq->m;
	error_t error;

	/* A capability that the row may leave out is not there to be sent. */
	while (caps && !rq->send[caps - 1])
		caps--;
	if (!caps) {
		request_drop_sent(rq);
		rq->m.tag = TAG_MAKE(result, 0, 0, 0);
		error = ipc_reply_receive(service->endpoint, &rq->m);
		if (error != E_GONE)
			return error;
	} else {
		error = request_answer_caps(rq, caps, page);
		request_drop_sent(rq);
	}
	if (error == E_GONE && !result && service->abandoned) {
		rq->m = call;
		service->abandoned(rq);
	}
	return ipc_receive(service->endpoint, &rq->m);
}

error_t serve(const struct service *service)
{
	struct message_page *page = libsys_message_page();
	struct request rq = { 0 };
	error_t error;

	page->accept_count = MESSAGE_CAPS;
	error = ipc_receive(service->endpoint, &rq.m);
	for (;;) {
		if (error && error != E_GONE && error != E_CANCELLED && error != E_BADCAP)
			return error;
		if (error) {
			error = ipc_receive(service->endpoint, &rq.m);
			if (error == E_BADCAP)
				return error;
			continue;
		}
		switch (TAG_KIND(rq.m.tag)) {
		case MESSAGE_CALL:
			request_begin(&rq, page);
			error = service->dispatch(&rq);
			request_drop_received(&rq);
			if (error != LATER) {
				error = request_answer(service, &rq, error, page);
				continue;
			}
			break;
		case MESSAGE_NOTIFY:
			if (service->notify)
				service->notify(rq.m.word[0]);
			break;
		case MESSAGE_CANCEL:
			if (service->cancel)
				service->cancel(rq.m.badge, rq.m.word[0]);
			break;
		case MESSAGE_GONE:
			if (service->gone)
				service->gone(rq.m.badge);
			break;
		}
		error = ipc_receive(service->endpoint, &rq.m);
	}
}

i64 session_create(cap_t endpoint, u64 badge)
{
	return sys_cap_copy(CAP_SELF_TABLE, endpoint, RIGHT_ENDPOINT_CALL | RIGHT_COPY, badge);
}

int serve_started(const struct service *service, error_t error, u64 bits)
{
	if (error) {
		log_printf("cannot start: %s", error_name(error));
		return (int)error;
	}
	depot_ready();
	service->notify(bits);
	return (int)serve(service);
}
