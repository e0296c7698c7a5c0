/* SPDX-License-Identifier: MIT */
/* system.c - inspect_*, log_*, power_control, and numbers that are no call. */
#include "libsys/string.h"
#include "tests/programs/calls/calls.h"

static bool text_holds(const char *text, const char *part)
{
	u64 length = strlen(part);

	for (; *text; text++)
		if (!strncmp(text, part, length))
			return true;
	return false;
}

void test_system(void)
{
	cap_t inspect = grant_find("inspect"), log = grant_find("log");
	struct inspect_system s;
	static struct inspect_thread t[4];

	row("inspect_read");
	WANT(sizeof(s), sys_inspect_read(inspect, INSPECT_SYSTEM, 0, (u64)&s, sizeof(s)));
	HOLDS(s.total_bytes > s.free_bytes && s.free_bytes > 0 && s.capabilities > 0);
	HOLDS(sys_inspect_read(inspect, INSPECT_THREADS, 0, (u64)t, sizeof(t)) == sizeof(t));
	HOLDS(t[0].info.name[0] && t[0].cursor != t[1].cursor);
	WANT(E_INVAL, sys_inspect_read(inspect, 99, 0, (u64)t, sizeof(t)));
	WANT(E_FAULT, sys_inspect_read(inspect, INSPECT_SYSTEM, 0, UNMAPPED, sizeof(s)));
	WANT(E_TYPE, sys_inspect_read(log, INSPECT_SYSTEM, 0, (u64)&s, sizeof(s)));

	row("inspect_check");
	WANT(0, sys_inspect_check(inspect));
	WANT(E_TYPE, sys_inspect_check(log));

	row("log_write");
	SUCCEEDS(sys_log_write(log, (u64)"calls: a line\n", 14));
	WANT(E_FAULT, sys_log_write(log, UNMAPPED, 10));
	WANT(E_RANGE, sys_log_write(log, (u64)&s, 100000));

	/* This log capability may only append. */
	/* What was written is there, taken or not, and the position goes on from read to read. */
	row("inspect_read");
	static struct inspect_log piece;
	static char all[65536];
	u64 length = 0, cursor = 0;
	while (sys_inspect_read(inspect, INSPECT_LOG, cursor, (u64)&piece, sizeof(piece)) > 0) {
		HOLDS(piece.length && piece.cursor >= cursor + piece.length);
		if (piece.cursor != cursor + piece.length)
			length = 0;
		if (length + piece.length < sizeof(all))
			memcpy(all + length, piece.text, piece.length);
		length += piece.length;
		cursor = piece.cursor;
	}
	all[length < sizeof(all) ? length : sizeof(all) - 1] = 0;
	HOLDS(text_holds(all, "calls: a line\n"));
	WANT(E_FAULT, sys_inspect_read(inspect, INSPECT_LOG, 0, UNMAPPED, sizeof(piece)));

	row("log_read");
	WANT(E_RIGHTS, sys_log_read(log, (u64)&s, sizeof(s), CAP_NONE, 0));

	row("power_control");
	WANT(E_TYPE, sys_power_control(log, POWER_HALT));
	WANT(E_BADCAP, sys_power_control(BAD_CAP, POWER_HALT));

	row("numbers that are no call");
	WANT(E_NOSYS, (sys_call5(0, 0, 0, 0, 0, 0)));
	WANT(E_NOSYS, (sys_call5(99, 1, 2, 3, 4, 5)));
	WANT(E_NOSYS, (sys_call5(~(u64)0, 1, 2, 3, 4, 5)));
	WANT(E_NOSYS, (sys_call5((u64)1 << 32 | 1, 1, 2, 3, 4, 5)));
}
