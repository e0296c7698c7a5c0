/* SPDX-License-Identifier: MIT */
/*
 * ipc.h - messages in C: one structure, four calls.  Protocol headers are built on these.
 */
#ifndef LIBSYS_IPC_H
#define LIBSYS_IPC_H

#include "libsys/sys.h"
#include "microkernel/abi/message.h"

/* A message and, on the receiving side, where it came from. */
struct message {
	u64 tag;
	u64 word[MESSAGE_WORDS];
	u64 badge; /* receive: badge called through */
	u64 reply; /* receive: reply handle; reply: which call to answer */
};

/* One body for the four calls: registers in, registers out, as message.h orders them. */
#define IPC_SYSCALL(number, endpoint, m)                                                           \
	({                                                                                         \
		i64 result_ = (number);                                                            \
		u64 badge_ = (endpoint);                                                           \
		register u64 r8_ __asm__("r8") = (m)->word[1];                                     \
		register u64 r9_ __asm__("r9") = (m)->word[2];                                     \
		register u64 r10_ __asm__("r10") = (m)->word[3];                                   \
		register u64 r12_ __asm__("r12") = (m)->word[4];                                   \
		register u64 r13_ __asm__("r13") = (m)->word[5];                                   \
		register u64 r14_ __asm__("r14") = (m)->reply;                                     \
		__asm__ volatile("syscall"                                                         \
				 : "+a"(result_), "+D"(badge_), "+S"((m)->tag),                    \
				   "+d"((m)->word[0]), "+r"(r8_), "+r"(r9_), "+r"(r10_),           \
				   "+r"(r12_), "+r"(r13_), "+r"(r14_)                              \
				 :                                                                 \
				 : "rcx", "r11", "memory");                                        \
		(m)->word[1] = r8_;                                                                \
		(m)->word[2] = r9_;                                                                \
		(m)->word[3] = r10_;                                                               \
		(m)->word[4] = r12_;                                                               \
		(m)->word[5] = r13_;                                                               \
		(m)->badge = badge_;                                                               \
		(m)->reply = r14_;                                                                 \
		result_;                                                                           \
	})

/* Call and wait for the answer; m holds the request before and the answer after. */
static inline error_t ipc_call(cap_t endpoint, struct message *m)
{
	m->reply = 0;
	return IPC_SYSCALL(NUMBER_endpoint_call, endpoint, m);
}

/* Wait for the next message; m->tag's kind says what came. */
static inline error_t ipc_receive(cap_t endpoint, struct message *m)
{
	return IPC_SYSCALL(NUMBER_endpoint_receive, endpoint, m);
}

/* Answer m->reply with m's tag and words. */
static inline error_t ipc_reply(struct message *m)
{
	return IPC_SYSCALL(NUMBER_reply, CAP_NONE, m);
}

/* Answer m->reply, then wait for the next message, which replaces *m. */
static inline error_t ipc_reply_receive(cap_t endpoint, struct message *m)
{
	return IPC_SYSCALL(NUMBER_reply_receive, endpoint, m);
}

#endif
