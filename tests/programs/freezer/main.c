/* SPDX-License-Identifier: MIT */
/*
 * freezer - make a server stop answering and go on again, as somebody who uses it orders; only the
 * tests' grants start it.
 *
 * From the kernel's command line: freeze=NAME is the server.  Orders are bytes of the file
 * /tmp/order: 's' stops it, 'g' lets it go on; the same letter as a capital says that it is done.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/fs.h"
#include "proto/supervisor.h"

#define LOOK_NS 2000000ul
enum { ORDER_STOP = 's', ORDER_GO = 'g', TO_CAPITAL = 'A' - 'a' };

static cap_t fs;

/* The contents of /tmp/order, or CAP_NONE while there is no such file. */
static cap_t order_open(void)
{
	struct fs_lookup_out tmp, file;
	struct fs_open_out out;

	if (fs_lookup(fs, 0, "tmp", 3, &tmp) || fs_lookup(fs, tmp.node, "order", 5, &file) ||
	    fs_open(fs, file.node, 1, &out))
		return CAP_NONE;
	return out.contents;
}

int main(void)
{
	const char *name = start_option("freeze");
	cap_t supervisor = grant_find("supervisor"), order = CAP_NONE;
	i64 clock = sys_notification_create(CAP_SELF_BUDGET);
	u64 length = name ? strlen(name) : 0;
	char word;

	fs = grant_find("fs");
	if (clock < 0 || !length)
		return 1;
	for (;;) {
		sys_notification_wait((cap_t)clock, 1, clock_now() + LOOK_NS);
		if (!order)
			order = order_open();
		if (!order || sys_memory_copy(order, 0, (u64)&word, 1, COPY_FROM_MEMORY) != 1 ||
		    (word != ORDER_STOP && word != ORDER_GO))
			continue;
		if (supervisor_freeze(supervisor, name, length, word == ORDER_STOP)) {
			log_printf("%s cannot be frozen", name);
			return 1;
		}
		word += TO_CAPITAL;
		if (sys_memory_copy(order, 0, (u64)&word, 1, COPY_TO_MEMORY) != 1)
			return 1;
	}
}
