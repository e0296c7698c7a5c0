/* SPDX-License-Identifier: MIT */
/*
 * fastpath.c - call and reply+receive where nothing is in the way: words and windows alone, the
 * other side waits, and both run on one scheduling context.
 *
 * All is checked, then all is done: what is not of this kind is left to the slow path, which
 * handles everything, with nothing changed.  FASTPATH=0 leaves this out; nobody can tell but by
 * time.  No clock is read here: time goes on where it was, and is charged to whoever runs at the
 * next look.
 */
#include "microkernel/core/trace.h"
#include "microkernel/entry/switch.h"
#include "microkernel/entry/trap.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/message.h"
#include "microkernel/object/notification.h"

/* A label, windows, and room for capabilities in the answer. */
#define TAG_FAST (TAG_MAKE(~0, 0, 7, 7))

/* Nobody wants anything of this CPU but what the call asks for. */
static inline bool quiet(const struct cpu *cpu)
{
	return !(cpu->resched | cpu->preempt_pending) && !(cpu->work && unclean(cpu)) &&
	       !budget_timed;
}

/* It can go on at once, here: nothing is asked of it, and no timer is set. */
static inline bool ready_for(const struct thread *t)
{
	return !(t->detained | t->kicked) && !t->deadline.cpu;
}

/* Who receives there and can be given a call; claimed, and out of the queue.  The lock is held. */
static inline struct thread *receiver_take(struct endpoint *endpoint)
{
	struct thread *server = container_of(endpoint->receivers.next, struct thread, wait_link);
	u64 word;

	if (list_empty(&endpoint->receivers))
		return NULL;
	word = thread_wait_word(server);
	if (wait_kind(word) != WAIT_RECEIVE || !ready_for(server) || !thread_claim(server, word))
		return NULL;
	list_remove(&server->wait_link);
	return server;
}

bool fastpath_call(struct registers *regs)
{
	struct cpu *cpu = this_cpu();
	struct thread *caller = thread_current(), *server = NULL;
	struct endpoint *endpoint;
	struct cap_ref cap;

	if (regs->rsi & ~TAG_FAST || !quiet(cpu) || caller->kicked ||
	    cap_find(caller->table, regs->rdi, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap) ||
	    (regs->rsi >> 32 && endpoint_check(caller, regs->rsi)))
		return false;
	endpoint = cap.object;
	lock_acquire(&endpoint->object.lock);
	if (!endpoint->object.dead && cap_holds(&cap))
		server = receiver_take(endpoint);
	lock_release(&endpoint->object.lock);
	if (!server)
		return false;
	caller->tag = regs->rsi;
	caller->call_slot = cap.slot;
	caller->call_badge = cap.slot->badge;
	caller->endpoint = weak_to(&endpoint->object);
	caller->server = weak_to(&server->object);
	caller->holder = server->table;
	caller->cookie_set = caller->cancelled = 0;
	caller->wait_deadline_ns = DEADLINE_NEVER;
	message_copy_words(&server->regs, regs);
	server->regs.rdi = caller->call_badge;
	server->regs.rsi = regs->rsi;
	server->regs.r14 = ++caller->reply_sequence << 24 | caller->number;
	server->regs.rax = 0;
	if (server->message)
		server->message->received_count = 0;
	if (regs->rsi >> 32)
		endpoint_show_windows(caller, server);
	trace(TRACE_CALL, caller->object.id, server->object.id);
	message_begin_donation(server, caller);
	caller->run.leaves = true;
	endpoint_await_reply(caller);
	thread_publish(server, WAIT_NONE);
	switch_fast(cpu, caller, server);
	return true;
}

/* Nothing waits at the endpoint, nor in the notification that is bound to the server: for certain
 * only with the locks of both. */
static inline bool nothing_there(const struct endpoint *endpoint, const struct notification *bound)
{
	return list_empty(&endpoint->senders) && list_empty(&endpoint->gone) &&
	       list_empty(&endpoint->cancels) && !endpoint->object.dead && !(bound && bound->bits);
}

/* The server begins to wait; false: a kick was first, and it does not. */
static inline bool receive_begin(struct thread *server, struct endpoint *endpoint)
{
	u64 word;

	server->wait_lock = &endpoint->object.lock;
	server->wait_deadline_ns = DEADLINE_NEVER;
	server->run.leaves = true;
	word = thread_publish(server, WAIT_RECEIVE);
	if (server->kicked && thread_claim(server, word)) {
		server->run.leaves = false;
		thread_publish(server, WAIT_NONE);
		return false;
	}
	list_append(&endpoint->receivers, &server->wait_link);
	return true;
}

bool fastpath_reply_receive(struct registers *regs)
{
	struct cpu *cpu = this_cpu();
	struct thread *server = thread_current(), *caller = server->donor;
	struct notification *bound = server->bound;
	struct endpoint *endpoint;
	struct cap_ref cap;
	bool waits;
	u64 word;

	if (regs->rsi & ~TAG_FAST || !quiet(cpu) || !caller || server->kicked ||
	    thread_by_number(regs->r14 & 0xffffff) != caller ||
	    cap_find(server->table, regs->rdi, OBJECT_ENDPOINT, RIGHT_ENDPOINT_RECEIVE, &cap))
		return false;
	endpoint = cap.object;
	word = thread_wait_word(caller);
	if (wait_kind(word) != WAIT_REPLY || caller->reply_sequence != regs->r14 >> 24 ||
	    caller->holder != server->table || !ready_for(caller) || caller->cancelled ||
	    !nothing_there(endpoint, bound) || !thread_claim(caller, word))
		return false;
	/* Before others can give the server a call, in the same registers. */
	message_copy_words(&caller->regs, regs);
	caller->regs.rdi = 0;
	caller->regs.rsi = (u32)regs->rsi;
	caller->regs.rax = 0;
	lock_acquire(&endpoint->object.lock);
	if (bound)
		lock_acquire(&bound->object.lock);
	waits = nothing_there(endpoint, bound) && endpoint->receiver.id == server->object.id &&
		!server->table->object.dead && receive_begin(server, endpoint);
	if (bound)
		lock_release(&bound->object.lock);
	lock_release(&endpoint->object.lock);
	if (!waits) {
		endpoint_await_reply(caller);
		return false;
	}
	if (caller->message)
		caller->message->received_count = 0;
	trace(TRACE_REPLY, caller->object.id, server->object.id);
	message_end_donation(server);
	thread_publish(caller, WAIT_NONE);
	switch_fast(cpu, server, caller);
	return true;
}
