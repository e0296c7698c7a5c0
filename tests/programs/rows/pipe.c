/* SPDX-License-Identifier: MIT */
/* pipe.c - the rows of the pipe protocol; a second thread kicks those that wait. */
#include "tests/programs/rows/rows.h"

#include "libsys/heap.h"
#include "libsys/ready.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "proto/pipe.h"

enum { READ = 0, WRITE = 1, NO_WAIT = 1 };

static cap_t pipes, done;
static u8 bytes[65536 + 4096];

/* What the second thread waits in, and what came of it. */
static struct {
	u64 pipe;
	error_t (*call)(void);
	error_t result;
} waiting;

static error_t read_waits(void)
{
	struct pipe_read_out out = { 0 };

	return pipe_read(pipes, waiting.pipe, bytes, 10, 0, &out);
}

static error_t write_waits(void)
{
	struct pipe_write_out out = { 0 };

	return pipe_write(pipes, waiting.pipe, bytes, 4096, 0, &out);
}

static error_t open_waits(void)
{
	return pipe_open_fifo(pipes, waiting.pipe, READ, 0);
}

static void second(void *argument)
{
	(void)argument;
	waiting.result = waiting.call();
	sys_notification_signal(done, 1);
}

/* Let the call wait a while, then kick it. */
static void expect_cancelled(const char *name, u64 pipe, error_t (*call)(void))
{
	struct thread_options options = { .entry = second, .name = "waiter" };
	struct thread *thread;

	waiting.pipe = pipe;
	waiting.call = call;
	if (thread_create(&options, &thread)) {
		expect_true(name, false);
		return;
	}
	sys_notification_wait(done, 1, clock_now() + 5000000);
	sys_thread_kick(thread->cap, KICK_SOFT);
	sys_notification_wait(done, 1, clock_now() + 1000000000);
	expect(name, waiting.result, E_CANCELLED);
}

static void plain(void)
{
	struct pipe_create_out p = { 0 };
	struct pipe_write_out written = { 0 };
	struct pipe_read_out got = { 0 };
	struct pipe_status_out status = { 0 };

	expect("pipe.create", pipe_create(pipes, 4096, &p), 0);
	expect("pipe.create: capacity", pipe_create(pipes, 5000, &p), E_INVAL);
	expect("pipe.write", pipe_write(pipes, p.pipe, "hello", 5, 0, &written), 0);
	expect("pipe.status", pipe_status(pipes, p.pipe, &status), 0);
	expect_true("pipe.status: figures", status.bytes == 5 && status.capacity == 4096 &&
						    status.readers == 1 && status.writers == 1);
	expect("pipe.status: stale", pipe_status(pipes, p.pipe + (1ul << 24), &status), E_STALE);
	expect("pipe.read", pipe_read(pipes, p.pipe, bytes, 3, 0, &got), 0);
	expect_true("pipe.read: bytes", got.count == 3 && !memcmp(bytes, "hel", 3));
	expect("pipe.read: a wild address", pipe_read(pipes, p.pipe, (void *)8, 3, 0, &got),
	       E_FAULT);
	expect("pipe.read: the rest", pipe_read(pipes, p.pipe, bytes, 30, 0, &got), 0);
	expect_true("pipe.read: nothing was lost", got.count == 2 && !memcmp(bytes, "lo", 2));
	expect("pipe.read: empty", pipe_read(pipes, p.pipe, bytes, 3, NO_WAIT, &got), E_AGAIN);
	expect_cancelled("pipe.read: kicked", p.pipe, read_waits);
	expect("pipe.write: fill", pipe_write(pipes, p.pipe, bytes, 4096, 0, &written), 0);
	expect("pipe.write: full", pipe_write(pipes, p.pipe, bytes, 1, NO_WAIT, &written), E_AGAIN);
	expect_cancelled("pipe.write: kicked", p.pipe, write_waits);
	expect("pipe.hold", pipe_hold(pipes, p.pipe, READ), 0);
	expect("pipe.hold: no such end", pipe_hold(pipes, p.pipe, 2), E_INVAL);
	expect("pipe.close", pipe_close(pipes, p.pipe, READ), 0);
	expect("pipe.close: the last reader", pipe_close(pipes, p.pipe, READ), 0);
	expect("pipe.close: none is left", pipe_close(pipes, p.pipe, READ), E_STATE);
	expect("pipe.write: no reader", pipe_write(pipes, p.pipe, "x", 1, 0, &written), E_PIPE);
	expect("pipe.close_both", pipe_close_both(pipes, p.pipe), 0);
	expect("pipe.close_both: gone", pipe_close_both(pipes, p.pipe), E_STALE);
	expect("pipe.read: gone", pipe_read(pipes, p.pipe, bytes, 3, 0, &got), E_STALE);
}

static void large(void)
{
	struct pipe_create_out p = { 0 };
	struct pipe_write_out written = { 0 };
	struct pipe_read_out got = { 0 };
	u64 total = 0;
	bool same = true;

	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)(i * 31 + i / 256);
	expect("pipe.create: default", pipe_create(pipes, 0, &p), 0);
	expect("pipe.write: more than fits", pipe_write(pipes, p.pipe, bytes, sizeof(bytes), 0,
							&written), 0);
	expect_true("pipe.write: answers what it took", written.written == 65536);
	pipe_close(pipes, p.pipe, WRITE);
	for (;;) {
		u8 piece[1000];

		if (pipe_read(pipes, p.pipe, piece, sizeof(piece), 0, &got) || !got.count)
			break;
		for (u64 i = 0; i < got.count; i++)
			same &= piece[i] == (u8)((total + i) * 31 + (total + i) / 256);
		total += got.count;
	}
	expect_true("pipe.read: all of it, in order, then the end", same && total == 65536);
	expect("pipe.close: the last end", pipe_close(pipes, p.pipe, READ), 0);
	expect("pipe.close: frees", pipe_close(pipes, p.pipe, READ), E_STALE);
}

static void readiness(void)
{
	struct pipe_create_out p = { 0 };
	struct pipe_words_out words = { 0 };
	struct pipe_write_out written = { 0 };
	const struct ready_word *word;
	u32 *armed;
	u64 index;

	expect("pipe.words", pipe_words(pipes, done, 2, &words), 0);
	word = (const struct ready_word *)memory_map(words.words, 0, 65536, PROTECT_READ);
	armed = (u32 *)memory_map(words.armed, 0, 32768, PROTECT_READ | PROTECT_WRITE);
	expect_true("pipe.words: only to be read",
		    map_failed(memory_map(words.words, 0, 4096, PROTECT_READ | PROTECT_WRITE)));
	pipe_create(pipes, 0, &p);
	index = 2 * (p.pipe & 0xffffff);
	expect("pipe.words: empty", ready_events(&word[index]), 0);
	expect("pipe.words: writable", ready_events(&word[index + 1]), READY_WRITABLE);
	ready_arm(&armed[index]);
	pipe_write(pipes, p.pipe, "x", 1, 0, &written);
	expect("pipe.words: signalled", sys_notification_wait(done, 2, clock_now() + 1000000000),
	       2);
	expect("pipe.words: readable", ready_events(&word[index]), READY_READABLE);
	expect("pipe.words: disarmed", armed[index], 0);
	pipe_close(pipes, p.pipe, WRITE);
	expect("pipe.words: closed", ready_events(&word[index]), READY_READABLE | READY_CLOSED);
	pipe_close(pipes, p.pipe, READ);
}

static void fifos(void)
{
	struct pipe_create_fifo_out p = { 0 };
	struct pipe_write_out written = { 0 };

	expect("pipe.create_fifo", pipe_create_fifo(pipes, 0, &p), 0);
	expect("pipe.create_fifo: capacity", pipe_create_fifo(pipes, 1, &p), E_INVAL);
	expect_cancelled("pipe.open_fifo: kicked", p.pipe, open_waits);
	expect("pipe.open_fifo: no reader", pipe_open_fifo(pipes, p.pipe, WRITE, NO_WAIT), E_AGAIN);
	expect("pipe.open_fifo", pipe_open_fifo(pipes, p.pipe, READ, NO_WAIT), 0);
	expect("pipe.open_fifo: the writer", pipe_open_fifo(pipes, p.pipe, WRITE, 0), 0);
	expect("pipe.write: to a FIFO", pipe_write(pipes, p.pipe, "x", 1, 0, &written), 0);
	pipe_close(pipes, p.pipe, WRITE);
	pipe_close(pipes, p.pipe, READ);
	expect("pipe.close_both: a FIFO lives without ends", pipe_close_both(pipes, p.pipe), 0);
}

void pipe_rows(void)
{
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);

	pipes = grant_find("pipe");
	done = (cap_t)notification;
	plain();
	large();
	readiness();
	fifos();
}
