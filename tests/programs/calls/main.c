/* SPDX-License-Identifier: MIT */
/*
 * calls - run the tests of the system calls, have the kernel check its invariants after each group,
 * and switch the machine off.
 */
#include "libsys/string.h"
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

static void all_failpoints(u64 stride)
{
	failpoints("failpoints: capabilities", test_capabilities, stride);
	failpoints("failpoints: handles", test_handles, stride);
	failpoints("failpoints: memory", test_memory, stride);
	failpoints("failpoints: spaces", test_spaces, stride);
	failpoints("failpoints: threads", test_threads, stride);
	failpoints("failpoints: twins", test_twins, stride);
	failpoints("failpoints: messages", test_messages, stride);
	failpoints("failpoints: notifications", test_notifications, stride);
	failpoints("failpoints: futexes", test_futexes, stride);
	failpoints("failpoints: devices", test_devices, stride);
	failpoints("failpoints: blocked", test_blocked, stride);
}

int main(void)
{
	const char *stride = start_option("failpoints");

	helpers_make();
	if (stride) {
		all_failpoints(string_number(stride, &stride));
		judge_end();
		return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
	}
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
	group("group killed", test_killed, 1);
	group("group limits", test_limits, 1);
	group("group shortage", test_shortage, 1);
	group("group processors", test_processors, 2);
	group("group time", test_time, 0);
	group("group system", test_system, 1);
	group("group many", test_many, 1);
	cells_end();
	judge_end();
	stretch_report();
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
