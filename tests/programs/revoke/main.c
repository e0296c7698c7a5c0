/* SPDX-License-Identifier: MIT */
/* main.c - the crew, and the groups of rows.  From the kernel's command line: revoke-rounds=N. */
#include "libsys/string.h"
#include "libsys/thread.h"
#include "proto/supervisor.h"
#include "tests/programs/revoke/revoke.h"

enum { POWER_OFF = 1, TOLD = 8 };

u64 rounds = 1000;

static struct {
	void (*job)(u32 number);
	u32 begun, ended; /* futex words: jobs, and members that are done with the latest */
	u32 wrong;
	u64 random[CREW + 1];
} crew;

void crew_must(bool holds, const char *what, i64 got)
{
	if (!holds && __atomic_fetch_add(&crew.wrong, 1, __ATOMIC_RELAXED) < TOLD)
		log_printf("  %.150s: %ld", what, got);
}

u32 crew_wrong(void)
{
	return __atomic_exchange_n(&crew.wrong, 0, __ATOMIC_ACQ_REL);
}

u64 random_below(u32 number, u64 limit)
{
	u64 *random = &crew.random[number];

	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random % limit;
}

void dawdle(u32 number)
{
	u64 turns = random_below(number, random_below(number, 8) ? 64 : 4096);

	while (turns--)
		__asm__ volatile("" ::: "memory");
}

cap_t copy_of(cap_t cap)
{
	return (cap_t)sys_cap_copy(CAP_SELF_TABLE, cap, RIGHTS_ALL, 0);
}

static void wait_while(u32 *word, u32 value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		(void)sys_futex_wait(CAP_SELF_SPACE, (u64)word, value, ~0u, DEADLINE_NEVER);
}

static void member(void *argument)
{
	u32 number = (u32)(u64)argument;

	for (u32 seen = 0;; seen++) {
		wait_while(&crew.begun, seen);
		crew.job(number);
		__atomic_fetch_add(&crew.ended, 1, __ATOMIC_ACQ_REL);
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&crew.ended, 1, ~0u);
	}
}

void crew_begin(void (*job)(u32 number))
{
	crew.job = job;
	__atomic_store_n(&crew.ended, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&crew.begun, 1, __ATOMIC_ACQ_REL);
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&crew.begun, CREW, ~0u);
}

void crew_end(void)
{
	u32 ended;

	while ((ended = __atomic_load_n(&crew.ended, __ATOMIC_ACQUIRE)) < CREW)
		wait_while(&crew.ended, ended);
}

static void crew_make(void)
{
	for (u64 i = 0; i <= CREW; i++) {
		struct thread_options options = { .entry = member,
						  .argument = (void *)i,
						  .name = "crew",
						  .level = LEVEL_USER_TOP };

		crew.random[i] = (i + 1) * 0x9e3779b97f4a7c15ul;
		if (i < CREW && thread_create(&options, NULL))
			log_printf("FAILED a member of the crew cannot be made");
	}
}

int main(void)
{
	const char *value = start_option("revoke-rounds"), *end;

	if (value)
		rounds = string_number(value, &end);
	crew_make();
	group("group handles", test_handles_of_three, 1);
	group("group chains", test_chains, 0);
	group("group badges", test_badges, 0);
	group("group transfers", test_transfers, 1);
	group("group full table", test_full_table, 1);
	judge_end();
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
