/* SPDX-License-Identifier: MIT */
/* handles.c - a thread whose table holds three capabilities tries handles by a real system call. */
#include "libsys/thread.h"
#include "tests/programs/revoke/revoke.h"

enum {
	PLACES = 1 << 14,
	GENERATIONS = 1 << 8, /* together 2^22 */
	LONG = 1 << 17,
	LIVE = 3,
	ENDED = 1
};

static struct {
	cap_t live[LIVE];
	u64 tried, opened, wrong;
	cap_t stray; /* the first that was wrong */
} it;

static void try(cap_t handle)
{
	struct cap_info info;
	i64 got = sys_cap_info(handle, &info);
	bool live = handle == it.live[0] || handle == it.live[1] || handle == it.live[2];

	it.tried++;
	it.opened += got == 0;
	if (got == (live ? 0 : E_BADCAP))
		return;
	if (!it.wrong++)
		it.stray = handle;
}

static _Noreturn void search(void)
{
	u64 random = 0x9e3779b97f4a7c15ul;

	for (u64 generation = 0; generation < GENERATIONS; generation++)
		for (u64 place = 0; place < PLACES; place++)
			try(generation << 24 | place);
	for (u64 i = 0; i < LONG; i++) {
		random = random * 6364136223846793005ul + 1442695040888963407ul;
		try(random);
		try((random & ~0xfffffful) | (it.live[i % LIVE] & 0xffffff));
	}
	thread_exit(0);
}

void test_handles_of_three(void)
{
	cap_t events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	cap_t table = MAKE(sys_table_create(CAP_SELF_BUDGET)), thread;
	struct thread *stack = thread_stack_create();
	struct thread_args args = { .table = table,
				    .space = CAP_SELF_SPACE,
				    .entry = (u64)search,
				    .stack = (u64)stack - 8,
				    .exit_notification = events,
				    .exit_bits = ENDED,
				    .level = LEVEL_USER_TOP,
				    .name = "search" };

	row("T1, T2: of 2^22 handles and 2^18 longer ones three open something");
	for (u64 i = 0; i < LIVE; i++)
		it.live[i] = MAKE(sys_cap_copy(table, events, RIGHT_READ, 0));
	HOLDS(it.live[2] == CAP_AT(3));
	thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	WANT(ENDED, sys_notification_wait(events, ENDED, DEADLINE_NEVER));
	log_printf("  %lu handles tried, %lu opened something", it.tried, it.opened);
	HOLDS(it.tried == (u64)PLACES * GENERATIONS + 2 * LONG);
	/* A random one may be a live one by chance: it is no stray, and opened. */
	judge(it.wrong == 0, "handles that are none and open something; the first", (i64)it.stray,
	      0);
	HOLDS(it.opened >= LIVE && it.opened < LIVE + 4);
	WANT(0, sys_object_destroy(thread));
	WANT(0, sys_object_destroy(table));

	row("T3: a slot is used 2^16 times, and no old handle opens it");
	cap_t first = copy_of(events), now = first;
	u64 stale = 0;
	struct cap_info info;

	for (u32 i = 0; i < 1 << 16; i++) {
		cap_t old = now;

		(void)sys_cap_delete(old);
		now = copy_of(events);
		stale += (now & 0xffffff) == (old & 0xffffff) && now > old &&
			 sys_cap_info(old, &info) == E_BADCAP;
	}
	HOLDS(stale == 1 << 16);
	WANT(E_BADCAP, sys_cap_info(first, &info));
	WANT(0, sys_cap_delete(now));
	WANT(0, sys_object_destroy(events));
}
