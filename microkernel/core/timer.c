/* SPDX-License-Identifier: MIT */
/* timer.c - see timer.h. */
#include "microkernel/core/timer.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"

void timer_arm_earlier(struct cpu *cpu, u64 when_ns)
{
	u64 now = arch_now_ns();

	cpu->timer_armed_ns = when_ns;
	arch_timer_arm(when_ns > now ? when_ns - now : 0);
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	struct cpu *cpu = this_cpu();

	assert(!timer->cpu);
	lock_acquire(&cpu->timer_lock);
	treap_insert(&cpu->timers, &timer->node, deadline_ns);
	__atomic_store_n(&timer->cpu, cpu, __ATOMIC_RELEASE);
	lock_release(&cpu->timer_lock);
	timer_arm(deadline_ns);
}

static void unset(struct cpu *cpu, struct timer *timer)
{
	treap_remove(&cpu->timers, &timer->node);
	__atomic_store_n(&timer->cpu, NULL, __ATOMIC_RELEASE);
}

void timer_cancel_on(struct cpu *cpu, struct timer *timer)
{
	lock_acquire(&cpu->timer_lock);
	if (timer->cpu == cpu)
		unset(cpu, timer);
	lock_release(&cpu->timer_lock);
}

struct timer *timer_take_due(u64 now)
{
	struct cpu *cpu = this_cpu();
	struct timer *timer = NULL;

	lock_acquire(&cpu->timer_lock);
	struct treap_node *first = treap_first(&cpu->timers);
	if (first && first->key <= now) {
		timer = container_of(first, struct timer, node);
		unset(cpu, timer);
	}
	lock_release(&cpu->timer_lock);
	return timer;
}

void timer_fired(void)
{
	struct cpu *cpu = this_cpu();

	cpu->timer_armed_ns = DEADLINE_NEVER;
	lock_acquire(&cpu->timer_lock);
	struct treap_node *first = treap_first(&cpu->timers);
	if (first)
		timer_arm(first->key); /* with the lock: others cancel timers, and set them anew */
	lock_release(&cpu->timer_lock);
	if (cpu->run_mask)
		timer_arm(cpu->slice_end_ns);
	timer_arm(cpu->time_end_ns);
}
