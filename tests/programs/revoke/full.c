/* SPDX-License-Identifier: MIT */
/* full.c - what is sent to a receiver whose table has no room, or not enough. */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/revoke/revoke.h"

enum { ENDED = 1, LABEL_QUIT = 7, LABEL_SEND = 8, SMALL = 3 * PAGE_SIZE, LEAF = 63, SPARE = 2 };

static struct {
	cap_t table, budget, endpoint;
	cap_t there; /* the endpoint, by the receiver's name */
	cap_t spare; /* what the last slots name */
	u64 slots, received, took;
} full;

/* Keeps what it gets. */
static _Noreturn void receiver(void)
{
	struct message m = { .tag = 0 };

	while (!ipc_receive(full.there, &m) && TAG_LABEL(m.tag) != LABEL_QUIT) {
		full.received++;
		full.took = TAG_CAPS(m.tag);
		m.tag = 0;
		(void)ipc_reply(&m);
	}
	m.tag = 0;
	(void)ipc_reply(&m);
	thread_exit(0);
}

/* How many capabilities the receiver holds. */
static u64 held(void)
{
	static struct inspect_cap record[64];
	struct cap_info info = { 0 };
	u64 cursor = 0, count = 0;
	i64 bytes;

	WANT(0, sys_cap_info(full.table, &info));
	while ((bytes = sys_inspect_read(grant_find("inspect"), INSPECT_CAPS, cursor, (u64)record,
					 sizeof(record))) > 0)
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			count += record[i].table_id == info.object_id;
			cursor = record[i].cursor;
		}
	return count;
}

static i64 send(u64 count, u64 label)
{
	struct message m = { .tag = TAG_MAKE(label, count, 0, 0) };

	for (u64 i = 0; i < count; i++)
		libsys_message_page()->send[i] = full.budget;
	return ipc_call(full.endpoint, &m);
}

static u64 used(void)
{
	struct budget_info info = { 0 };

	WANT(0, sys_budget_info(full.budget, &info));
	return info.used_bytes;
}

static cap_t receiver_make(cap_t events, cap_t memory)
{
	i64 at = memory_map(memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	struct thread *stack = thread_stack_create();
	struct thread_args args = { .table = full.table,
				    .space = CAP_SELF_SPACE,
				    .entry = (u64)receiver,
				    .stack = (u64)stack - 8,
				    .message_memory = memory,
				    .exit_notification = events,
				    .exit_bits = ENDED,
				    .level = LEVEL_USER_TOP,
				    .name = "receiver" };

	HOLDS(at > 0 || at < -4096);
	stack->page = (struct message_page *)at;
	stack->page->accept_count = MESSAGE_CAPS;
	return MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
}

/* The budget has room for one leaf of slots. */
static void fill(void)
{
	i64 got;

	full.budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, SMALL, 0));
	full.table = MAKE(sys_table_create(full.budget));
	full.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	full.spare = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	full.there = MAKE(sys_cap_copy(full.table, full.endpoint, RIGHTS_ALL, 0));
	for (u32 i = 0; i < SPARE; i++)
		MAKE(sys_cap_copy(full.table, full.spare, RIGHTS_ALL, 0));
	full.slots = 1 + SPARE;
	while ((got = sys_cap_copy(full.table, full.budget, RIGHT_READ, 0)) > 0)
		full.slots++;
	WANT(E_NOMEM, got);
	WANT(LEAF, full.slots);
}

void test_full_table(void)
{
	cap_t events = MAKE(sys_notification_create(CAP_SELF_BUDGET)), thread;
	cap_t memory = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	u64 bytes;

	row("T20: a table full on receive: the sender is told, and nothing has moved");
	fill();
	thread = receiver_make(events, memory);
	HOLDS(UNTIL(thread_is_waiting(thread)));
	bytes = used();
	WANT(LEAF, held());
	for (u64 count = 1; count <= MESSAGE_CAPS; count++)
		WANT(E_NOMEM, send(count, LABEL_SEND));
	WANT(LEAF, held());
	HOLDS(used() == bytes && full.received == 0);
	HOLDS(UNTIL(thread_is_waiting(thread)));

	row("T20: what finds room moves, all of it or nothing");
	WANT(0, sys_object_destroy(full.spare));
	WANT(LEAF - SPARE, held());
	WANT(E_NOMEM, send(SPARE + 1, LABEL_SEND));
	WANT(LEAF - SPARE, held());
	HOLDS(full.received == 0);
	WANT(0, send(SPARE, LABEL_SEND));
	HOLDS(full.received == 1 && full.took == SPARE);
	WANT(LEAF, held());
	WANT(E_NOMEM, send(1, LABEL_SEND));
	WANT(0, send(0, LABEL_SEND));
	HOLDS(full.received == 2 && full.took == 0 && used() == bytes);

	WANT(0, send(0, LABEL_QUIT));
	WANT(ENDED, sys_notification_wait(events, ENDED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(thread));
	WANT(0, sys_object_destroy(full.table));
	WANT(0, sys_object_destroy(full.endpoint));
	WANT(0, sys_object_destroy(full.budget));
	WANT(0, sys_object_destroy(memory));
	WANT(0, sys_object_destroy(events));
}
