/* SPDX-License-Identifier: MIT */
/*
 * reply.c - the one-shot right to answer a caller, and the windows that it lends.
 *
 * A reply is part of the calling thread.  Its handle is the thread's number and the sequence number
 * of the call, and only threads of the table that received the call can use it.
 */
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/message.h"
#include "microkernel/object/switch.h"
#include "microkernel/object/usercopy.h"

error_t reply_lookup(u64 handle, struct thread **found)
{
	struct thread *caller = thread_by_number(handle & 0xffffff);

	if (!caller)
		return E_BADCAP;
	if (caller->wait != WAIT_REPLY || caller->reply_sequence != handle >> 24 ||
	    caller->holder != thread_current()->table)
		return E_GONE;
	*found = caller;
	return 0;
}

/* The caller no longer waits for an answer: take it out of every list it is in as a caller. */
void endpoint_caller_leaves(struct thread *caller)
{
	list_remove(&caller->held);
	list_remove(&caller->cancel_link);
	/* Whoever still runs on the time that came through this call goes back to its own. */
	struct context *lent = caller->run.context;
	for (struct thread *s = caller->server; s && s->donor && s->run.context == lent;
	     s = s->wait == WAIT_REPLY ? s->server : NULL)
		s->run.context = &s->run.own;
	if (caller->server && caller->server->donor == caller)
		message_end_donation(caller->server);
	caller->holder = NULL;
	caller->server = NULL;
}

/* Answer; the caller is left ready to run but in no queue. */
static error_t answer(struct thread *server, u64 handle, struct thread **answered)
{
	struct thread *caller;
	u64 tag = server->regs.rsi;
	error_t error = reply_lookup(handle, &caller);

	if (!error && (TAG_CAPS(tag) > MESSAGE_CAPS || TAG_KIND(tag)))
		error = E_INVAL;
	if (!error)
		error = message_check_caps(server, caller, TAG_CAPS(tag), TAG_ACCEPT(caller->tag));
	if (error)
		return error;
	message_copy_words(&caller->regs, &server->regs);
	caller->regs.rdi = 0;
	caller->regs.rsi = (u64)(u32)tag | (u64)TAG_CAPS(tag) << 32;
	caller->regs.rax = 0;
	message_move_caps(server, caller, TAG_CAPS(tag));
	endpoint_caller_leaves(caller);
	*answered = caller;
	return 0;
}

i64 sys_reply(void)
{
	struct thread *server = thread_current(), *caller;
	error_t error = answer(server, server->regs.r14, &caller);

	if (!error)
		thread_wake(caller, 0);
	return error;
}

i64 sys_reply_receive(struct cap_ref cap)
{
	struct thread *server = thread_current(), *caller;
	error_t error = answer(server, server->regs.r14, &caller);
	i64 result;

	if (error)
		return error;
	result = endpoint_receive(server, cap.object, server->regs.rsi);
	if (result != E_BLOCKED || caller->suspend) {
		thread_wake(caller, 0);
		return result;
	}
	/* The server sleeps: its caller goes on at once, on the time it lent. */
	timer_cancel(&caller->deadline);
	caller->wait = WAIT_NONE;
	switch_direct(caller);
	return E_BLOCKED;
}

/* The windows are kept flat: what is lent on names its first owner, however many hands it went
 * through. */
error_t reply_lend_on(struct thread *thread, unsigned i, u64 origin)
{
	struct window *w = &thread->window[i], *from;
	u64 index = w->address >> 56, offset = w->address & ((1ul << 56) - 1);
	struct thread *owner;
	error_t error = reply_lookup(origin, &owner);

	if (error)
		return error;
	if (index >= TAG_WINDOWS(owner->tag))
		return E_RANGE;
	from = &owner->window[index];
	if (offset > from->length || w->length > from->length - offset)
		return E_RANGE;
	if (w->access & ~from->access)
		return E_ACCESS;
	w->address = from->address + offset;
	if (owner->window_origin[index])
		origin = owner->window_origin[index];
	thread->window_origin[i] = origin;
	return 0;
}

/* Whose memory a window of the caller shows: its own, or the origin's while that still waits. */
static struct thread *window_owner(struct thread *caller, u64 index)
{
	u64 origin = caller->window_origin[index];
	struct thread *owner = origin ? thread_by_number(origin & 0xffffff) : caller;

	if (origin && owner && (owner->wait != WAIT_REPLY || owner->reply_sequence != origin >> 24))
		return NULL;
	return owner;
}

static i64 window_copy(u64 handle, u64 index, u64 offset, u64 address, u64 length, bool to_caller)
{
	struct thread *caller, *server = thread_current(), *owner;
	struct window *w;
	u64 done;
	error_t error = reply_lookup(handle, &caller);

	if (error)
		return error;
	if (index >= TAG_WINDOWS(caller->tag))
		return E_RANGE;
	w = &caller->window[index];
	if (offset > w->length || length > w->length - offset)
		return E_RANGE;
	if (!(w->access & (to_caller ? WINDOW_WRITE : WINDOW_READ)))
		return E_ACCESS;
	owner = window_owner(caller, index);
	if (!owner)
		return E_GONE;
	done = to_caller ? user_copy(owner, w->address + offset, server, address, length)
			 : user_copy(server, address, owner, w->address + offset, length);
	if (done || !length)
		return (i64)done;
	error = user_page_error(owner, w->address + offset, to_caller);
	return error == E_FAULT ? user_page_error(server, address, !to_caller) : error;
}

i64 sys_reply_read(u64 reply, u64 index, u64 offset, u64 address, u64 length)
{
	return window_copy(reply, index, offset, address, length, false);
}

i64 sys_reply_write(u64 reply, u64 index, u64 offset, u64 address, u64 length)
{
	return window_copy(reply, index, offset, address, length, true);
}

i64 sys_reply_set_cookie(u64 reply, u64 cookie)
{
	struct thread *caller;
	error_t error = reply_lookup(reply, &caller);

	if (error)
		return error;
	caller->cookie = cookie;
	caller->cookie_set = 1;
	if (caller->cancelled)
		endpoint_post_cancel(caller);
	return 0;
}

void endpoint_holder_gone(struct table *table)
{
	while (!list_empty(&table->received)) {
		struct thread *caller = container_of(table->received.next, struct thread, held);

		endpoint_caller_leaves(caller);
		thread_wake(caller, E_DEAD);
	}
}
