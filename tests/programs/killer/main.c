/* SPDX-License-Identifier: MIT */
/*
 * killer - kills ramfs, pipe and tty in turn, again and again, while others use them.
 *
 * Started with the word "kill" on the kernel's command line; kill=NAME takes only that server,
 * period=N its milliseconds.  It says how often each was killed and what the supervisor counted.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "proto/supervisor.h"

enum { PERIOD_MS = 200, REPORT_EVERY = 10 };

static const char *const victims[] = { "ramfs", "pipe", "tty" };
enum { VICTIMS = sizeof(victims) / sizeof(*victims) };

int main(void)
{
	cap_t supervisor = grant_find("supervisor");
	const char *only = start_option("kill"), *text = start_option("period"), *end;
	u64 period = text ? string_number(text, &end) : PERIOD_MS;
	i64 alarm = sys_notification_create(CAP_SELF_BUDGET);

	if (alarm < 0)
		return (int)alarm;
	for (u32 round = 1;; round++) {
		const char *victim = only && *only ? only : victims[round % VICTIMS];
		struct supervisor_status_out status;
		error_t error;

		sys_notification_wait((cap_t)alarm, 1, clock_now() + period * 1000000);
		error = supervisor_kill(supervisor, victim, strlen(victim));
		if (error)
			log_printf("%s could not be killed: %s", victim, error_name(error));
		if (round % REPORT_EVERY == 0 &&
		    !supervisor_status(supervisor, victim, strlen(victim), &status))
			log_printf("%u kills; %s was started %lu times", round, victim,
				   status.starts);
	}
}
