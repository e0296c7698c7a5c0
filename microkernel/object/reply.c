/* SPDX-License-Identifier: MIT */
/*
 * reply.c - the one-shot right to answer a caller, and the windows that it lends.
 *
 * A reply is part of the calling thread.  Its handle is the thread's number and the sequence number
 * of the call, and only threads of the table that received the call can use it.
 */
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/switch.h"
#include "microkernel/object/space.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

/* A caller that waits for the running thread's table: it, and the word of that wait. */
struct reply {
	struct thread *caller;
	u64 word;
};

/* By its handle: E_BADCAP, E_GONE. */
static error_t reply_lookup(u64 handle, struct reply *reply)
{
	struct thread *caller = thread_by_number(handle & REPLY_NUMBER);

	if (!caller)
		return E_BADCAP;
	reply->caller = caller;
	reply->word = thread_wait_word(caller);
	if (wait_kind(reply->word) != WAIT_REPLY || caller->reply != handle ||
	    caller->holder != thread_running(this_cpu())->table)
		return E_GONE;
	return 0;
}

/* What was read of the caller was true if it still waits. */
static bool reply_holds(const struct reply *reply)
{
	return thread_wait_word(reply->caller) == reply->word;
}

void endpoint_caller_leaves(struct thread *caller)
{
	struct space *lent[2] = { caller->space, NULL };

	endpoint_forget_cancel(caller);
	/* A copy that a server has begun on another CPU ends with its page; none begins after. */
	if (caller->view)
		lent[1] = __atomic_load_n(&caller->view->client, __ATOMIC_ACQUIRE);
	for (int i = 0; i < 2 && TAG_WINDOWS(caller->tag); i++) {
		if (!lent[i])
			continue;
		lock_acquire(&lent[i]->object.lock);
		lock_release(&lent[i]->object.lock);
	}
}

/* Answer; the caller is left claimed, with its result. */
static error_t answer(struct thread *server, u64 handle, struct thread **answered)
{
	u64 tag = server->regs.rsi;
	struct thread *caller;
	struct reply reply;
	error_t error = reply_lookup(handle, &reply);

	if (!error && (TAG_CAPS(tag) > MESSAGE_CAPS || TAG_KIND(tag)))
		return E_INVAL;
	if (!error && !thread_claim(reply.caller, reply.word))
		error = E_GONE;
	if (error) {
		/* Very likely it is the time of that caller on which the server still runs. */
		message_end_donation(server);
		return error;
	}
	caller = reply.caller;
	if (TAG_CAPS(tag))
		error = message_send_caps(server, caller, TAG_CAPS(tag), TAG_ACCEPT(caller->tag));
	if (error) {
		endpoint_await_reply(caller);
		return error;
	}
	message_copy_words(&caller->regs, &server->regs);
	caller->regs.rdi = 0;
	caller->regs.rsi = tag & TAG_MAKE(~0, 7, 0, 0);
	caller->regs.rax = 0;
	trace(TRACE_REPLY, caller->object.id, server->object.id);
	endpoint_forget_cancel(caller);
	if (server->donor == caller)
		message_end_donation(server);
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
	result = endpoint_receive(server, &cap);
	if (result != E_BLOCKED || caller->detained) {
		thread_wake(caller, 0);
		return result;
	}
	/* The server sleeps: its caller goes on at once, on the time it lent. */
	thread_wake_running(caller);
	switch_direct(caller);
	return E_BLOCKED;
}

/* The windows are kept flat: what is lent on names its first owner, however many hands it went
 * through. */
error_t reply_lend_on(struct thread *thread, unsigned i, u64 origin)
{
	struct window *w = &thread->window[i], from;
	u64 index = w->address >> 56, offset = w->address & ((1ul << 56) - 1);
	struct reply reply;
	error_t error = reply_lookup(origin, &reply);

	if (error)
		return error;
	if (index >= TAG_WINDOWS(reply.caller->tag))
		return E_RANGE;
	from = reply.caller->window[index];
	if (reply.caller->window_origin[index])
		origin = reply.caller->window_origin[index];
	if (!reply_holds(&reply))
		return E_GONE;
	if (offset > from.length || w->length > from.length - offset)
		return E_RANGE;
	if (w->access & ~from.access)
		return E_ACCESS;
	w->address = from.address + offset;
	thread->window_origin[i] = origin;
	return 0;
}

/* Whose memory a window of the caller shows: its own, or the origin's while that still waits. */
static error_t window_owner(const struct reply *reply, u64 origin, struct reply *owner)
{
	*owner = *reply;
	if (!origin)
		return 0;
	owner->caller = thread_by_number(origin & REPLY_NUMBER);
	if (!owner->caller)
		return E_GONE;
	owner->word = thread_wait_word(owner->caller);
	return wait_kind(owner->word) == WAIT_REPLY && owner->caller->reply == origin ? 0 : E_GONE;
}

static i64 window_copy(u64 handle, u64 index, u64 offset, u64 address, u64 length, bool to_caller)
{
	struct reply reply, owner;
	struct window w;
	u64 origin;
	error_t error = reply_lookup(handle, &reply);

	if (error)
		return error;
	if (index >= TAG_WINDOWS(reply.caller->tag))
		return E_RANGE;
	w = reply.caller->window[index];
	origin = reply.caller->window_origin[index];
	if (!reply_holds(&reply))
		return E_GONE;
	if (offset > w.length || length > w.length - offset)
		return E_RANGE;
	if (!(w.access & (to_caller ? WINDOW_WRITE : WINDOW_READ)))
		return E_ACCESS;
	error = window_owner(&reply, origin, &owner);
	if (error)
		return error;
	struct user_place mine = { .space = user_space(thread_running(this_cpu()), address),
				   .address = address };
	struct user_place theirs = { .space = user_space(owner.caller, w.address + offset),
				     .address = w.address + offset,
				     .lender = owner.caller,
				     .lent_while = owner.word };
	return user_copy(to_caller ? &theirs : &mine, to_caller ? &mine : &theirs, length);
}

i64 sys_reply_read(u64 reply, u64 index, u64 offset, u64 address, u64 length)
{
	return window_copy(reply, index, offset, address, length, false);
}

i64 sys_reply_write(u64 reply, u64 index, u64 offset, u64 address, u64 length)
{
	return window_copy(reply, index, offset, address, length, true);
}

i64 sys_reply_set_cookie(u64 handle, u64 cookie)
{
	struct reply reply;
	error_t error = reply_lookup(handle, &reply);

	if (!error)
		endpoint_set_cookie(reply.caller, reply.word, cookie);
	return error;
}

error_t endpoint_holder_gone(struct table *table)
{
	/* Of two that end the table at once each knows what it did itself. */
	for (u32 at = table->callers_at; at < thread_number_limit(); table->callers_at = ++at) {
		struct thread *caller = thread_by_number(at);
		u64 word = caller ? thread_wait_word(caller) : 0;

		if (wait_kind(word) == WAIT_REPLY && caller->holder == table &&
		    thread_claim(caller, word)) {
			endpoint_caller_leaves(caller);
			thread_wake(caller, E_DEAD);
		}
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}
