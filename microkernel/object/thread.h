/* SPDX-License-Identifier: MIT */
/*
 * thread.h - registers and a scheduling context.
 *
 * A native thread has one register frame.  A twin has two: its own, and a guest's in the state
 * page; `in_guest` says which is active.  A blocked thread is only what is stored here.
 *
 * Who may change a thread (contract A2): while it runs, its CPU alone; while it is ready, whoever
 * takes it out of the run queue; while it waits, whoever claims it by one compare-and-swap of
 * `wait`.  The winner unlinks it from its queue, completes the wait and makes it ready, or puts it
 * back.  Whoever scans a queue passes over those that are claimed already.
 */
#ifndef OBJECT_THREAD_H
#define OBJECT_THREAD_H

#include "microkernel/abi/message.h"
#include "microkernel/core/sched.h"
#include "microkernel/core/timer.h"
#include "microkernel/object/cap.h"

enum wait {
	WAIT_NONE,	/* runs or is ready */
	WAIT_CLAIMED,	/* whoever claimed it completes its wait */
	WAIT_SUSPENDED, /* thread_control, or not yet started */
	WAIT_TIME,	/* for its budget's next period */
	WAIT_SEND,	/* queued at an endpoint */
	WAIT_REPLY,	/* its call was received */
	WAIT_RECEIVE,	/* in an endpoint's receivers */
	WAIT_NOTIFICATION,
	WAIT_FUTEX,
	WAIT_DEAD,
};

/* A reply handle: the caller's number, above it that of the call. */
enum { REPLY_SHIFT = 24, REPLY_NUMBER = (1 << REPLY_SHIFT) - 1 };
enum timer_kind { TIMER_THREAD = 0, TIMER_NOTIFICATION = 1 };

struct thread {
	struct object object;
	struct registers regs; /* the native frame */
	struct runnable run;
	u64 wait;   /* enum wait in bits 0-7, above them a count, so that no value comes twice */
	u32 number; /* index among all threads, reused; constant while alive */
	u8 guest_iret;
	union {
		struct {
			u8 in_guest, native_iret;
			u8 kicked; /* atomic: a kick has not been taken yet */
			union {
				struct {
					u8 suspend; /* when its wait ends, or at the next leave */
					u8 dying;   /* end at the next leave: it was to be killed */
					u8 pinned;  /* not every CPU may run it */
				};
				u32 detained; /* not to be switched to directly */
			};
		};
		u64 unready; /* 0: none of these, and its native frame was left by SYSCALL */
	};
	struct table *table; /* referenced; NULL once dead, like the next */
	struct space *space; /* referenced */
	struct list in_space; /* guarded by the space's lock */

	/* the twin's side; NULL while not bound */
	struct view *view;	     /* referenced */
	struct guest_state *state;   /* through the direct map */
	struct memory *state_memory; /* referenced, pinned */

	struct message_page *message;  /* through the direct map; may be NULL */
	struct memory *message_memory; /* referenced, pinned */

	/* waiting */
	struct list wait_link;	/* queue of endpoint, notification or futex bucket */
	struct lock *wait_lock; /* which guards that queue; changes only under it */
	struct timer deadline;
	u64 wait_deadline_ns;	/* of this wait; DEADLINE_NEVER: none */
	struct weak endpoint;	/* SEND, RECEIVE, REPLY: where */
	u64 wait_mask;		/* NOTIFICATION, FUTEX */
	u64 futex_key[2];
	struct notification *bound; /* referenced: receives end with its bits */

	/* an interrupted memory_clone: it dies with the thread */
	struct memory *cloning; /* referenced; NULL: none */
	u64 cloned;		/* id of its source */
	/* since when it looks for memory that comes back; 0: its call was not refused.  And which
	 * CPUs may have some */
	u64 looked, unclean;

	/* as a caller, from call to answer */
	struct slot *call_slot; /* SEND: through which capability */
	u64 call_badge;
	u64 tag;
	struct window window[MESSAGE_WINDOWS];
	u64 window_origin[MESSAGE_WINDOWS]; /* reply handle of whoever owns the range; 0: itself */
	struct table *holder;	 /* REPLY: whose threads may answer; never followed */
	struct weak server;	 /* REPLY: who received it */
	struct list
		cancel_link; /* endpoint.cancels; guarded by the endpoint's lock, as are these */
	u64 cookie;
	union {
		struct {
			u8 cookie_set, cancelled;
		};
		u32 cancel_state;
	};
	u64 reply; /* handle of the last call's: its number, above it the thread's */

	/* as a server: whose call lent it time, so that donation can end; never followed */
	struct thread *donor;

	void *fpu; /* save area, NULL until first use */

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
static inline struct thread *thread_running(const struct cpu *cpu) /* it is not idle */
{
	return container_of(cpu->current, struct thread, run);
}
static inline u64 thread_wait_word(const struct thread *thread)
{
	return __atomic_load_n(&thread->wait, __ATOMIC_SEQ_CST);
}
/* Whose time, and level, a thread runs on. */
static inline struct thread *thread_of(struct context *context)
{
	return container_of(context, struct thread, run.own);
}
static inline enum wait wait_kind(u64 word)
{
	return (enum wait)(u8)word;
}
static inline enum wait thread_waits(const struct thread *thread)
{
	return wait_kind(thread_wait_word(thread));
}

/* Become the one who ends that very wait. */
static inline bool thread_claim_from(struct thread *t, u64 word, enum wait kind)
{
	return __atomic_compare_exchange_n(&t->wait, &word, word - kind + WAIT_CLAIMED, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
static inline bool thread_claim(struct thread *t, u64 word)
{
	return thread_claim_from(t, word, wait_kind(word));
}
/* Whose thread it is says what it waits for from now on; returns the word. */
static inline u64 thread_publish_from(struct thread *t, enum wait from, enum wait to)
{
	u64 more = 0x100 + to - from;

	return __atomic_fetch_add(&t->wait, more, __ATOMIC_SEQ_CST) + more;
}
static inline u64 thread_publish(struct thread *t, enum wait kind)
{
	u64 word = (t->wait | 0xff) + 1 + kind;

	__atomic_store_n(&t->wait, word, __ATOMIC_SEQ_CST);
	return word;
}

/* The running thread begins to wait in that queue.  False: a kick was first, and it is claimed. */
static inline bool thread_wait_begin(struct thread *t, enum wait kind, struct lock *queue)
{
	u64 word;

	t->wait_lock = queue;
	t->run.leaves = true;
	(void)thread_publish_from(t, WAIT_NONE, kind);
	/* A kick from another CPU saw the wait, and ends it, or latched, and is seen here. */
	if (!t->kicked)
		return true;
	/* Somebody else may have claimed the wait since. */
	word = thread_wait_word(t);
	if (wait_kind(word) != kind || !thread_claim(t, word))
		return true;
	t->run.leaves = false;
	return false;
}

void futex_init(void);
/* The thread with this number, or NULL. */
struct thread *thread_by_number(u32 number);
/* All numbers in use are below. */
u32 thread_number_limit(void);
struct thread *thread_make(struct budget *budget, struct table *table, struct space *space);
/* A claimed thread becomes ready. */
void thread_start(struct thread *thread);
/* A suspended thread becomes ready. */
void thread_resume(struct thread *thread);

/* Begin a wait of the running thread, whose queue the caller has locked and appends it to:
 * E_BLOCKED, and the call returns that.  E_CANCELLED, E_TIMEDOUT at once if a kick is latched or
 * the deadline has passed. */
error_t thread_wait(enum wait kind, struct lock *queue, u64 deadline_ns);
/* What goes before it: takes a latched kick, sets the timer.  E_CANCELLED, E_TIMEDOUT. */
error_t thread_wait_prepare(struct thread *thread, u64 deadline_ns);
/* The same for a member of a queue whose lock is held, and take it out.  False: claimed before. */
static inline bool thread_claim_queued(struct thread *t)
{
	u64 word = thread_wait_word(t);

	if (wait_kind(word) == WAIT_CLAIMED || !thread_claim(t, word))
		return false;
	list_remove(&t->wait_link);
	return true;
}
/* The first of a queue, whose lock is held, that nobody else has claimed, taken out; NULL: none. */
struct thread *thread_take_first(struct list *queue);
/* End the waits of all of them. */
void thread_wake_all(struct list *queue, i64 result);
/* A claimed thread leaves the queue that it waited in; `word` is what was claimed. */
void thread_unlink(struct thread *thread, u64 word);
/* A claimed thread is ready, unless it is to be suspended. */
void thread_go_on(struct thread *thread);
/* End a claimed thread's wait with a result. */
static inline void thread_wake(struct thread *t, i64 result)
{
	timer_cancel(&t->deadline);
	t->regs.rax = (u64)result;
	thread_go_on(t);
}
/* The same, but it goes on running at once on this CPU: the caller switches to it. */
void thread_wake_running(struct thread *thread);
/* A deadline passed. */
void thread_timed_out(struct thread *thread);
/* End a thread, by whatever reason.  It may be the running one.  E_RESTART: another CPU has it just
 * now; call again. */
error_t thread_kill(struct thread *thread, i64 status);
void thread_destroy(struct thread *thread);
/* Take the running thread from the guest frame to its twin. */
void thread_trap(struct thread *thread, enum guest_cause cause);
/* Let go of view and state page. */
void thread_unbind(struct thread *thread);
/* A range of pinned memory, that lies in one page, as the kernel sees it; holds the object. */
error_t thread_pin(cap_t handle, u64 offset, u64 size, struct memory **memory, void **pointer);
void thread_unpin(struct memory **memory);
/* Whether the running thread may give that level to a thread. */
bool thread_level_allowed(u64 level);
/* Give it a save area in the initial state.  False: its budget is empty. */
bool thread_fpu_attach(struct thread *thread);
void thread_fpu_release(struct thread *thread);
void thread_describe(struct thread *thread, struct thread_info *info);

#endif
