/* SPDX-License-Identifier: MIT */
/*
 * thread.h - threads of one program, and how code finds out on which one it runs.
 *
 * Every stack is a block of THREAD_STACK bytes, aligned to its size: a guard page at the bottom,
 * the struct thread at the top.  So the running thread is found from the stack pointer alone, with
 * no segment register, also in a view beside a guest.  Threads are not taken apart: who no longer
 * needs one keeps it in a pool.
 */
#ifndef LIBSYS_THREAD_H
#define LIBSYS_THREAD_H

#include "libsys/sys.h"
#include "microkernel/abi/message.h"

enum { THREAD_STACK = 32768 };

struct thread {
	u64 held; /* how many locks, unless that is counted elsewhere: nobody looks here */
	struct message_page *page; /* this thread's own message page */
	cap_t cap;		   /* the thread itself; CAP_NONE for a program's first one */
	void (*entry)(void *);
	void *argument;
	void *local; /* whatever the program wants to find again */
	u64 kicked;  /* set when a kick was spent on a lock's sleep */
	u64 calls;   /* counts calls that carry a token */
	u64 locks_held; /* debug builds: a mask of ranks, see lock.h */
	u32 *holds;	/* where it is counted */
};
_Static_assert(sizeof(struct thread) % 16 == 0, "the stack below it stays aligned");

static inline struct thread *thread_self(void)
{
	u64 rsp;

	__asm__("mov %%rsp, %0" : "=r"(rsp));
	return (struct thread *)((rsp | (THREAD_STACK - 1)) + 1) - 1;
}

static inline struct message_page *libsys_message_page(void)
{
	return thread_self()->page;
}

struct thread_options {
	void (*entry)(void *);
	void *argument;
	const char *name;	 /* at most 15 bytes are kept */
	cap_t exit_notification; /* may be CAP_NONE */
	u64 exit_bits;
	u32 level; /* 0: LEVEL_SERVER */
	u32 flags; /* enum thread_flags */
};

/* Make a thread of this program; *out, if given, is its struct thread. */
__must_use error_t thread_create(const struct thread_options *options, struct thread **out);

/* A stack block with its struct thread, all else zero; NULL if there is no memory. */
struct thread *thread_stack_create(void);

static inline _Noreturn void thread_exit(i64 status)
{
	sys_thread_exit(status);
	__builtin_unreachable();
}

#endif
