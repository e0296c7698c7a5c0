/* SPDX-License-Identifier: MIT */
/* memory.c - memory_*. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "tests/programs/calls/calls.h"

static u8 block[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void sizes(void)
{
	struct memory_info info;
	cap_t m;

	row("memory_create");
	m = MAKE(sys_memory_create(CAP_SELF_BUDGET, 3 * PAGE_SIZE, 0));
	WANT(E_RANGE, sys_memory_create(CAP_SELF_BUDGET, (u64)1 << 48, 0));
	WANT(E_INVAL, sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0x80));
	WANT(E_TYPE, sys_memory_create(m, PAGE_SIZE, 0));

	row("memory_info");
	WANT(0, sys_memory_info(m, &info));
	HOLDS(info.size_bytes == 3 * PAGE_SIZE && info.resident_pages == 0);
	WANT(E_FAULT, sys_memory_info(m, (struct memory_info *)UNMAPPED));
	WANT(E_RIGHTS, sys_memory_info(weaker(m, RIGHT_WRITE), &info));

	row("memory_resize");
	WANT(0, sys_memory_resize(m, 100));
	WANT(0, sys_memory_info(m, &info));
	HOLDS(info.size_bytes == 100);
	WANT(E_RANGE, sys_memory_resize(m, (u64)1 << 60));
	WANT(E_RIGHTS, sys_memory_resize(weaker(m, RIGHT_READ | RIGHT_WRITE), 0));

	row("memory_set_capacity");
	WANT(0, sys_memory_set_capacity(m, 1 << 20));
	WANT(E_RANGE, sys_memory_set_capacity(m, 50));
	WANT(0, sys_memory_info(m, &info));
	HOLDS(info.capacity_bytes == 1 << 20);
	WANT(0, sys_object_destroy(m));
}

/* Past the end of a page, where others may want the processor. */
static i64 copy_all(cap_t memory, u64 offset, u64 address, u64 length, u64 direction)
{
	u64 done = 0;
	i64 part = 1;

	while (done < length && part > 0) {
		part = TRY(sys_memory_copy(memory, offset + done, address + done, length - done,
					   direction));
		done += part > 0 ? (u64)part : 0;
	}
	return part < 0 ? part : (i64)done;
}

static void holes_and_pages(void)
{
	cap_t holes = MAKE(sys_memory_create(CAP_SELF_BUDGET, 9 << 12, 0));
	cap_t stiff, little, few, twice;
	char kept[5] = "";

	row("memory_find, memory_fill, memory_discard");
	WANT(9 << 12, sys_memory_find(holes, 5, MEMORY_FIND_PAGE));
	WANT(5, sys_memory_find(holes, 5, MEMORY_FIND_HOLE));
	/* Fewer, if others want the processor. */
	for (u64 at = 3 << 12; at < 5 << 12;)
		at += MAKE(sys_memory_fill(holes, at, (5 << 12) - at));
	WANT(3 << 12, sys_memory_find(holes, 5, MEMORY_FIND_PAGE));
	WANT(5 << 12, sys_memory_find(holes, (3 << 12) + 9, MEMORY_FIND_HOLE));
	WANT(9 << 12, sys_memory_find(holes, 5 << 12, MEMORY_FIND_PAGE));
	WANT(9 << 12, sys_memory_find(holes, 20 << 12, MEMORY_FIND_HOLE));
	WANT(5, copy_all(holes, (4 << 12) - 2, (u64) "abcde", 5, COPY_TO_MEMORY));
	for (u64 at = 0; at < (4 << 12) + 1;)
		at += MAKE(sys_memory_discard(holes, at, (4 << 12) + 1 - at));
	WANT(5, copy_all(holes, (4 << 12) - 2, (u64)kept, 5, COPY_FROM_MEMORY));
	HOLDS(!memcmp(kept, "\0\0\0de", 5));
	WANT(4 << 12, sys_memory_find(holes, 0, MEMORY_FIND_PAGE));
	WANT(E_INVAL, sys_memory_find(holes, 0, 2));
	WANT(E_RANGE, sys_memory_fill(holes, (u64)1 << 60, 1));
	WANT(E_RANGE, sys_memory_discard(holes, 1, (u64)1 << 60));
	WANT(E_RIGHTS, sys_memory_fill(weaker(holes, RIGHT_READ), 0, 1));
	WANT(E_RIGHTS, sys_memory_discard(weaker(holes, RIGHT_READ), 0, 1));
	stiff = MAKE(sys_memory_create(CAP_SELF_BUDGET, 4096, MEMORY_PINNED));
	WANT(1, sys_memory_fill(stiff, 0, 1));
	WANT(E_NOTSUP, sys_memory_discard(stiff, 0, 1));
	little = MAKE(sys_budget_create(CAP_SELF_BUDGET, 4096, BUDGET_FRAMES));
	few = MAKE(sys_memory_create(little, 1 << 20, 0));
	WANT(4096, sys_memory_fill(few, 0, 4096));
	WANT(E_NOMEM, sys_memory_fill(few, 4096, 4096));
	WANT(0, sys_object_destroy(little));
	/* A page that a clone shares has to be copied for it. */
	little = MAKE(sys_budget_create(CAP_SELF_BUDGET, 4096, BUDGET_FRAMES));
	few = MAKE(sys_memory_create(little, 4096, 0));
	memcpy(block, "abcde", 5);
	WANT(5, sys_memory_copy(few, 0, (u64)block, 5, COPY_TO_MEMORY));
	twice = MAKE(sys_memory_clone(little, few));
	WANT(E_NOMEM, sys_memory_discard(few, 1, 1));
	memset(block, 0, 5);
	WANT(5, sys_memory_copy(few, 0, (u64)block, 5, COPY_FROM_MEMORY));
	HOLDS(!memcmp(block, "abcde", 5));
	WANT(0, sys_object_destroy(twice));
	WANT(1, sys_memory_discard(few, 1, 1));
	WANT(0, sys_object_destroy(little));
	WANT(0, sys_object_destroy(stiff));
	WANT(0, sys_object_destroy(holes));
}

static void copies(void)
{
	cap_t m = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0)), clone;
	struct memory_info info;

	row("memory_copy");
	memset(block, 0x5a, sizeof(block));
	WANT(100, sys_memory_copy(m, 50, (u64)block, 100, COPY_TO_MEMORY));
	memset(block, 0, sizeof(block));
	WANT(150, sys_memory_copy(m, 0, (u64)block, 150, COPY_FROM_MEMORY));
	HOLDS(block[49] == 0 && block[50] == 0x5a && block[149] == 0x5a);
	/* Short at the object's end, unless it may grow. */
	WANT(96, sys_memory_copy(m, 4000, (u64)block, 200, COPY_TO_MEMORY));
	WANT(0, sys_memory_set_capacity(m, 1 << 20));
	WANT(200, copy_all(m, 4000, (u64)block, 200, COPY_TO_MEMORY | COPY_EXTEND));
	WANT(0, sys_memory_info(m, &info));
	HOLDS(info.size_bytes == 4200);
	WANT(E_FAULT, sys_memory_copy(m, 0, UNMAPPED, 100, COPY_TO_MEMORY));
	WANT(E_FAULT, sys_memory_copy(m, 0, KERNEL, 100, COPY_FROM_MEMORY));
	WANT(E_FAULT, sys_memory_copy(m, 0, ~(u64)0 - 10, 100, COPY_FROM_MEMORY));
	WANT(E_RIGHTS, sys_memory_copy(weaker(m, RIGHT_READ), 0, (u64)block, 1, COPY_TO_MEMORY));
	WANT(E_RIGHTS, sys_memory_copy(weaker(m, RIGHT_WRITE), 0, (u64)block, 1, COPY_FROM_MEMORY));

	row("memory_clone");
	memset(block, 1, sizeof(block));
	WANT(10, sys_memory_copy(m, 0, (u64)block, 10, COPY_TO_MEMORY));
	clone = MAKE(sys_memory_clone(CAP_SELF_BUDGET, m));
	memset(block, 2, sizeof(block));
	WANT(10, sys_memory_copy(m, 0, (u64)block, 10, COPY_TO_MEMORY));
	WANT(10, sys_memory_copy(clone, 0, (u64)block, 10, COPY_FROM_MEMORY));
	HOLDS(block[0] == 1 && block[9] == 1);
	WANT(E_RIGHTS, sys_memory_clone(CAP_SELF_BUDGET, weaker(m, RIGHT_WRITE)));
	WANT(E_BADCAP, sys_memory_clone(CAP_SELF_BUDGET, BAD_CAP));
	WANT(0, sys_object_destroy(m));
	WANT(10, sys_memory_copy(clone, 0, (u64)block, 10, COPY_FROM_MEMORY));
	WANT(0, sys_object_destroy(clone));
}

/* A page that a write after a clone replaces is replaced in every mapping, read-only ones too. */
static void clone_and_mapping(void)
{
	cap_t m = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0)), clone;
	u8 value = 1;
	i64 at;

	row("memory_clone: a mapping sees the writes that follow");
	WANT(1, sys_memory_copy(m, 0, (u64)&value, 1, COPY_TO_MEMORY));
	at = TRY(memory_map(m, 0, PAGE_SIZE, PROTECT_READ));
	HOLDS(!map_failed(at));
	clone = MAKE(sys_memory_clone(CAP_SELF_BUDGET, m));
	HOLDS(*(volatile u8 *)at == 1);
	value = 2;
	WANT(1, sys_memory_copy(m, 0, (u64)&value, 1, COPY_TO_MEMORY));
	HOLDS(*(volatile u8 *)at == 2);
	WANT(0, sys_object_destroy(clone));
	HOLDS(*(volatile u8 *)at == 2);
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)at, PAGE_SIZE));
	WANT(0, sys_object_destroy(m));
}

/* Sharing never crosses budgets. */
static void clone_into_another_budget(void)
{
	cap_t m = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t other = MAKE(sys_budget_create(CAP_SELF_BUDGET, 4 * PAGE_SIZE, 0));
	cap_t pinned = MAKE(sys_memory_create(other, PAGE_SIZE, MEMORY_PINNED));

	row("memory_clone: of another budget, of pinned memory");
	WANT(E_NOTSUP, sys_memory_clone(other, m));
	WANT(E_NOTSUP, sys_memory_clone(other, pinned));
	WANT(0, sys_object_destroy(other));
	WANT(0, sys_object_destroy(m));
}

void test_memory(void)
{
	sizes();
	copies();
	holes_and_pages();
	clone_and_mapping();
	clone_into_another_budget();
}
