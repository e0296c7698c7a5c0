/* SPDX-License-Identifier: MIT */
/* thread_wait.c - how a wait begins, who may end it, and kicks. */
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/thread.h"

struct thread *thread_take_first(struct list *queue)
{
	for (struct list *l = queue->next; l != queue; l = l->next) {
		struct thread *t = container_of(l, struct thread, wait_link);

		if (thread_claim_queued(t))
			return t;
	}
	return NULL;
}

void thread_wake_all(struct list *queue, i64 result)
{
	struct thread *t;

	while ((t = thread_take_first(queue)))
		thread_wake(t, result);
}

static bool kick_taken(struct thread *t)
{
	return t->kicked && __atomic_exchange_n(&t->kicked, 0, __ATOMIC_SEQ_CST);
}

error_t thread_wait_prepare(struct thread *t, u64 deadline_ns)
{
	if (kick_taken(t))
		return E_CANCELLED;
	if (deadline_ns != DEADLINE_NEVER) {
		if (deadline_ns <= arch_now_ns())
			return E_TIMEDOUT;
		timer_set(&t->deadline, deadline_ns);
	}
	t->wait_deadline_ns = deadline_ns;
	return 0;
}

error_t thread_wait(enum wait kind, struct lock *queue, u64 deadline_ns)
{
	struct thread *t = thread_current();
	error_t error = thread_wait_prepare(t, deadline_ns);

	if (error)
		return error;
	if (thread_wait_begin(t, kind, queue))
		return E_BLOCKED;
	t->kicked = 0;
	thread_wake_running(t);
	return E_CANCELLED;
}

void thread_wake_running(struct thread *t)
{
	timer_cancel(&t->deadline);
	thread_publish(t, WAIT_NONE);
}

void thread_go_on(struct thread *t)
{
	if (t->suspend) {
		t->suspend = 0;
		thread_publish(t, WAIT_SUSPENDED);
	} else {
		thread_start(t);
	}
}

void thread_unlink(struct thread *t, u64 word)
{
	if (wait_kind(word) == WAIT_REPLY) {
		endpoint_caller_leaves(t);
		return;
	}
	if (wait_kind(word) < WAIT_SEND)
		return;
	for (;;) {
		struct lock *lock = __atomic_load_n(&t->wait_lock, __ATOMIC_ACQUIRE);
		bool same;

		lock_acquire(lock);
		same = lock == t->wait_lock; /* a requeue moves it to another queue */
		if (same)
			list_remove(&t->wait_link);
		lock_release(lock);
		if (same)
			return;
	}
}

/* The word once it is not claimed: whoever claims is in the kernel and soon done. */
static u64 unclaimed_word(struct thread *t)
{
	u64 word;

	while (wait_kind(word = thread_wait_word(t)) == WAIT_CLAIMED)
		arch_pause();
	return word;
}

void thread_timed_out(struct thread *t)
{
	u64 word;

	/* A call that is just being received goes on with its deadline, which came due only once.
	 */
	do {
		word = unclaimed_word(t);
		/* The wait that the timer belonged to may be over, and another have begun. */
		if (wait_kind(word) < WAIT_TIME || wait_kind(word) == WAIT_DEAD ||
		    (wait_kind(word) > WAIT_TIME && t->wait_deadline_ns > arch_now_ns()))
			return;
	} while (!thread_claim(t, word));
	if (wait_kind(word) == WAIT_TIME) {
		timer_cancel(&t->deadline);
		thread_go_on(t);
		return;
	}
	thread_unlink(t, word);
	thread_wake(t, wait_kind(word) == WAIT_REPLY ? E_ABANDONED : E_TIMEDOUT);
}

/* Latch the kick for the next wait, or stay in the guest.  False: a wait has begun meanwhile. */
static bool kick_latch(struct thread *t, u64 word)
{
	__atomic_store_n(&t->kicked, 1, __ATOMIC_SEQ_CST);
	if (thread_wait_word(t) == word) {
		sched_poke(&t->run);
		return true;
	}
	/* Whoever takes the latch first has the kick. */
	return !__atomic_exchange_n(&t->kicked, 0, __ATOMIC_SEQ_CST);
}

i64 sys_thread_kick(struct cap_ref cap, u64 flags)
{
	struct thread *t = cap.object;

	if (flags > KICK_HARD)
		return E_INVAL;
	for (;;) {
		/* A hard kick has no latch: it ends the wait that comes of a claim. */
		u64 word = flags == KICK_HARD ? unclaimed_word(t) : thread_wait_word(t);
		enum wait kind = wait_kind(word);

		if (kind == WAIT_DEAD)
			return E_STATE;
		if (kind < WAIT_SEND) {
			if (kick_latch(t, word))
				return 0;
		} else if (kind == WAIT_REPLY && flags == KICK_SOFT) {
			endpoint_post_cancel(t, word);
			return 0;
		} else if (thread_claim(t, word)) {
			thread_unlink(t, word);
			thread_wake(t, kind == WAIT_REPLY ? E_ABANDONED : E_CANCELLED);
			return 0;
		}
	}
}

