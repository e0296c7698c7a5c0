/* SPDX-License-Identifier: MIT */
/*
 * endpoint.c - call, receive, reply: the slow path, which handles everything.
 *
 * A message moves when both sides are there.  All that can fail (capabilities to copy, room for
 * them) is checked and reserved before the first register changes; then nothing can fail.
 */
#include "microkernel/object/endpoint.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/message.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/switch.h"

enum { WAIT_CHAIN_MAX = 16 };

i64 sys_endpoint_create(struct cap_ref budget)
{
	struct endpoint *endpoint = object_alloc(OBJECT_ENDPOINT, budget.object);
	i64 handle;

	if (!endpoint)
		return E_NOMEM;
	list_init(&endpoint->senders);
	list_init(&endpoint->receivers);
	list_init(&endpoint->gone);
	list_init(&endpoint->cancels);
	handle = cap_install(&endpoint->object, RIGHTS_ALL);
	object_put(endpoint);
	return handle;
}

/* Give a waiting or running receiver the caller's message.  Nothing fails after caps_check. */
static void deliver_call(struct thread *caller, struct thread *server, struct endpoint *endpoint)
{
	unsigned windows = TAG_WINDOWS(caller->tag);

	message_copy_words(&server->regs, &caller->regs);
	server->regs.rdi = caller->call_badge;
	server->regs.rsi = (u64)(u32)caller->tag | (u64)TAG_CAPS(caller->tag) << 32 |
			   (u64)windows << 36 | (u64)TAG_ACCEPT(caller->tag) << 40;
	server->regs.r14 = caller->reply_sequence << 24 | caller->number;
	message_move_caps(caller, server, TAG_CAPS(caller->tag));
	for (unsigned i = 0; i < windows && server->message; i++)
		server->message->window[i] = (struct window){ .length = caller->window[i].length,
							      .access = caller->window[i].access };
	caller->wait = WAIT_REPLY;
	caller->endpoint = endpoint;
	caller->holder = server->table;
	caller->server = server;
	caller->cookie_set = caller->cancelled = 0;
	list_append(&server->table->received, &caller->held);
	/* The server runs on its caller's time until it answers, receives again or blocks (C1). */
	server->run.context = caller->run.context;
	server->donor = caller;
}

static unsigned accepts(const struct thread *receiver)
{
	return receiver->message ? (unsigned)receiver->message->accept_count & 7 : 0;
}

/* --- receive --- */

static void deliver_event(struct thread *receiver, enum message_kind kind, u64 badge, u64 word)
{
	message_clear_words(&receiver->regs);
	receiver->regs.rdi = badge;
	receiver->regs.rsi = (u64)kind << 60;
	receiver->regs.rdx = word;
	receiver->regs.r14 = 0;
}

/* An event that waits at the endpoint or at the receiver's notification.  False: none. */
static bool take_event(struct thread *receiver, struct endpoint *endpoint)
{
	if (!list_empty(&endpoint->gone)) {
		struct badge *badge = container_of(endpoint->gone.next, struct badge, link);

		deliver_event(receiver, MESSAGE_GONE, badge->value, 0);
		list_remove(&badge->link);
		slab_free(&badge_slab, badge);
		budget_release(endpoint->object.budget, badge_slab.size);
		return true;
	}
	if (!list_empty(&endpoint->cancels)) {
		struct thread *caller =
			container_of(endpoint->cancels.next, struct thread, cancel_link);

		list_remove(&caller->cancel_link);
		deliver_event(receiver, MESSAGE_CANCEL, caller->call_badge, caller->cookie);
		return true;
	}
	u64 bits = receiver->bound ? notification_take(receiver->bound, ~(u64)0) : 0;
	if (bits)
		deliver_event(receiver, MESSAGE_NOTIFY, 0, bits);
	return bits != 0;
}

i64 endpoint_receive(struct thread *thread, struct endpoint *endpoint, u64 tag)
{
	u64 deadline =
		tag & TAG_DEADLINE && thread->message ? thread->message->deadline : DEADLINE_NEVER;
	error_t error;

	message_end_donation(thread);
	if (endpoint->receiver_id != thread->object.id) {
		endpoint->receiver_id = endpoint->receiver_id ? ~(u64)0 : thread->object.id;
		endpoint->receiver_number = thread->number;
	}
	if (take_event(thread, endpoint))
		return 0;
	while (!list_empty(&endpoint->senders)) {
		struct thread *caller =
			container_of(endpoint->senders.next, struct thread, wait_link);

		list_remove(&caller->wait_link);
		error = message_check_caps(caller, thread, TAG_CAPS(caller->tag), accepts(thread));
		if (error) {
			thread_wake(caller, error);
			continue;
		}
		deliver_call(caller, thread, endpoint);
		return 0;
	}
	error = thread_wait(WAIT_RECEIVE, deadline);
	if (error != E_BLOCKED)
		return error;
	thread->endpoint = endpoint;
	list_append(&endpoint->receivers, &thread->wait_link);
	return E_BLOCKED;
}

i64 sys_endpoint_receive(struct cap_ref cap)
{
	struct thread *thread = thread_current();

	return endpoint_receive(thread, cap.object, thread->regs.rsi);
}

void endpoint_deliver_bits(struct thread *receiver, u64 bits)
{
	list_remove(&receiver->wait_link);
	deliver_event(receiver, MESSAGE_NOTIFY, 0, bits);
	thread_wake(receiver, 0);
}

/* A receiver waits and an event has come. */
static void wake_for_event(struct endpoint *endpoint)
{
	if (list_empty(&endpoint->receivers))
		return;
	struct thread *receiver = container_of(endpoint->receivers.next, struct thread, wait_link);
	if (!take_event(receiver, endpoint))
		return;
	list_remove(&receiver->wait_link);
	thread_wake(receiver, 0);
}

/* --- call --- */

/* The one thread that receives from the endpoint, or NULL if that is not certain. */
static struct thread *sole_receiver(struct endpoint *endpoint)
{
	struct thread *t = thread_by_number(endpoint->receiver_number);

	return t && t->object.id == endpoint->receiver_id ? t : NULL;
}

/* Would waiting for the endpoint close a circle of threads that wait for each other (B8)? */
static bool closes_circle(struct thread *caller, struct endpoint *endpoint)
{
	struct thread *t = sole_receiver(endpoint);

	for (int i = 0; i < WAIT_CHAIN_MAX && t && t != caller; i++) {
		if (t->wait == WAIT_REPLY)
			t = t->server;
		else if (t->wait == WAIT_SEND)
			t = sole_receiver(t->endpoint);
		else
			return false;
	}
	return t == caller;
}

/* Read window i of the message page once and check it. */
static error_t window_take(struct thread *thread, unsigned i)
{
	struct window *w = &thread->window[i];
	u64 origin = thread->message->window_origin[i];

	*w = thread->message->window[i];
	thread->window_origin[i] = 0;
	if (w->length > WINDOW_MAX || w->access & ~3u || !w->access)
		return E_INVAL;
	if (origin)
		return reply_lend_on(thread, i, origin);
	return w->address + w->length < w->address ? E_INVAL : 0;
}

static error_t call_check(struct thread *thread, u64 tag)
{
	if (TAG_KIND(tag) || TAG_CAPS(tag) > MESSAGE_CAPS || TAG_WINDOWS(tag) > MESSAGE_WINDOWS ||
	    TAG_ACCEPT(tag) > MESSAGE_CAPS)
		return E_INVAL;
	if ((TAG_CAPS(tag) || TAG_WINDOWS(tag) || TAG_ACCEPT(tag) || tag & TAG_DEADLINE) &&
	    !thread->message)
		return E_INVAL;
	for (unsigned i = 0; i < TAG_WINDOWS(tag); i++) {
		error_t error = window_take(thread, i);

		if (error)
			return error;
	}
	return 0;
}

i64 sys_endpoint_call(struct cap_ref cap)
{
	struct thread *thread = thread_current(), *server;
	struct endpoint *endpoint = cap.object;
	u64 tag = thread->regs.rsi;
	error_t error = call_check(thread, tag);

	if (!error && closes_circle(thread, endpoint))
		error = E_DEADLOCK;
	if (error)
		return error;
	server = list_empty(&endpoint->receivers)
			 ? NULL
			 : container_of(endpoint->receivers.next, struct thread, wait_link);
	if (server) {
		error = message_check_caps(thread, server, TAG_CAPS(tag), accepts(server));
		if (error)
			return error;
	}
	error = thread_wait(WAIT_SEND,
			    tag & TAG_DEADLINE ? thread->message->deadline : DEADLINE_NEVER);
	if (error != E_BLOCKED)
		return error;
	thread->tag = tag;
	thread->call_slot = cap.slot;
	thread->call_badge = cap.slot->badge;
	thread->reply_sequence++;
	thread->endpoint = endpoint;
	if (!server) {
		list_append(&endpoint->senders, &thread->wait_link);
		return E_BLOCKED;
	}
	list_remove(&server->wait_link);
	deliver_call(thread, server, endpoint);
	if (server->suspend) {
		/* It has the call, and takes it up when it is resumed. */
		thread_wake(server, 0);
		return E_BLOCKED;
	}
	server->wait = WAIT_NONE;
	timer_cancel(&server->deadline);
	server->regs.rax = 0;
	switch_direct(server);
	return E_BLOCKED;
}

/* --- ends --- */

void endpoint_post_cancel(struct thread *caller)
{
	caller->cancelled = 1;
	/* Before the cookie is known the server has not put the call aside and will answer soon. */
	if (!caller->cookie_set)
		return;
	list_remove(&caller->cancel_link);
	list_append(&caller->endpoint->cancels, &caller->cancel_link);
	wake_for_event(caller->endpoint);
}

void endpoint_slot_revoked(struct endpoint *endpoint, struct slot *slot)
{
	for (struct list *l = endpoint->senders.next, *next; l != &endpoint->senders; l = next) {
		struct thread *caller = container_of(l, struct thread, wait_link);

		next = l->next;
		if (caller->call_slot != slot)
			continue;
		list_remove(&caller->wait_link);
		thread_wake(caller, E_REVOKED);
	}
}

void endpoint_badge_gone(struct endpoint *endpoint, struct badge *badge)
{
	if (endpoint->object.dead) {
		slab_free(&badge_slab, badge);
		budget_release(endpoint->object.budget, badge_slab.size);
		return;
	}
	list_append(&endpoint->gone, &badge->link);
	wake_for_event(endpoint);
}

static void wake_all(struct list *queue, i64 result)
{
	while (!list_empty(queue)) {
		struct thread *thread = container_of(queue->next, struct thread, wait_link);

		list_remove(&thread->wait_link);
		thread_wake(thread, result);
	}
}

void endpoint_kill(struct endpoint *endpoint)
{
	wake_all(&endpoint->senders, E_DEAD);
	wake_all(&endpoint->receivers, E_DEAD);
	while (!list_empty(&endpoint->cancels))
		list_remove(endpoint->cancels.next);
	while (!list_empty(&endpoint->gone)) {
		struct badge *badge = container_of(endpoint->gone.next, struct badge, link);

		list_remove(&badge->link);
		slab_free(&badge_slab, badge);
		budget_release(endpoint->object.budget, badge_slab.size);
	}
}
