/* SPDX-License-Identifier: MIT */
/*
 * calls - run the tests of the system calls, have the kernel check its invariants after each group,
 * and switch the machine off.
 */
#include "proto/supervisor.h"
#include "tests/programs/calls/calls.h"

enum { POWER_OFF = 1 };

int main(void)
{
	group("group capabilities", test_capabilities);
	group("group memory", test_memory);
	group("group spaces", test_spaces);
	group("group threads", test_threads);
	group("group messages", test_messages);
	group("group notifications", test_notifications);
	group("group futexes", test_futexes);
	group("group devices", test_devices);
	group("group system", test_system);
	judge_end();
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
