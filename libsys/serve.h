/* SPDX-License-Identifier: MIT */
/*
 * serve.h - the loop of every server.
 */
#ifndef LIBSYS_SERVE_H
#define LIBSYS_SERVE_H

#include "libsys/request.h"

struct service {
	cap_t endpoint; /* needs RECEIVE */
	error_t (*dispatch)(struct request *rq); /* usually: return NAME_dispatch(&ops, rq) */
	void (*notify)(u64 bits); /* the bound notification; may be NULL */
	void (*cancel)(u64 badge, u64 cookie); /* a kept call should end; NULL if none is kept */
	void (*gone)(u64 badge); /* a session's last capability vanished; may be NULL */
	/*
	 * A call succeeded and its caller had given it up: undo what it made.  rq has the call's
	 * badge and label, and the words as the operation left them.  May be NULL.
	 */
	void (*abandoned)(struct request *rq);
};

/* Serve for ever; returns only with the error that ended it. */
error_t serve(const struct service *service);

/*
 * The end of a driver's main, with what its start came to: the log is told of an error; else init
 * is told that it serves, `notify` is called with bits, and it serves.  Returns what main returns.
 */
int serve_started(const struct service *service, error_t error, u64 bits);

/* A session: a copy of the endpoint that can only be called, marked with the badge. */
i64 session_create(cap_t endpoint, u64 badge);

#endif
