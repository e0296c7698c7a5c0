/* SPDX-License-Identifier: MIT */
/* deaths.c - servers that die with a hundred calls, clients that die in one, circles. */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "tests/programs/attacks/attacks.h"

enum { CLIENTS = 100, STACK = 4096, LENT = 16 * PAGE_SIZE };

static struct {
	cap_t budget, table, endpoint, thread, there;
	u32 received; /* by the server */
	bool receives;
	u32 ended[2]; /* clients that were told, by which death */
	u32 dead[2];
	u32 go; /* futex word */
} it;

static _Noreturn void die_holding(void)
{
	struct message m = { 0 };

	while (!ipc_receive(it.there, &m))
		__atomic_fetch_add(&it.received, 1, __ATOMIC_ACQ_REL);
	sys_thread_exit(0);
	__builtin_unreachable();
}

/* Once to a server that holds the call, once to an endpoint where it waits in the queue. */
static void client(void *argument)
{
	(void)argument;
	for (u32 death = 0; death < 2; death++) {
		struct message m = { .tag = TAG_MAKE(1, 0, 0, 0) };
		i64 got;

		while (__atomic_load_n(&it.go, __ATOMIC_ACQUIRE) <= death)
			(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&it.go, death, 1, DEADLINE_NEVER);
		got = ipc_call(it.endpoint, &m);
		__atomic_fetch_add(&it.dead[death], got == E_DEAD, __ATOMIC_ACQ_REL);
		__atomic_fetch_add(&it.ended[death], 1, __ATOMIC_ACQ_REL);
	}
	thread_exit(0);
}

static void begin(u32 death)
{
	it.budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	it.endpoint = MAKE(sys_endpoint_create(it.budget));
	__atomic_store_n(&it.go, death + 1, __ATOMIC_RELEASE);
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&it.go, CLIENTS, 1);
}

static u32 waiting(struct thread **clients)
{
	u32 count = 0;

	for (u32 i = 0; i < CLIENTS; i++)
		count += thread_is_waiting(clients[i]->cap);
	return count;
}

static void servers(void)
{
	static struct thread *clients[CLIENTS];
	static u8 stack[STACK] __attribute__((aligned(16)));
	struct thread_args args = { .space = CAP_SELF_SPACE,
				    .entry = (u64)die_holding,
				    .stack = (u64)stack + STACK - 8,
				    .level = LEVEL_USER_TOP };

	for (u32 i = 0; i < CLIENTS; i++)
		clients[i] = helper(client, NULL);

	row("T16: a server dies between receive and reply, with 100 callers: E_DEAD for each");
	begin(0);
	args.table = it.table = MAKE(sys_table_create(it.budget));
	it.there = MAKE(sys_cap_copy(it.table, it.endpoint, RIGHTS_ALL, 0));
	it.thread = MAKE(sys_thread_create(it.budget, &args));
	HOLDS(UNTIL(__atomic_load_n(&it.received, __ATOMIC_ACQUIRE) == CLIENTS));
	WANT(0, it.ended[0]);
	WANT(0, sys_object_destroy(it.thread));
	WANT(0, sys_object_destroy(it.table));
	HOLDS(UNTIL(__atomic_load_n(&it.ended[0], __ATOMIC_ACQUIRE) == CLIENTS));
	WANT(CLIENTS, it.dead[0]);
	WANT(0, sys_object_destroy(it.budget));

	row("T15: a server's endpoint dies with 100 callers in its queue: E_DEAD for each");
	begin(1);
	HOLDS(UNTIL(waiting(clients) == CLIENTS));
	WANT(0, it.ended[1]);
	WANT(0, sys_object_destroy(it.endpoint));
	HOLDS(UNTIL(__atomic_load_n(&it.ended[1], __ATOMIC_ACQUIRE) == CLIENTS));
	WANT(CLIENTS, it.dead[1]);
	WANT(0, sys_object_destroy(it.budget));
	for (u32 i = 0; i < CLIENTS; i++) {
		HOLDS(UNTIL(!thread_is_waiting(clients[i]->cap)));
		WANT(0, sys_object_destroy(clients[i]->cap));
	}
}

/* --- a client dies while its window is written --- */

static struct {
	cap_t endpoint, thread;
	u8 *window;
	u32 round, killed; /* futex words of the killer */
	bool over;
} lent;

static _Noreturn void lend(struct message_page *page)
{
	u64 tag = TAG_MAKE(1, 0, 1, 0);
	struct message m = { .tag = tag };

	page->window[0] = (struct window){ (u64)lent.window, LENT, WINDOW_WRITE };
	(void)ipc_call(lent.endpoint, &m);
	sys_thread_exit(0);
	__builtin_unreachable();
}

/* Ends the client of the round at a moment of no known distance. */
static void killer(void *argument)
{
	u64 random = 88172645463325252ul;

	(void)argument;
	for (u32 seen = 0;; seen++) {
		while (__atomic_load_n(&lent.round, __ATOMIC_ACQUIRE) == seen)
			(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&lent.round, seen, 1,
					     DEADLINE_NEVER);
		if (lent.over)
			break;
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		for (u64 i = random % 20000; i; i--)
			__asm__ volatile("");
		(void)sys_object_destroy(lent.thread);
		__atomic_store_n(&lent.killed, seen + 1, __ATOMIC_RELEASE);
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&lent.killed, 1, 1);
	}
	thread_exit(0);
}

static void next_round(void)
{
	__atomic_fetch_add(&lent.round, 1, __ATOMIC_ACQ_REL);
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&lent.round, 1, 1);
}

static void clients(void)
{
	static u8 window[LENT], stack[STACK] __attribute__((aligned(16))), from[LENT];
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	struct thread_args args = { .space = CAP_SELF_SPACE,
				    .table = CAP_SELF_TABLE,
				    .entry = (u64)lend,
				    .stack = (u64)stack + STACK - 8,
				    .message_memory = memory,
				    .level = LEVEL_USER_TOP };
	i64 page = memory_map(memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	u64 whole = 0, part = 0, late = 0, other = 0;
	struct thread *t = helper(killer, NULL);
	struct message m = { 0 };

	row("T17: a client dies while the server writes into its window: all, a part, or E_GONE");
	args.argument = (u64)page;
	lent.window = window;
	lent.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	for (u32 i = 0; i < rounds / 10; i++) {
		i64 got;

		lent.thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
		m.tag = 0;
		WANT(0, ipc_receive(lent.endpoint, &m));
		next_round();
		got = sys_reply_write(m.reply, 0, 0, (u64)from, LENT);
		whole += got == LENT;
		part += got > 0 && got < LENT;
		late += got == E_GONE || got == E_BADCAP;
		other += got <= 0 && got != E_GONE && got != E_BADCAP;
		while (__atomic_load_n(&lent.killed, __ATOMIC_ACQUIRE) == i)
			(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&lent.killed, i, 1,
					     DEADLINE_NEVER);
		HOLDS(sys_reply_write(m.reply, 0, 0, (u64)from, 1) < 0);
		m.tag = 0;
		HOLDS(ipc_reply(&m) < 0);
	}
	log_printf("  %lu written whole, %lu in part, %lu too late", whole, part, late);
	judge(!other, "other answers", (i64)other, 0);
	lent.over = true;
	next_round();
	helper_end(t);
	WANT(0, sys_object_destroy(lent.endpoint));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)page, PAGE_SIZE));
	WANT(0, sys_object_destroy(memory));
}

/* --- circles --- */

enum { MEMBERS = 3 };
static struct {
	cap_t endpoint[MEMBERS];
	volatile i64 last; /* what closing the circle gave */
	u32 known;
} circle;

static i64 poll(cap_t endpoint, struct message *m)
{
	*m = (struct message){ .tag = TAG_DEADLINE };
	libsys_message_page()->deadline = 0;
	return ipc_receive(endpoint, m);
}

static void member(void *argument)
{
	u64 self = (u64)argument;
	struct message m, onward = { .tag = TAG_MAKE(1, 0, 0, 0) };

	/* From now on it is known who receives there. */
	(void)poll(circle.endpoint[self], &m);
	__atomic_fetch_add(&circle.known, 1, __ATOMIC_ACQ_REL);
	m.tag = 0;
	(void)ipc_receive(circle.endpoint[self], &m);
	circle.last = 1;
	i64 got = ipc_call(circle.endpoint[(self + 1) % MEMBERS], &onward);
	if (circle.last == 1)
		circle.last = got;
	m.tag = 0;
	(void)ipc_reply(&m);
	thread_exit(0);
}

static void circles(void)
{
	struct thread *t[MEMBERS];
	struct message m = { 0 };

	row("T18: A calls B, B calls C, C calls A: E_DEADLOCK for the last, the rest are answered");
	for (u32 i = 0; i < MEMBERS; i++)
		circle.endpoint[i] = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	WANT(E_TIMEDOUT, poll(circle.endpoint[0], &m));
	for (u64 i = 1; i < MEMBERS; i++)
		t[i] = helper(member, (void *)i);
	HOLDS(UNTIL(__atomic_load_n(&circle.known, __ATOMIC_ACQUIRE) == MEMBERS - 1));
	m = (struct message){ .tag = TAG_MAKE(1, 0, 0, 0) };
	WANT(0, ipc_call(circle.endpoint[1], &m));
	WANT(E_DEADLOCK, circle.last);
	for (u32 i = 1; i < MEMBERS; i++)
		helper_end(t[i]);
	for (u32 i = 0; i < MEMBERS; i++)
		WANT(0, sys_object_destroy(circle.endpoint[i]));
}

void test_deaths(void)
{
	servers();
	clients();
	circles();
}
