/* SPDX-License-Identifier: MIT */
/*
 * message.h - what a call carries: a tag, six words in registers, and, in the thread's message
 * page, up to four capabilities and four lent windows.
 *
 * Registers of endpoint_call, endpoint_receive, reply and reply_receive, in and out:
 *
 *	rax  in: call number		out: 0 or a negative E_*
 *	rdi  in: endpoint handle	out (receive): badge of the capability called through
 *	rsi  in: tag			out: tag
 *	rdx r8 r9 r10 r12 r13		the six words, in this order, both ways
 *	r14  in (reply): reply handle	out (receive): reply handle
 *	rcx r11 are destroyed; everything else is kept.
 *
 * A register that carries no word of the message comes out as zero.
 */
#ifndef ABI_MESSAGE_H
#define ABI_MESSAGE_H

#include "microkernel/abi/types.h"

enum { MESSAGE_WORDS = 6, MESSAGE_CAPS = 4, MESSAGE_WINDOWS = 4 };

/*
 * The tag: bits 0-31 label (a protocol's row number, or in a reply a negative error), bits 32-34
 * capabilities sent (0-4), bits 36-38 windows lent (0-4), bits 40-42 capabilities accepted in
 * answer (0-4), bit 44 the message page's deadline counts, bits 60-63 kind (set by the kernel on
 * receive, 0 on send).
 */
#define TAG_LABEL(tag)	 ((i32)(u32)(tag))
#define TAG_CAPS(tag)	 ((unsigned)((tag) >> 32 & 7))
#define TAG_WINDOWS(tag) ((unsigned)((tag) >> 36 & 7))
#define TAG_ACCEPT(tag)	 ((unsigned)((tag) >> 40 & 7))
#define TAG_KIND(tag)	 ((unsigned)((tag) >> 60))
#define TAG_DEADLINE	 ((u64)1 << 44)
#define TAG_MAKE(label, caps, windows, accept)                                                     \
	((u64)(u32)(label) | (u64)(caps) << 32 | (u64)(windows) << 36 | (u64)(accept) << 40)

/* What a receive brings.  For all but CALL the reply handle is 0. */
enum message_kind {
	MESSAGE_CALL = 0,   /* a caller waits; badge, words, reply handle */
	MESSAGE_NOTIFY = 1, /* bits of the bound notification, taken: word 0 */
	MESSAGE_CANCEL =
		2,	  /* a received call should end early: word 0 the cookie, badge as called */
	MESSAGE_GONE = 3, /* the last capability with this badge has vanished */
};

enum window_access { WINDOW_READ = 1, WINDOW_WRITE = 2 }; /* what the server may do */

/*
 * A range of the caller's memory lent until the answer.  With window_origin[i] != 0 it is instead a
 * part of window `address >> 56` of that unanswered call, from byte `address & (2^56 - 1)` on: lent
 * on, never with more access, and good only while the origin itself is unanswered.
 */
struct window {
	u64 address;
	u32 length; /* bytes, at most WINDOW_MAX */
	u32 access; /* of enum window_access */
};
enum { WINDOW_MAX = 1 << 30 };

/*
 * The message page: 256 bytes wired when the thread is made.  The kernel reads it when a tag says
 * so and writes it before the call returns; a thread's page is its own.
 */
struct message_page {
	cap_t send[MESSAGE_CAPS];     /* in: handles to copy to the other side; each needs COPY */
	cap_t received[MESSAGE_CAPS]; /* out: handles newly made in this thread's table, as many as
				       * the tag says */
	struct window window[MESSAGE_WINDOWS]; /* in (call): what is lent;
						* out (receive): lengths and access, address 0 */
	u64 deadline;			       /* in: absolute ns, if TAG_DEADLINE */
	u64 send_rights[MESSAGE_CAPS]; /* in: mask applied to each sent capability's rights; 0: all
					*/
	u64 accept_count; /* in (receive, reply_receive): capabilities accepted per call */
	u64 window_origin[MESSAGE_WINDOWS]; /* in (call): reply handles of calls whose windows are
					     * lent on; 0: the caller's own memory */
	u64 reserved[6];
};
_Static_assert(sizeof(struct message_page) == 256, "message page layout");
enum { MESSAGE_PAGE_SIZE = 256 };

#endif
