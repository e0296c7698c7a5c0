/* SPDX-License-Identifier: MIT */
/* timer.c - see timer.h. */
#include "microkernel/core/timer.h"
#include "microkernel/core/lock.h"

static struct lock timer_lock = LOCK_INIT(LOCK_TIMER);

void timer_arm(u64 when_ns)
{
	struct cpu *cpu = this_cpu();
	u64 now;

	if (when_ns >= cpu->timer_armed_ns)
		return;
	now = arch_now_ns();
	cpu->timer_armed_ns = when_ns;
	arch_timer_arm(when_ns > now ? when_ns - now : 0);
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	lock_acquire(&timer_lock);
	if (timer->set)
		splay_remove(&this_cpu()->timers, &timer->node);
	timer->set = true;
	splay_insert(&this_cpu()->timers, &timer->node, deadline_ns);
	lock_release(&timer_lock);
	timer_arm(deadline_ns);
}

void timer_cancel(struct timer *timer)
{
	if (!timer->set)
		return;
	lock_acquire(&timer_lock);
	splay_remove(&this_cpu()->timers, &timer->node);
	timer->set = false;
	lock_release(&timer_lock);
}

struct timer *timer_take_due(u64 now)
{
	struct timer *timer = NULL;

	lock_acquire(&timer_lock);
	struct splay_node *first = splay_first(&this_cpu()->timers);
	if (first && first->key <= now) {
		timer = container_of(first, struct timer, node);
		splay_remove(&this_cpu()->timers, first);
		timer->set = false;
	}
	lock_release(&timer_lock);
	return timer;
}

void timer_fired(void)
{
	struct cpu *cpu = this_cpu();

	cpu->timer_armed_ns = DEADLINE_NEVER;
	lock_acquire(&timer_lock);
	struct splay_node *first = splay_first(&cpu->timers);
	lock_release(&timer_lock);
	if (first)
		timer_arm(first->key);
	if (cpu->run_mask)
		timer_arm(cpu->slice_end_ns);
}
