/* SPDX-License-Identifier: MIT */
/*
 * futexes.c - two storms on futex words: a token that goes round, and a condition whose waiters are
 * moved to its lock's queue.  A wake-up that is lost stands for ever; the guest's time is its
 * limit.
 */
#include "libsys/lock.h"
#include "tests/programs/stress/stress.h"

enum { SHORT_NS = 50000, ALL = 1000 };

/* Half of all waits end by a deadline, too. */
static u64 until(struct worker *w)
{
	return random_below(w, 2) ? DEADLINE_NEVER : clock_now() + random_below(w, SHORT_NS);
}

/* --- the token: its count says whose turn it is --- */

void tokens_storm(struct worker *w)
{
	static u32 token;
	u32 last = (u32)(rounds / workers * workers);

	if (!w->number)
		token = 0;
	meet();
	for (u32 mine = w->number; mine < last; mine += workers) {
		for (;;) {
			u32 now = __atomic_load_n(&token, __ATOMIC_ACQUIRE);
			i64 got;

			must(now <= mine, "the token has passed by", (i64)now);
			if (now == mine)
				break;
			/* Whoever is next has a bit of its own. */
			got = sys_futex_wait(CAP_SELF_SPACE, (u64)&token, now,
					     1u << w->number | 1u << 31, until(w));
			must(got == 0 || got == E_AGAIN || got == E_TIMEDOUT, "sys_futex_wait",
			     got);
		}
		dawdle(w);
		__atomic_store_n(&token, mine + 1, __ATOMIC_RELEASE);
		/* All who wait for an older count look again; they wait by their own bits or the
		 * common one. */
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&token, ALL,
				     random_below(w, 2) ? 1u << 31 : (1u << workers) - 1);
	}
	meet();
}

/* --- the condition --- */

static struct lock lock;
static u32 changes; /* the condition's word: counts broadcasts */
static u64 published, taken;

/* Woken from the lock's queue, or not: others may be in it. */
static void acquire_after_wait(void)
{
	lock_wait(&lock);
}

static void broadcast(void)
{
	struct requeue_args r = { .from = (u64)&changes,
				  .to = (u64)&lock.word,
				  .wake_count = 1,
				  .requeue_count = ALL,
				  .compare = 1 };
	i64 got;

	r.expected = __atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST);
	/* Who is moved sleeps on the lock from now on: whoever holds it has to wake. */
	__atomic_store_n(&lock.word, 2, __ATOMIC_SEQ_CST);
	got = sys_futex_requeue(CAP_SELF_SPACE, &r);
	must(got >= 0, "sys_futex_requeue", got);
}

static void consume(struct worker *w, u64 round)
{
	lock_acquire(&lock);
	while (published <= round) {
		u32 seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
		i64 got;

		lock_release(&lock);
		got = sys_futex_wait(CAP_SELF_SPACE, (u64)&changes, seen, ~0u, until(w));
		must(got == 0 || got == E_AGAIN || got == E_TIMEDOUT, "sys_futex_wait", got);
		acquire_after_wait();
	}
	MUST(published == round + 1);
	taken++;
	lock_release(&lock);
}

void futexes_storm(struct worker *w)
{
	if (!w->number)
		published = taken = changes = 0;
	meet();
	for (u64 round = 0; round < rounds; round++) {
		if (round % workers == w->number) {
			dawdle(w);
			lock_acquire(&lock);
			published = round + 1;
			broadcast();
			lock_release(&lock);
		} else {
			consume(w, round);
		}
		meet();
	}
	MUST(taken == rounds * (workers - 1) && lock.word == 0);
}
