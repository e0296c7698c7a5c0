/* SPDX-License-Identifier: MIT */
/* thread_control.c - information about a thread, its level, suspending it. */
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/usercopy.h"

/* Ordinary levels are everybody's; what lies above them only passes on from who has it. */
bool thread_level_allowed(u64 level)
{
	return level <= LEVEL_USER_TOP || level <= thread_current()->run.floor;
}

static u32 state_of(const struct thread *t)
{
	switch (thread_waits(t)) {
	case WAIT_DEAD:
		return t->exit_state;
	case WAIT_SUSPENDED:
		return THREAD_STATE_SUSPENDED;
	case WAIT_NONE:
	case WAIT_CLAIMED:
	case WAIT_TIME:
		return THREAD_STATE_READY;
	default:
		return THREAD_STATE_WAITING;
	}
}

/* What it ran on another CPU since its time was last taken down; about right, as it runs on. */
static u64 running_ticks(const struct thread *t)
{
	const struct cpu *cpu = sched_runs_on(&t->run);

	return cpu && cpu != this_cpu() ? arch_ticks() - t->since_ticks : 0;
}

void thread_describe(struct thread *t, struct thread_info *info)
{
	u64 more = running_ticks(t);
	struct thread *awaited = endpoint_awaited(t);

	*info = (struct thread_info){
		.id = t->object.id,
		.state = state_of(t),
		.level = thread_waits(t) == WAIT_DEAD ? 0 : sched_level(&t->run),
		.guest_ns = arch_ticks_to_ns(t->guest_ns + (t->in_guest ? more : 0)),
		.native_ns = arch_ticks_to_ns(t->native_ns + (t->in_guest ? 0 : more)),
		.voluntary_switches = t->voluntary,
		.involuntary_switches = t->involuntary,
		.waits_on = awaited ? awaited->object.id : 0,
		.exit_status = t->exit_status,
		.processor = t->run.last,
		.fault_address = t->fault_address,
		.fault_rip = t->fault_rip,
	};
	memcpy(info->name, t->name, sizeof(info->name));
}

i64 sys_thread_info(struct cap_ref cap, struct thread_info __user *to)
{
	struct thread_info info;

	thread_describe(cap.object, &info);
	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

static error_t set_level(struct thread *t, u64 value)
{
	bool queued;

	if (value >= LEVELS)
		return E_INVAL;
	if (!thread_level_allowed(value))
		return E_RIGHTS;
	queued = sched_dequeue(&t->run);
	t->run.own.level = (u8)value;
	/* Feedback takes a thread of a user level down from here and back to here. */
	t->run.own.top = value >= LEVEL_USER && value <= LEVEL_USER_TOP ? (u8)value :
									   LEVEL_USER_TOP;
	t->run.floor = value >= LEVEL_SERVER ? (u8)value : 0;
	if (queued)
		sched_enqueue(&t->run);
	else
		sched_poke(&t->run); /* if it runs: others may be more urgent now */
	return 0;
}

/*
 * A child begins where its parent stands, with half of what is left of the parent's quantum: making
 * children gives nobody more time.
 */
static void follow(struct thread *t)
{
	struct cpu *cpu = this_cpu();
	const struct context *caller = thread_current()->run.context;
	bool queued = sched_dequeue(&t->run);
	u64 now = arch_now_ns();

	if (cpu->context == caller && cpu->slice_end_ns > now)
		cpu->slice_end_ns = now + (cpu->slice_end_ns - now) / 2;
	t->run.own.level = caller->level;
	t->run.own.top = caller->top;
	t->run.own.boost_round = caller->boost_round;
	t->run.own.ran_ns = now;
	t->run.own.left_ns = cpu->slice_end_ns > now ? cpu->slice_end_ns - now : 0;
	t->run.allowed = thread_current()->run.allowed;
	t->pinned = thread_current()->pinned;
	if (queued)
		sched_enqueue(&t->run);
}

static error_t set_processors(struct thread *t, u64 mask)
{
	u64 all = ~(u64)0 >> (64 - cpu_count);

	mask &= all;
	if (!mask)
		return E_INVAL;
	t->pinned = mask != all;
	__atomic_store_n(&t->run.allowed, mask == all ? ~(u64)0 : mask, __ATOMIC_SEQ_CST);
	if (sched_dequeue(&t->run))
		sched_enqueue(&t->run);
	else
		sched_poke(&t->run);
	return 0;
}

void thread_resume(struct thread *t)
{
	u64 word = thread_wait_word(t);

	t->suspend = 0;
	if (wait_kind(word) == WAIT_SUSPENDED && thread_claim(t, word))
		thread_start(t);
}

/* A ready thread is suspended at once, one that waits when its wait ends, a running one at its next
 * leave. */
static error_t suspend(struct thread *t)
{
	if (thread_waits(t) == WAIT_SUSPENDED)
		return 0;
	if (sched_dequeue(&t->run)) {
		thread_publish(t, WAIT_SUSPENDED);
		return 0;
	}
	t->suspend = 1;
	sched_poke(&t->run);
	return 0;
}

i64 sys_thread_control(struct cap_ref cap, u64 op, u64 value)
{
	struct thread *t = cap.object;

	if (thread_waits(t) == WAIT_DEAD)
		return E_STATE;
	switch (op) {
	case THREAD_SET_LEVEL:
		return set_level(t, value);
	case THREAD_FOLLOW:
		follow(t);
		return 0;
	case THREAD_SET_PROCESSORS:
		return set_processors(t, value);
	case THREAD_RESUME:
		thread_resume(t);
		return 0;
	case THREAD_SUSPEND:
		return suspend(t);
	default:
		return E_INVAL;
	}
}

i64 sys_thread_yield(void)
{
	this_cpu()->slice_end_ns = 0; /* its quantum is given away */
	this_cpu()->resched = 1;
	return 0;
}

