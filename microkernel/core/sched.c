/* SPDX-License-Identifier: MIT */
/* sched.c - the feedback queue in its first form: one queue set per CPU, each with its lock. */
#include "microkernel/core/sched.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/core/timer.h"

enum { SEARCH_MAX = 8, WAIT_EARNS = 16 };

void sched_init(struct cpu *cpu)
{
	cpu->run_lock.class = LOCK_RUN_QUEUE;
	cpu->timer_lock.class = LOCK_TIMER;
	for (int i = 0; i < LEVELS; i++)
		list_init(&cpu->run_queue[i]);
}

/*
 * The higher the level, the shorter: whoever computes sinks fast, and all that the boost has raised
 * at once do not keep one who waits from answering.
 */
static u64 quantum(const struct context *context)
{
	bool feedback = context->level >= LEVEL_USER && context->level <= LEVEL_USER_TOP;

	return feedback ? QUANTUM_NS / context->level : QUANTUM_NS;
}

void runnable_init(struct runnable *runnable, u8 level)
{
	list_init(&runnable->link);
	runnable->allowed = ~(u64)0;
	runnable->context = &runnable->own;
	runnable->own.level = level >= LEVEL_SERVER || level == LEVEL_IDLE ? level : LEVEL_USER_TOP;
	runnable->own.top = LEVEL_USER_TOP;
	runnable->own.left_ns = quantum(&runnable->own);
	runnable->floor = level >= LEVEL_SERVER ? level : 0;
}

/*
 * Whoever has waited for long goes back to the top with a whole quantum, so that a person's program
 * answers although it has computed before.  A shorter wait earns a part of its length, so that who
 * mostly waits never sinks.  Of the others each rises by one level in a while: none starves, and
 * however many compute, they do not come to the top together.
 */
static void lift(struct context *context, u64 now)
{
	u64 round = now >> BOOST_SHIFT, idle = now - context->ran_ns;
	bool waited = idle >= WAITED_NS, rises = waited || context->boost_round != round;

	context->boost_round = round;
	if (rises && context->level >= LEVEL_USER && context->level < context->top)
		context->level = waited ? context->top : context->level + 1;
	context->left_ns += idle / WAIT_EARNS;
	if (waited || context->left_ns > quantum(context))
		context->left_ns = quantum(context);
}

unsigned sched_level(struct runnable *runnable)
{
	struct context *context = runnable->context;

	return context->level > runnable->floor ? context->level : runnable->floor;
}

/* One of those CPUs that idles, which nobody else is given until it idles again; NULL: none. */
static struct cpu *idle_claim(u64 among)
{
	u64 idle = __atomic_load_n(&cpu_idle_mask, __ATOMIC_RELAXED) & among, bit = idle & -idle;

	if (!bit || !(__atomic_fetch_and(&cpu_idle_mask, ~bit, __ATOMIC_SEQ_CST) & bit))
		return NULL;
	return &cpus[__builtin_ctzl(bit)];
}

/* Something was queued there.  Who waits in the halt, or is about to, looks at every queue after it
 * has shown its bit; here the bit is looked at after the queue was filled. */
static __attribute__((noinline)) void tell_others(struct cpu *cpu, const struct runnable *what)
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
	unsigned level;

	lift(runnable->context, arch_now_ns());
	level = sched_level(runnable);
	if (self->many)
		cpu = place(runnable, level);
	lock_acquire(&cpu->run_lock);
	assert(!runnable->queue);
	list_append(&cpu->run_queue[level], &runnable->link);
	cpu->run_mask |= 1u << level;
	cpu->run_count++;
	runnable->level = (u8)level;
	__atomic_store_n(&runnable->queue, cpu, __ATOMIC_RELEASE);
	if (cpu != self)
		; /* it is poked */
	else if (!cpu->current || level > sched_level(cpu->current))
		cpu->resched = 1;
	else if (level == sched_level(cpu->current))
		timer_arm(cpu->slice_end_ns); /* now there is someone to share with */
	lock_release(&cpu->run_lock);
	if (self->many)
		tell_others(cpu, runnable);
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

void sched_account(u64 now)
{
	struct cpu *cpu = this_cpu();
	struct context *context = cpu->context;

	if (!context)
		return;
	context->ran_ns = now;
	if (now < cpu->slice_end_ns) {
		context->left_ns = cpu->slice_end_ns - now;
		return;
	}
	if (context->level > LEVEL_USER && context->level <= LEVEL_USER_TOP)
		context->level--;
	context->left_ns = quantum(context);
}

void sched_begin_slice(struct runnable *runnable, u64 now)
{
	struct cpu *cpu = this_cpu();

	cpu->context = runnable->context;
	cpu->slice_began_ns = now;
	cpu->slice_end_ns = now + runnable->context->left_ns;
	/* With nobody waiting there is nobody to be preempted for. */
	if (cpu->run_mask)
		timer_arm(cpu->slice_end_ns);
}
