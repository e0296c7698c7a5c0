/* SPDX-License-Identifier: MIT */
/*
 * system.c - the system as a whole: its names, its memory, its end.
 */
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/supervisor.h"
#include "servers/linux/calls.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

static struct {
	struct lock lock;
	char name[2][SYSTEM_NAME_SIZE]; /* by enum system_name */
} names = { .lock = LOCK_OF(RANK_NAMES), .name = { "keel", "(none)" } };

void system_name_get(enum system_name which, char *to, u64 size)
{
	lock_acquire(&names.lock);
	string_copy(to, size, names.name[which]);
	lock_release(&names.lock);
}

i64 system_name_set(enum system_name which, const char *name, u64 length)
{
	if (length >= SYSTEM_NAME_SIZE)
		return -EINVAL;
	lock_acquire(&names.lock);
	memset(names.name[which], 0, SYSTEM_NAME_SIZE);
	memcpy(names.name[which], name, length);
	lock_release(&names.lock);
	return 0;
}

i64 linux_uname(struct lthread *t, struct registers *r)
{
	struct l_utsname u = {
		.sysname = "Linux",
		.release = SYSTEM_RELEASE,
		.version = SYSTEM_VERSION,
		.machine = "x86_64",
	};

	if (t->traits.persona == PER_LINUX32)
		memcpy(u.machine, "i686", sizeof("i686"));
	system_name_get(SYSTEM_HOST, u.nodename, sizeof(u.nodename));
	system_name_get(SYSTEM_DOMAIN, u.domainname, sizeof(u.domainname));
	return copy_out(r->rdi, &u, sizeof(u));
}

static i64 name_in(struct lthread *t, enum system_name which, guest_t from, u64 length)
{
	char name[SYSTEM_NAME_SIZE];

	if (t->process->cred.euid)
		return -EPERM;
	if (length >= sizeof(name))
		return -EINVAL;
	if (copy_in(name, from, length))
		return -EFAULT;
	return system_name_set(which, name, length);
}

i64 linux_sethostname(struct lthread *t, struct registers *r)
{
	return name_in(t, SYSTEM_HOST, r->rdi, r->rsi);
}

i64 linux_setdomainname(struct lthread *t, struct registers *r)
{
	return name_in(t, SYSTEM_DOMAIN, r->rdi, r->rsi);
}

bool system_counters(struct inspect_system *out)
{
	*out = (struct inspect_system){ 0 };
	return servers.inspect &&
	       sys_inspect_read(servers.inspect, INSPECT_SYSTEM, 0, (u64)out, sizeof(*out)) > 0;
}

/* Pages of page tables of all programs. */
static u64 table_pages(void)
{
	const struct mm *last = NULL;
	struct space_info info;
	u64 pages = 0;

	world_lock();
	list_for_each (node, &process_list) {
		const struct process *p = list_entry(node, struct process, all);

		if (p->mm && p->mm != last && !sys_space_info(p->mm->space, &info))
			pages += info.table_pages;
		last = p->mm;
	}
	world_unlock();
	return pages;
}

void system_memory(struct system_memory *out)
{
	struct supervisor_status_out fs = { 0 };
	struct budget_info guests = { 0 };
	struct inspect_system s;
	u64 known;

	*out = (struct system_memory){ 0 };
	if (!system_counters(&s))
		return;
	if (servers.supervisor && !BOUNDED(supervisor_status(servers.supervisor, "ramfs", 5, &fs)))
		out->cached = fs.depot_bytes;
	(void)sys_budget_info(servers.guests, &guests);
	out->total = s.total_bytes;
	out->free = s.free_bytes;
	out->kernel = s.kernel_bytes;
	out->tables = table_pages() * PAGE_SIZE;
	if (guests.frames * PAGE_SIZE < out->tables)
		out->tables = guests.frames * PAGE_SIZE;
	out->anonymous = guests.frames * PAGE_SIZE - out->tables;
	known = out->free + out->kernel + out->cached + out->anonymous + out->tables;
	out->servers = out->total > known ? out->total - known : 0;
}

i64 linux_sysinfo(struct lthread *t, struct registers *r)
{
	struct system_memory memory;
	struct l_sysinfo info = { .mem_unit = 1 };

	(void)t;
	system_memory(&memory);
	load_averages(info.loads);
	/* Here they have 16 bits behind the point. */
	for (u32 i = 0; i < 3; i++)
		info.loads[i] <<= 16 - LOAD_SHIFT;
	info.uptime = (i64)(clock_now() / 1000000000);
	info.totalram = memory.total;
	info.freeram = memory.free;
	info.sharedram = memory.cached;
	world_lock();
	info.procs = (u16)threads_count();
	world_unlock();
	return copy_out(r->rdi, &info, sizeof(info));
}

i64 linux_reboot(struct lthread *t, struct registers *r)
{
	u64 op;

	if (t->process->cred.euid)
		return -EPERM;
	if ((u32)r->rdi != REBOOT_MAGIC1)
		return -EINVAL;
	switch ((u32)r->rdx) {
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		/* There is no such key. */
		return 0;
	case REBOOT_HALT:
		op = 0;
		break;
	case REBOOT_POWER_OFF:
		op = 1;
		break;
	case REBOOT_RESTART:
		op = 2;
		break;
	default:
		return -EINVAL;
	}
	return BOUNDED(supervisor_power(servers.supervisor, op));
}
