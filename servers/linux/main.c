/* SPDX-License-Identifier: MIT */
/*
 * main - the Linux personality: runs unmodified Linux programs in isolated guest spaces.
 *
 * This file finds the servers, starts process 1 (or the one command of a run), and then becomes the
 * event thread: it hears of terminal keys, of readiness and of timers, and never touches guest
 * memory.
 */
#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/thread.h"
#include "proto/supervisor.h"
#include "servers/linux/alarm.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/fpu.h"
#include "servers/linux/pipes.h"
#include "servers/linux/poll.h"
#include "servers/linux/processors.h"
#include "servers/linux/realtime.h"
#include "servers/linux/run.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"
#include "servers/linux/proc.h"
#include "servers/linux/tty.h"
#include "servers/linux/twin.h"
#include "servers/linux/util.h"
#include "servers/linux/vdso.h"

/* Bits of the event thread's notification. */
#define BIT_TERMINAL   ((u64)1 << 0)
#define BIT_READY_PIPE ((u64)1 << 40)
#define BIT_READY_TTY  ((u64)1 << 41)
#define BIT_ALARM      ((u64)1 << 42)
#define BIT_REALTIME   ((u64)1 << 43)
#define BIT_TWIN_ENDED ((u64)1 << 44)
#define BITS_ALL                                                                                   \
	(BIT_TERMINAL | BIT_READY_PIPE | BIT_READY_TTY | BIT_ALARM | BIT_REALTIME | BIT_TWIN_ENDED)

enum { THREAD_COST = 36 << 10 };

struct servers servers;

static const struct {
	const char *name;
	cap_t *cap;
	bool needed;
} grants[] = {
	{ "guests", &servers.guests, true },   { "fs", &servers.fs, true },
	{ "pipe", &servers.pipe, true },       { "tty", &servers.tty, true },
	{ "clock", &servers.clock, true },     { "entropy", &servers.entropy, true },
	{ "supervisor", &servers.supervisor, true }, { "inspect", &servers.inspect, false },
	{ "run", &servers.run, false },
};

static bool grants_find(void)
{
	for (u32 i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		*grants[i].cap = grant_find(grants[i].name);
		if (!*grants[i].cap && grants[i].needed) {
			log_printf("there is no grant \"%s\"", grants[i].name);
			return false;
		}
	}
	return true;
}

static i64 init_start(void)
{
	static const char *const argv[] = { "/sbin/init", NULL };
	static const char *const environment[] = { "HOME=/", "TERM=linux", NULL };
	struct lthread *t = process_first(NULL);
	struct file *f;
	i64 error;

	if (!t)
		return -ENOMEM;
	error = file_open_path(t, "/dev/console", O_RDWR, &f);
	for (u32 fd = 0; fd < 3 && !error; fd++)
		if (fd_install(t, fd ? file_ref(f) : f, 0, 0) != fd)
			error = -EMFILE;
	return error ? error : process_launch(t, argv[0], argv, environment);
}

/* Ends only with the personality: nothing of it can be relied on when a twin has crashed. */
static void events_handle(cap_t notification)
{
	u64 sample_ns = clock_now() + LOAD_PERIOD_NS, levels_ns = DEADLINE_NEVER;

	for (;;) {
		i64 bits = sys_notification_wait(notification, BITS_ALL,
						 sample_ns < levels_ns ? sample_ns : levels_ns);

		/* First: what follows takes locks. */
		if ((bits >= 0 && bits & BIT_REALTIME) || clock_now() >= levels_ns)
			levels_ns = realtime_run(clock_now());
		if (clock_now() >= sample_ns) {
			load_sample();
			sample_ns += LOAD_PERIOD_NS;
		}
		if (bits < 0)
			continue;
		if (bits & BIT_TWIN_ENDED) {
			log_printf("a thread has crashed");
			return;
		}
		if (bits & (BIT_READY_PIPE | BIT_READY_TTY))
			event_signal(&poll_event);
		if (bits & BIT_ALARM)
			alarms_run();
		if (bits & BIT_TERMINAL)
			tty_events_handle();
	}
}

static void reaper_main(void *argument)
{
	(void)argument;
	run_reap();
}

static i64 first_start(void)
{
	struct thread_options options = { .entry = reaper_main, .name = "reaper" };
	i64 error;

	if (!start_option("run")) {
		error = init_start();
		natives_refresh();
		return error;
	}
	error = run_start();
	natives_refresh();
	return error ? error : thread_create(&options, NULL);
}

/* Each step by name, so that a start that fails says where. */
static bool step(const char *what, i64 error)
{
	if (error)
		log_printf("cannot start: %s: error %ld", what, -error);
	return !error;
}

/*
 * The personality's own memory is set aside for it, and nothing that programs ask for may exhaust
 * it: a fault of its own would end everything.  Half of it is for threads (a stack, a state page,
 * the kernel's records: at most THREAD_COST each), three eighths for what the heap holds, the rest
 * for what is there from the start and for capabilities.
 */
static void limits_set(void)
{
	struct budget_info info;

	if (sys_budget_info(CAP_SELF_BUDGET, &info))
		return;
	tid_limit_set((u32)(info.limit_bytes / 2 / THREAD_COST));
	heap_limit(info.limit_bytes / 8 * 3);
}

int main(void)
{
	i64 events = sys_notification_create(CAP_SELF_BUDGET);

	if (events < 0 || !grants_find())
		return 1;
	fpu_start();
	limits_set();
	alarms_start((cap_t)events, BIT_ALARM);
	processors_start();
	realtime_start((cap_t)events, BIT_REALTIME);
	twins_start((cap_t)events, BIT_TWIN_ENDED);
	if (!step("vdso", vdso_start()) || !step("clock", clock_start()) ||
	    !step("root file system", mounts_start(servers.fs)) ||
	    !step("pipes", pipes_start((cap_t)events, BIT_READY_PIPE)) ||
	    !step("terminal", ttys_start((cap_t)events, BIT_TERMINAL, BIT_READY_TTY)) ||
	    !step("first program", first_start()) || !step("ready", depot_ready())) {
		/* Without a first program there is nothing to wait for. */
		(void)supervisor_power(servers.supervisor, 1);
		return 1;
	}
	events_handle((cap_t)events);
	return 1;
}
