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

/* What one page may take at most: itself, and tables and nodes above it. */
enum { ENOUGH = 8 * PAGE_SIZE };

static struct event freed;
static struct process *going; /* W to set: who is ended, until it has let go of its memory */

void memory_freed(const struct process *p)
{
	if (__atomic_load_n(&going, __ATOMIC_ACQUIRE) == p)
		__atomic_store_n(&going, NULL, __ATOMIC_RELEASE);
	event_signal(&freed);
}

/* What others let go is free when no processor can know it any more.  A call that charges a budget
 * waits for that before it is refused, a fault does not. */
static bool memory_came_back(void)
{
	i64 memory = sys_memory_create(servers.guests, ENOUGH, 0), part = 0;
	u64 filled = 0;

	if (memory < 0)
		return false;
	while (filled < ENOUGH &&
	       (part = sys_memory_fill((cap_t)memory, filled, ENOUGH - filled)) > 0)
		filled += (u64)part;
	(void)sys_object_destroy((cap_t)memory);
	return filled == ENOUGH;
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

static void end(struct process *victim)
{
	log_printf("out of memory: process %d (%s) killed", victim->pid,
		   list_entry(victim->threads.next, struct lthread, member)->comm);
	process_exit_all(victim, SIGKILL);
}

void memory_wait(struct lthread *t)
{
	u32 seen = event_now(&freed);
	struct process *victim;

	if (memory_came_back())
		return;
	world_lock();
	/* One at a time: while it goes it may have no memory any more that could be seen. */
	victim = __atomic_load_n(&going, __ATOMIC_ACQUIRE);
	if (!victim) {
		victim = victim_find();
		__atomic_store_n(&going, victim, __ATOMIC_RELEASE);
		if (victim && !victim->group_exit)
			end(victim);
	}
	world_unlock();
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
