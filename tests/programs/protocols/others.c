/* SPDX-License-Identifier: MIT */
/* others.c - the rows of clock, entropy, serial and supervisor. */
#include "libsys/string.h"
#include "proto/clock.h"
#include "proto/entropy.h"
#include "proto/keyboard.h"
#include "libsys/tty.h"
#include "proto/serial.h"
#include "proto/supervisor.h"
#include "tests/programs/protocols/protocols.h"

enum { COM = 0, NO_PORT = 9 };
#define YEAR_2020 1577836800000000000ul

static void time_of_day(void)
{
	cap_t to = grant_find("clock");
	struct clock_offset_out before = { 0 }, after = { 0 };

	row("clock.offset");
	WANT(0, clock_offset(to, &before));
	HOLDS(before.offset_ns > YEAR_2020);
	WANT(E_BADCAP, clock_offset(BAD_CAP, &after));

	row("clock.set");
	WANT(0, clock_set(to, before.offset_ns + clock_now() + 3600000000000));
	WANT(0, clock_offset(to, &after));
	HOLDS(after.offset_ns > before.offset_ns + 3500000000000);
	HOLDS(after.version != before.version);
	WANT(0, clock_set(to, before.offset_ns + clock_now()));
	WANT(E_INVAL, clock_set(to, 1));
}

static void randomness(void)
{
	cap_t to = grant_find("entropy");
	struct entropy_read_out got = { 0 };
	static u8 a[32], b[32];

	row("entropy.read");
	WANT(0, entropy_read(to, a, sizeof(a), &got));
	HOLDS(got.count == sizeof(a));
	WANT(0, entropy_read(to, b, sizeof(b), &got));
	HOLDS(memcmp(a, b, sizeof(a)));
	HOLDS(entropy_read(to, (void *)UNMAPPED, 32, &got) < 0);

	row("entropy.stir");
	WANT(0, entropy_stir(to, a, sizeof(a)));
	HOLDS(entropy_stir(to, a, 5000) < 0);
}

static void ports(void)
{
	cap_t to = grant_find("serial"), n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	const u64 nowhere = ~(u64)0;
	struct serial_write_out written = { 0 };
	struct serial_read_out got = { 0 };
	struct serial_status_out status = { 0 };
	struct serial_size_out size = { 0 };
	struct serial_line_out line = { 0 };
	struct serial_front_out front = { 0 };
	u8 byte;

	row("serial.write, serial.status");
	WANT(0, serial_write(to, COM, "x", 1, nowhere, &written));
	HOLDS(written.written <= 1);
	WANT(0, serial_status(to, COM, &status));
	HOLDS(status.readable == 0);
	WANT(E_NOENT, serial_write(to, NO_PORT, "x", 1, nowhere, &written));
	WANT(E_NOENT, serial_status(to, NO_PORT, &status));

	row("serial.read");
	WANT(0, serial_read(to, COM, &byte, 1, nowhere, &got));
	HOLDS(got.count == 0);
	WANT(E_NOENT, serial_read(to, NO_PORT, &byte, 1, nowhere, &got));

	/* The tty is attached and stays so: only the refusal is tried. */
	row("serial.attach");
	WANT(E_NOENT, serial_attach(to, NO_PORT, n, 1, 2));
	WANT(0, sys_object_destroy(n));

	row("serial.size");
	WANT(E_NOTSUP, serial_size(to, COM, &size));
	WANT(E_NOENT, serial_size(to, NO_PORT, &size));

	row("serial.line");
	WANT(0, serial_line(to, COM, 9600, 7 | TTY_LINE_PARITY | TTY_LINE_RECEIVE, &line));
	HOLDS(line.actual == 9600);
	WANT(0, serial_line(to, COM, 5000, 8, &line));
	HOLDS(line.actual == 5008);
	WANT(0, serial_line(to, COM, 1, 8, &line));
	WANT(0, serial_line(to, COM, 0, 0, &line));
	HOLDS(line.actual == 0);
	WANT(0, serial_line(to, COM, 4000000, 8 | TTY_LINE_RECEIVE, &line));
	HOLDS(line.actual == 115200);
	WANT(E_INVAL, serial_line(to, COM, 9600, 256, &line));
	WANT(E_INVAL, serial_line(to, COM, 1ul << 32, 8, &line));
	WANT(E_NOENT, serial_line(to, NO_PORT, 9600, 8, &line));
	WANT(E_NOTSUP, serial_line(grant_find("console"), 0, 9600, 8, &line));

	row("serial.front");
	WANT(0, serial_front(grant_find("console"), 1, 1, &front));
	HOLDS(front.shown == 1);
	WANT(0, serial_front(grant_find("console"), 0, 0, &front));
	HOLDS(front.shown == 1);
	WANT(E_NOENT, serial_front(grant_find("console"), 9, 1, &front));
	WANT(E_NOTSUP, serial_front(to, COM, 1, &front));
	WANT(E_NOENT, serial_front(to, NO_PORT, 1, &front));

	row("serial.hold");
	WANT(0, serial_hold(to, COM, 1));
	WANT(0, serial_hold(to, COM, 0));
	WANT(E_NOENT, serial_hold(to, NO_PORT, 1));
	WANT(E_NOTSUP, serial_hold(grant_find("console"), 0, 1));
}

/* The second console, whose terminal is attached too: what is typed there is not ours. */
static void consoles(void)
{
	cap_t to = grant_find("console");
	struct serial_write_out written = { 0 };
	struct serial_status_out status = { 0 };
	struct serial_size_out size = { 0 };
	struct serial_read_out got = { 0 };
	u8 byte;

	row("serial.write, serial.size of a console");
	WANT(0, serial_write(to, 1, "\033[2J", 4, ~(u64)0, &written));
	HOLDS(written.written == 4);
	WANT(E_NOENT, serial_write(to, NO_PORT, "x", 1, ~(u64)0, &written));
	WANT(0, serial_size(to, 1, &size));
	HOLDS((size.size & 0xffff) == 25 && (size.size >> 16 & 0xffff) == 80);
	WANT(E_NOENT, serial_size(to, NO_PORT, &size));
	WANT(0, serial_status(to, 1, &status));
	HOLDS(status.unwritten == 0);
	WANT(E_NOENT, serial_status(to, NO_PORT, &status));
	WANT(0, serial_read(to, 1, &byte, 1, ~(u64)0, &got));
	WANT(E_NOENT, serial_read(to, NO_PORT, &byte, 1, ~(u64)0, &got));
	HOLDS(serial_attach(to, 1, BAD_CAP, 1, 2) < 0);
}

static void keyboard(void)
{
	cap_t to = grant_find("keyboard");
	struct keyboard_read_out got = { 0 };
	u32 symbols[4];

	row("keyboard.read");
	WANT(0, keyboard_read(to, symbols, sizeof(symbols), 0, &got));
	HOLDS(got.count == 0);

	/* The console is attached and stays so. */
	row("keyboard.attach");
	HOLDS(keyboard_attach(to, BAD_CAP, 1) < 0);

	row("keyboard.layout");
	WANT(0, keyboard_layout(to, "de", 2));
	WANT(E_NOENT, keyboard_layout(to, "xx", 2));
	WANT(E_FAULT, keyboard_layout(to, (const char *)UNMAPPED, 2));
	WANT(0, keyboard_layout(to, "us", 2));
}

static void accounts(cap_t to)
{
	struct supervisor_account_out account = { 0 };

	row("supervisor.account");
	WANT(E_NOENT, supervisor_account(to, 7, 0, &account));
	WANT(0, supervisor_account(to, 7, 8192, &account));
	HOLDS(sys_memory_create(account.budget, 4096, 0) > 0);
	WANT(E_RIGHTS, sys_object_destroy(account.budget));
	WANT(0, sys_cap_delete(account.budget));
	WANT(E_BUSY, supervisor_account(to, 7, 8192, &account));
	WANT(0, supervisor_account(to, 7, 0, &account));
	WANT(0, sys_cap_delete(account.budget));
	WANT(0, supervisor_depot_drop(to, 7));
}

static void supervision(void)
{
	cap_t to = grant_find("supervisor");
	struct supervisor_depot_out made = { 0 };
	struct supervisor_status_out status = { 0 };
	struct supervisor_take_out taken = { 0 };
	struct supervisor_session_out session = { 0 };
	struct supervisor_list_out list = { 0 };
	struct entropy_read_out got = { 0 };
	static char names[256];
	u64 starts;

	accounts(to);
	row("supervisor.depot");
	WANT(0, supervisor_depot(to, 1, 8192, 0, &made));
	HOLDS(made.fresh == 1 && made.memory);
	WANT(0, sys_cap_delete(made.memory));
	WANT(0, supervisor_depot(to, 1, 8192, 0, &made));
	HOLDS(made.fresh == 0);
	WANT(0, sys_cap_delete(made.memory));
	WANT(E_INVAL, supervisor_depot(to, 2, 8192, 0x80, &made));
	WANT(E_NOENT, supervisor_depot(to, 2, 0, 4, &made));
	WANT(E_BUSY, supervisor_keep(to, 1, CAP_SELF_BUDGET));

	row("supervisor.depot_drop");
	WANT(0, supervisor_depot_drop(to, 1));
	WANT(E_NOENT, supervisor_depot_drop(to, 1));

	row("supervisor.keep, supervisor.take");
	WANT(0, supervisor_keep(to, 3, CAP_SELF_BUDGET));
	WANT(0, supervisor_take(to, 3, &taken));
	HOLDS(taken.kept);
	WANT(0, sys_cap_delete(taken.kept));
	WANT(0, supervisor_depot_drop(to, 3));
	WANT(E_NOENT, supervisor_take(to, 3, &taken));
	HOLDS(supervisor_keep(to, 3, BAD_CAP) < 0);

	row("supervisor.status");
	WANT(0, supervisor_status(to, "entropy", 7, &status));
	HOLDS(status.starts >= 1 && status.used_bytes > 0);
	HOLDS(status.limit_bytes >= status.used_bytes);
	starts = status.starts;
	WANT(E_NOENT, supervisor_status(to, "nobody", 6, &status));

	row("supervisor.kill");
	WANT(0, supervisor_kill(to, "entropy", 7));
	WANT(0, supervisor_status(to, "entropy", 7, &status));
	HOLDS(status.starts == starts + 1);
	WANT(E_NOENT, supervisor_kill(to, "nobody", 6));

	row("supervisor.freeze");
	WANT(0, supervisor_freeze(to, "entropy", 7, 1));
	WANT(E_INVAL, supervisor_freeze(to, "entropy", 7, 2));
	WANT(E_NOENT, supervisor_freeze(to, "nobody", 6, 1));
	WANT(0, supervisor_freeze(to, "entropy", 7, 0));

	row("supervisor.session, supervisor.list");
	WANT(0, supervisor_session(to, "entropy", 7, &session));
	WANT(0, entropy_read(session.session, names, 8, &got));
	WANT(0, sys_cap_delete(session.session));
	WANT(E_ACCESS, supervisor_session(to, "linux", 5, &session));
	WANT(E_NOENT, supervisor_session(to, "nobody", 6, &session));
	WANT(0, supervisor_list(to, names, sizeof(names), &list));
	HOLDS(list.length > 8 && !memcmp(names, "entropy", 8));
	WANT(0, supervisor_list(to, names, 9, &list));
	HOLDS(list.length == 8);
	WANT(E_BADCAP, supervisor_list(BAD_CAP, names, sizeof(names), &list));

	row("supervisor.ready");
	WANT(0, supervisor_ready(to));
	WANT(E_BADCAP, supervisor_ready(BAD_CAP));
}

void test_others(void)
{
	time_of_day();
	randomness();
	ports();
	consoles();
	keyboard();
	supervision();
}
