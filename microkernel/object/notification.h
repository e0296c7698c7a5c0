/* SPDX-License-Identifier: MIT */
/* notification.h - a word of sticky bits: signal, wait, poll; one timer; may be bound to a thread.
 */
#ifndef OBJECT_NOTIFICATION_H
#define OBJECT_NOTIFICATION_H

#include "microkernel/object/thread.h"

struct notification {
	struct object object; /* object.lock guards all that follows */
	u64 bits;
	struct list waiters; /* struct thread.wait_link, WAIT_NOTIFICATION */
	struct timer timer;
	u64 timer_bits;
	struct thread *bound; /* whose receives end with these bits; it lets go before it dies */
};

/* No lock of its class or above is held. */
void notification_set(struct notification *notification, u64 bits);
/* Take the bits of mask that are set.  Needs the lock. */
u64 notification_take(struct notification *notification, u64 mask);
/* The thread's receives no longer end with the bits. */
void notification_unbind(struct notification *notification, struct thread *thread);
void notification_timer_due(struct timer *timer);
void notification_kill(struct notification *notification);

#endif
