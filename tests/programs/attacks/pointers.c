/* SPDX-License-Identifier: MIT */
/*
 * pointers.c - every address that a call takes, where no buffer of the caller's can be: the call
 * fails, and does not half of what it is to do.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { ARGUMENTS = 5, AT = 0x10000000, RW = PROTECT_READ | PROTECT_WRITE, BUFFER = 32 };
enum flow { READS, WRITES }; /* what the kernel does there */

/* The handles that stand for small numbers in the rows below. */
enum { SPACE = 1, MEMORY, THREAD, INSPECT, LOG, BUDGET, SELF_SPACE, HANDLES };
static cap_t handle[HANDLES];

static const struct pointer {
	const char *name;
	u64 number, argument[ARGUMENTS];
	u32 at; /* which argument is the address */
	enum flow flow;
	bool may_be_short; /* says how much it did */
} pointers[] = {
	{ "cap_info", NUMBER_cap_info, { SPACE }, 1, WRITES, false },
	{ "budget_info", NUMBER_budget_info, { BUDGET }, 1, WRITES, false },
	{ "memory_info", NUMBER_memory_info, { MEMORY }, 1, WRITES, false },
	{ "memory_copy out", NUMBER_memory_copy, { MEMORY, 0, 0, BUFFER, 0 }, 2, WRITES, true },
	{ "memory_copy in", NUMBER_memory_copy, { MEMORY, 0, 0, BUFFER, 1 }, 2, READS, true },
	{ "space_remap", NUMBER_space_remap, { SPACE }, 1, READS, false },
	{ "space_regions", NUMBER_space_regions, { SPACE, 0, 0, 1 }, 2, WRITES, false },
	{ "space_copy out", NUMBER_space_copy, { SPACE, AT, 0, BUFFER, 0 }, 2, WRITES, true },
	{ "space_copy in", NUMBER_space_copy, { SPACE, AT, 0, BUFFER, 1 }, 2, READS, true },
	{ "space_info", NUMBER_space_info, { SPACE }, 1, WRITES, false },
	{ "thread_create", NUMBER_thread_create, { BUDGET }, 1, READS, false },
	{ "thread_info", NUMBER_thread_info, { THREAD }, 1, WRITES, false },
	{ "futex_wait", NUMBER_futex_wait, { SELF_SPACE, 0, 1, 1, 0 }, 1, READS, false },
	{ "futex_requeue", NUMBER_futex_requeue, { SELF_SPACE }, 1, READS, false },
	{ "inspect_read", NUMBER_inspect_read, { INSPECT, 0, 0, 0, 4096 }, 3, WRITES, false },
	{ "log_write", NUMBER_log_write, { LOG, 0, BUFFER }, 1, READS, false },
};

static struct place {
	const char *name;
	u64 address;
	bool read_only; /* the kernel may read there */
	bool edge;	/* the bytes before the page's end are there */
} places[] = {
	{ "NULL", 0, false, false },
	{ "a guest's address", GUEST_CODE, false, false },
	{ "the last bytes before the hole", GUEST_LIMIT - 8, false, false },
	{ "across the hole's edge", (1ul << 47) - 8, false, false },
	{ "no address", 1ul << 63, false, false },
	{ "across the slot's beginning", SLOT_BASE - 8, false, false },
	{ "what is not mapped", UNMAPPED, false, false },
	{ "across the slot's end", SLOT_LIMIT - 8, false, true },
	{ "behind the slot", SLOT_LIMIT, false, false },
	{ "the kernel's text", KERNEL, false, false },
	{ "across the end of all", ~(u64)7, false, false },
	{ "this thread's stack guard", 0, false, false },
	{ "across the end of a page", 0, false, true },
	{ "memory to read", 0, true, false },
	{ "code", 0, true, false },
};
enum { PLACES = sizeof(places) / sizeof(places[0]), GUARD = 11, PAGE_END, TO_READ, CODE };

static i64 call_at(const struct pointer *p, u64 address)
{
	u64 a[ARGUMENTS];

	memcpy(a, p->argument, sizeof(a));
	a[0] = handle[a[0]];
	a[p->at] = p->number == NUMBER_futex_wait ? address & ~(u64)3 : address;
	return sys_call5(p->number, a[0], a[1], a[2], a[3], a[4]);
}

static void try(const struct pointer *p, u32 at)
{
	const struct place *place = &places[at];
	u64 before = capabilities(), end = PAGE_SIZE - (place->address & PAGE_MASK);
	char what[96];
	i64 got;

	if (place->read_only && p->flow == READS)
		return;
	/* The word lies before the edge. */
	if (place->edge && p->number == NUMBER_futex_wait)
		return;
	got = call_at(p, place->address);
	text_format(what, sizeof(what), "%s: %s", p->name, place->name);
	if (place->edge && p->may_be_short)
		judge(got == (i64)end, what, got, (i64)end);
	else
		judge(got == E_FAULT, what, got, E_FAULT);
	judge(capabilities() == before, what, (i64)capabilities(), (i64)before);
}

static void places_make(void)
{
	u64 two = (u64)pages_alloc(2 * PAGE_SIZE), read = (u64)pages_alloc(PAGE_SIZE);

	WANT(0, sys_space_unmap(CAP_SELF_SPACE, two + PAGE_SIZE, PAGE_SIZE));
	*(volatile u8 *)(two + PAGE_SIZE - 1) = 1;
	*(volatile u8 *)read = 1;
	WANT(0, sys_space_protect(CAP_SELF_SPACE, read, PAGE_SIZE, PROTECT_READ));
	places[GUARD].address = ((u64)thread_self() & ~(u64)(THREAD_STACK - 1)) + 8;
	places[PAGE_END].address = two + PAGE_SIZE - 8;
	places[TO_READ].address = read;
	places[CODE].address = (u64)call_at & ~(u64)7;
}

static u64 regions(void)
{
	struct space_info info = { 0 };

	WANT(0, sys_space_info(handle[SPACE], &info));
	return info.region_count;
}

void test_pointers(void)
{
	struct map_args a = {
		.address = AT, .length = PAGE_SIZE, .protect = RW, .flags = MAP_AT | MAP_OVERLAY
	};
	u8 content[BUFFER] = { 0x77 }, now[BUFFER];

	handle[SPACE] = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	handle[MEMORY] = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	handle[THREAD] = thread_self()->cap;
	handle[INSPECT] = grant_find("inspect");
	handle[LOG] = grant_find("log");
	handle[BUDGET] = CAP_SELF_BUDGET;
	handle[SELF_SPACE] = CAP_SELF_SPACE;
	WANT(AT, sys_space_map(handle[SPACE], &a));
	WANT(BUFFER, sys_memory_copy(handle[MEMORY], 0, (u64)content, BUFFER, COPY_TO_MEMORY));
	WANT(BUFFER, sys_space_copy(handle[SPACE], AT, (u64)content, BUFFER, SPACE_COPY_WRITE));
	places_make();

	row("T11: each address that a call takes, at 13 places that hold no such buffer: E_FAULT");
	for (u32 i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		for (u32 at = 0; at < PLACES; at++)
			if (!places[at].edge)
				try(&pointers[i], at);
	WANT(1, regions());
	WANT(BUFFER, sys_memory_copy(handle[MEMORY], 0, (u64)now, BUFFER, COPY_FROM_MEMORY));
	HOLDS(!memcmp(now, content, BUFFER));
	WANT(BUFFER, sys_space_copy(handle[SPACE], AT, (u64)now, BUFFER, SPACE_COPY_READ));
	HOLDS(!memcmp(now, content, BUFFER));

	/* The highest page of the slot is there: it has a stack. */
	row("T11: a buffer across its page's end, or the slot's: E_FAULT, or the bytes before");
	for (u32 i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		for (u32 at = 0; at < PLACES; at++)
			if (places[at].edge)
				try(&pointers[i], at);
	WANT(1, regions());
	WANT(0, sys_object_destroy(handle[SPACE]));
	WANT(0, sys_object_destroy(handle[MEMORY]));
}
