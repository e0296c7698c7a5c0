/* SPDX-License-Identifier: MIT */
/*
 * calls - run the tests of the system calls, have the kernel check its invariants after each group,
 * and switch the machine off.
 */
#include "proto/supervisor.h"
#include "tests/programs/calls/calls.h"

enum { POWER_OFF = 1 };

/* What tests/groups/71-preemption reads, where ticks are instructions. */
static void stretch_report(void)
{
	struct inspect_system s = { 0 };

	(void)sys_inspect_read(grant_find("inspect"), INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));
	log_printf("longest stretch %lu in call %ld", s.longest_stretch_ticks,
		   (i64)s.longest_stretch_call);
}

int main(void)
{
	group("group capabilities", test_capabilities, 1);
	group("group handles", test_handles, 1);
	group("group memory", test_memory, 1);
	group("group spaces", test_spaces, 1);
	group("group threads", test_threads, 1);
	group("group twins", test_twins, 3);
	group("group messages", test_messages, 1);
	group("group notifications", test_notifications, 1);
	group("group futexes", test_futexes, 1);
	group("group devices", test_devices, 1);
	group("group blocked", test_blocked, 3);
	group("group limits", test_limits, 1);
	group("group processors", test_processors, 2);
	group("group time", test_time, 0);
	group("group system", test_system, 1);
	group("group many", test_many, 1);
	judge_end();
	stretch_report();
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
