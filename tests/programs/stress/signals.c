/* SPDX-License-Identifier: MIT */
/*
 * signals.c - notifications: every bit that is signalled is taken once, whether by a wait, a poll
 * or a receive that it is bound to, whatever timers, deadlines and kicks do meanwhile.
 *
 * Odd workers send, even ones take.  A sender waits until its bit was taken before it sends it
 * again, so a bit that is lost stands for ever, and one that comes twice is found.
 */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/stress/stress.h"

enum { SHORT_NS = 30000, OVER = 62, TIMER_BIT = 40 };

static struct {
	cap_t notification, endpoint;
	cap_t taker[WORKERS_MAX];
	u32 sent[WORKERS_MAX], taken[WORKERS_MAX];
	u32 senders, finished;
} it;

void signals_begin(void)
{
	/* Whoever receives its bits holds it until the thread ends: the storm's purse would. */
	it.notification = MADE(sys_notification_create(CAP_SELF_BUDGET));
	it.endpoint = MADE(sys_endpoint_create(purse));
	it.senders = workers / 2;
	it.finished = 0;
}

void signals_end(void)
{
	for (u32 i = 0; i < workers; i++)
		must(it.sent[i] == it.taken[i], "signals sent less signals taken",
		     (i64)it.sent[i] - it.taken[i]);
	GIVES(0, sys_object_destroy(it.endpoint));
	GIVES(0, sys_object_destroy(it.notification));
}

/* --- who sends --- */

static void wait_until_taken(struct worker *w)
{
	u32 *taken = &it.taken[w->number], now;

	while ((now = __atomic_load_n(taken, __ATOMIC_ACQUIRE)) != it.sent[w->number])
		(void)sys_futex_wait(CAP_SELF_SPACE, (u64)taken, now, ~0u, DEADLINE_NEVER);
}

static void send(struct worker *w)
{
	u64 bit = 1ul << w->number;

	wait_until_taken(w);
	__atomic_fetch_add(&it.sent[w->number], 1, __ATOMIC_RELEASE);
	/* The one timer is everybody's: who sets it may undo another's, which then signals itself.
	 * */
	if (!random_below(w, 8))
		(void)sys_notification_timer(
			it.notification, clock_now() + random_below(w, SHORT_NS), 1ul << TIMER_BIT);
	GIVES(0, sys_notification_signal(it.notification, bit));
	if (!random_below(w, 4))
		(void)sys_thread_kick(it.taker[random_below(w, workers)], KICK_SOFT);
	dawdle(w);
}

static void sender(struct worker *w)
{
	u64 per_sender = rounds / it.senders;

	for (u64 i = 0; i < per_sender; i++)
		send(w);
	wait_until_taken(w);
	if (__atomic_add_fetch(&it.finished, 1, __ATOMIC_ACQ_REL) == it.senders)
		GIVES(0, sys_notification_signal(it.notification, 1ul << OVER));
}

/* --- who takes --- */

static void take(u64 bits)
{
	for (u32 i = 1; i < workers; i += 2) {
		if (!(bits >> i & 1))
			continue;
		must(__atomic_load_n(&it.sent[i], __ATOMIC_ACQUIRE) == it.taken[i] + 1,
		     "a signal comes that was not sent", i);
		__atomic_fetch_add(&it.taken[i], 1, __ATOMIC_RELEASE);
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&it.taken[i], 1, ~0u);
	}
}

/* By a receive, which is bound to the notification: the first taker only. */
static i64 receive(struct worker *w)
{
	struct message m = { .tag = TAG_DEADLINE };
	i64 got;

	libsys_message_page()->deadline = clock_now() + random_below(w, SHORT_NS);
	got = ipc_receive(it.endpoint, &m);
	if (got)
		return got;
	MUST(TAG_KIND(m.tag) == MESSAGE_NOTIFY);
	return (i64)m.word[0];
}

static i64 wait(struct worker *w)
{
	u64 all = (1ul << 63) - 1, mask = all, deadline = DEADLINE_NEVER;

	if (!w->number && random_below(w, 2))
		return receive(w);
	/* Some of the bits only for a while: somebody has to wait for each. */
	if (random_below(w, 2))
		deadline = random_below(w, 2) ? 0 : clock_now() + random_below(w, SHORT_NS);
	if (deadline != DEADLINE_NEVER)
		mask = random_next(w) & all;
	return sys_notification_wait(it.notification, mask ? mask : 1, deadline);
}

static void taker(struct worker *w)
{
	for (;;) {
		i64 got = wait(w);

		must(got > 0 || got == E_TIMEDOUT || got == E_CANCELLED, "a wait", got);
		if (got <= 0)
			continue;
		take((u64)got);
		if ((u64)got >> OVER & 1)
			break;
	}
	/* For the next taker. */
	GIVES(0, sys_notification_signal(it.notification, 1ul << OVER));
}

void signals_storm(struct worker *w)
{
	it.sent[w->number] = it.taken[w->number] = 0;
	it.taker[w->number] = w->number % 2 ? CAP_NONE : thread_self()->cap;
	meet();
	if (!w->number)
		GIVES(0, sys_notification_bind(it.notification));
	if (w->number % 2)
		sender(w);
	else
		taker(w);
	meet();
}
