/* SPDX-License-Identifier: MIT */
/*
 * oom.c - see oom.h.
 */
#include "servers/linux/oom.h"

#include "libsys/log.h"
#include "libsys/sys.h"
#include "libsys/thread.h"
#include "servers/linux/servers.h"
#include "servers/linux/twin.h"
#include "servers/linux/uaccess.h"

static struct event freed;

void memory_freed(void)
{
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
	struct process *victim;

	lock_acquire(&world);
	victim = victim_find();
	if (victim && !victim->group_exit) {
		log_printf("out of memory: process %d (%s) killed", victim->pid,
			   list_entry(victim->threads.next, struct lthread, member)->comm);
		process_exit_all(victim, SIGKILL);
	}
	lock_release(&world);
	if (victim)
		(void)event_wait_killable(t, &freed, seen);
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
