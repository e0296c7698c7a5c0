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
#include "microkernel/object/notification.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/switch.h"

enum { WAIT_CHAIN_MAX = 16 };

i64 sys_endpoint_create(struct cap_ref budget)
{
	struct endpoint *endpoint = object_alloc(OBJECT_ENDPOINT, budget.object);

	if (!endpoint)
		return E_NOMEM;
	list_init(&endpoint->senders);
	list_init(&endpoint->receivers);
	list_init(&endpoint->gone);
	list_init(&endpoint->cancels);
	return cap_install_new(endpoint, RIGHTS_ALL, 0);
}

error_t endpoint_hand_over(struct thread *caller, struct thread *server)
{
	unsigned count = TAG_CAPS(caller->tag);
	struct message_page *page = server->message;
	error_t error = count ? message_send_caps(caller, server, count,
						  page ? (unsigned)page->accept_count & 7 : 0)
			      : 0;

	for (unsigned i = 0; i < TAG_WINDOWS(caller->tag) && page && !error; i++)
		page->window[i] = (struct window){ .length = caller->window[i].length,
						   .access = caller->window[i].access };
	return error;
}

void endpoint_disturbed(struct thread *caller, u64 word)
{
	struct table *holder = caller->holder;

	if (caller->kicked && __atomic_exchange_n(&caller->kicked, 0, __ATOMIC_SEQ_CST))
		endpoint_post_cancel(caller, word);
	if (!__atomic_load_n(&holder->object.dead, __ATOMIC_SEQ_CST) || !thread_claim(caller, word))
		return;
	endpoint_caller_leaves(caller);
	thread_wake(caller, E_DEAD);
}

/* --- receive --- */

static void deliver_event(struct thread *receiver, enum message_kind kind, u64 badge, u64 word)
{
	struct registers *r = &receiver->regs;

	r->rdi = badge;
	r->rsi = (u64)kind << 60;
	r->rdx = word;
	r->r8 = r->r9 = r->r10 = r->r12 = r->r13 = r->r14 = 0;
}

static void badge_free(struct endpoint *endpoint, struct badge *badge)
{
	list_remove(&badge->link);
	budget_slab_free(endpoint->object.budget, &badge_slab, badge);
}

/* An event that waits at the endpoint, which is locked.  False: none. */
static bool take_event(struct thread *receiver, struct endpoint *endpoint)
{
	if (!list_empty(&endpoint->gone)) {
		struct badge *badge = container_of(endpoint->gone.next, struct badge, link);

		deliver_event(receiver, MESSAGE_GONE, badge->value, 0);
		badge_free(endpoint, badge);
		return true;
	}
	if (!list_empty(&endpoint->cancels)) {
		struct thread *caller =
			container_of(endpoint->cancels.next, struct thread, cancel_link);

		list_remove(&caller->cancel_link);
		deliver_event(receiver, MESSAGE_CANCEL, caller->call_badge, caller->cookie);
		return true;
	}
	return false;
}

/* Bits of the bound notification, or begin to wait: in one step, so that no signal is missed. */
static error_t wait_for_message(struct thread *thread, struct endpoint *endpoint, u64 deadline)
{
	struct notification *n = thread->bound;
	u64 bits = 0;
	error_t error = 0;

	if (n) {
		lock_acquire(&n->object.lock);
		bits = notification_take(n, ~(u64)0);
	}
	if (bits)
		deliver_event(thread, MESSAGE_NOTIFY, 0, bits);
	else
		error = thread_wait(WAIT_RECEIVE, &endpoint->object.lock, deadline);
	if (n)
		lock_release(&n->object.lock);
	if (error == E_BLOCKED)
		list_append(&endpoint->receivers, &thread->wait_link);
	return error;
}

static void note_receiver(struct endpoint *endpoint, struct thread *thread)
{
	if (endpoint->receiver.id == thread->object.id)
		return;
	endpoint->several |= weak_get(&endpoint->receiver) != NULL;
	endpoint->receiver = weak_to(&thread->object);
}

/* One look at what is there: an event, a caller (in *caller, ours), or the wait begins. */
static error_t receive_once(struct thread *thread, const struct cap_ref *cap, u64 deadline,
			    struct thread **caller)
{
	struct endpoint *endpoint = cap->object;
	error_t error = 0;

	lock_acquire(&endpoint->object.lock);
	note_receiver(endpoint, thread);
	*caller = NULL;
	if (endpoint->object.dead || thread->table->object.dead || !cap_holds(cap))
		error = E_BADCAP;
	else if (!take_event(thread, endpoint)) {
		*caller = thread_take_first(&endpoint->senders);
		if (!*caller)
			error = wait_for_message(thread, endpoint, deadline);
	}
	lock_release(&endpoint->object.lock);
	return error;
}

i64 endpoint_receive(struct thread *thread, const struct cap_ref *cap)
{
	bool limited = thread->regs.rsi & TAG_DEADLINE && thread->message;
	u64 deadline = limited ? thread->message->deadline : DEADLINE_NEVER;
	struct thread *caller;
	error_t error;

	message_end_donation(thread);
	while (!(error = receive_once(thread, cap, deadline, &caller)) && caller) {
		error = endpoint_hand_over(caller, thread);
		if (!error) {
			endpoint_deliver(caller, thread);
			return 0;
		}
		thread_wake(caller, error);
	}
	return error;
}

i64 sys_endpoint_receive(struct cap_ref cap)
{
	return endpoint_receive(thread_current(), &cap);
}

void endpoint_give_bits(struct thread *receiver, u64 bits)
{
	deliver_event(receiver, MESSAGE_NOTIFY, 0, bits);
}

/* An event has come to the endpoint, which is locked. */
static void wake_for_event(struct endpoint *endpoint)
{
	struct thread *receiver = thread_take_first(&endpoint->receivers);

	if (!receiver)
		return;
	(void)take_event(receiver, endpoint);
	thread_wake(receiver, 0);
}

/* --- call --- */

/* The one thread that receives from the endpoint, or NULL if that is not certain. */
static struct thread *sole_receiver(struct endpoint *endpoint)
{
	return endpoint && !endpoint->several ? weak_get(&endpoint->receiver) : NULL;
}

struct thread *endpoint_awaited(struct thread *t)
{
	enum wait kind = thread_waits(t);

	if (kind == WAIT_REPLY)
		return weak_get(&t->server);
	return kind == WAIT_SEND ? sole_receiver(weak_get(&t->endpoint)) : NULL;
}

/* Would waiting for the endpoint close a circle of threads that wait for each other (B8)? */
static bool closes_circle(struct thread *caller, struct endpoint *endpoint)
{
	struct thread *t = sole_receiver(endpoint);

	/* No lock is held: a chain that changes meanwhile is no circle. */
	for (int i = 0; i < WAIT_CHAIN_MAX && t && t != caller; i++)
		t = endpoint_awaited(t);
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

error_t endpoint_take_windows(struct thread *thread, unsigned count)
{
	error_t error = 0;

	for (unsigned i = 0; i < count && !error; i++)
		error = window_take(thread, i);
	return error;
}

void endpoint_receive_again(struct thread *server)
{
	server->regs.rip -= 2;
	thread_wake(server, NUMBER_endpoint_receive);
}

/* Queue, or take a receiver (in *server, ours).  E_BLOCKED: queued. */
static error_t call_begin(struct thread *thread, const struct cap_ref *cap, u64 deadline,
			  struct thread **server)
{
	struct endpoint *endpoint = cap->object;
	error_t error = 0;

	lock_acquire(&endpoint->object.lock);
	*server = NULL;
	if (endpoint->object.dead || !cap_holds(cap)) {
		error = E_BADCAP;
	} else {
		*server = thread_take_first(&endpoint->receivers);
		if (!*server)
			error = thread_wait(WAIT_SEND, &endpoint->object.lock, deadline);
		if (error == E_BLOCKED)
			list_append(&endpoint->senders, &thread->wait_link);
	}
	lock_release(&endpoint->object.lock);
	return error;
}

i64 sys_endpoint_call(struct cap_ref cap)
{
	struct thread *thread = thread_current(), *server;
	struct endpoint *endpoint = cap.object;
	u64 tag = thread->regs.rsi, deadline;
	error_t error = endpoint_check(thread, tag);

	if (!error && closes_circle(thread, endpoint))
		error = E_DEADLOCK;
	if (error)
		return error;
	deadline = tag & TAG_DEADLINE ? thread->message->deadline : DEADLINE_NEVER;
	endpoint_record(thread, &cap, tag);
	error = call_begin(thread, &cap, deadline, &server);
	if (!server)
		return error;
	error = thread_wait_prepare(thread, deadline);
	if (!error && (error = endpoint_hand_over(thread, server)))
		timer_cancel(&thread->deadline);
	if (error) {
		endpoint_receive_again(server);
		return error;
	}
	thread->run.leaves = true;
	endpoint_deliver(thread, server);
	if (server->detained) {
		/* It has the call, and takes it up when it is resumed, or where it may run. */
		thread_wake(server, 0);
		return E_BLOCKED;
	}
	server->regs.rax = 0;
	thread_wake_running(server);
	switch_direct(server);
	return E_BLOCKED;
}

/* --- ends --- */

void endpoint_post_cancel(struct thread *caller, u64 word)
{
	struct endpoint *endpoint = weak_get(&caller->endpoint);

	if (!endpoint)
		return; /* nobody can be told any more; the answer may still come */
	lock_acquire(&endpoint->object.lock);
	if (caller->wait == word && !caller->cancelled) {
		caller->cancelled = 1;
		/* Before the cookie is known the server has not put the call aside and will answer
		 * soon. */
		if (caller->cookie_set) {
			list_append(&endpoint->cancels, &caller->cancel_link);
			wake_for_event(endpoint);
		}
	}
	lock_release(&endpoint->object.lock);
}

void endpoint_set_cookie(struct thread *caller, u64 word, u64 cookie)
{
	struct endpoint *endpoint = weak_get(&caller->endpoint);

	if (!endpoint)
		return;
	lock_acquire(&endpoint->object.lock);
	if (caller->wait == word) {
		caller->cookie = cookie;
		caller->cookie_set = 1;
		if (caller->cancelled && list_empty(&caller->cancel_link)) {
			list_append(&endpoint->cancels, &caller->cancel_link);
			wake_for_event(endpoint);
		}
	}
	lock_release(&endpoint->object.lock);
}

/* A claimed caller is in no list of cancels any more, and comes into none: who saw it wait, and
 * posts a cancel or sets a cookie, holds the lock until that is done. */
void endpoint_forget_cancel(struct thread *caller)
{
	struct object *endpoint = caller->endpoint.object;

	/* The lock is that of the endpoint that it called, alive or not: its storage is not reused
	 * while a cancel is linked there, because its end unlinks them. */
	if (endpoint->id != caller->endpoint.id)
		return;
	lock_acquire(&endpoint->lock);
	list_remove(&caller->cancel_link);
	lock_release(&endpoint->lock);
}

void endpoint_slot_revoked(struct endpoint *endpoint, struct slot *slot, u64 rights)
{
	lock_acquire(&endpoint->object.lock);
	for (struct list *l = endpoint->senders.next, *next; l != &endpoint->senders; l = next) {
		struct thread *caller = container_of(l, struct thread, wait_link);

		next = l->next;
		if (caller->call_slot == slot && thread_claim_queued(caller))
			thread_wake(caller, E_REVOKED);
	}
	/* Who receives looks its capability up again: it may be this one. */
	for (struct thread *t; rights & RIGHT_ENDPOINT_RECEIVE &&
			       (t = thread_take_first(&endpoint->receivers));)
		endpoint_receive_again(t);
	lock_release(&endpoint->object.lock);
}

void endpoint_badge_gone(struct endpoint *endpoint, struct badge *badge)
{
	lock_acquire(&endpoint->object.lock);
	if (endpoint->object.dead) {
		badge_free(endpoint, badge);
	} else {
		list_append(&endpoint->gone, &badge->link);
		wake_for_event(endpoint);
	}
	lock_release(&endpoint->object.lock);
}

void endpoint_kill(struct endpoint *endpoint)
{
	lock_acquire(&endpoint->object.lock);
	thread_wake_all(&endpoint->senders, E_DEAD);
	thread_wake_all(&endpoint->receivers, E_DEAD);
	while (!list_empty(&endpoint->cancels))
		list_remove(endpoint->cancels.next);
	while (!list_empty(&endpoint->gone))
		badge_free(endpoint, container_of(endpoint->gone.next, struct badge, link));
	lock_release(&endpoint->object.lock);
}
