/* SPDX-License-Identifier: MIT */
/*
 * twin.h - the native threads that run Linux threads.
 *
 * A twin is a native thread with a state page.  While it runs a Linux thread it is bound to the
 * view of that thread's memory and goes round: resume the guest, handle its trap, deliver its
 * signals.  When the Linux thread ends, it unbinds and waits in the pool for the next one; it is
 * never killed.
 *
 * A thread that has to end is kicked out of its call (KICK_SOFT), and the server's answer is
 * awaited for a moment more.  A server that does not answer keeps no process: then the twin gives
 * up.  It is kicked hard (E_ABANDONED), calls no server until its Linux thread and with it perhaps
 * the process has ended, and gives back afterwards what servers still hold for it (leftovers).
 */
#ifndef LINUX_TWIN_H
#define LINUX_TWIN_H

#include "servers/linux/fpu.h"
#include "servers/linux/realtime.h"
#include "servers/linux/task.h"

struct twin {
	struct guest_state *state; /* c: in pinned memory shared with the kernel */
	cap_t state_memory;	   /* c */
	u64 state_offset;	   /* c */
	cap_t native;		   /* c: the thread itself */
	u32 work;		   /* a: futex word, 1 when there is a thread to run */
	struct lthread *thread;	   /* what it runs, or is about to run */
	struct fpu_area *fpu;	   /* how floating point begins; NULL: reset */
	bool gives_up;		   /* a: its thread has to end and calls no server any more */
	bool refused;		   /* o: it would have called a server, see give_back */
	struct leftover *leftovers; /* o: what it then still has to give back */
	struct realtime realtime;
	struct twin *next_free;	   /* pool lock */
};

/* The bits are signalled when a twin has ended: it has crashed, and held who knows what. */
void twins_start(cap_t notification, u64 bits);
/* A twin with a clear state page, from the pool or new; NULL if there is no memory. */
struct twin *twin_take(void);
void twin_give_back(struct twin *twin); /* one that was taken and not started */
/* Let it run its thread: registers are in the state page. */
void twin_start(struct twin *twin);
/* In the running twin: see another address space from now on. */
i64 twin_bind(struct twin *twin, struct mm *mm);

#endif
