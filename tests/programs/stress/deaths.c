/* SPDX-License-Identifier: MIT */
/*
 * deaths.c - threads that are killed at random moments, in whatever state they are, by one or
 * several at once, while others kick, suspend and resume them.  Each says that it ended, once, and
 * no instruction of it runs afterwards.
 *
 * A worker has one victim after the other, on the same stack; the others know its handle and meddle
 * with it.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/stress/stress.h"

enum { ENDED = 1, NOBODY = 1 << 20, GUEST_AT = 0x400000, ANSWERED = 8 };
enum state {
	COMPUTES,
	WAITS,
	WAITS_SHORT,
	SLEEPS,
	QUEUED,
	HELD,
	RECEIVES,
	IN_GUEST,
	MAKES,
	MAPS,
	YIELDS,
	RETURNS,
	MEETS,
	STATES
};

static const u8 guest_code[] = { 0xeb, 0xfe }; /* jmp to itself */

static struct victim {
	struct thread *stack; /* its struct thread; reused by the next */
	cap_t events;	      /* what it says its end on */
	cap_t endpoint;
	cap_t budget; /* of what it makes: its handles are lost with it */
	cap_t thread;
	enum state state;
	u64 random;
	volatile u64 steps; /* grows as long as it runs */
	u32 word;
} victims[WORKERS_MAX];

static cap_t guest, view, states;
static struct guest_state *state_pages;

static void in_guest(struct victim *v)
{
	u64 n = (u64)(v - victims);

	state_pages[n] = (struct guest_state){
		.regs = { .rip = GUEST_AT, .rsp = GUEST_AT, .rflags = 0x202 }
	};
	(void)sys_thread_bind(v->stack->cap, view, states, n * GUEST_STATE_SIZE);
	(void)sys_guest_resume();
}

/* Calls that take long, and go on where they were interrupted. */
static void makes(struct victim *v)
{
	i64 memory = memory_create_pinned(v->budget, 16 * PAGE_SIZE);

	if (memory > 0)
		(void)sys_object_destroy((cap_t)memory);
}

static void maps(struct victim *v)
{
	i64 space = sys_space_create(v->budget, SPACE_GUEST), clone;
	struct map_args a = { .address = GUEST_AT,
			      .length = PAGE_SIZE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };

	if (space <= 0)
		return;
	(void)sys_space_map((cap_t)space, &a);
	(void)sys_space_copy((cap_t)space, a.address, (u64)&v->steps, 8, SPACE_COPY_WRITE);
	clone = sys_space_clone(v->budget, (cap_t)space);
	(void)sys_space_copy((cap_t)space, a.address, (u64)&v->steps, 8, SPACE_COPY_WRITE);
	if (clone > 0)
		(void)sys_object_destroy((cap_t)clone);
	(void)sys_object_destroy((cap_t)space);
}

static void step(struct victim *v)
{
	struct message m = { .tag = 0 };

	switch (v->state) {
	case COMPUTES:
		break;
	case WAITS:
		(void)sys_notification_wait(v->events, NOBODY, DEADLINE_NEVER);
		break;
	case WAITS_SHORT:
		(void)sys_notification_wait(v->events, NOBODY, clock_now() + v->steps % 1000);
		break;
	case SLEEPS:
		(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&v->word, 0, ~0u, DEADLINE_NEVER);
		break;
	case QUEUED:
	case HELD:
		(void)ipc_call(v->endpoint, &m);
		break;
	case RECEIVES:
		(void)ipc_receive(v->endpoint, &m);
		break;
	case IN_GUEST:
		in_guest(v);
		break;
	case MAKES:
		makes(v);
		break;
	case MAPS:
		maps(v);
		break;
	case YIELDS:
		(void)sys_thread_yield();
		break;
	case MEETS:
		/* Of one word with all others'. */
		(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&victims[0].word, 0, ~0u,
				     clock_now() + 20000);
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&victims[0].word, 2, ~0u);
		break;
	default:
		thread_exit(0);
	}
}

static _Noreturn void victim_main(struct victim *v)
{
	for (;;) {
		v->steps++;
		step(v);
	}
}

static cap_t victim_make(struct victim *v)
{
	i64 resumed;
	struct thread_args args = { .table = CAP_SELF_TABLE,
				    .space = CAP_SELF_SPACE,
				    .entry = (u64)victim_main,
				    .stack = (u64)v->stack - 8,
				    .argument = (u64)v,
				    .exit_notification = v->events,
				    .exit_bits = ENDED,
				    .level = LEVEL_USER_TOP,
				    .flags = THREAD_SUSPENDED,
				    .name = "victim" };
	cap_t thread = MADE(sys_thread_create(purse, &args));

	v->stack->cap = thread;
	__atomic_store_n(&v->thread, thread, __ATOMIC_RELEASE);
	/* Unless somebody has ended it already. */
	resumed = sys_thread_control(thread, THREAD_RESUME, 0);
	must(resumed == 0 || resumed == E_BADCAP || resumed == E_STATE, "THREAD_RESUME", resumed);
	return thread;
}

/* What others do to a victim: all of it may come too late. */
static void meddle(struct worker *w)
{
	cap_t other = __atomic_load_n(&victims[random_below(w, workers)].thread, __ATOMIC_ACQUIRE);

	switch (random_below(w, 8)) {
	case 0:
		(void)sys_thread_kick(other, KICK_SOFT);
		break;
	case 1:
		(void)sys_thread_kick(other, KICK_HARD);
		break;
	case 2:
		(void)sys_thread_control(other, THREAD_SUSPEND, 0);
		break;
	case 3:
		(void)sys_thread_control(other, THREAD_RESUME, 0);
		break;
	case 4:
		(void)sys_object_destroy(other);
		break;
	case 5:
		(void)sys_thread_control(other, THREAD_SET_LEVEL, LEVEL_USER + random_below(w, 8));
		break;
	default:
		break;
	}
}

/* Killed by its worker, or by somebody else just before: then that one's call may still go on. */
static void kill(struct victim *v, cap_t thread, struct message *held)
{
	struct cap_info info;
	i64 result = sys_object_destroy(thread);
	u64 steps;

	must(result == 0 || result == E_BADCAP, "sys_object_destroy", result);
	GIVES(ENDED, sys_notification_wait(v->events, ENDED, DEADLINE_NEVER));
	steps = v->steps;
	if (held->reply) {
		result = ipc_reply(held);
		must(result == E_GONE || result == E_BADCAP, "a dead caller is answered", result);
	}
	linger();
	must(v->steps == steps, "a dead thread runs", (i64)(v->steps - steps));
	GIVES(E_TIMEDOUT, sys_notification_wait(v->events, ENDED, 0));
	GIVES(E_BADCAP, sys_cap_info(thread, &info));
}

void deaths_begin(void)
{
	struct map_args a = { .address = GUEST_AT,
			      .length = PAGE_SIZE,
			      .protect = PROTECT_READ,
			      .maximum = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC,
			      .flags = MAP_AT | MAP_OVERLAY };

	guest = MADE(sys_space_create(purse, SPACE_GUEST));
	GIVES(GUEST_AT, sys_space_map(guest, &a));
	GIVES(sizeof(guest_code),
	      sys_space_copy(guest, GUEST_AT, (u64)guest_code, sizeof(guest_code),
			     SPACE_COPY_WRITE | SPACE_COPY_FORCE));
	GIVES(0, sys_space_protect(guest, GUEST_AT, PAGE_SIZE, PROTECT_READ | PROTECT_EXEC));
	view = MADE(sys_view_create(purse, guest, CAP_SELF_SPACE));
	states = MADE(sys_memory_create(purse, 2 * PAGE_SIZE, MEMORY_PINNED));
	state_pages = (struct guest_state *)memory_map(states, 0, 2 * PAGE_SIZE,
						       PROTECT_READ | PROTECT_WRITE);
	for (u32 i = 0; i < workers; i++) {
		if (!victims[i].stack)
			victims[i].stack = thread_stack_create();
		victims[i].events = MADE(sys_notification_create(purse));
		victims[i].endpoint = MADE(sys_endpoint_create(purse));
	}
}

void deaths_end(void)
{
	for (u32 i = 0; i < workers; i++) {
		GIVES(0, sys_object_destroy(victims[i].events));
		GIVES(0, sys_object_destroy(victims[i].endpoint));
	}
	GIVES(0, sys_space_unmap(CAP_SELF_SPACE, (u64)state_pages, 2 * PAGE_SIZE));
	GIVES(0, sys_object_destroy(states));
	GIVES(0, sys_object_destroy(view));
	GIVES(0, sys_object_destroy(guest));
}

void deaths_storm(struct worker *w)
{
	struct victim *v = &victims[w->number];

	for (u64 round = w->number; round < rounds; round += workers) {
		struct message held = { .reply = 0 };
		cap_t thread;

		v->state = (enum state)random_below(w, STATES);
		v->budget = MADE(sys_budget_create(purse, 1 << 20, 0));
		thread = victim_make(v);
		if (v->state == HELD) {
			libsys_message_page()->deadline = clock_now() + 1000000;
			held.tag = TAG_DEADLINE;
			if (ipc_receive(v->endpoint, &held))
				held.reply = 0;
		}
		dawdle(w);
		while (random_below(w, 3))
			meddle(w);
		kill(v, thread, &held);
		GIVES(0, sys_object_destroy(v->budget));
	}
	v->thread = CAP_NONE;
}
