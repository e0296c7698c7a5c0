/* SPDX-License-Identifier: MIT */
/*
 * natives.c - Keel's own servers as /proc shows them: like the threads of Linux's kernel.
 *
 * A server is the threads of one table.  It gets a number when it is seen first and keeps it until
 * it is gone, so ps names it, and the processor time of all that ps shows is what the machine has
 * worked.  No process has that number, so nothing can be sent to it.  The personality's twins work
 * for Linux threads, which show that time themselves: its own is the rest.  What no thread has used
 * and what was not idle is the kernel's: the start, and interrupts of an idle machine.
 */
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/proc.h"
#include "servers/linux/processors.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"
#include "servers/linux/times.h"

enum { NATIVES = 32, RECORDS = 16, FRESH_NS = 10000000 };

struct native {
	i32 pid; /* 0: unused */
	u64 table_id;
	char name[COMM_SIZE];
	u32 threads;
	u64 used_ns; /* of all its threads, in both frames */
	u64 guest_ns;
	bool running, ours, seen;
};

static struct {
	struct lock lock; /* guards all below; taken before the world lock */
	struct native native[NATIVES];
	struct native_times totals;
	u64 read_ns; /* when they were true */
} natives = { .lock = LOCK_OF(RANK_NATIVES) };

/* The kernel has no table. */
enum { TABLE_OF_KERNEL = 0 };

static struct native *entry_of(u64 table_id)
{
	struct native *unused = NULL;

	for (u32 i = 0; i < NATIVES; i++) {
		if (natives.native[i].pid && natives.native[i].table_id == table_id)
			return &natives.native[i];
		if (!natives.native[i].pid && !unused)
			unused = &natives.native[i];
	}
	if (unused) {
		world_lock();
		*unused = (struct native){ .pid = tid_reserve(), .table_id = table_id };
		world_unlock();
		if (!unused->pid)
			unused = NULL;
	}
	return unused;
}

static void thread_see(const struct inspect_thread *r, u64 own_table)
{
	struct native *n = entry_of(r->table_id);

	natives.totals.user_ns += r->info.guest_ns;
	natives.totals.threads_ns += r->info.guest_ns + r->info.native_ns;
	if (!n)
		return;
	if (!n->threads++)
		memcpy(n->name, r->info.name, sizeof(n->name));
	n->name[sizeof(n->name) - 1] = 0;
	n->seen = true;
	n->used_ns += r->info.native_ns;
	n->guest_ns += r->info.guest_ns;
	n->running |= r->info.state != THREAD_STATE_WAITING;
	n->ours = r->table_id == own_table;
}

/* What the kernel shows of all threads, once more. */
static void read_all(void)
{
	struct inspect_thread records[RECORDS];
	struct cap_info own = { 0 };
	struct inspect_system counters;
	struct native *kernel;
	u64 cursor = 0, known, whole;
	i64 got;

	natives.totals = (struct native_times){ 0 };
	for (u32 i = 0; i < NATIVES; i++) {
		struct native *n = &natives.native[i];

		n->threads = 0;
		n->used_ns = n->guest_ns = 0;
		n->seen = n->running = n->ours = false;
	}
	(void)sys_cap_info(CAP_SELF_TABLE, &own);
	kernel = entry_of(TABLE_OF_KERNEL);
	while ((got = sys_inspect_read(servers.inspect, INSPECT_THREADS, cursor, (u64)records,
				       sizeof(records))) > 0)
		for (u64 i = 0; i < (u64)got / sizeof(records[0]); i++) {
			thread_see(&records[i], own.object_id);
			cursor = records[i].cursor;
		}
	if (kernel && system_counters(&counters)) {
		string_copy(kernel->name, sizeof(kernel->name), "kernel");
		kernel->seen = true;
		kernel->threads = 1;
		known = processors_sum().idle_ns + natives.totals.threads_ns;
		whole = counters.uptime_ns * processors_count();
		kernel->used_ns = whole > known ? whole - known : 0;
	}
	for (u32 i = 0; i < NATIVES; i++) {
		struct native *n = &natives.native[i];

		if (!n->pid || n->seen)
			continue;
		world_lock();
		tid_release(n->pid);
		world_unlock();
		n->pid = 0;
	}
}

void natives_refresh(void)
{
	if (!servers.inspect)
		return;
	lock_acquire(&natives.lock);
	if (!natives.read_ns || clock_now() - natives.read_ns > FRESH_NS) {
		read_all();
		natives.read_ns = clock_now();
	}
	lock_release(&natives.lock);
}

void native_totals(struct native_times *out)
{
	natives_refresh();
	lock_acquire(&natives.lock);
	*out = natives.totals;
	lock_release(&natives.lock);
}

i32 native_next(i32 after)
{
	i32 best = 0;

	lock_acquire(&natives.lock);
	for (u32 i = 0; i < NATIVES; i++) {
		i32 pid = natives.native[i].pid;

		if (pid > after && (!best || pid < best))
			best = pid;
	}
	lock_release(&natives.lock);
	return best;
}

bool native_snapshot(struct snapshot *s, i32 pid)
{
	struct times linux_times;
	bool found = false;

	if (!pid)
		return false;
	natives_refresh();
	lock_acquire(&natives.lock);
	for (u32 i = 0; i < NATIVES && !found; i++) {
		const struct native *n = &natives.native[i];

		if (n->pid != pid)
			continue;
		found = true;
		*s = (struct snapshot){ .pid = pid, .tid = pid, .native = true,
					.threads = n->threads, .foreground = -1,
					.schedule.processors = processors_all(),
					.state = n->running && !n->ours ? 'R' : 'S' };
		memcpy(s->comm, n->name, sizeof(s->comm));
		s->own.system_ns = n->used_ns;
		if (n->ours) {
			world_lock();
			times_of_all(&linux_times);
			world_unlock();
			string_copy(s->comm, sizeof(s->comm), "linux");
			s->own.system_ns -= linux_times.system_ns < n->used_ns ?
						    linux_times.system_ns : n->used_ns;
		}
	}
	lock_release(&natives.lock);
	return found;
}
