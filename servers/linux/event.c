/* SPDX-License-Identifier: MIT */
/*
 * event.c - waiting for and signalling events.
 */
#include "servers/linux/event.h"

#include "libsys/sys.h"
#include "servers/linux/task.h"

static i64 wait(struct lthread *t, struct event *event, u32 seen, u64 deadline_ns,
		bool (*interrupted)(const struct lthread *))
{
	i64 result = 0;

	lock_none_held();
	__atomic_fetch_add(&event->waiters, 1, __ATOMIC_SEQ_CST);
	while (event_now(event) == seen) {
		if (interrupted(t)) {
			result = -EINTR;
			break;
		}
		if (sys_futex_wait(CAP_SELF_SPACE, (u64)&event->sequence, seen, ~0u, deadline_ns) ==
		    E_TIMEDOUT) {
			result = -ETIMEDOUT;
			break;
		}
	}
	__atomic_fetch_sub(&event->waiters, 1, __ATOMIC_SEQ_CST);
	return result;
}

i64 event_wait(struct lthread *t, struct event *event, u32 seen, u64 deadline_ns)
{
	return wait(t, event, seen, deadline_ns, signal_pending);
}

i64 event_wait_killable(struct lthread *t, struct event *event, u32 seen)
{
	return wait(t, event, seen, DEADLINE_NEVER, thread_doomed);
}

bool event_advance(struct event *event)
{
	__atomic_fetch_add(&event->sequence, 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&event->waiters, __ATOMIC_SEQ_CST) != 0;
}

void event_wake(struct event *event)
{
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&event->sequence, ~(u32)0, ~0u);
}

void event_signal(struct event *event)
{
	if (event_advance(event))
		event_wake(event);
}
