/* SPDX-License-Identifier: MIT */
/* terminals.c - the rows of tty. */
#include "libsys/ready.h"
#include "libsys/string.h"
#include "libsys/tty.h"
#include "proto/supervisor.h"
#include "proto/tty.h"
#include "tests/programs/protocols/protocols.h"

/* LINE: the second serial line, to which no shell writes. */
enum { NO_WAIT = 1, HUNG_UP = 7, LINE = 3 };

/* Both sides of a pair by turns, each without waiting. */
static void pair_bytes(cap_t to, u64 slave)
{
	u64 master = slave + TTY_MASTER;
	struct tty_write_out written = { 0 };
	struct tty_read_out got = { 0 };
	char bytes[64];

	row("tty.read, tty.write of a pair");
	WANT(E_AGAIN, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	WANT(0, tty_write(to, slave, "out\n", 4, NO_WAIT, &written));
	WANT(0, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 5 && !memcmp(bytes, "out\r\n", 5));
	WANT(0, tty_write(to, master, "in\r", 3, NO_WAIT, &written));
	HOLDS(written.written == 3);
	WANT(0, tty_read(to, slave, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 3 && !memcmp(bytes, "in\n", 3));
	WANT(0, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 4 && !memcmp(bytes, "in\r\n", 4));

	row("tty.packet");
	WANT(E_NOENT, tty_packet(to, slave, 1));
	WANT(0, tty_packet(to, master, 1));
	WANT(0, tty_flow(to, slave, TTY_FLOW_HOLD));
	WANT(0, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 1 && bytes[0] == TTY_PACKET_STOPPED);
	WANT(E_AGAIN, tty_write(to, slave, "x", 1, NO_WAIT, &written));
	WANT(0, tty_flow(to, slave, TTY_FLOW_GO));
	WANT(0, tty_write(to, slave, "x", 1, NO_WAIT, &written));
	WANT(0, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 1 && bytes[0] == TTY_PACKET_STARTED);
	WANT(0, tty_read(to, master, bytes, 64, NO_WAIT, &got));
	HOLDS(got.count == 2 && !bytes[0] && bytes[1] == 'x');
	WANT(0, tty_packet(to, master, 0));
}

/* Each session of its own badge; what one had goes with it. */
static void listeners(cap_t to)
{
	enum { MANY = 16 };
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct supervisor_session_out session[MANY];
	u32 count = 0;
	error_t error = 0;

	while (count < MANY && !error) {
		error = supervisor_session(grant_find("supervisor"), "tty", 3, &session[count]);
		if (!error)
			error = tty_events(session[count++].session, n, 1, 0);
	}
	HOLDS(count > 2 && count < MANY && error == E_NOSPACE);
	WANT(E_NOSPACE, tty_events(session[count - 1].session, n, 1, 0));
	while (count)
		WANT(0, sys_cap_delete(session[--count].session));
	/* The first of them has gone by now: there is room again. */
	WANT(0, tty_events(to, n, 1, 0));
	WANT(0, sys_object_destroy(n));
}

static void pairs(cap_t to, cap_t notification)
{
	struct tty_open_pair_out made = { 0 }, other = { 0 };
	struct tty_take_event_out event = { 0 };
	struct tty_write_out written = { 0 };
	struct tty_read_out got = { 0 };
	u64 slave, master;
	char byte;

	row("tty.open_pair, tty.open");
	WANT(0, tty_open_pair(to, &made));
	slave = made.terminal;
	master = slave + TTY_MASTER;
	HOLDS(slave >= TTY_DEVICES && slave < TTY_TERMINALS);
	WANT(E_NOENT, tty_open(to, 0));
	WANT(E_IO, tty_open(to, master));
	WANT(0, tty_open(to, slave));
	WANT(0, tty_open(to, slave));
	pair_bytes(to, slave);

	row("tty.take_event");
	WANT(0, tty_events(to, notification, 1, 0));
	WANT(0, tty_write(to, master, "\3", 1, NO_WAIT, &written));
	HOLDS(sys_notification_wait(notification, 1, sys_clock_read() + 1000000000) == 1);
	WANT(0, tty_take_event(to, &event));
	HOLDS(event.event == (slave << 32 | TTY_EVENT_INTR));
	WANT(0, tty_take_event(to, &event));
	HOLDS(event.event == 0);

	row("tty.hang_up");
	WANT(E_NOENT, tty_hang_up(to, master, HUNG_UP));
	WANT(0, tty_hang_up(to, slave, HUNG_UP));
	WANT(E_CANCELLED, tty_read(to, slave, &byte, 1, NO_WAIT, &got));
	WANT(E_AGAIN, tty_read(to, slave, &byte, 1, NO_WAIT | (u64)HUNG_UP << 32, &got));

	row("tty.close");
	WANT(E_NOENT, tty_close(to, 0));
	WANT(0, tty_close(to, slave));
	WANT(0, tty_flush(to, master, TTY_FLUSH_INPUT));
	WANT(E_AGAIN, tty_read(to, master, &byte, 1, NO_WAIT, &got));
	WANT(0, tty_close(to, slave));
	WANT(E_IO, tty_read(to, master, &byte, 1, NO_WAIT, &got));
	WANT(0, tty_open(to, slave));
	WANT(E_AGAIN, tty_read(to, master, &byte, 1, NO_WAIT, &got));
	WANT(0, tty_close(to, master));
	WANT(E_IO, tty_open(to, slave));
	WANT(E_IO, tty_write(to, slave, "x", 1, (u64)HUNG_UP << 32, &written));
	/* As long as one side is open the number is not given away. */
	WANT(0, tty_open_pair(to, &other));
	HOLDS(other.terminal != slave);
	WANT(0, tty_close(to, other.terminal + TTY_MASTER));
	WANT(0, tty_close(to, slave));
	WANT(E_NOENT, tty_close(to, slave));
	WANT(0, tty_open_pair(to, &other));
	HOLDS(other.terminal == slave);
	WANT(0, tty_close(to, other.terminal + TTY_MASTER));
}

static void all_pairs(cap_t to)
{
	static u64 opened[TTY_TERMINALS];
	struct tty_open_pair_out made = { 0 };
	u32 count = 0;

	row("tty.open_pair: none left");
	while (count < TTY_TERMINALS && !tty_open_pair(to, &made))
		opened[count++] = made.terminal;
	WANT(E_NOSPACE, tty_open_pair(to, &made));
	while (count)
		WANT(0, tty_close(to, opened[--count] + TTY_MASTER));
}

/* What only screens, or only lines, have. */
static void devices(cap_t to)
{
	struct tty_front_out front = { 0 };

	row("tty.front");
	WANT(0, tty_front(to, 1, 1, &front));
	HOLDS(front.shown == 1);
	WANT(0, tty_front(to, 2, 0, &front));
	HOLDS(front.shown == 1);
	WANT(E_NOTSUP, tty_front(to, 0, 1, &front));
	WANT(E_NOENT, tty_front(to, 99, 1, &front));

	row("tty.hold");
	WANT(0, tty_hold(to, 0, 1));
	WANT(0, tty_hold(to, 0, 0));
	WANT(E_NOTSUP, tty_hold(to, 1, 1));
	WANT(E_NOENT, tty_hold(to, 99, 1));
}

void test_terminals(void)
{
	cap_t to = grant_find("tty"), n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct tty_get_size_out size = { 0 };
	struct tty_status_out status = { 0 };
	struct tty_write_out written = { 0 };
	struct tty_read_out got = { 0 };
	struct tty_words_out words = { 0 };
	u8 settings[64], byte;

	row("tty.get_settings, tty.set_settings");
	WANT(0, tty_get_settings(to, 0, settings, sizeof(settings)));
	WANT(0, tty_set_settings(to, 0, settings, sizeof(settings), 0));
	WANT(E_NOENT, tty_get_settings(to, 99, settings, sizeof(settings)));
	WANT(E_NOENT, tty_set_settings(to, 99, settings, sizeof(settings), 0));
	WANT(E_INVAL, tty_set_settings(to, 0, settings, sizeof(settings), 9));

	row("tty.get_size, tty.set_size");
	WANT(0, tty_set_size(to, 0, 40 | 100 << 16));
	WANT(0, tty_get_size(to, 0, &size));
	HOLDS(size.size == (40 | 100 << 16));
	WANT(E_NOENT, tty_get_size(to, 99, &size));
	WANT(E_NOENT, tty_set_size(to, 99, 0));

	row("tty.write, tty.drain");
	WANT(0, tty_write(to, 0, "drained\n", 8, 0, &written));
	HOLDS(written.written == 8);
	WANT(0, tty_drain(to, 0));
	WANT(E_NOENT, tty_write(to, 99, "x", 1, 0, &written));
	WANT(E_NOENT, tty_drain(to, 99));

	row("tty.read");
	WANT(E_AGAIN, tty_read(to, 0, &byte, 1, NO_WAIT, &got));
	WANT(E_NOENT, tty_read(to, 99, &byte, 1, NO_WAIT, &got));

	row("tty.status, tty.flush, tty.flow");
	WANT(0, tty_status(to, LINE, &status));
	HOLDS(status.readable == 0 && status.unwritten == 0);
	WANT(E_NOENT, tty_status(to, 99, &status));
	WANT(0, tty_flow(to, LINE, TTY_FLOW_HOLD));
	WANT(0, tty_write(to, LINE, "held", 4, NO_WAIT, &written));
	WANT(0, tty_status(to, LINE, &status));
	HOLDS(status.unwritten == 4);
	WANT(0, tty_flush(to, LINE, 3));
	WANT(0, tty_status(to, LINE, &status));
	HOLDS(status.unwritten == 0);
	WANT(0, tty_flow(to, LINE, TTY_FLOW_GO));
	WANT(E_NOENT, tty_flow(to, 99, 0));
	WANT(E_INVAL, tty_flow(to, LINE, 99));
	WANT(E_NOENT, tty_flush(to, 99, 1));
	WANT(E_INVAL, tty_flush(to, LINE, 8));

	devices(to);
	row("tty.events: as many sessions as listeners");
	listeners(to);
	row("tty.events, tty.words");
	WANT(0, tty_events(to, n, 1, 1 << 3));
	WANT(E_INVAL, tty_events(to, n, 1, 1 << TTY_DEVICES));
	HOLDS(tty_events(to, BAD_CAP, 1, 0) < 0);
	WANT(0, tty_words(to, n, 1, &words));
	WANT(E_RIGHTS, sys_memory_copy(words.words, 0, (u64)"x", 1, COPY_TO_MEMORY));
	WANT(0, sys_cap_delete(words.words));
	WANT(0, sys_cap_delete(words.armed));
	HOLDS(tty_words(to, BAD_CAP, 1, &words) < 0);
	pairs(to, n);
	all_pairs(to);
	WANT(0, sys_object_destroy(n));
}
