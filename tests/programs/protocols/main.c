/* SPDX-License-Identifier: MIT */
/* protocols - run the tests of the protocols, and switch the machine off. */
#include "proto/supervisor.h"
#include "tests/programs/protocols/protocols.h"

enum { POWER_OFF = 1, SETTLE_NS = 1500000000 };

int main(void)
{
	cap_t alarm = (cap_t)sys_notification_create(CAP_SELF_BUDGET);

	/* The personality is a client too: let it begin, so that what is counted stands still. */
	sys_notification_wait(alarm, 1, clock_now() + SETTLE_NS);
	group("group files", test_files, 1);
	group("group refusals", test_refusals, 1);
	group("group pipes", test_pipes, 1);
	group("group terminals", test_terminals, 1);
	group("group others", test_others, 1);
	group("group crashes", test_crashes, 1);
	judge_end();
	row("supervisor.power");
	WANT(E_NOTSUP, supervisor_power(grant_find("supervisor"), 99));
	judge_end();
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
