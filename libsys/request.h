/* SPDX-License-Identifier: MIT */
/*
 * request.h - one call in a server's hands: what came with it, what goes back.
 *
 * A capability that came with the call belongs to the request and is deleted once it is answered,
 * unless the server took it; so no error path can leak one.  Lengths of windows are copied out of
 * the message page at once, because a call that the server makes itself overwrites that page.
 */
#ifndef LIBSYS_REQUEST_H
#define LIBSYS_REQUEST_H

#include "libsys/ipc.h"

/* What an operation returns when it kept the call to answer it later. */
enum { LATER = 1 };

struct request {
	struct message m; /* the call; then the words of the answer */
	u64 token; /* the same in every repetition of one call, of rows that say `once`; else 0 */
	u64 window_length[MESSAGE_WINDOWS];
	u32 window_access[MESSAGE_WINDOWS];
	cap_t received[MESSAGE_CAPS]; /* came with the call */
	cap_t send[MESSAGE_CAPS];     /* copied to the caller with the answer */
	u64 send_rights[MESSAGE_CAPS]; /* mask for each; 0: all that it has */
	u32 send_count;
	u32 send_drop; /* bit i: send[i] is deleted here once it is sent */
};

struct request_window {
	u64 limit;
	u32 access;
};

/* Whether the message has the shape that the row prescribes. */
__must_use error_t request_check(const struct request *rq, u32 caps, u32 windows,
				 const struct request_window *window);

/* Take over a capability that came with the call. */
static inline cap_t request_take(struct request *rq, u32 index)
{
	cap_t cap = rq->received[index];

	rq->received[index] = CAP_NONE;
	return cap;
}

/* Keep the call: MESSAGE_CANCEL will carry the cookie.  Returns LATER, or an error to return. */
__must_use error_t request_defer(struct request *rq, u64 cookie);

/*
 * Answer the request at hand with one word now, before its consequences for others; the operation
 * then returns LATER.  E_GONE: the caller had given up.
 */
error_t request_answer_now(struct request *rq, u64 word);

/*
 * Copy from (to) a window of an unanswered call.  Returns the bytes copied, fewer where the
 * caller's memory ends; negative if none.  Zero bytes is no error.
 */
i64 window_read(u64 reply, u32 window, u64 offset, void *to, u64 length);
i64 window_write(u64 reply, u32 window, u64 offset, const void *from, u64 length);

/* The same for the request at hand, all or E_FAULT. */
__must_use error_t request_read(struct request *rq, u32 window, u64 offset, void *to, u64 length);
__must_use error_t request_write(struct request *rq, u32 window, u64 offset, const void *from,
				 u64 length);

#endif
