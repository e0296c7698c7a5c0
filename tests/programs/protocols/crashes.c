/* SPDX-License-Identifier: MIT */
/* crashes.c - a server that does not come up: its callers hear of it, and it is tried again. */
#include "proto/clock.h"
#include "proto/supervisor.h"
#include "tests/programs/protocols/protocols.h"

enum { TRIES = 20000 };

void test_crashes(void)
{
	cap_t to = grant_find("crasher"), supervisor = grant_find("supervisor");
	struct supervisor_status_out status = { 0 };
	struct clock_offset_out out;
	error_t error = E_CRASHED;
	int told = 0;

	row("a server that dies before it serves: its callers are told");
	WANT(E_NOTSUP, clock_offset(to, &out));
	WANT(0, supervisor_kill(supervisor, "crasher", 7));
	for (; error == E_CRASHED && told < TRIES; told += error == E_CRASHED) {
		error = clock_offset(to, &out);
		if (error == E_CRASHED)
			millisecond();
	}
	HOLDS(told >= 1);
	row("a server that dies before it serves: it is tried again until it serves");
	WANT(E_NOTSUP, error);
	WANT(0, supervisor_status(supervisor, "crasher", 7, &status));
	HOLDS(status.starts == 6);

	/* It runs at the highest level of servers, far above this program. */
	row("a server that loops is ended, and its successor answers");
	WANT(E_NOTSUP, clock_offset(grant_find("looper"), &out));
	WANT(0, supervisor_status(supervisor, "looper", 6, &status));
	HOLDS(status.starts == 2);
}
