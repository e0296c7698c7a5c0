/* SPDX-License-Identifier: MIT */
/* many.c - calls whose work grows with what was made before: they can be interrupted, and end. */
#include "libsys/heap.h"
#include "tests/programs/calls/calls.h"

enum { COPIES = 3000, OBJECTS = 1000, REGIONS = 500, TABLES = 600, TABLE_PAGES = 512 };

static void copies(void)
{
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET)), first, last;
	u64 before;

	row("many: 3,000 copies of a copy are revoked");
	first = weaker(n, ~(u64)0);
	before = capabilities();
	last = first;
	/* In one line of descent, but every fourth, which stands beside it. */
	for (u32 i = 0; i < COPIES; i++) {
		cap_t next = weaker(i & 3 ? last : first, ~(u64)0);

		last = i & 3 ? next : last;
	}
	HOLDS(capabilities() == before + COPIES);
	WANT(0, sys_cap_revoke(first));
	HOLDS(capabilities() == before);
	WANT(E_BADCAP, sys_notification_signal(last, 1));
	WANT(0, sys_notification_signal(first, 1));

	row("many: an object with 3,000 names is destroyed");
	for (u32 i = 0; i < COPIES; i++)
		last = weaker(n, ~(u64)0);
	WANT(0, sys_object_destroy(n));
	WANT(E_BADCAP, sys_notification_signal(last, 1));
	HOLDS(capabilities() == before - 2);
}

static void objects(void)
{
	struct budget_info info;
	u64 before = capabilities();
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 16 << 20, 0));

	row("many: a budget with 1,000 objects is destroyed");
	for (u32 i = 0; i < OBJECTS; i++)
		MAKE(sys_notification_create(budget));
	WANT(0, sys_budget_info(budget, &info));
	HOLDS(info.used_bytes > OBJECTS * 64);
	WANT(0, sys_object_destroy(budget));
	HOLDS(capabilities() == before);
}

static void regions(void)
{
	cap_t space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t copy = weaker(memory, ~(u64)0);
	struct map_args a = { .length = PAGE_SIZE, .protect = PROTECT_READ, .memory = copy,
			      .maximum = PROTECT_READ, .flags = MAP_AT };
	struct space_info info;
	u8 byte;

	row("many: 500 mappings go with the capability they were made through");
	for (u32 i = 0; i < REGIONS; i++) {
		a.address = 0x10000000 + (u64)i * 2 * PAGE_SIZE;
		WANT(a.address, sys_space_map(space, &a));
		WANT(1, sys_space_copy(space, a.address, (u64)&byte, 1, SPACE_COPY_READ));
	}
	WANT(0, sys_space_info(space, &info));
	HOLDS(info.region_count == REGIONS && info.resident_pages == REGIONS);
	WANT(0, sys_memory_resize(memory, 0));
	WANT(0, sys_space_info(space, &info));
	HOLDS(info.region_count == REGIONS && info.resident_pages == 0);
	WANT(0, sys_cap_revoke(memory));
	WANT(0, sys_space_info(space, &info));
	HOLDS(info.region_count == 0);
	WANT(0, sys_object_destroy(memory));
	WANT(0, sys_object_destroy(space));
}

/* One page of each of its page tables is there. */
static void tables(void)
{
	cap_t space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	struct map_args a = { .address = 0x10000000,
			      .length = (u64)TABLES * TABLE_PAGES * PAGE_SIZE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	struct region_info part = { .counted_to = a.address };
	u64 pages = 0, end = a.address + a.length;
	u32 asked = 0;

	row("many: a region of 600 page tables is counted in parts");
	WANT(a.address, sys_space_map(space, &a));
	for (u64 at = a.address; at < end; at += TABLE_PAGES * PAGE_SIZE)
		WANT(1, sys_space_copy(space, at, (u64)"x", 1, SPACE_COPY_WRITE));
	for (; part.counted_to < end && asked < TABLES; asked++) {
		WANT(1, sys_space_regions(space, part.counted_to, &part, 1));
		HOLDS(part.address == a.address && part.length == a.length);
		pages += part.resident_pages;
	}
	HOLDS(pages == TABLES && asked > 1 && asked < TABLES);
	WANT(0, sys_object_destroy(space));
}

void test_many(void)
{
	tables();
	copies();
	objects();
	regions();
}
