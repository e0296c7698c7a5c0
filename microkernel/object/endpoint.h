/* SPDX-License-Identifier: MIT */
/*
 * endpoint.h - where calls meet receivers.
 *
 * At most one of `senders` and `receivers` is non-empty.  What a receiver gets, in this order: gone
 * badges, cancels, bits of its bound notification, calls.
 */
#ifndef OBJECT_ENDPOINT_H
#define OBJECT_ENDPOINT_H

#include "microkernel/object/thread.h"

struct endpoint {
	struct object object;  /* object.lock guards the queues */
	struct list senders;   /* struct thread.wait_link, WAIT_SEND */
	struct list receivers; /* WAIT_RECEIVE */
	struct list gone;      /* struct badge.link */
	struct list cancels;   /* struct thread.cancel_link, WAIT_REPLY */
	u32 receiver_number;   /* the thread that receives here, for the search for circles */
	u64 receiver_id;       /* its object id; 0: none yet, ~0: several have */
};

void endpoint_slot_revoked(struct endpoint *endpoint, struct slot *slot);
void endpoint_badge_gone(struct endpoint *endpoint, struct badge *badge);
void endpoint_kill(struct endpoint *endpoint);
/* The server wants to hear of a cancel of this received call. */
void endpoint_post_cancel(struct thread *caller);
/* The bound notification of a thread in WAIT_RECEIVE got bits: deliver them. */
void endpoint_deliver_bits(struct thread *receiver, u64 bits);
/* Calls that this table's threads received and did not answer end with E_DEAD. */
void endpoint_holder_gone(struct table *table);
/* The caller stops waiting for its answer (hard cancel, death, deadline). */
void endpoint_caller_leaves(struct thread *caller);
/* What the system call does; reply_receive ends with it. */
i64 endpoint_receive(struct thread *thread, struct endpoint *endpoint, u64 tag);
/* Make window i of the running thread, as read from its page, a part of a window of the call
 * `origin`. */
error_t reply_lend_on(struct thread *thread, unsigned i, u64 origin);
/* The caller behind an unanswered reply handle, if the running thread's table holds it. */
error_t reply_lookup(u64 handle, struct thread **caller);

#endif
