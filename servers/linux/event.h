/* SPDX-License-Identifier: MIT */
/*
 * event.h - something that threads wait for: a sequence number that every change advances.
 *
 * A waiter notes the sequence, looks at the state it is interested in, and waits only if that was
 * not yet to its liking: a change in between has advanced the sequence and the wait does not begin.
 *
 * Why a signal is never slept through: its sender makes it pending, then kicks the thread.  The
 * waiter checks for pending signals, taking no lock afterwards, and then waits; a kick that comes
 * between the two latches in the kernel and ends the wait.
 */
#ifndef LINUX_EVENT_H
#define LINUX_EVENT_H

#include "microkernel/abi/types.h"

struct lthread;

struct event {
	u32 sequence;
	u32 waiters;
};

static inline u32 event_now(const struct event *event)
{
	return __atomic_load_n(&event->sequence, __ATOMIC_SEQ_CST);
}

/* 0: the sequence is no longer `seen`; -EINTR: a signal is pending; -ETIMEDOUT. */
i64 event_wait(struct lthread *t, struct event *event, u32 seen, u64 deadline_ns);
/* The same, ended by nothing but a change or a fatal signal (-EINTR). */
i64 event_wait_killable(struct lthread *t, struct event *event, u32 seen);
void event_signal(struct event *event);
/* Its two halves: there was a change (true: perhaps somebody waits), and who waits is woken. */
bool event_advance(struct event *event);
void event_wake(struct event *event);

#endif
