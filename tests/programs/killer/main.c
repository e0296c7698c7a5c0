/* SPDX-License-Identifier: MIT */
/*
 * killer - kill servers again and again while others use them; only the tests' grants start it.
 *
 * From the kernel's command line: kill=NAME,NAME... are killed in turn, one every kill-every=MS
 * milliseconds (300), and that long after the one before at least: also on a slow machine there is
 * time in between.  Each death is a line in the log, with the number of starts so far.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/supervisor.h"

enum { NAME_MAX = 24 };

/* The next name of the list, which begins again at its end; its length. */
static u64 name_next(const char *list, const char **at, char *name)
{
	u64 length = 0;

	if (!**at)
		*at = list;
	while ((*at)[length] && (*at)[length] != ',' && length < NAME_MAX - 1) {
		name[length] = (*at)[length];
		length++;
	}
	name[length] = 0;
	*at += length;
	while (**at == ',')
		(*at)++;
	return length;
}

int main(void)
{
	const char *list = start_option("kill"), *every = start_option("kill-every"), *end;
	u64 pause_ns = (every ? string_number(every, &end) : 300) * 1000000;
	cap_t supervisor = grant_find("supervisor");
	i64 alarm = sys_notification_create(CAP_SELF_BUDGET);
	const char *at = list;
	char name[NAME_MAX];

	if (alarm < 0)
		return 1;
	while (list && *list) {
		struct supervisor_status_out status;
		u64 length = name_next(list, &at, name);
		error_t error;

		sys_notification_wait((cap_t)alarm, 1, clock_now() + pause_ns);
		error = supervisor_kill(supervisor, name, length);
		if (error == E_NOENT && !supervisor_status(supervisor, name, length, &status))
			continue; /* it is just being started */
		if (error) {
			log_printf("%s cannot be killed: error %ld", name, error);
			return 1;
		}
		if (!supervisor_status(supervisor, name, length, &status))
			log_printf("%s: start %lu, slowest %lu us", name, status.starts,
				   status.slowest_ns / 1000);
	}
	return 0;
}
