/* SPDX-License-Identifier: MIT */
/* sched.c - the feedback queue in its first form: one queue set per CPU, each with its lock. */
#include "microkernel/core/sched.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/core/timer.h"

enum { SEARCH_MAX = 8 };

void sched_init(struct cpu *cpu)
{
	cpu->run_lock.class = LOCK_RUN_QUEUE;
	cpu->timer_lock.class = LOCK_TIMER;
	for (int i = 0; i < LEVELS; i++)
		list_init(&cpu->run_queue[i]);
}

void runnable_init(struct runnable *runnable, u8 level)
{
	list_init(&runnable->link);
	runnable->allowed = ~(u64)0;
	runnable->context = &runnable->own;
	runnable->own.level = level >= LEVEL_SERVER || level == LEVEL_IDLE ? level : LEVEL_USER_TOP;
	runnable->own.top = LEVEL_USER_TOP;
	runnable->own.left_ns = sched_quantum(&runnable->own);
	runnable->floor = level >= LEVEL_SERVER ? level : 0;
}

/* One of those CPUs that idles, which nobody else is given until it idles again; NULL: none. */
static struct cpu *idle_claim(u64 among)
{
	u64 idle = __atomic_load_n(&cpu_idle_mask, __ATOMIC_RELAXED) & among, bit = idle & -idle;

	if (!bit || !(__atomic_fetch_and(&cpu_idle_mask, ~bit, __ATOMIC_SEQ_CST) & bit))
		return NULL;
	return &cpus[__builtin_ctzl(bit)];
}

void sched_tell_others(struct cpu *cpu, const struct runnable *what)
{
	struct cpu *idle;

	if (cpu != this_cpu()) {
		arch_poke(cpu);
		return;
	}
	if (!cpu->current && cpu->run_count == 1)
		return; /* it is looked for at once */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	idle = idle_claim(what->allowed & ~(1ul << cpu->number));
	if (idle)
		arch_poke(idle);
}

/* The least level that would run at once there; what others do there is read as it changes. */
static unsigned level_wanted(const struct cpu *cpu)
{
	struct runnable *current = __atomic_load_n(&cpu->current, __ATOMIC_RELAXED);
	u32 mask = __atomic_load_n(&cpu->run_mask, __ATOMIC_RELAXED);
	unsigned running = current ? sched_level(current) + 1 : 0;
	unsigned queued = mask ? 32u - (unsigned)__builtin_clz(mask) : 0;

	return running > queued ? running : queued;
}

/*
 * With many CPUs: where it runs at once, this one if it can.  Where it has to wait, queues are
 * compared two at a time, so that they do not differ by much for long.
 */
static __attribute__((noinline)) struct cpu *place(const struct runnable *runnable, unsigned level)
{
	u64 allowed = __atomic_load_n(&runnable->allowed, __ATOMIC_RELAXED);
	struct cpu *self = this_cpu(), *best = NULL, *other;
	unsigned least = LEVELS + 1;

	if (sched_allowed(runnable) && level >= level_wanted(self))
		return self;
	if ((other = idle_claim(allowed)))
		return other;
	for (u32 i = 0; i < cpu_count; i++) {
		struct cpu *cpu = &cpus[(self->number + i) % cpu_count];
		unsigned wanted = allowed >> cpu->number & 1 ? level_wanted(cpu) : LEVELS + 1;

		if (wanted < least) {
			least = wanted;
			best = cpu;
		}
	}
	if (level >= least || !sched_allowed(runnable))
		return best;
	other = &cpus[self->balance++ % cpu_count];
	bool fewer = other->run_count + 1 < self->run_count;
	return fewer && allowed >> other->number & 1 ? other : self;
}

void sched_enqueue(struct runnable *runnable)
{
	struct cpu *self = this_cpu(), *cpu = self;

	sched_lift(runnable->context, arch_now_ns());
	runnable->level = (u8)sched_level(runnable);
	if (self->many)
		cpu = place(runnable, runnable->level);
	sched_queue(cpu, runnable, false);
	if (cpu != self)
		; /* it is poked */
	else if (!cpu->current || runnable->level > sched_level(cpu->current))
		cpu->resched = 1;
	else if (runnable->level == sched_level(cpu->current))
		timer_arm(cpu->slice_end_ns); /* now there is someone to share with */
	if (self->many)
		sched_tell_others(cpu, runnable);
}

static void unlink_queued(struct cpu *cpu, struct runnable *runnable)
{
	list_remove(&runnable->link);
	cpu->run_count--;
	__atomic_store_n(&runnable->queue, NULL, __ATOMIC_RELEASE);
	if (list_empty(&cpu->run_queue[runnable->level]))
		cpu->run_mask &= ~(1u << runnable->level);
}

bool sched_dequeue(struct runnable *runnable)
{
	struct cpu *cpu = __atomic_load_n(&runnable->queue, __ATOMIC_ACQUIRE);
	bool queued;

	if (!cpu)
		return false;
	lock_acquire(&cpu->run_lock);
	queued = runnable->queue == cpu;
	if (queued)
		unlink_queued(cpu, runnable);
	lock_release(&cpu->run_lock);
	return queued;
}

void sched_poke(struct runnable *runnable)
{
	struct cpu *cpu;

	/* Either what the caller asks for is seen by who begins to run it, or that one is seen
	 * here. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	cpu = sched_runs_on(runnable);
	if (cpu == this_cpu())
		cpu->resched = 1;
	else if (cpu)
		arch_poke(cpu);
}

/* The first of a queue that this CPU may run.  Behind some that it may not, it does not look. */
static struct runnable *first_allowed(struct list *queue)
{
	struct list *link = queue->next;

	for (int i = 0; i < SEARCH_MAX && link != queue; i++, link = link->next) {
		struct runnable *runnable = container_of(link, struct runnable, link);

		if (sched_allowed(runnable))
			return runnable;
	}
	return NULL;
}

/* The most urgent of a CPU's queue that may run here; of the own one whoever is first. */
static struct runnable *take(struct cpu *cpu)
{
	struct runnable *runnable = NULL;
	bool own = cpu == this_cpu();

	lock_acquire(&cpu->run_lock);
	for (u32 mask = cpu->run_mask; mask && !runnable;) {
		unsigned level = 31u - (unsigned)__builtin_clz(mask);
		struct list *queue = &cpu->run_queue[level];

		runnable = own ? container_of(queue->next, struct runnable, link)
			       : first_allowed(queue);
		mask &= ~(1u << level);
	}
	if (runnable)
		unlink_queued(cpu, runnable);
	lock_release(&cpu->run_lock);
	return runnable;
}

/* Where the most urgent one is queued, as far as can be seen; here, if that is no difference. */
static struct cpu *most_urgent(struct cpu *self)
{
	struct cpu *best = self;
	u32 most = self->run_mask;

	for (u32 i = 0; i < cpu_count; i++) {
		u32 mask = __atomic_load_n(&cpus[i].run_mask, __ATOMIC_RELAXED);

		if (mask > most && (mask ^ most) > most) { /* a higher bit is the highest */
			best = &cpus[i];
			most = mask;
		}
	}
	return best;
}

struct runnable *sched_pick(void)
{
	struct cpu *cpu = this_cpu(), *other;
	struct runnable *runnable = NULL;

	if (cpu->many && (other = most_urgent(cpu)) != cpu)
		runnable = take(other);
	if (!runnable)
		runnable = take(cpu);
	for (u32 i = 1; !runnable && i < cpu_count; i++) {
		other = &cpus[(cpu->number + i) % cpu_count];
		if (__atomic_load_n(&other->run_mask, __ATOMIC_RELAXED))
			runnable = take(other);
	}
	return runnable;
}
