/* SPDX-License-Identifier: MIT */
/* streams.c - the rows of pipe. */
#include "libsys/ready.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "proto/pipe.h"
#include "proto/supervisor.h"
#include "tests/programs/protocols/protocols.h"

enum { NO_WAIT = 1, STALE = 0x7fffff, READ_END = 0, WRITE_END = 1 };

static void ends(cap_t to, u64 pipe)
{
	struct pipe_status_out status = { 0 };

	row("pipe.hold");
	WANT(0, pipe_hold(to, pipe, WRITE_END));
	WANT(E_INVAL, pipe_hold(to, pipe, 2));
	WANT(E_STALE, pipe_hold(to, STALE, READ_END));

	row("pipe.status");
	WANT(0, pipe_status(to, pipe, &status));
	HOLDS(status.bytes == 0 && status.capacity == 4096);
	HOLDS(status.readers == 1 && status.writers == 2);
	WANT(E_STALE, pipe_status(to, STALE, &status));

	row("pipe.close");
	WANT(0, pipe_close(to, pipe, WRITE_END));
	WANT(E_INVAL, pipe_close(to, pipe, 2));
	WANT(E_STALE, pipe_close(to, STALE, READ_END));
}

struct holder {
	cap_t to;
	u64 pipe;
	error_t error;
	cap_t ended;
};

static void hold_main(void *argument)
{
	struct holder *h = argument;

	h->error = pipe_hold(h->to, h->pipe, READ_END);
	(void)sys_notification_signal(h->ended, 1);
	thread_exit(0);
}

/* Whoever is killed while the server has its call in hands leaves no hold behind. */
static void given_up(cap_t to, u64 pipe)
{
	struct holder h = { to, pipe, 1, MAKE(sys_notification_create(CAP_SELF_BUDGET)) };
	struct thread_options options = { .entry = hold_main, .argument = &h, .name = "holder",
					  .level = LEVEL_USER_TOP };
	cap_t supervisor = grant_find("supervisor");
	struct pipe_status_out status = { 0 };
	struct thread_info info = { 0 };
	struct thread *t;

	row("pipe.hold, given up by its caller");
	WANT(0, supervisor_freeze(supervisor, "pipe", 4, 1));
	WANT(0, thread_create(&options, &t));
	while (!sys_thread_info(t->cap, &info) && !info.waits_on)
		(void)sys_notification_wait(h.ended, 2, clock_now() + 1000000);
	WANT(0, sys_thread_kick(t->cap, KICK_HARD));
	WANT(1, sys_notification_wait(h.ended, 1, DEADLINE_NEVER));
	WANT(E_ABANDONED, h.error);
	WANT(0, supervisor_freeze(supervisor, "pipe", 4, 0));
	WANT(0, pipe_status(to, pipe, &status));
	HOLDS(status.readers == 1);
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(h.ended));
}

static void bytes(cap_t to, u64 pipe)
{
	struct pipe_write_out written = { 0 };
	struct pipe_read_out got = { 0 };
	static char data[5000];

	row("pipe.write");
	WANT(0, pipe_write(to, pipe, "hello", 5, NO_WAIT, &written));
	HOLDS(written.written == 5);
	WANT(0, pipe_write(to, pipe, data, 5000, NO_WAIT, &written));
	HOLDS(written.written == 4091);
	WANT(E_AGAIN, pipe_write(to, pipe, data, 1, NO_WAIT, &written));
	WANT(E_STALE, pipe_write(to, STALE, data, 1, NO_WAIT, &written));

	row("pipe.read");
	WANT(0, pipe_read(to, pipe, data, 5, NO_WAIT, &got));
	HOLDS(got.count == 5 && !memcmp(data, "hello", 5));
	WANT(0, pipe_read(to, pipe, data, sizeof(data), NO_WAIT, &got));
	HOLDS(got.count == 4091);
	WANT(E_AGAIN, pipe_read(to, pipe, data, 1, NO_WAIT, &got));
	WANT(E_STALE, pipe_read(to, STALE, data, 1, NO_WAIT, &got));
	/* The last writer's end is the end of the bytes; without readers writing fails. */
	WANT(0, pipe_close(to, pipe, WRITE_END));
	WANT(E_STATE, pipe_close(to, pipe, WRITE_END));
	WANT(0, pipe_read(to, pipe, data, 1, 0, &got));
	HOLDS(got.count == 0);
}

void test_pipes(void)
{
	cap_t to = grant_find("pipe"), n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct pipe_create_out made = { 0 }, none = { 0 };
	struct pipe_create_fifo_out fifo = { 0 }, fifo_none = { 0 };
	struct pipe_write_out written = { 0 };
	struct pipe_words_out words = { 0 }, words_none = { 0 };

	row("pipe.create");
	WANT(0, pipe_create(to, 4096, &made));
	WANT(E_INVAL, pipe_create(to, 5000, &none));
	ends(to, made.pipe);
	given_up(to, made.pipe);
	bytes(to, made.pipe);

	row("pipe.close_both");
	WANT(0, pipe_close(to, made.pipe, READ_END));
	WANT(0, pipe_create(to, 0, &made));
	WANT(0, pipe_close(to, made.pipe, READ_END));
	WANT(E_PIPE, pipe_write(to, made.pipe, "x", 1, 0, &written));
	WANT(0, pipe_close(to, made.pipe, WRITE_END));
	WANT(0, pipe_create(to, 0, &made));
	WANT(0, pipe_close_both(to, made.pipe));
	WANT(E_STALE, pipe_close_both(to, made.pipe));

	row("pipe.create_fifo");
	WANT(0, pipe_create_fifo(to, 0, &fifo));
	WANT(E_INVAL, pipe_create_fifo(to, 77, &fifo_none));

	row("pipe.open_fifo");
	WANT(E_AGAIN, pipe_open_fifo(to, fifo.pipe, WRITE_END, NO_WAIT));
	WANT(E_INVAL, pipe_open_fifo(to, fifo.pipe, 5, NO_WAIT));
	WANT(E_STALE, pipe_open_fifo(to, STALE, READ_END, NO_WAIT));

	row("pipe.words");
	WANT(0, pipe_words(to, n, 1, &words));
	HOLDS(words.words && words.armed);
	WANT(E_RIGHTS, sys_memory_copy(words.words, 0, (u64)"x", 1, COPY_TO_MEMORY));
	HOLDS(pipe_words(to, BAD_CAP, 1, &words_none) < 0);
	WANT(0, sys_cap_delete(words.words));
	WANT(0, sys_cap_delete(words.armed));
	WANT(0, sys_object_destroy(n));
}
