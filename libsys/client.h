/* SPDX-License-Identifier: MIT */
/*
 * client.h - the calling side of the generated protocol headers.
 */
#ifndef LIBSYS_CLIENT_H
#define LIBSYS_CLIENT_H

#include "libsys/ipc.h"
#include "libsys/start.h"
#include "libsys/thread.h"

enum { CLIENT_ATTEMPTS = 3 };

/*
 * Call, and call again if the server died with the request in its hands: its successor waits behind
 * the same endpoint.  Returns the call's error or the server's answer; E_CRASHED after
 * CLIENT_ATTEMPTS deaths.  The message page must be filled; it is not changed.
 */
__must_use error_t client_call(cap_t to, struct message *m);

/*
 * The same for rows that wait.  A request that kills its server does so at once: a death long after
 * the request came is not its fault and does not count.
 */
#define CLIENT_BLAMELESS_NS 5000000ul
__must_use error_t client_call_waiting(cap_t to, struct message *m);

/*
 * A number that no other call through this session carries: for rows that say `once`.  The seed
 * keeps programs apart that share a session.
 */
static inline u64 client_token(void)
{
	struct thread *thread = thread_self();

	return ((u64)thread / THREAD_STACK << 40) + (start_info->seed[2] | 1) + ++thread->calls;
}

#endif
