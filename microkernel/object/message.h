/* SPDX-License-Identifier: MIT */
/*
 * message.h - the steps by which words and capabilities pass from one thread to another.
 *
 * message_prepare_caps is the part that can fail; after it has said yes the others cannot.
 */
#ifndef OBJECT_MESSAGE_H
#define OBJECT_MESSAGE_H

#include "microkernel/object/thread.h"

/* Capabilities on their way: looked up, and slots for them taken out of the receiving table. */
struct message_caps {
	unsigned count;
	struct cap_ref source[MESSAGE_CAPS];
	u64 rights[MESSAGE_CAPS];
	struct slot *slot[MESSAGE_CAPS];
};

static inline void message_copy_words(struct registers *to, const struct registers *from)
{
	to->rdx = from->rdx;
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r12 = from->r12;
	to->r13 = from->r13;
}
/* Can `from` hand its `count` capabilities to `to`, who takes `accept`?  No lock is held; both
 * threads belong to the caller. */
error_t message_prepare_caps(struct message_caps *caps, struct thread *from, struct thread *to,
			     unsigned count, unsigned accept);
/* One that was revoked meanwhile arrives as CAP_NONE. */
static inline void message_move_caps(const struct message_caps *caps, struct thread *to)
{
	for (unsigned i = 0; i < caps->count; i++) {
		i64 handle = cap_derive_into(to->table, caps->slot[i], &caps->source[i],
					     caps->rights[i]);

		to->message->received[i] = handle < 0 ? CAP_NONE : (cap_t)handle;
	}
}
/* The server runs on the time of its caller until it answers or receives again (C1). */
static inline void message_begin_donation(struct thread *server, struct thread *caller)
{
	struct context *lent = caller->run.context;

	/* The time may be one that the caller has on loan itself: its owner must stay.  It may
	 * also be the server's own, lent by a call that it gave up: that is no loan. */
	if (lent != &server->run.own)
		object_get(thread_of(lent));
	server->run.context = lent;
	server->donor = caller;
}
static inline void message_end_donation(struct thread *server)
{
	struct context *lent = server->run.context;

	server->donor = NULL;
	if (lent == &server->run.own)
		return;
	server->run.context = &server->run.own;
	object_put(thread_of(lent));
}

#endif
