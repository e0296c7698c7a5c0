/* SPDX-License-Identifier: MIT */
/*
 * program.c - run a Linux program in a personality of its own.
 *
 * The personality gets exactly what the line names: a session of the file system that ends at one
 * directory, sessions of the servers named, and a budget from which it and its program live.  Its
 * supervisor is this shell, which lets it say that it is ready and nothing else.  What the program
 * writes to fd 1 and 2 goes to the terminal.  In the end the budget is destroyed, and all with it.
 */
#include "libsys/archive.h"
#include "libsys/heap.h"
#include "libsys/serve.h"
#include "libsys/spawn.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "libsys/tty.h"
#include "proto/fs.h"
#include "proto/pipe.h"
#include "proto/run.h"
#include "proto/supervisor.h"
#include "proto/tty.h"
#include "userspace/shell/shell.h"

enum { BADGE_RUN = 1, BADGE_SUPERVISOR = 2, PUMPS = 2, PIECE = 4096, NO_WAIT = 1 };
enum {
	BIT_DEATH = 1,
	BIT_PUMPS = 2,
	BITS_PUMPS = 6,
	BIT_KEYS = 8,
	GRANTS_MAX = 12,
	LEVEL = LEVEL_SERVER
};
#define BUDGET_DEFAULT (64ul << 20)

static struct {
	struct program program; /* the personality; memory CAP_NONE: not loaded yet */
	cap_t endpoint, budget, thread, pipes;
	cap_t bound;		    /* BIT_DEATH; bound to this thread */
	cap_t pumps_go, pumps_done; /* BIT_PUMPS << n */
	struct spawn_grant grant[GRANTS_MAX];
	u32 grant_count;
	bool over;    /* the program ended, with status */
	bool stopped; /* by a key */
	bool drains;  /* atomic: nothing more comes, the pumps take what is there */
	u64 status;
	struct pump {
		u64 pipe;
		cap_t thread;
		u8 bytes[PIECE];
	} pump[PUMPS];
} it;

/* --- serving the personality ------------------------------------------------------------------ */

/* Both are made once and wait for the next program; a thread's stack is never given back. */
static void pump_once(struct pump *pump)
{
	for (;;) {
		struct pipe_read_out out = { 0 };
		u64 flags = __atomic_load_n(&it.drains, __ATOMIC_SEQ_CST) ? NO_WAIT : 0;
		error_t error = pipe_read(it.pipes, pump->pipe, pump->bytes, PIECE, flags, &out);

		/* Of this kick, or of one that met another wait: the flag says which. */
		if (error == E_CANCELLED)
			continue;
		if (error || !out.count)
			break;
		print_bytes(pump->bytes, out.count);
	}
}

static void pump_main(void *argument)
{
	struct pump *pump = argument;
	u64 bit = (u64)BIT_PUMPS << (pump - it.pump);

	for (;;) {
		if (sys_notification_wait(it.pumps_go, bit, DEADLINE_NEVER) != (i64)bit)
			continue;
		pump_once(pump);
		sys_notification_signal(it.pumps_done, bit);
	}
}

static error_t pumps_make(void)
{
	for (u32 i = 0; i < PUMPS; i++) {
		struct thread_options options = { .entry = pump_main,
						  .argument = &it.pump[i],
						  .name = "shell output" };
		struct thread *t;
		error_t error = thread_create(&options, &t);

		if (error)
			return error;
		it.pump[i].thread = t->cap;
	}
	return 0;
}

static error_t run_begins(struct request *rq, const struct run_begin_in *in)
{
	const u64 pipes[PUMPS] = { in->out, in->err };

	if (it.pipes)
		return E_STATE;
	it.pipes = request_take(rq, 0);
	__atomic_store_n(&it.drains, false, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < PUMPS; i++)
		it.pump[i].pipe = pipes[i];
	sys_notification_signal(it.pumps_go, BITS_PUMPS);
	return 0;
}

/* What the pipes still hold is printed; then the endpoint goes, which ends serve(). */
static void finish(void)
{
	u64 missing = it.pipes ? BITS_PUMPS : 0;

	__atomic_store_n(&it.drains, true, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < PUMPS && missing; i++)
		sys_thread_kick(it.pump[i].thread, KICK_SOFT);
	while (missing) {
		i64 bits = sys_notification_wait(it.pumps_done, missing, DEADLINE_NEVER);

		if (bits > 0)
			missing &= ~(u64)bits;
	}
	sys_object_destroy(it.endpoint);
	it.endpoint = CAP_NONE;
}

static error_t run_ends(struct request *rq, const struct run_exit_in *in)
{
	(void)rq;
	it.over = true;
	it.status = in->status;
	finish();
	return 0;
}

static error_t ready(struct request *rq)
{
	(void)rq;
	return 0;
}

/* Whether Ctrl-C or Ctrl-\ was pressed. */
static bool interrupted(void)
{
	struct tty_take_event_out out = { 0 };
	bool found = false;

	while (!tty_take_event(grant_find("tty"), &out) && out.event)
		found |= (out.event & (TTY_EVENT_INTR | TTY_EVENT_QUIT)) != 0;
	return found;
}

static error_t power(struct request *rq, const struct supervisor_power_in *in)
{
	(void)rq;
	(void)in;
	return E_ACCESS;
}

static const struct run_ops run_ops = { .begin = run_begins, .exit = run_ends };
static const struct supervisor_ops supervisor_ops = { .ready = ready, .power = power };

static error_t dispatch(struct request *rq)
{
	return rq->m.badge == BADGE_RUN ? run_dispatch(&run_ops, rq)
					: supervisor_dispatch(&supervisor_ops, rq);
}

static void notify(u64 bits)
{
	if (it.endpoint && bits & BIT_KEYS && interrupted())
		it.stopped = true;
	if (it.stopped && it.budget) {
		/* First of all nothing more is written. */
		sys_object_destroy(it.budget);
		it.budget = CAP_NONE;
	}
	if (it.endpoint && (it.stopped || bits & BIT_DEATH))
		finish();
}

/* --- what it gets ----------------------------------------------------------------------------- */

static void grant_add(const char *name, cap_t cap)
{
	struct spawn_grant *g = &it.grant[it.grant_count++];

	*g = (struct spawn_grant){ .cap = cap, .rights = RIGHTS_ALL };
	string_copy(g->name, sizeof(g->name), name);
}

/* A session that ends at a directory. */
static error_t directory_grant(const char *path)
{
	cap_t fs = grant_find("fs");
	struct fs_session_out session;
	u64 node = 0;
	error_t error;

	while (*path) {
		struct fs_lookup_out found;
		size_t length = 0;

		while (path[length] && path[length] != '/')
			length++;
		if (length) {
			error = fs_lookup(fs, node, path, length, &found);
			if (error)
				return error;
			node = found.node;
		}
		path += length + (path[length] == '/');
	}
	error = fs_session(fs, node, &session);
	if (!error)
		grant_add("fs", session.session);
	return error;
}

static error_t endpoint_grant(const char *name)
{
	struct supervisor_session_out session;
	error_t error = supervisor_session(grant_find("supervisor"), name, strlen(name), &session);

	if (!error)
		grant_add(name, session.session);
	return error;
}

/* The personality's program, out of the boot archive. */
static error_t program_find(void)
{
	cap_t memory = grant_find("archive0");
	const struct archive_entry *entry;
	struct memory_info info;
	struct archive archive;
	i64 base;
	error_t error;

	if (it.program.memory)
		return 0;
	error = sys_memory_info(memory, &info);
	if (error)
		return error;
	base = memory_map(memory, 0, info.size_bytes, PROTECT_READ);
	if (map_failed(base))
		return base;
	if (archive_open(&archive, (const void *)base, info.size_bytes))
		return E_INVAL;
	entry = archive_find(&archive, "boot/linux");
	if (!entry)
		return E_NOENT;
	return program_load(&it.program, CAP_SELF_BUDGET, archive_data(&archive, entry),
			    entry->size);
}

/* Everything that is named before the program; *first: the program's word. */
static error_t line_read(const struct words *w, u32 *first)
{
	const char *directory = NULL;
	u64 size = BUDGET_DEFAULT;
	error_t error = 0;
	i64 made;

	for (*first = 1; *first < w->count && w->word[*first][0] != '/' && !error; (*first)++) {
		const char *word = w->word[*first];

		if (!strncmp(word, "dir=", 4))
			directory = word + 4;
		else if (!strncmp(word, "budget=", 7))
			size = size_read(word + 7);
		else if (it.grant_count < GRANTS_MAX - 4)
			error = endpoint_grant(word);
		else
			error = E_TOOLONG;
		if (error)
			print_error(word, error);
	}
	if (error || *first == w->count || !size)
		return error ? error : E_INVAL;
	error = directory ? directory_grant(directory) : 0;
	if (error)
		return error;
	made = sys_budget_create(CAP_SELF_BUDGET, size, 0);
	if (made < 0)
		return made;
	it.budget = made;
	made = sys_budget_create(it.budget, size / 4 * 3, 0);
	if (made < 0)
		return made;
	grant_add("guests", made);
	return 0;
}

static error_t serving_prepare(void)
{
	i64 made = sys_endpoint_create(CAP_SELF_BUDGET);
	error_t error = 0;

	if (made < 0)
		return made;
	it.endpoint = made;
	grant_add("run", session_create(it.endpoint, BADGE_RUN));
	grant_add("supervisor", session_create(it.endpoint, BADGE_SUPERVISOR));
	if (!it.bound) {
		it.bound = sys_notification_create(CAP_SELF_BUDGET);
		it.pumps_done = sys_notification_create(CAP_SELF_BUDGET);
		it.pumps_go = sys_notification_create(CAP_SELF_BUDGET);
		error = sys_notification_bind(it.bound);
		if (!error)
			error = pumps_make();
	}
	if (!error)
		error = tty_events(grant_find("tty"), it.bound, BIT_KEYS, (u64)1 << terminal);
	/* What was pressed before it started is not meant for it. */
	(void)interrupted();
	return error;
}

static error_t start(const struct words *w, u32 first)
{
	char arguments[START_ARGS - START_NAME] = "run\0program";
	u32 used = sizeof("run\0program");
	struct spawn s = {
		.program = &it.program,
		.name = "linux",
		.budget = it.budget,
		.grant = it.grant,
		.grant_count = it.grant_count,
		.level = LEVEL,
		.arguments = arguments,
		.exit_notification = it.bound,
		.exit_bits = BIT_DEATH,
		.seed = { clock_now(), (u64)w, clock_now() * 3, clock_now() * 5 },
	};

	for (; first < w->count; first++) {
		u64 length = strlen(w->word[first]) + 1;

		if (length > sizeof(arguments) - used)
			return E_TOOLONG;
		memcpy(arguments + used, w->word[first], length);
		used += (u32)length;
	}
	s.argument_bytes = used;
	return spawn(&s, &it.thread);
}

static void clean_up(void)
{
	if (it.thread)
		sys_cap_delete(it.thread);
	if (it.budget)
		sys_object_destroy(it.budget);
	for (u32 i = 0; i < it.grant_count; i++)
		sys_cap_delete(it.grant[i].cap);
	if (it.pipes)
		sys_cap_delete(it.pipes);
	if (it.endpoint)
		sys_object_destroy(it.endpoint);
	/* The death that this very clean-up was. */
	if (it.bound)
		(void)!sys_notification_wait(it.bound, BIT_DEATH, 0);
	it.thread = it.budget = it.pipes = it.endpoint = CAP_NONE;
	it.grant_count = 0;
	it.over = it.stopped = false;
}

void program_run(const struct words *w)
{
	struct service service = { .dispatch = dispatch, .notify = notify };
	u32 first;
	error_t error = program_find();

	if (!error)
		error = line_read(w, &first);
	if (!error)
		error = serving_prepare();
	if (!error)
		error = start(w, first);
	if (error) {
		print_error("run", error);
	} else {
		service.endpoint = it.endpoint;
		(void)!serve(&service);
		if (it.over)
			print("[%lu]\n", it.status);
		else if (it.stopped)
			print("\n[stopped]\n");
		else
			print("run: its personality ended; it lacks something, or its budget is "
			      "too small\n");
	}
	clean_up();
}
