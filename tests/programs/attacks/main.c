/* SPDX-License-Identifier: MIT */
/*
 * main.c - the attacker's thread, and its groups.  From the kernel's command line: attacks-rounds=N
 * (10,000), attacks-only=GROUP, or attacks-ring0=NAME for what ends the machine.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "proto/supervisor.h"
#include "tests/programs/attacks/attacks.h"

enum { POWER_OFF = 1 };

u64 rounds = 10000;

struct thread *helper(void (*entry)(void *), void *argument)
{
	struct thread_options options = {
		.entry = entry, .argument = argument, .name = "helper", .level = LEVEL_USER_TOP
	};
	struct thread *t = NULL;

	WANT(0, thread_create(&options, &t));
	return t;
}

void helper_end(struct thread *thread)
{
	struct thread_info info = { 0 };

	HOLDS(UNTIL(!sys_thread_info(thread->cap, &info) && info.state >= THREAD_STATE_FAULTED));
	WANT(0, sys_object_destroy(thread->cap));
}

/* Each may leave that many more pages of messages behind. */
static const struct {
	const char *name;
	void (*body)(void);
	u64 pages;
} groups[] = {
	{ "instructions", test_instructions, 1 },
	{ "returns", test_returns, 0 },
	{ "exceptions", test_exceptions, 0 },
	{ "floating", test_floating, 1 },
	{ "pointers", test_pointers, 0 },
	{ "messages", test_messages, 3 },
	{ "deaths", test_deaths, 10 },
	{ "leaks", test_leaks, 3 },
	{ "quotas", test_quotas, 3 },
	{ "fetches", test_double_fetch, 6 },
};

static void attack(void *argument)
{
	const char *ring0 = start_option("attacks-ring0"), *only = start_option("attacks-only");
	char name[64];

	(void)argument;
	for (u32 i = 0; !ring0 && i < sizeof(groups) / sizeof(groups[0]); i++) {
		text_format(name, sizeof(name), "group %s", groups[i].name);
		if (!only || !strcmp(only, groups[i].name))
			group(name, groups[i].body, groups[i].pages);
	}
	if (ring0)
		test_ring0(ring0);
	else
		judge_end();
	(void)supervisor_power(grant_find("supervisor"), POWER_OFF);
}

int main(void)
{
	const char *value = start_option("attacks-rounds"), *end;
	cap_t never;

	if (value)
		rounds = string_number(value, &end);
	never = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	(void)helper(attack, NULL);
	for (;;)
		(void)sys_notification_wait(never, 1, DEADLINE_NEVER);
}
