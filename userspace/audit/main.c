/* SPDX-License-Identifier: MIT */
/*
 * audit - write down what the running system's own tables say: threads, spaces, mappings,
 * capabilities, budgets; one record a line, to the port that a run's fd 1 leaves by.
 *
 * It judges nothing: security/audit compares the lines with security/grants outside.
 */
#include <stdarg.h>

#include "libsys/driver.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "proto/supervisor.h"

enum { BUFFER = 8192, SETTLE_MS = 3000, POWER_OFF = 1 };

static cap_t inspect, out;

__attribute__((format(printf, 1, 2))) static void line(const char *format, ...)
{
	char text[256];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_vformat(text, sizeof(text) - 1, format, arguments);
	va_end(arguments);
	text[length++] = '\n';
	port_write_all(out, 0, text, length);
}

static void system_print(const void *record)
{
	const struct inspect_system *s = record;

	line("system total %lu free %lu kernel %lu capabilities %lu uptime-ns %lu", s->total_bytes,
	     s->free_bytes, s->kernel_bytes, s->capabilities, s->uptime_ns);
}

static void thread_print(const void *record)
{
	const struct inspect_thread *t = record;

	line("thread %lu table %lu space %lu budget %lu state %u level %u name %.16s waits %lu",
	     t->info.id,
	     t->table_id, t->space_id, t->budget_id, t->info.state, t->info.level, t->info.name,
	     t->info.waits_on);
}

static void space_print(const void *record)
{
	const struct inspect_space *s = record;

	line("space %lu kind %lu resident %lu tables %lu", s->space_id, s->kind,
	     s->info.resident_pages, s->info.table_pages);
}

static void mapping_print(const void *record)
{
	const struct inspect_mapping *m = record;

	line("mapping space %lu address %016lx length %lx protect %u user %u", m->space_id,
	     m->address, m->length, m->protect, m->user);
}

static void cap_print(const void *record)
{
	const struct inspect_cap *c = record;

	line("cap table %lu handle %lx type %u rights %x badge %lx object %lu", c->table_id,
	     c->handle, c->info.type, c->info.rights, c->info.badge, c->info.object_id);
}

static void budget_print(const void *record)
{
	const struct inspect_budget *b = record;

	line("budget %lu parent %lu limit %lu used %lu frames %lu", b->budget_id, b->parent_id,
	     b->info.limit_bytes, b->info.used_bytes, b->info.frames);
}

/* Every record of one kind; each begins with the number that continues after it. */
static error_t list(u64 what, u64 size, void (*print)(const void *))
{
	static u8 buffer[BUFFER] __attribute__((aligned(8)));
	u64 cursor = 0;

	for (;;) {
		i64 bytes = sys_inspect_read(inspect, what, cursor, (u64)buffer, sizeof(buffer));

		if (bytes <= 0)
			return bytes;
		for (u64 at = 0; at + size <= (u64)bytes; at += size) {
			print(buffer + at);
			cursor = *(const u64 *)(buffer + at);
		}
	}
}

/* The structure without a cursor is read once. */
static error_t list_system(void)
{
	struct inspect_system s;
	i64 bytes = sys_inspect_read(inspect, INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));

	if (bytes < 0)
		return bytes;
	system_print(&s);
	return 0;
}

static error_t list_all(void)
{
	error_t error = list_system();

	if (!error)
		error = list(INSPECT_THREADS, sizeof(struct inspect_thread), thread_print);
	if (!error)
		error = list(INSPECT_SPACES, sizeof(struct inspect_space), space_print);
	if (!error)
		error = list(INSPECT_MAPPINGS, sizeof(struct inspect_mapping), mapping_print);
	if (!error)
		error = list(INSPECT_CAPS, sizeof(struct inspect_cap), cap_print);
	if (!error)
		error = list(INSPECT_BUDGETS, sizeof(struct inspect_budget), budget_print);
	return error;
}

int main(void)
{
	static const char good[] = "exit 0\n", bad[] = "exit 1\n";
	cap_t status = grant_find("status");
	i64 alarm = sys_notification_create(CAP_SELF_BUDGET);
	error_t error;

	inspect = grant_find("inspect");
	out = grant_find("out");
	/* Let every server begin: what is audited is the system at work. */
	if (alarm > 0)
		sys_notification_wait((cap_t)alarm, 1, clock_now() + (u64)SETTLE_MS * 1000000);
	error = list_all();
	if (error)
		line("error %ld", error);
	line("end");
	port_write_all(status, 0, error ? bad : good, sizeof(good) - 1);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
