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
	struct thread *bound; /* whose receives end with these bits */
};

void notification_set(struct notification *notification, u64 bits);
/* Take the bits of mask that are set. */
u64 notification_take(struct notification *notification, u64 mask);
void notification_timer_due(struct timer *timer);
void notification_kill(struct notification *notification);

#endif
