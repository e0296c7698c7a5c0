/* SPDX-License-Identifier: MIT */
/*
 * storm - system calls without sense: random numbers, handles of its own objects of all types, and
 * arguments that are small, huge, aligned, its own addresses, or noise.  The kernel must answer
 * each one, and find all its invariants to hold now and then.  The seed is fixed: two runs are
 * alike.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/supervisor.h"

enum { ROUNDS = 1500000, CHECK_EVERY = 5000, HANDLES = 48, POWER_OFF = 1, BUDGET = 3 << 20 };
enum { CALL_FIRST = 1, CALL_LAST = 64 };

static u64 state = 88172645463325252ul;
static cap_t handle[HANDLES], budget;
static u8 area[8 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u64 answered, succeeded;

static u64 random_next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static u64 random_below(u64 limit)
{
	return random_next() % limit;
}

/* What ends this program, or waits without a deadline, is not called. */
static bool allowed(u64 number)
{
	switch (number) {
	case NUMBER_thread_exit:
	case NUMBER_endpoint_call:
	case NUMBER_endpoint_receive:
	case NUMBER_reply_receive:
	case NUMBER_power_control:
	case NUMBER_log_write:
	case NUMBER_log_read:
	case NUMBER_inspect_check:
	case NUMBER_guest_resume:
		return false;
	default:
		return true;
	}
}

static u64 argument(void)
{
	switch (random_below(10)) {
	case 0:
		return random_below(8);
	case 1:
		return random_below(16) * PAGE_SIZE;
	case 2:
		return (u64)area + random_below(sizeof(area));
	case 3:
		return (u64)area + random_below(8) * PAGE_SIZE;
	case 4:
		return ~random_below(1 << 16);
	case 5:
		return random_next();
	case 6:
		return 0x400000 + random_below(64) * PAGE_SIZE;
	default:
		return handle[random_below(HANDLES)];
	}
}

/* Some words that look like handles and addresses, for calls that read structures. */
static void area_fill(void)
{
	u64 *words = (u64 *)area;

	for (u32 i = 0; i < 64; i++)
		words[random_below(sizeof(area) / 8)] = argument();
}

/* Own objects only: a budget to charge, and one of each that can be made. */
static void handles_make(void)
{
	budget = (cap_t)sys_budget_create(CAP_SELF_BUDGET, BUDGET, 0);
	cap_t guest = (cap_t)sys_space_create(budget, SPACE_GUEST);
	cap_t native = (cap_t)sys_space_create(budget, SPACE_NATIVE);
	cap_t made[] = {
		budget, guest, native,
		(cap_t)sys_table_create(budget),
		(cap_t)sys_memory_create(budget, 16 * PAGE_SIZE, 0),
		(cap_t)sys_memory_create(budget, 2 * PAGE_SIZE, MEMORY_PINNED),
		(cap_t)sys_endpoint_create(budget),
		(cap_t)sys_notification_create(budget),
		(cap_t)sys_view_create(budget, guest, CAP_SELF_SPACE),
		(cap_t)sys_budget_create(budget, BUDGET / 2, 0),
	};

	for (u32 i = 0; i < HANDLES; i++)
		handle[i] = made[i % (sizeof(made) / sizeof(made[0]))];
}

/* Results that may be handles take another's place. */
static void one_call(void)
{
	u64 number = CALL_FIRST + random_below(CALL_LAST), third = argument(), fifth = argument();
	i64 result;

	if (!allowed(number))
		return;
	if (!random_below(8))
		area_fill();
	/* Whatever would wait finds its time over. */
	if (number == NUMBER_notification_wait)
		third = 1;
	if (number == NUMBER_futex_wait)
		fifth = 1;
	result = sys_call5(number, handle[random_below(HANDLES)], argument(), third, argument(),
			   fifth);
	answered++;
	succeeded += result >= 0;
	if (result > 1 << 24)
		handle[random_below(HANDLES)] = (cap_t)result;
}

int main(void)
{
	cap_t inspect = grant_find("inspect");
	i64 violations = 0;

	for (u32 round = 0; round < ROUNDS && violations == 0; round++) {
		if (round % CHECK_EVERY == 0) {
			if (round)
				(void)sys_object_destroy(budget);
			handles_make();
			violations = sys_inspect_check(inspect);
		}
		one_call();
	}
	log_printf("%lu calls answered, %lu with success, %ld violations", answered, succeeded,
		   violations);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
