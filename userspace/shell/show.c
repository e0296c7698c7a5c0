/* SPDX-License-Identifier: MIT */
/*
 * show.c - what the kernel and init say of the running system.
 *
 * A program is known to the kernel as a table, a budget and threads; it goes by the name of its
 * first thread.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/supervisor.h"
#include "userspace/shell/shell.h"

enum { RECORDS_MAX = 256, BATCH = 32, NAMES_MAX = 1024 };

static struct inspect_thread threads[RECORDS_MAX];
static u32 thread_count;

/* Call `see` for each record; the first field of a record is where to go on. */
static void each(enum inspect_what what, u64 size, void (*see)(const void *record))
{
	static u8 batch[BATCH * sizeof(struct inspect_thread)] __attribute__((aligned(8)));
	cap_t inspect = grant_find("inspect");
	u64 cursor = 0;

	for (;;) {
		i64 got = sys_inspect_read(inspect, what, cursor, (u64)batch, sizeof(batch));

		if (got < 0)
			print_error("inspect", got);
		if (got <= 0)
			return;
		for (u64 at = 0; at + size <= (u64)got; at += size) {
			see(batch + at);
			cursor = *(const u64 *)(const void *)(batch + at);
		}
	}
}

static void thread_take(const void *record)
{
	if (thread_count < RECORDS_MAX)
		threads[thread_count++] = *(const struct inspect_thread *)record;
}

static void threads_read(void)
{
	thread_count = 0;
	each(INSPECT_THREADS, sizeof(struct inspect_thread), thread_take);
}

static const char *name_of(u64 table, u64 budget)
{
	for (u32 i = 0; i < thread_count; i++)
		if ((table && threads[i].table_id == table) ||
		    (budget && threads[i].budget_id == budget))
			return threads[i].info.name;
	return "-";
}

static const struct thread_info *thread_of(u64 id)
{
	for (u32 i = 0; id && i < thread_count; i++)
		if (threads[i].info.id == id)
			return &threads[i].info;
	return NULL;
}

void show_servers(const struct words *w)
{
	static char names[NAMES_MAX];
	cap_t supervisor = grant_find("supervisor");
	struct supervisor_list_out list = { 0 };
	error_t error = supervisor_list(supervisor, names, sizeof(names), &list);

	(void)w;
	if (error) {
		print_error("servers", error);
		return;
	}
	print("%-12s %6s %9s %9s %9s %8s\n", "server", "starts", "used/K", "limit/K", "depot/K",
	      "down/us");
	for (u64 at = 0; at < list.length; at += strlen(names + at) + 1) {
		struct supervisor_status_out s = { 0 };

		if (supervisor_status(supervisor, names + at, strlen(names + at), &s))
			continue;
		print("%-12s %6lu %9lu %9lu %9lu %8lu\n", names + at, s.starts, s.used_bytes >> 10,
		      s.limit_bytes >> 10, s.depot_bytes >> 10, s.slowest_ns / 1000);
	}
}

void show_threads(const struct words *w)
{
	static const char *const states[] = { "ready", "waits", "suspended", "faulted", "dead" };

	(void)w;
	threads_read();
	print("%-16s %6s %6s %-9s %5s %9s %9s\n", "thread", "number", "budget", "state", "level",
	      "guest/ms", "native/ms");
	for (u32 i = 0; i < thread_count; i++) {
		const struct thread_info *t = &threads[i].info;

		print("%-16s %6lu %6lu %-9s %5u %9lu %9lu\n", t->name, t->id, threads[i].budget_id,
		      t->state < 5 ? states[t->state] : "?", t->level, t->guest_ns / 1000000,
		      t->native_ns / 1000000);
	}
}

/* Whom it waits for, and whom that one, until somebody computes or it is itself. */
static void chain_print(const struct thread_info *first)
{
	const struct thread_info *t = thread_of(first->waits_on);

	print("%s (%lu) waits for", first->name, first->id);
	for (u32 i = 0; t && i < thread_count; i++) {
		print(" %s (%lu)", t->name, t->id);
		if (t == first)
			break;
		t = thread_of(t->waits_on);
	}
	print(t == first ? ": a circle\n" : "\n");
}

void show_waits(const struct words *w)
{
	(void)w;
	threads_read();
	for (u32 i = 0; i < thread_count; i++)
		if (threads[i].info.waits_on)
			chain_print(&threads[i].info);
}

static const char *wanted_name;

static void capability_print(const void *record)
{
	static const char *const types[] = { "none",	     "table", "budget", "memory",
					     "space",	     "view",  "thread", "endpoint",
					     "notification", "irq",   "ioport", "inspect",
					     "log",	     "power" };
	const struct inspect_cap *c = record;
	const char *name = name_of(c->table_id, 0);

	if (wanted_name && strcmp(name, wanted_name))
		return;
	print("%-12s %-12s %6lu  rights %4x  badge %lx\n", name,
	      c->info.type < 14 ? types[c->info.type] : "?", c->info.object_id, c->info.rights,
	      c->info.badge);
}

void show_capabilities(const struct words *w)
{
	wanted_name = w->count > 1 ? w->word[1] : NULL;
	threads_read();
	each(INSPECT_CAPS, sizeof(struct inspect_cap), capability_print);
}

static void budget_print(const void *record)
{
	const struct inspect_budget *b = record;

	print("%6lu %6lu %-16s %9lu %9lu %9lu\n", b->budget_id, b->parent_id,
	      name_of(0, b->budget_id), b->info.limit_bytes >> 10, b->info.used_bytes >> 10,
	      b->info.peak_bytes >> 10);
}

void show_budgets(const struct words *w)
{
	(void)w;
	threads_read();
	print("%6s %6s %-16s %9s %9s %9s\n", "budget", "below", "of", "limit/K", "used/K",
	      "peak/K");
	each(INSPECT_BUDGETS, sizeof(struct inspect_budget), budget_print);
}
