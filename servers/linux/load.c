/* SPDX-License-Identifier: MIT */
/*
 * load.c - load averages, and the counts behind them.
 *
 * The event thread counts every five seconds what could run, as Linux does, and lets the averages
 * decay towards it: fixed point, LOAD_SHIFT bits behind the point.
 */
#include "servers/linux/proc.h"
#include "servers/linux/system.h"

/* exp(-5 s / 1, 5 and 15 min) */
static const u64 decay[3] = { 1884, 2014, 2037 };
static u64 average[3]; /* a, each by itself */

u32 threads_running(void)
{
	u32 running = 0;

	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		list_for_each (member, &p->threads)
			if (thread_state(p, list_entry(member, struct lthread, member)) == 'R')
				running++;
	}
	return running;
}

u32 threads_count(void)
{
	u32 count = 0;

	list_for_each (node, &process_list)
		count += list_entry(node, struct process, all)->thread_count;
	return count;
}

void load_sample(void)
{
	u64 running;

	world_lock();
	running = (u64)threads_running() << LOAD_SHIFT;
	world_unlock();
	for (u32 i = 0; i < 3; i++) {
		u64 next = average[i] * decay[i] + running * (LOAD_ONE - decay[i]);

		/* Rounded up while it rises, or it never gets there. */
		if (running >= average[i])
			next += LOAD_ONE - 1;
		__atomic_store_n(&average[i], next >> LOAD_SHIFT, __ATOMIC_RELAXED);
	}
}

void load_averages(u64 load[3])
{
	for (u32 i = 0; i < 3; i++)
		load[i] = __atomic_load_n(&average[i], __ATOMIC_RELAXED);
}
