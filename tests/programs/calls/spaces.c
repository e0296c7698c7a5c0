/* SPDX-License-Identifier: MIT */
/* spaces.c - space_*, view_create, on a guest space and on the program's own. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/calls/calls.h"

enum { AT = 0x400000, RW = PROTECT_READ | PROTECT_WRITE };

static struct map_args anonymous(u64 address, u64 length, u32 protect, u32 flags)
{
	return (struct map_args){ .address = address, .length = length, .protect = protect,
				  .flags = flags | MAP_OVERLAY };
}

static void maps(cap_t space)
{
	struct map_args a = anonymous(AT, 4 * PAGE_SIZE, RW, MAP_AT);
	struct region_info region[4];
	struct space_info info;

	row("space_map");
	WANT(AT, sys_space_map(space, &a));
	WANT(E_EXISTS, sys_space_map(space, &a));
	a.flags |= MAP_REPLACE;
	WANT(AT, sys_space_map(space, &a));
	a = anonymous(AT + (1 << 20), PAGE_SIZE, RW | PROTECT_EXEC, MAP_AT);
	WANT(E_ACCESS, sys_space_map(space, &a));
	a = anonymous(AT + 1, PAGE_SIZE, RW, MAP_AT);
	EITHER(E_INVAL, E_RANGE, sys_space_map(space, &a));
	a = anonymous(0, PAGE_SIZE, RW, MAP_AT);
	EITHER(E_RANGE, E_INVAL, sys_space_map(space, &a));
	a = anonymous(GUEST_LIMIT, PAGE_SIZE, RW, MAP_AT);
	WANT(E_RANGE, sys_space_map(space, &a));
	a = anonymous(KERNEL, PAGE_SIZE, RW, MAP_AT);
	WANT(E_RANGE, sys_space_map(space, &a));
	a = anonymous(AT, ~(u64)0, RW, MAP_AT);
	EITHER(E_RANGE, E_INVAL, sys_space_map(space, &a));

	row("space_protect");
	WANT(0, sys_space_protect(space, AT + PAGE_SIZE, PAGE_SIZE, PROTECT_READ));
	WANT(E_ACCESS, sys_space_protect(space, AT, PAGE_SIZE, RW | PROTECT_EXEC));
	WANT(E_NOENT, sys_space_protect(space, AT + (1 << 24), PAGE_SIZE, PROTECT_READ));

	row("space_regions");
	WANT(3, sys_space_regions(space, 0, region, 4));
	HOLDS(region[0].address == AT && region[0].length == PAGE_SIZE);
	HOLDS(region[1].protect == PROTECT_READ && region[2].length == 2 * PAGE_SIZE);
	WANT(1, sys_space_regions(space, AT + 2 * PAGE_SIZE, region, 4));
	WANT(E_FAULT, sys_space_regions(space, 0, (struct region_info *)UNMAPPED, 4));

	row("space_info");
	WANT(0, sys_space_info(space, &info));
	HOLDS(info.region_count == 3 && info.region_pages == 4);
	WANT(E_FAULT, sys_space_info(space, (struct space_info *)KERNEL));

	row("space_unmap");
	WANT(0, sys_space_unmap(space, AT + PAGE_SIZE, PAGE_SIZE));
	WANT(0, sys_space_unmap(space, AT + PAGE_SIZE, PAGE_SIZE));
	WANT(2, sys_space_regions(space, 0, region, 4));
	WANT(E_INVAL, sys_space_unmap(space, AT + 1, PAGE_SIZE));
	WANT(E_RANGE, sys_space_unmap(space, KERNEL, PAGE_SIZE));
}

static void contents(cap_t space)
{
	static const char text[] = "carried over";
	char got[sizeof(text)] = { 0 };
	struct remap_args r;
	cap_t clone;

	row("space_copy");
	WANT(sizeof(text), sys_space_copy(space, AT, (u64)text, sizeof(text), SPACE_COPY_WRITE));
	WANT(sizeof(text), sys_space_copy(space, AT, (u64)got, sizeof(got), SPACE_COPY_READ));
	HOLDS(!strcmp(got, text));
	WANT(E_FAULT, sys_space_copy(space, AT + (1 << 24), (u64)got, 4, SPACE_COPY_READ));
	WANT(E_FAULT, sys_space_copy(space, AT, UNMAPPED, 4, SPACE_COPY_READ));
	WANT(E_RIGHTS,
	     sys_space_copy(weaker(space, RIGHT_READ), AT, (u64)got, 4, SPACE_COPY_WRITE));
	WANT(E_RIGHTS,
	     sys_space_copy(weaker(space, RIGHT_WRITE), AT, (u64)got, 4, SPACE_COPY_READ));

	row("space_clone");
	clone = MAKE(sys_space_clone(CAP_SELF_BUDGET, space));
	WANT(4, sys_space_copy(space, AT, (u64)"else", 4, SPACE_COPY_WRITE));
	WANT(sizeof(text), sys_space_copy(clone, AT, (u64)got, sizeof(got), SPACE_COPY_READ));
	HOLDS(!strcmp(got, text));
	WANT(E_NOTSUP, sys_space_clone(CAP_SELF_BUDGET, CAP_SELF_SPACE));
	WANT(E_RIGHTS, sys_space_clone(CAP_SELF_BUDGET, weaker(space, RIGHT_READ)));
	WANT(0, sys_object_destroy(clone));

	row("space_remap");
	r = (struct remap_args){ .address = AT, .length = PAGE_SIZE, .new_address = AT + (2 << 20),
				 .new_length = 2 * PAGE_SIZE, .flags = REMAP_MAY_MOVE | MAP_AT };
	WANT(AT + (2 << 20), sys_space_remap(space, &r));
	WANT(4, sys_space_copy(space, AT + (2 << 20), (u64)got, 4, SPACE_COPY_READ));
	HOLDS(!memcmp(got, "else", 4));
	WANT(E_FAULT, sys_space_copy(space, AT, (u64)got, 4, SPACE_COPY_READ));
	WANT(E_NOENT, sys_space_remap(space, &r));
	WANT(E_FAULT, sys_space_remap(space, (struct remap_args *)UNMAPPED));
}

/* A shrunk object's tail leaves every mapping; a private copy of a mapped object is its own. */
static void objects(void)
{
	cap_t m = MAKE(sys_memory_create(CAP_SELF_BUDGET, 2 * PAGE_SIZE, 0));
	i64 address;
	volatile u8 *bytes;

	row("space: memory shared with its mappings");
	address = TRY(memory_map(m, 0, 2 * PAGE_SIZE, RW));
	HOLDS(!map_failed(address));
	bytes = (volatile u8 *)address;
	bytes[5] = 9;
	u8 got = 0;
	WANT(1, sys_memory_copy(m, 5, (u64)&got, 1, COPY_FROM_MEMORY));
	HOLDS(got == 9);
	got = 7;
	WANT(1, sys_memory_copy(m, PAGE_SIZE, (u64)&got, 1, COPY_TO_MEMORY));
	HOLDS(bytes[PAGE_SIZE] == 7);
	WANT(0, sys_memory_resize(m, 10));
	WANT(0, sys_memory_resize(m, 2 * PAGE_SIZE));
	HOLDS(bytes[5] == 9 && bytes[PAGE_SIZE] == 0);
	WANT(0, sys_object_destroy(m));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)address, 2 * PAGE_SIZE));
}

void test_spaces(void)
{
	cap_t space, view;

	row("space_create");
	space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	WANT(E_INVAL, sys_space_create(CAP_SELF_BUDGET, 9));
	WANT(E_TYPE, sys_space_create(CAP_SELF_TABLE, SPACE_GUEST));
	maps(space);
	contents(space);
	row("view_create");
	view = MAKE(sys_view_create(CAP_SELF_BUDGET, space, CAP_SELF_SPACE));
	WANT(E_INVAL, sys_view_create(CAP_SELF_BUDGET, CAP_SELF_SPACE, CAP_SELF_SPACE));
	WANT(E_BADCAP, sys_view_create(CAP_SELF_BUDGET, BAD_CAP, CAP_SELF_SPACE));
	WANT(0, sys_object_destroy(view));
	WANT(0, sys_object_destroy(space));
	objects();
}
