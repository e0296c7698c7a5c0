/* SPDX-License-Identifier: MIT */
/*
 * oom.c - see oom.h.
 */
#include "servers/linux/oom.h"

#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "libsys/thread.h"
#include "servers/linux/servers.h"
#include "servers/linux/twin.h"
#include "servers/linux/uaccess.h"

/* Frames of who was killed come back when no processor can know them any more. */
enum { SETTLE_NS = 50000000 };

static struct event freed;
static bool killed;	 /* a: somebody was, and has not let go of its memory yet */
static u64 settled_ns; /* a: before that nobody else is killed */

void memory_freed(void)
{
	if (__atomic_exchange_n(&killed, false, __ATOMIC_ACQ_REL))
		__atomic_store_n(&settled_ns, clock_now() + SETTLE_NS, __ATOMIC_RELEASE);
	event_signal(&freed);
}

/* How much it would help to end p: its pages and oom_score_adj; 0: not at all. */
static u64 score_of(const struct process *p, u64 all_pages)
{
	struct space_info info;
	i64 score;

	if (!p->mm || sys_space_info(p->mm->space, &info) || !info.memory_in_overlay)
		return 0;
	if (p->oom_adjust == OOM_NEVER)
		return 0;
	score = (i64)info.memory_in_overlay + (i64)(all_pages / 1000) * p->oom_adjust;
	return score > 0 ? (u64)score : 1;
}

/*
 * One that is about to go anyway, else the one with most memory; process 1 only if there is no
 * other.  World lock held; NULL: nobody has any.
 */
static struct process *victim_find(void)
{
	struct budget_info guests = { 0 };
	struct process *victim = NULL;
	u64 most = 0;

	(void)sys_budget_info(servers.guests, &guests);
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);
		u64 pages = score_of(p, guests.limit_bytes / PAGE_SIZE);

		if (!pages)
			continue;
		if (p->group_exit)
			return p;
		if (!victim || victim->pid == 1 || (p->pid != 1 && pages > most)) {
			victim = p;
			most = pages;
		}
	}
	return victim;
}

void memory_wait(struct lthread *t)
{
	u32 seen = event_now(&freed);
	u64 settled = __atomic_load_n(&settled_ns, __ATOMIC_ACQUIRE);
	struct process *victim;

	/* One at a time: while it goes it may have no memory any more that could be seen. */
	if (__atomic_load_n(&killed, __ATOMIC_ACQUIRE) || clock_now() < settled) {
		(void)event_wait_killable(t, &freed, seen, clock_now() + SETTLE_NS);
		return;
	}
	lock_acquire(&world);
	victim = victim_find();
	if (victim && !victim->group_exit) {
		log_printf("out of memory: process %d (%s) killed", victim->pid,
			   list_entry(victim->threads.next, struct lthread, member)->comm);
		__atomic_store_n(&killed, true, __ATOMIC_RELEASE);
		process_exit_all(victim, SIGKILL);
	}
	lock_release(&world);
	if (victim)
		(void)event_wait_killable(t, &freed, seen, DEADLINE_NEVER);
}

bool uaccess_again(void)
{
	const struct twin *twin = thread_self()->local;
	struct lthread *t = twin ? twin->thread : NULL;

	if (!t || t->state->cause != GUEST_NOMEM || thread_doomed(t))
		return false;
	memory_wait(t);
	return !thread_doomed(t);
}
