/* SPDX-License-Identifier: MIT */
/*
 * memory.c - rows of mappings: one page of a memory object, which is there, in the program's own
 * space; and of capabilities: 10,000 copies revoked, side by side and each made of the one before.
 */
#include "libsys/heap.h"
#include "libsys/start.h"
#include "microkernel/abi/call.h"
#include "microkernel/abi/object.h"
#include "tests/bench/native/count.h"

enum { COPIES = 10000 };

static struct map_args page;

static u32 counted(u64 number, u64 a, u64 b, u64 c, u64 d, i64 wanted, error_t *error)
{
	i64 result;
	u32 ticks = count_call(number, a, b, c, d, 0, &result);

	if (result != wanted)
		*error = result < 0 ? result : E_INVAL;
	return ticks;
}

static u32 map(error_t *error)
{
	i64 result;
	u32 ticks = COUNT_CALL("syscall", NUMBER_space_map, CAP_SELF_SPACE, page.address,
			       page.length, page.memory, page.offset, page.attributes, &result);

	if (result != (i64)page.address)
		*error = map_failed(result) ? result : E_INVAL;
	return ticks - count_call_own;
}

static u32 unmap(error_t *error)
{
	return counted(NUMBER_space_unmap, CAP_SELF_SPACE, page.address, PAGE_SIZE, 0, 0, error);
}

static u32 protect(u64 protection, error_t *error)
{
	return counted(NUMBER_space_protect, CAP_SELF_SPACE, page.address, PAGE_SIZE, protection, 0,
		       error);
}

/* Ticks of a write by ring 3, and the fault that it may be. */
static u32 touch(void)
{
	u32 began, ended;

	__asm__ volatile("rdtsc" : "=a"(began) : : "rdx", "memory");
	*(volatile u8 *)page.address = 1;
	__asm__ volatile("rdtsc" : "=a"(ended) : : "rdx", "memory");
	return ended - began;
}

error_t bench_memory(void)
{
	static struct row row, touched;
	cap_t memory = (cap_t)sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0);
	i64 at = memory_map(memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	error_t error = map_failed(at) ? at : 0;

	page = (struct map_args){ .address = (u64)at,
				  .length = PAGE_SIZE,
				  .memory = memory,
				  .protect = PROTECT_READ | PROTECT_WRITE,
				  .flags = MAP_AT };
	if (!error)
		(void)touch(), (void)unmap(&error);
	row_begin(&row, "map_unmap");
	for (u32 i = 0; i < ROUNDS && !error; i++)
		row_add(&row, map(&error) + unmap(&error));
	row_end(&row);
	row_begin(&row, "map_touch_unmap");
	for (u32 i = 0; i < ROUNDS && !error; i++)
		row_add(&row, map(&error) + touch() + unmap(&error));
	row_end(&row);
	(void)map(&error), (void)touch();
	row_begin(&row, "protect");
	row_begin(&touched, "protect_touch");
	for (u32 i = 0; i < ROUNDS && !error; i++) {
		u32 ticks = protect(PROTECT_READ, &error);

		ticks += protect(PROTECT_READ | PROTECT_WRITE, &error);
		row_add(&row, ticks / 2);
		row_add(&touched, (ticks + touch()) / 2);
	}
	row_end_both(&row, &touched);
	return error;
}

/* Each of the copies is made of the same one, or of the one before it. */
static error_t revoke(const char *name, bool deep)
{
	static struct row row;
	cap_t first = (cap_t)sys_notification_create(CAP_SELF_BUDGET), source = first;
	error_t error = 0;

	for (u32 i = 0; i < COPIES; i++) {
		i64 copy = sys_cap_copy(CAP_SELF_TABLE, source, RIGHTS_ALL, 0);

		if (copy < 0)
			return copy;
		source = deep ? (cap_t)copy : first;
	}
	row_begin(&row, name);
	row_add(&row, counted(NUMBER_cap_revoke, first, 0, 0, 0, 0, &error) / COPIES);
	row_end(&row);
	return error;
}

error_t bench_capabilities(void)
{
	error_t error = revoke("revoke_wide", false);

	return error ? error : revoke("revoke_deep", true);
}
