/* SPDX-License-Identifier: MIT */
/* notification.c - see notification.h. */
#include "microkernel/object/notification.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"

#define BITS_USABLE (~(u64)0 >> 1)

i64 sys_notification_create(struct cap_ref budget)
{
	struct notification *n = object_alloc(OBJECT_NOTIFICATION, budget.object);
	i64 handle;

	if (!n)
		return E_NOMEM;
	list_init(&n->waiters);
	n->timer.kind = TIMER_NOTIFICATION;
	handle = cap_install(&n->object, RIGHTS_ALL);
	object_put(n);
	return handle;
}

u64 notification_take(struct notification *n, u64 mask)
{
	u64 bits = n->bits & mask;

	n->bits &= ~bits;
	return bits;
}

void notification_set(struct notification *n, u64 bits)
{
	n->bits |= bits & BITS_USABLE;
	for (struct list *l = n->waiters.next, *next; l != &n->waiters && n->bits; l = next) {
		struct thread *t = container_of(l, struct thread, wait_link);
		u64 taken = n->bits & t->wait_mask;

		next = l->next;
		if (!taken)
			continue;
		n->bits &= ~taken;
		list_remove(&t->wait_link);
		thread_wake(t, (i64)taken);
	}
	if (n->bits && n->bound && n->bound->wait == WAIT_RECEIVE)
		endpoint_deliver_bits(n->bound, notification_take(n, ~(u64)0));
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
	u64 bits;
	error_t error;

	if (!(mask & BITS_USABLE))
		return E_INVAL;
	bits = notification_take(n, mask);
	if (bits)
		return (i64)bits;
	error = thread_wait(WAIT_NOTIFICATION, deadline);
	if (error != E_BLOCKED)
		return error;
	thread->wait_mask = mask;
	list_append(&n->waiters, &thread->wait_link);
	return E_BLOCKED;
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
	timer_cancel(&n->timer);
	n->timer_bits = bits;
	if (deadline != DEADLINE_NEVER)
		timer_set(&n->timer, deadline);
	return 0;
}

i64 sys_notification_bind(struct cap_ref cap)
{
	struct notification *n = cap.object;
	struct thread *thread = thread_current();

	if ((n->bound && n->bound != thread) || (thread->bound && thread->bound != n))
		return E_BUSY;
	n->bound = thread;
	thread->bound = n;
	return 0;
}

void notification_kill(struct notification *n)
{
	timer_cancel(&n->timer);
	if (n->bound)
		n->bound->bound = NULL;
	n->bound = NULL;
	while (!list_empty(&n->waiters)) {
		struct thread *t = container_of(n->waiters.next, struct thread, wait_link);

		list_remove(&t->wait_link);
		thread_wake(t, E_DEAD);
	}
}
