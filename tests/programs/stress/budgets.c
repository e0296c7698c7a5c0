/* SPDX-License-Identifier: MIT */
/*
 * budgets.c - a budget is destroyed while others charge to it, fill its table, map its memory and
 * wait on what it holds: all that was ever charged to it is gone then.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/stress/stress.h"

enum { STEPS = 40, BUDGET = 2 << 20, SOON_NS = 30000, GUEST_AT = 0x400000 };

static struct {
	cap_t budget, table, memory, endpoint, notification, guest;
	u32 over;
} it;

static void begin(void)
{
	struct map_args a = { .address = GUEST_AT,
			      .length = 4 * PAGE_SIZE,
			      .flags = MAP_AT | MAP_OVERLAY,
			      .protect = PROTECT_READ | PROTECT_WRITE };
	u64 word = 1;

	it.budget = MADE(sys_budget_create(purse, BUDGET, 0));
	it.table = MADE(sys_table_create(it.budget));
	it.memory = MADE(sys_memory_create(it.budget, 4 * PAGE_SIZE, 0));
	it.endpoint = MADE(sys_endpoint_create(it.budget));
	it.notification = MADE(sys_notification_create(it.budget));
	it.guest = MADE(sys_space_create(it.budget, SPACE_GUEST));
	GIVES(GUEST_AT, sys_space_map(it.guest, &a));
	GIVES(sizeof(word),
	      sys_space_copy(it.guest, GUEST_AT, (u64)&word, sizeof(word), SPACE_COPY_WRITE));
	__atomic_store_n(&it.over, 0, __ATOMIC_SEQ_CST);
}

/* Something that makes an object in the budget. */
static i64 make(u64 what)
{
	switch (what) {
	case 0:
		return sys_notification_create(it.budget);
	case 1:
		return sys_memory_create(it.budget, 2 * PAGE_SIZE, MEMORY_PINNED);
	case 2:
		return sys_memory_clone(it.budget, it.memory);
	case 3:
		return sys_space_clone(it.budget, it.guest);
	case 4:
		return sys_view_create(it.budget, it.guest, CAP_SELF_SPACE);
	case 5:
		return sys_budget_create(it.budget, BUDGET / 4, 0);
	default:
		return sys_table_create(it.budget);
	}
}
enum { MAKES = 7 };

/* Something that changes or waits; its result says nothing. */
static void use(struct worker *w)
{
	struct message m = { .tag = TAG_DEADLINE };
	u64 word = random_next(w), soon = clock_now() + random_below(w, SOON_NS);
	i64 at;

	libsys_message_page()->deadline = soon;
	switch (random_below(w, 7)) {
	case 0:
		(void)sys_cap_copy(it.table, it.memory, RIGHTS_ALL, 0);
		break;
	case 1:
		at = memory_map(it.memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
		if (!map_failed(at))
			(void)sys_space_unmap(CAP_SELF_SPACE, (u64)at, PAGE_SIZE);
		break;
	case 2:
		(void)sys_notification_wait(it.notification, 1, soon);
		break;
	case 3:
		(void)ipc_receive(it.endpoint, &m);
		break;
	case 4:
		(void)ipc_call(it.endpoint, &m);
		break;
	case 5:
		(void)sys_space_copy(it.guest, GUEST_AT + random_below(w, 4) * PAGE_SIZE,
				     (u64)&word, sizeof(word), SPACE_COPY_WRITE);
		break;
	default:
		(void)sys_memory_copy(it.memory, random_below(w, 4) * PAGE_SIZE, (u64)&word,
				      sizeof(word), COPY_TO_MEMORY);
		break;
	}
}

static u32 work(struct worker *w, cap_t *made)
{
	u32 n = 0;

	for (u32 i = 0; i < STEPS; i++) {
		u32 over = __atomic_load_n(&it.over, __ATOMIC_SEQ_CST);
		i64 got = make(random_below(w, MAKES));

		must(got < 0 || !over, "an object is made in a budget that has gone", got);
		if (got >= 0)
			made[n++] = (cap_t)got;
		if (over)
			break;
		use(w);
	}
	return n;
}

void budgets_storm(struct worker *w)
{
	static cap_t made[WORKERS_MAX][STEPS];
	struct cap_info info;
	u32 n = 0;

	for (u64 round = 0; round < rounds; round++) {
		bool mine = round % workers == w->number;

		if (mine)
			begin();
		meet();
		if (mine) {
			dawdle(w);
			GIVES(0, sys_object_destroy(it.budget));
			__atomic_store_n(&it.over, 1, __ATOMIC_SEQ_CST);
		} else {
			n = work(w, made[w->number]);
		}
		meet();
		for (u32 i = 0; !mine && i < n; i++)
			GIVES(E_BADCAP, sys_cap_info(made[w->number][i], &info));
	}
}

/* --- one after the other in the same seat ---------------------------------------------------- */

enum { TABLES = 4, SEAT_TABLE = 2 * PAGE_SIZE, SEAT = TABLES * SEAT_TABLE * 5 / 4 };

/*
 * What a budget held fills more than half of its seat, and comes back when no processor can know it
 * any more: the next one finds room all the same, at once, while all others let go of theirs.
 */
void seats_storm(struct worker *w)
{
	cap_t seat = MADE(sys_budget_create(purse, SEAT, 0)), budget, table;

	for (u64 round = w->number; round < rounds; round += workers) {
		budget = MADE(sys_budget_create(seat, SEAT, 0));
		for (u32 i = 0; i < TABLES; i++) {
			table = MADE(sys_table_create(budget));
			/* Its first slots are a page more. */
			must(sys_cap_copy(table, seat, 0, 0) > 0, "there is no room for a slot", i);
		}
		GIVES(0, sys_object_destroy(budget));
	}
	GIVES(0, sys_object_destroy(seat));
}
