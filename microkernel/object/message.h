/* SPDX-License-Identifier: MIT */
/* message.h - the steps by which words and capabilities pass from one thread to another. */
#ifndef OBJECT_MESSAGE_H
#define OBJECT_MESSAGE_H

#include "microkernel/object/thread.h"

static inline void message_copy_words(struct registers *to, const struct registers *from)
{
	to->rdx = from->rdx;
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r12 = from->r12;
	to->r13 = from->r13;
}
/* `from` hands its `count` capabilities, not none, to `to`, who takes `accept`: all, or an error
 * and nothing has happened.  One that is revoked meanwhile arrives as CAP_NONE.  No lock is held;
 * both threads belong to the caller. */
error_t message_send_caps(struct thread *from, struct thread *to, unsigned count, unsigned accept);
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
