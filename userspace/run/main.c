/* SPDX-License-Identifier: MIT */
/*
 * run - the way out for a run without a prompt: what the command writes to fd 1 and fd 2 goes, byte
 * for byte, to two ports of the machine, its exit status as a record to a third.
 *
 * One thread per pipe waits for bytes.  When the command has ended they are kicked: from then on
 * they take what is there and do not wait, so a process left in the background delays nothing.
 */
#include "libsys/depot.h"
#include "libsys/driver.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "proto/pipe.h"
#include "proto/run.h"
#include "proto/supervisor.h"

enum { PUMPS = 2, PIECE = 16384, NO_WAIT = 1, POWER_OFF = 1 };

struct pump {
	u64 pipe;
	cap_t port;
	cap_t thread;
	u8 bytes[PIECE];
};

static struct {
	cap_t pipes; /* the personality's session; CAP_NONE: nothing has begun */
	cap_t ended; /* notification: bit n = pump n has ended */
	struct pump pump[PUMPS];
} run;

static void pump_main(void *argument)
{
	struct pump *pump = argument;
	u64 flags = 0;

	for (;;) {
		struct pipe_read_out out;
		error_t error = pipe_read(run.pipes, pump->pipe, pump->bytes, PIECE, flags, &out);

		if (error == E_CANCELLED && !flags) {
			flags = NO_WAIT;
			continue;
		}
		if (error && error != E_AGAIN)
			log_printf("the pipe of fd %ld cannot be read: %s", pump - run.pump + 1,
				   error_name(error));
		if (error || !out.count)
			break;
		if (port_write_all(pump->port, 0, pump->bytes, out.count))
			break;
	}
	sys_notification_signal(run.ended, (u64)1 << (pump - run.pump));
}

static error_t op_begin(struct request *rq, const struct run_begin_in *in)
{
	static const char *const ports[PUMPS] = { "out", "err" };
	const u64 pipes[PUMPS] = { in->out, in->err };

	if (run.pipes)
		return E_STATE;
	run.pipes = request_take(rq, 0);
	for (u32 i = 0; i < PUMPS; i++) {
		struct pump *pump = &run.pump[i];
		struct thread_options options = {
			.entry = pump_main,
			.argument = pump,
			.name = ports[i],
		};
		struct thread *thread;
		error_t error;

		pump->pipe = pipes[i];
		pump->port = grant_find(ports[i]);
		error = thread_create(&options, &thread);
		if (error)
			return error;
		pump->thread = thread->cap;
	}
	return 0;
}

static error_t op_exit(struct request *rq, const struct run_exit_in *in)
{
	char record[32];
	size_t length = text_format(record, sizeof(record), "exit %lu\n", in->status);
	u64 missing = ((u64)1 << PUMPS) - 1;

	(void)rq;
	if (!run.pipes)
		return E_STATE;
	for (u32 i = 0; i < PUMPS; i++)
		sys_thread_kick(run.pump[i].thread, KICK_SOFT);
	while (missing) {
		i64 bits = sys_notification_wait(run.ended, missing, DEADLINE_NEVER);

		if (bits > 0)
			missing &= ~(u64)bits;
	}
	port_write_all(grant_find("status"), 0, record, length);
	return supervisor_power(grant_find("supervisor"), POWER_OFF);
}

static const struct run_ops ops = { .begin = op_begin, .exit = op_exit };

static error_t dispatch(struct request *rq)
{
	return run_dispatch(&ops, rq);
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };
	i64 ended = sys_notification_create(CAP_SELF_BUDGET);

	if (ended < 0)
		return (int)ended;
	run.ended = ended;
	depot_ready();
	return (int)serve(&service);
}
