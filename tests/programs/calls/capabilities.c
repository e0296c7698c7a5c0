/* SPDX-License-Identifier: MIT */
/* capabilities.c - cap_*, object_destroy, table_create, budget_*. */
#include "tests/programs/calls/calls.h"

static void copies(void)
{
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET)), copy, bare, other;
	cap_t e = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	struct cap_info info;

	row("cap_copy");
	copy = MAKE(sys_cap_copy(CAP_SELF_TABLE, n, RIGHT_COPY | RIGHT_NOTIFICATION_SIGNAL, 0));
	WANT(0, sys_cap_info(copy, &info));
	HOLDS(info.type == OBJECT_NOTIFICATION);
	HOLDS(info.rights == (RIGHT_COPY | RIGHT_NOTIFICATION_SIGNAL));
	WANT(0, sys_notification_signal(copy, 1));
	WANT(E_RIGHTS, sys_notification_wait(copy, 1, 0));
	bare = MAKE(sys_cap_copy(CAP_SELF_TABLE, copy, RIGHT_NOTIFICATION_SIGNAL, 0));
	WANT(E_RIGHTS, sys_cap_copy(CAP_SELF_TABLE, bare, RIGHTS_ALL, 0));
	WANT(E_BADCAP, sys_cap_copy(CAP_SELF_TABLE, BAD_CAP, RIGHTS_ALL, 0));
	WANT(E_BADCAP, sys_cap_copy(BAD_CAP, n, RIGHTS_ALL, 0));
	WANT(E_TYPE, sys_cap_copy(n, n, RIGHTS_ALL, 0));
	WANT(E_INVAL, sys_cap_copy(CAP_SELF_TABLE, n, RIGHTS_ALL, 7));
	other = MAKE(sys_cap_copy(CAP_SELF_TABLE, e, RIGHTS_ALL, 7));
	WANT(0, sys_cap_info(other, &info));
	HOLDS(info.badge == 7);
	HOLDS(!(info.rights & (RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_MINT)));
	WANT(E_INVAL, sys_cap_copy(CAP_SELF_TABLE, other, RIGHTS_ALL, 8));

	row("cap_info");
	WANT(E_FAULT, sys_cap_info(n, (struct cap_info *)UNMAPPED));
	WANT(E_FAULT, sys_cap_info(n, (struct cap_info *)KERNEL));
	WANT(E_FAULT, sys_cap_info(n, (struct cap_info *)8));
	WANT(E_BADCAP, sys_cap_info(CAP_NONE, &info));

	row("cap_delete");
	WANT(0, sys_cap_delete(bare));
	WANT(E_BADCAP, sys_cap_delete(bare));
	WANT(E_BADCAP, sys_cap_info(bare, &info));
	WANT(0, sys_cap_info(copy, &info));

	row("cap_revoke");
	bare = MAKE(sys_cap_copy(CAP_SELF_TABLE, copy, RIGHT_NOTIFICATION_SIGNAL, 0));
	WANT(E_RIGHTS, sys_cap_revoke(copy));
	WANT(0, sys_cap_revoke(n));
	WANT(E_BADCAP, sys_cap_info(copy, &info));
	WANT(E_BADCAP, sys_cap_info(bare, &info));
	WANT(0, sys_cap_info(n, &info));

	row("object_destroy");
	copy = weaker(n, RIGHTS_ALL);
	WANT(E_RIGHTS, sys_object_destroy(weaker(e, RIGHT_READ)));
	WANT(0, sys_object_destroy(n));
	WANT(E_BADCAP, sys_cap_info(n, &info));
	WANT(E_BADCAP, sys_cap_info(copy, &info));
	WANT(0, sys_object_destroy(e));
	WANT(E_BADCAP, sys_cap_info(other, &info));
}

static void tables(void)
{
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET)), table;
	i64 handle;

	row("table_create");
	table = MAKE(sys_table_create(CAP_SELF_BUDGET));
	handle = TRY(sys_cap_copy(table, n, RIGHTS_ALL, 0));
	WANT(CAP_AT(1), handle);
	WANT(CAP_AT(2), sys_cap_copy(table, n, RIGHTS_ALL, 0));
	WANT(E_TYPE, sys_table_create(n));
	WANT(E_BADCAP, sys_table_create(BAD_CAP));
	WANT(0, sys_object_destroy(table));
	WANT(0, sys_object_destroy(n));
}

static void budgets(void)
{
	struct budget_info info;
	cap_t budget, memory, n;

	row("budget_create");
	budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 64 << 10, 0));
	WANT(E_INVAL, sys_budget_create(CAP_SELF_BUDGET, 64 << 10, 0x80));
	WANT(E_NOMEM, sys_budget_create(CAP_SELF_BUDGET, (u64)1 << 50, BUDGET_RESERVED));
	n = MAKE(sys_notification_create(budget));

	row("budget_info");
	WANT(0, sys_budget_info(budget, &info));
	HOLDS(info.limit_bytes == 64 << 10 && info.used_bytes > 0 && info.used_bytes <= 64 << 10);
	WANT(E_FAULT, sys_budget_info(budget, (struct budget_info *)UNMAPPED));
	WANT(E_TYPE, sys_budget_info(n, &info));

	/* An empty budget is an error to the one who asks; destroying it takes what it paid for. */
	row("budget: empty, destroyed");
	memory = MAKE(sys_memory_create(budget, 1 << 20, 0));
	/* One page, so that a copy of it is whole: it would end early between two. */
	static u8 block[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	i64 got = 0;
	for (u64 at = 0; at < 1 << 20 && got >= 0; at += PAGE_SIZE)
		got = sys_memory_copy(memory, at, (u64)block, PAGE_SIZE, COPY_TO_MEMORY);
	WANT(E_NOMEM, got);
	WANT(0, sys_object_destroy(budget));
	WANT(E_BADCAP, sys_notification_signal(n, 1));
	WANT(E_BADCAP, sys_memory_resize(memory, 0));

	/* A budget of two frames takes exactly those, and no record counts in it. */
	row("budget: frames alone");
	budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 2 * PAGE_SIZE, BUDGET_FRAMES));
	memory = MAKE(sys_memory_create(budget, 1 << 20, 0));
	WANT(0, sys_budget_info(budget, &info));
	HOLDS(info.used_bytes == 0);
	WANT(PAGE_SIZE, sys_memory_copy(memory, 0, (u64)block, PAGE_SIZE, COPY_TO_MEMORY));
	WANT(PAGE_SIZE,
	     sys_memory_copy(memory, 9 * PAGE_SIZE, (u64)block, PAGE_SIZE, COPY_TO_MEMORY));
	WANT(E_NOMEM, sys_memory_copy(memory, 5 * PAGE_SIZE, (u64)block, 1, COPY_TO_MEMORY));
	WANT(0, sys_budget_info(budget, &info));
	HOLDS(info.frames == 2 && info.used_bytes == 2 * PAGE_SIZE);
	WANT(0, sys_object_destroy(memory));
	WANT(0, sys_budget_info(budget, &info));
	HOLDS(info.frames == 0 && info.used_bytes == 0);
	WANT(0, sys_object_destroy(budget));
}

void test_capabilities(void)
{
	copies();
	tables();
	budgets();
}
