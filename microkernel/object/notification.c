/* SPDX-License-Identifier: MIT */
/* notification.c - see notification.h. */
#include "microkernel/object/notification.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"

#define BITS_USABLE (~(u64)0 >> 1)

i64 sys_notification_create(struct cap_ref budget)
{
	struct notification *n = object_alloc(OBJECT_NOTIFICATION, budget.object);

	if (!n)
		return E_NOMEM;
	list_init(&n->waiters);
	n->timer.kind = TIMER_NOTIFICATION;
	return cap_install_new(n, RIGHTS_ALL, 0);
}

u64 notification_take(struct notification *n, u64 mask)
{
	u64 bits = n->bits & mask;

	n->bits &= ~bits;
	return bits;
}

static void wake_waiters(struct notification *n)
{
	for (struct list *l = n->waiters.next, *next; l != &n->waiters && n->bits; l = next) {
		struct thread *t = container_of(l, struct thread, wait_link);
		u64 taken = n->bits & t->wait_mask;

		next = l->next;
		if (!taken || !thread_claim_queued(t))
			continue;
		n->bits &= ~taken;
		thread_wake(t, (i64)taken);
	}
}

void notification_set(struct notification *n, u64 bits)
{
	struct thread *receiver = NULL;
	u64 word = 0;

	lock_acquire(&n->object.lock);
	n->bits |= bits & BITS_USABLE;
	wake_waiters(n);
	if (n->bits && n->bound) {
		word = thread_wait_word(n->bound);
		if (wait_kind(word) == WAIT_RECEIVE && thread_claim(n->bound, word)) {
			receiver = n->bound;
			bits = notification_take(n, ~(u64)0);
		}
	}
	lock_release(&n->object.lock);
	if (!receiver)
		return;
	thread_unlink(receiver, word);
	endpoint_give_bits(receiver, bits);
	thread_wake(receiver, 0);
}

i64 sys_notification_signal(struct cap_ref cap, u64 bits)
{
	if (bits & ~BITS_USABLE)
		return E_INVAL;
	notification_set(cap.object, bits);
	return 0;
}

i64 sys_notification_wait(struct cap_ref cap, u64 mask, u64 deadline)
{
	struct notification *n = cap.object;
	struct thread *thread = thread_current();
	i64 result;

	if (!(mask & BITS_USABLE))
		return E_INVAL;
	lock_acquire(&n->object.lock);
	result = (i64)notification_take(n, mask);
	if (!result)
		result = n->object.dead ? E_DEAD
					: thread_wait(WAIT_NOTIFICATION, &n->object.lock, deadline);
	if (result == E_BLOCKED) {
		thread->wait_mask = mask;
		list_append(&n->waiters, &thread->wait_link);
	}
	lock_release(&n->object.lock);
	return result;
}

void notification_timer_due(struct timer *timer)
{
	struct notification *n = container_of(timer, struct notification, timer);

	notification_set(n, n->timer_bits);
}

i64 sys_notification_timer(struct cap_ref cap, u64 deadline, u64 bits)
{
	struct notification *n = cap.object;

	if (bits & ~BITS_USABLE)
		return E_INVAL;
	lock_acquire(&n->object.lock);
	timer_cancel(&n->timer);
	n->timer_bits = bits;
	if (deadline != DEADLINE_NEVER && !n->object.dead)
		timer_set(&n->timer, deadline);
	lock_release(&n->object.lock);
	return 0;
}

i64 sys_notification_bind(struct cap_ref cap)
{
	struct notification *n = cap.object;
	struct thread *thread = thread_current();
	error_t error = 0;

	if (thread->bound == n)
		return 0;
	if (thread->bound && !thread->bound->object.dead)
		return E_BUSY;
	lock_acquire(&n->object.lock);
	if (n->bound)
		error = E_BUSY;
	else if (!object_try_get(n))
		error = E_BADCAP;
	else
		n->bound = thread;
	lock_release(&n->object.lock);
	if (error)
		return error;
	if (thread->bound)
		object_put(thread->bound);
	thread->bound = n;
	return 0;
}

void notification_unbind(struct notification *n, struct thread *thread)
{
	lock_acquire(&n->object.lock);
	if (n->bound == thread)
		n->bound = NULL;
	lock_release(&n->object.lock);
}

void notification_kill(struct notification *n)
{
	lock_acquire(&n->object.lock);
	timer_cancel(&n->timer);
	n->bound = NULL;
	thread_wake_all(&n->waiters, E_DEAD);
	lock_release(&n->object.lock);
}
