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
#include "microkernel/entry/switch.h"
#include "microkernel/entry/trap.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/notification.h"

/* A label, windows, and room for capabilities in the answer. */
#define TAG_FAST TAG_MAKE(~0, 0, 7, 7)

static const struct message_caps no_caps = { .count = 0 };

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
	endpoint_record(caller, &cap, regs->rsi);
	caller->wait_deadline_ns = DEADLINE_NEVER;
	caller->run.leaves = true;
	server->regs.rax = 0;
	endpoint_deliver(caller, server, &no_caps);
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
	server->wait_deadline_ns = DEADLINE_NEVER;
	if (!thread_wait_begin(server, WAIT_RECEIVE, &endpoint->object.lock)) {
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
	struct reply reply;
	struct cap_ref cap;
	bool waits;

	if (regs->rsi & ~TAG_FAST || !quiet(cpu) || !caller || server->kicked ||
	    cap_find(server->table, regs->rdi, OBJECT_ENDPOINT, RIGHT_ENDPOINT_RECEIVE, &cap) ||
	    reply_lookup(regs->r14, &reply) || reply.caller != caller || !ready_for(caller) ||
	    caller->cancelled)
		return false;
	endpoint = cap.object;
	if (!nothing_there(endpoint, bound) || !thread_claim(caller, reply.word))
		return false;
	/* Before others can give the server a call, in the same registers. */
	endpoint_answer(caller, server, &no_caps);
	lock_acquire(&endpoint->object.lock);
	if (bound)
		lock_acquire(&bound->object.lock);
	waits = nothing_there(endpoint, bound) && endpoint->receiver.id == server->object.id &&
		!server->table->object.dead && cap_holds(&cap) && receive_begin(server, endpoint);
	if (bound)
		lock_release(&bound->object.lock);
	lock_release(&endpoint->object.lock);
	if (!waits) {
		endpoint_await_reply(caller);
		return false;
	}
	message_end_donation(server);
	thread_publish(caller, WAIT_NONE);
	switch_fast(cpu, server, caller);
	return true;
}
