/* SPDX-License-Identifier: MIT */
/* later.c - see later.h. */
#include "servers/ramfs/later.h"

#include "libsys/sys.h"

/* Time for those who wait: bits of the notification come before their calls. */
enum { PAUSE_NS = 300000 };

static cap_t bell;

error_t later_start(void)
{
	i64 made = sys_notification_create(CAP_SELF_BUDGET);

	if (made < 0)
		return made;
	bell = made;
	return sys_notification_bind(bell);
}

void later_ask(void)
{
	sys_notification_timer(bell, sys_clock_read() + PAUSE_NS, 1);
}
