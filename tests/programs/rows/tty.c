/* SPDX-License-Identifier: MIT */
/* tty.c - the rows of the tty protocol; nobody types. */
#include "tests/programs/rows/rows.h"

#include "libsys/heap.h"
#include "libsys/ready.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/tty.h"
#include "proto/tty.h"

enum { NOBODY = 9 };

static void settings(cap_t tty)
{
	struct tty_settings was = { 0 }, now;

	expect("tty.get_settings", tty_get_settings(tty, 0, &was, sizeof(was)), 0);
	expect_true("tty.get_settings: canonical", was.local & TTY_LOCAL_CANONICAL);
	expect("tty.get_settings: none", tty_get_settings(tty, NOBODY, &was, sizeof(was)), E_NOENT);
	now = was;
	now.local &= ~TTY_LOCAL_CANONICAL;
	now.key[TTY_KEY_MIN] = 0;
	now.key[TTY_KEY_TIME] = 1;
	now.opaque[3] = 77;
	expect("tty.set_settings", tty_set_settings(tty, 0, &now, sizeof(now), TTY_NOW), 0);
	expect("tty.set_settings: when", tty_set_settings(tty, 0, &now, sizeof(now), 3), E_INVAL);
	expect("tty.set_settings: size", tty_set_settings(tty, 0, &now, 8, TTY_NOW), E_INVAL);
	expect("tty.get_settings: again", tty_get_settings(tty, 0, &now, sizeof(now)), 0);
	expect_true("tty.set_settings: kept", now.opaque[3] == 77 && now.key[TTY_KEY_TIME] == 1);
	now = was;
	expect("tty.set_settings: drained",
	       tty_set_settings(tty, 0, &now, sizeof(now), TTY_DRAINED_FLUSH), 0);
}

static void reading(cap_t tty)
{
	struct tty_settings was = { 0 }, now;
	struct tty_read_out out = { 0 };
	char byte;
	u64 before;

	expect("tty.read: nothing", tty_read(tty, 0, &byte, 1, TTY_NO_WAIT, &out), E_AGAIN);
	expect("tty.read: none", tty_read(tty, NOBODY, &byte, 1, 0, &out), E_NOENT);
	tty_get_settings(tty, 0, &was, sizeof(was));
	now = was;
	now.local &= ~TTY_LOCAL_CANONICAL;
	now.key[TTY_KEY_MIN] = 0;
	now.key[TTY_KEY_TIME] = 1;
	tty_set_settings(tty, 0, &now, sizeof(now), TTY_NOW);
	before = clock_now();
	expect("tty.read: timed", tty_read(tty, 0, &byte, 1, 0, &out), 0);
	expect_true("tty.read: after a tenth", out.count == 0 && clock_now() - before >= 100000000);
	tty_set_settings(tty, 0, &was, sizeof(was), TTY_NOW);
}

void tty_rows(void)
{
	cap_t tty = grant_find("tty");
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);
	struct tty_get_size_out size = { 0 };
	struct tty_write_out written = { 0 };
	struct tty_status_out status = { 0 };
	struct tty_words_out words = { 0 };
	i64 word;

	settings(tty);
	reading(tty);
	expect("tty.write", tty_write(tty, 0, "rows\n", 5, 0, &written), 0);
	expect_true("tty.write: all", written.written == 5);
	expect("tty.write: a wild address", tty_write(tty, 0, (void *)8, 5, 0, &written), E_FAULT);
	expect("tty.drain", tty_drain(tty, 0), 0);
	expect("tty.drain: none", tty_drain(tty, NOBODY), E_NOENT);
	expect("tty.status", tty_status(tty, 0, &status), 0);
	expect_true("tty.status: drained", status.unwritten == 0 && status.readable == 0);
	expect("tty.status: none", tty_status(tty, NOBODY, &status), E_NOENT);
	expect("tty.events", tty_events(tty, (cap_t)notification), 0);
	expect("tty.events: no capability", tty_events(tty, CAP_NONE), E_BADCAP);
	expect("tty.get_size", tty_get_size(tty, 0, &size), 0);
	expect("tty.get_size: none", tty_get_size(tty, NOBODY, &size), E_NOENT);
	expect("tty.set_size", tty_set_size(tty, 0, size.rows_columns + 1), 0);
	expect("tty.set_size: tells",
	       sys_notification_wait((cap_t)notification, ~0ul >> 1, clock_now() + 1000000000),
	       TTY_EVENT_WINCH);
	expect("tty.set_size: none", tty_set_size(tty, NOBODY, 0), E_NOENT);
	tty_set_size(tty, 0, size.rows_columns);
	expect("tty.flush", tty_flush(tty, 0, TTY_FLUSH_INPUT), 0);
	expect("tty.flush: which", tty_flush(tty, 0, 4), E_INVAL);
	expect("tty.flow", tty_flow(tty, 0, 1), 0);
	tty_write(tty, 0, "held\n", 5, 0, &written);
	tty_status(tty, 0, &status);
	expect_true("tty.flow: held", status.unwritten == 6);
	expect("tty.flow: on", tty_flow(tty, 0, 0), 0);
	expect("tty.flow: none", tty_flow(tty, NOBODY, 0), E_NOENT);
	expect("tty.words", tty_words(tty, (cap_t)notification, 1ul << 40, &words), 0);
	word = memory_map(words.words, 0, 4096, PROTECT_READ);
	expect_true("tty.words: writable",
		    !map_failed(word) &&
			    ready_events((const struct ready_word *)word) & READY_WRITABLE);
	expect("tty.words: no capability", tty_words(tty, CAP_NONE, 1, &words), E_BADCAP);
}
