/* SPDX-License-Identifier: MIT */
/*
 * endpoint.h - where calls meet receivers.
 *
 * At most one of `senders` and `receivers` is non-empty.  What a receiver gets, in this order: gone
 * badges, cancels, bits of its bound notification, calls.
 */
#ifndef OBJECT_ENDPOINT_H
#define OBJECT_ENDPOINT_H

#include "microkernel/core/trace.h"
#include "microkernel/object/message.h"

struct endpoint {
	struct object object;  /* object.lock guards all that follows */
	struct list senders;   /* struct thread.wait_link, WAIT_SEND */
	struct list receivers; /* WAIT_RECEIVE */
	struct list gone;      /* struct badge.link */
	struct list cancels;   /* struct thread.cancel_link, WAIT_REPLY */
	struct weak receiver;  /* the thread that receives here, for the search for circles */
	bool several;	       /* more than one does: that search ends here */
};

/* A capability with these rights is no longer valid.  Needs the endpoint's derivation lock, like
 * the next. */
void endpoint_slot_revoked(struct endpoint *endpoint, struct slot *slot, u64 rights);
void endpoint_badge_gone(struct endpoint *endpoint, struct badge *badge);
void endpoint_kill(struct endpoint *endpoint);
/* The server shall hear of a cancel of this received call, if `word` is still its wait. */
void endpoint_post_cancel(struct thread *caller, u64 word);
/* The server gives the cookie that a cancel of that wait will carry. */
void endpoint_set_cookie(struct thread *caller, u64 word, u64 cookie);
void endpoint_forget_cancel(struct thread *caller);
/* A claimed receiver gets bits of its bound notification as its message. */
void endpoint_give_bits(struct thread *receiver, u64 bits);
/* Calls that this table's threads received and did not answer end with E_DEAD; E_RESTART. */
error_t endpoint_holder_gone(struct table *table);
/* A claimed caller stops waiting for its answer (hard cancel, death, deadline): what it lent is
 * withdrawn on return. */
void endpoint_caller_leaves(struct thread *caller);
/* To what came while it was claimed: a kick; or the end of who is to answer it, which passed it
 * over. */
void endpoint_disturbed(struct thread *caller, u64 word);
/* A claimed caller, received or still received, waits for its answer from now on. */
static inline void endpoint_await_reply(struct thread *caller)
{
	struct table *holder = caller->holder;
	u64 word = thread_publish(caller, WAIT_REPLY);

	if (caller->kicked | __atomic_load_n(&holder->object.dead, __ATOMIC_SEQ_CST))
		endpoint_disturbed(caller, word);
}
error_t endpoint_take_windows(struct thread *thread, unsigned count);
/* What a call's tag and windows say is sound; the windows are now the thread's.  Or an error. */
static inline error_t endpoint_check(struct thread *thread, u64 tag)
{
	if (TAG_KIND(tag) || TAG_CAPS(tag) > MESSAGE_CAPS || TAG_WINDOWS(tag) > MESSAGE_WINDOWS ||
	    TAG_ACCEPT(tag) > MESSAGE_CAPS ||
	    (tag & (TAG_MAKE(0, 7, 7, 7) | TAG_DEADLINE) && !thread->message))
		return E_INVAL;
	return TAG_WINDOWS(tag) ? endpoint_take_windows(thread, TAG_WINDOWS(tag)) : 0;
}
/* The receiver gets what the call gives and lends: all, or an error and nothing. */
error_t endpoint_hand_over(struct thread *caller, struct thread *server);
/* A claimed receiver that gets no message after all receives again, by the same SYSCALL: meanwhile
 * callers have queued, and events, bits and kicks come, that found nobody waiting. */
void endpoint_receive_again(struct thread *server);
/* A call begins: what it will be answered and cancelled by. */
static inline void endpoint_record(struct thread *caller, const struct cap_ref *cap, u64 tag)
{
	caller->tag = tag;
	caller->call_slot = cap->slot;
	caller->call_badge = cap->slot->badge;
	caller->reply += 1ul << REPLY_SHIFT;
	caller->endpoint = weak_to(cap->object);
}
/* A server has the call, and the caller's time; both are ours.  The caller is yet to wait. */
static inline void endpoint_accept(struct thread *caller, struct thread *server)
{
	caller->holder = server->table;
	caller->server = weak_to(&server->object);
	caller->cancel_state = 0;
	trace(TRACE_CALL, caller->object.id, server->object.id);
	message_begin_donation(server, caller);
}
/* The same with the words.  Nothing here can fail. */
static inline void endpoint_deliver(struct thread *caller, struct thread *server)
{
	message_copy_words(&server->regs, &caller->regs);
	server->regs.rdi = caller->call_badge;
	server->regs.rsi = caller->tag & TAG_MAKE(~0, 7, 7, 7);
	server->regs.r14 = caller->reply;
	endpoint_accept(caller, server);
	endpoint_await_reply(caller);
}
/* Whose answer, or whose next receive, a thread waits for: NULL if that is not certain. */
struct thread *endpoint_awaited(struct thread *thread);
/* What the system call does; reply_receive ends with it. */
i64 endpoint_receive(struct thread *thread, const struct cap_ref *cap);
/* Make window i of the running thread, as read from its page, a part of a window of the call
 * `origin`. */
error_t reply_lend_on(struct thread *thread, unsigned i, u64 origin);

#endif
