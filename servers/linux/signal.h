/* SPDX-License-Identifier: MIT */
/*
 * signal.h - sending and delivering signals.
 *
 * Sending makes a signal pending, sets the attention word of a thread that may take it and kicks
 * that thread; delivery happens in the thread itself, between two stays in the guest.
 */
#ifndef LINUX_SIGNAL_H
#define LINUX_SIGNAL_H

#include "servers/linux/task.h"

/*
 * All need the world lock.  signal 0 is allowed for none of them.  -EAGAIN: a real-time signal that
 * carries a value finds the queue full.
 */
i64 signal_thread(struct lthread *t, int signal, const struct signal_info *info);
i64 signal_process(struct process *p, int signal, const struct signal_info *info);
/* How many processes of the group there are. */
i64 signal_group(i32 group, int signal, const struct signal_info *info);
/* Forget what is pending of the set, for the process and its threads; all that is for t alone. */
void signals_discard(struct process *p, u64 mask);
void signals_discard_thread(struct lthread *t);
/*
 * t may have been chosen to take what of the set its process has pending, and will not: it blocks
 * it, or ends.  Whoever else can take it looks.
 */
void signals_leave(const struct lthread *t, u64 set);
/* Take one pending signal of the set; 0 if there is none. */
int signal_take(struct lthread *t, u64 mask, struct signal_info *info);
/* Make t look: out of the guest, out of a wait. */
void thread_wake(struct lthread *t);

/* What a call brings upon the calling thread (SIGPIPE, SIGXFSZ); no lock held. */
void signal_self(struct lthread *t, int signal);
/* The same for a fault: a signal that is blocked or ignored kills. */
void signal_fault(struct lthread *t, int signal, i32 code, u64 address);

/* Deliver what is pending; ends with t->leaving if the thread has to go.  No lock held. */
void signal_deliver(struct lthread *t);

/* sigsuspend, ppoll, pselect: another mask until the next delivery. */
i64 signal_mask_for_wait(struct lthread *t, guest_t mask, u64 size);
void signal_mask_wait_over(struct lthread *t);
void signal_mask_set(struct lthread *t, u64 mask);

/* execve: handlers become default, what is ignored stays ignored. */
void signal_exec(struct process *p);
/* sigcalls.c: may t send the signal to p?  World lock held. */
bool signal_permitted(const struct lthread *t, const struct process *p, int signal);

/* sigframe.c: enter a handler, and come back from it; false or -EFAULT if the stack is bad. */
bool sigframe_push(struct lthread *t, int signal, const struct signal_info *info,
		   const struct l_sigaction *action, u64 mask);
i64 sigframe_pop(struct lthread *t, u64 *mask);

static inline bool signal_stops(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

#endif
