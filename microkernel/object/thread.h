/* SPDX-License-Identifier: MIT */
/*
 * thread.h - registers and a scheduling context.
 *
 * A native thread has one register frame.  A twin has two: its own, and a guest's in the state
 * page; `in_guest` says which is active.  A blocked thread is only what is stored here.
 *
 * Who may change a thread (contract A2): while it runs, its CPU alone; while it waits, whoever
 * claims it by taking `wait` from its value to WAIT_NONE.
 */
#ifndef OBJECT_THREAD_H
#define OBJECT_THREAD_H

#include "microkernel/abi/message.h"
#include "microkernel/core/sched.h"
#include "microkernel/core/timer.h"
#include "microkernel/object/cap.h"

enum wait {
	WAIT_NONE,	/* runs or is ready */
	WAIT_SUSPENDED, /* thread_control, or not yet started */
	WAIT_SEND,	/* queued at an endpoint */
	WAIT_REPLY,	/* its call was received */
	WAIT_RECEIVE,	/* in an endpoint's receivers */
	WAIT_NOTIFICATION,
	WAIT_FUTEX,
	WAIT_DEAD,
};

enum timer_kind { TIMER_THREAD = 0, TIMER_NOTIFICATION = 1 };

struct thread {
	struct object object;
	struct registers regs; /* the native frame */
	struct runnable run;
	u32 number; /* index among all threads, reused; constant while alive */
	u8 wait;    /* enum wait */
	u8 in_guest, native_iret, guest_iret;
	u8 kicked;	     /* a kick has not been taken yet: 1 soft, 2 hard */
	u8 suspend;	     /* suspend at the next leave */
	struct table *table; /* referenced */
	struct space *space; /* referenced */
	struct list in_space;

	/* the twin's side; NULL while not bound */
	struct view *view;	     /* referenced */
	struct guest_state *state;   /* through the direct map */
	struct memory *state_memory; /* referenced, pinned */

	struct message_page *message;  /* through the direct map; may be NULL */
	struct memory *message_memory; /* referenced, pinned */

	/* waiting */
	struct list wait_link; /* queue of endpoint, notification or futex bucket */
	struct timer deadline;
	struct endpoint *endpoint; /* SEND, RECEIVE, REPLY: where */
	u64 wait_mask;		   /* NOTIFICATION, FUTEX */
	u64 futex_key[2];
	struct notification *bound; /* receives end with its bits */

	/* as a caller, from call to answer */
	struct slot *call_slot; /* SEND: through which capability */
	u64 call_badge;
	u64 tag;
	struct window window[MESSAGE_WINDOWS];
	u64 window_origin[MESSAGE_WINDOWS]; /* reply handle of whoever owns the range; 0: itself */
	struct table *holder;	 /* REPLY: whose threads may answer */
	struct thread *server;	 /* REPLY: who received it; NULL if gone */
	struct list held;	 /* holder->received */
	struct list cancel_link; /* endpoint.cancels while a cancel is to be delivered */
	u64 reply_sequence;	 /* of the next call; part of the reply handle */
	u64 cookie;
	u8 cookie_set, cancelled;

	/* as a server: who it serves, so that donation can end */
	struct thread *donor;

	void *fpu;	      /* save area, NULL until first use */

	struct notification *exit_notification; /* referenced */
	u64 exit_bits;
	i64 exit_status;
	u64 fault_address, fault_rip;
	u64 guest_ns, native_ns, since_ticks; /* times in ticks until reported */
	u64 voluntary, involuntary;
	u32 exit_state; /* enum thread_state once dead */
	char name[16];
};

static inline struct thread *thread_current(void)
{
	struct runnable *run = this_cpu()->current;

	return run ? container_of(run, struct thread, run) : NULL;
}

/* The thread with this number, or NULL. */
struct thread *thread_by_number(u32 number);
struct thread *thread_make(struct budget *budget, struct table *table, struct space *space);
/* Begin a wait of the running thread; the call returns what this returns.  E_CANCELLED, E_TIMEDOUT
 * at once if a kick is latched or the deadline has passed. */
error_t thread_wait(enum wait kind, u64 deadline_ns);
/* End a wait with a result; the thread becomes ready. */
void thread_wake(struct thread *thread, i64 result);
/* Give up what it waits for, without waking it. */
void thread_unwait(struct thread *thread);
/* A deadline passed. */
void thread_timed_out(struct thread *thread);
/* End of a thread, by whatever reason.  It may be the running one. */
void thread_kill(struct thread *thread, i64 status);
void thread_destroy(struct thread *thread);
void thread_unbind(struct thread *thread);
/* Take the running thread from the guest frame to its twin. */
void thread_trap(struct thread *thread, enum guest_cause cause);
/* Give it a save area in the initial state.  False: its budget is empty. */
bool thread_fpu_attach(struct thread *thread);
void thread_fpu_release(struct thread *thread);
void thread_describe(struct thread *thread, struct thread_info *info);

#endif
