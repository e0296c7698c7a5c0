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
/* A claimed caller, received or still received, waits for its answer from now on. */
void endpoint_await_reply(struct thread *caller);
/* What a call's tag and windows say is sound; the windows are now the thread's.  Or an error. */
error_t endpoint_check(struct thread *thread, u64 tag);
/* The receiver learns what the call lends. */
void endpoint_show_windows(const struct thread *caller, struct thread *server);
/* A call begins: what it will be answered and cancelled by. */
static inline void endpoint_record(struct thread *caller, const struct cap_ref *cap, u64 tag)
{
	caller->tag = tag;
	caller->call_slot = cap->slot;
	caller->call_badge = cap->slot->badge;
	caller->reply_sequence++;
	caller->endpoint = weak_to(cap->object);
}
/* Give a receiver the caller's message; both are ours.  Nothing here can fail. */
static inline void endpoint_deliver(struct thread *caller, struct thread *server,
				    const struct message_caps *caps)
{
	message_copy_words(&server->regs, &caller->regs);
	server->regs.rdi = caller->call_badge;
	server->regs.rsi = caller->tag & TAG_MAKE(~0, 7, 7, 7);
	server->regs.r14 = caller->reply_sequence << 24 | caller->number;
	message_move_caps(caps, server);
	if (TAG_WINDOWS(caller->tag))
		endpoint_show_windows(caller, server);
	caller->holder = server->table;
	caller->server = weak_to(&server->object);
	caller->cookie_set = caller->cancelled = 0;
	trace(TRACE_CALL, caller->object.id, server->object.id);
	message_begin_donation(server, caller);
	endpoint_await_reply(caller);
}
/* A caller that waits for the running thread's table: it, and the word of that wait. */
struct reply {
	struct thread *caller;
	u64 word;
};

/* By its handle: E_BADCAP, E_GONE. */
static inline error_t reply_lookup(u64 handle, struct reply *reply)
{
	struct thread *caller = thread_by_number(handle & 0xffffff);

	if (!caller)
		return E_BADCAP;
	reply->caller = caller;
	reply->word = thread_wait_word(caller);
	if (wait_kind(reply->word) != WAIT_REPLY || caller->reply_sequence != handle >> 24 ||
	    caller->holder != thread_current()->table)
		return E_GONE;
	return 0;
}
/* Give a caller its answer, which is in the server's registers; both are ours. */
static inline void endpoint_answer(struct thread *caller, const struct thread *server,
				   const struct message_caps *caps)
{
	message_copy_words(&caller->regs, &server->regs);
	caller->regs.rdi = 0;
	caller->regs.rsi = server->regs.rsi & TAG_MAKE(~0, 7, 0, 0);
	caller->regs.rax = 0;
	message_move_caps(caps, caller);
	trace(TRACE_REPLY, caller->object.id, server->object.id);
}
/* Whose answer, or whose next receive, a thread waits for: NULL if that is not certain. */
struct thread *endpoint_awaited(struct thread *thread);
/* What the system call does; reply_receive ends with it. */
i64 endpoint_receive(struct thread *thread, const struct cap_ref *cap, u64 tag);
/* Make window i of the running thread, as read from its page, a part of a window of the call
 * `origin`. */
error_t reply_lend_on(struct thread *thread, unsigned i, u64 origin);

#endif
