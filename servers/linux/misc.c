/* SPDX-License-Identifier: MIT */
/*
 * misc.c - calls about the system as a whole, limits, and a thread's small print.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/supervisor.h"
#include "servers/linux/alarm.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { HOST_NAME_MAX = 64, SENDFILE_BYTES = 16384 };

static struct {
	struct lock lock;
	char name[HOST_NAME_MAX + 1];
} host = { .name = "keel" };

void system_host_name(char *to, u64 size)
{
	lock_acquire(&host.lock);
	string_copy(to, size, host.name);
	lock_release(&host.lock);
}

i64 linux_uname(struct lthread *t, struct registers *r)
{
	struct l_utsname u = {
		.sysname = "Linux",
		.release = SYSTEM_RELEASE,
		.version = SYSTEM_VERSION,
		.machine = "x86_64",
		.domainname = "(none)",
	};

	(void)t;
	system_host_name(u.nodename, sizeof(u.nodename));
	return copy_out(r->rdi, &u, sizeof(u));
}

i64 linux_sethostname(struct lthread *t, struct registers *r)
{
	char name[HOST_NAME_MAX + 1] = { 0 };

	if (t->process->cred.euid)
		return -EPERM;
	if (r->rsi > HOST_NAME_MAX)
		return -EINVAL;
	if (copy_in(name, r->rdi, r->rsi))
		return -EFAULT;
	lock_acquire(&host.lock);
	memcpy(host.name, name, sizeof(name));
	lock_release(&host.lock);
	return 0;
}

bool system_counters(struct inspect_system *out)
{
	*out = (struct inspect_system){ 0 };
	return servers.inspect &&
	       sys_inspect_read(servers.inspect, INSPECT_SYSTEM, 0, (u64)out, sizeof(*out)) > 0;
}

void system_memory(struct system_memory *out)
{
	struct inspect_system s = { 0 };
	struct supervisor_status_out fs = { 0 };

	*out = (struct system_memory){ 0 };
	if (!system_counters(&s))
		return;
	out->total = s.total_bytes;
	out->free = s.free_bytes;
	/* What the files take is Linux's page cache. */
	if (servers.supervisor && !BOUNDED(supervisor_status(servers.supervisor, "ramfs", 5, &fs)))
		out->cached = fs.depot_bytes;
	out->idle_ns = s.idle_ns;
	out->switches = s.context_switches;
	out->interrupts = s.interrupts;
}

i64 linux_sysinfo(struct lthread *t, struct registers *r)
{
	struct system_memory memory;
	struct l_sysinfo info = { .mem_unit = 1 };

	(void)t;
	system_memory(&memory);
	info.uptime = (i64)(clock_now() / 1000000000);
	info.totalram = memory.total;
	info.freeram = memory.free;
	lock_acquire(&world);
	list_for_each (node, &process_list)
		info.procs++;
	lock_release(&world);
	return copy_out(r->rdi, &info, sizeof(info));
}

void limits_default(struct process *p)
{
	for (int i = 0; i < RLIMITS; i++)
		p->limit[i] = (struct l_rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	p->limit[RLIMIT_STACK].cur = 8 << 20;
	p->limit[RLIMIT_CORE].cur = 0;
	p->limit[RLIMIT_NOFILE] = (struct l_rlimit){ FILES_MAX, FILES_MAX };
	p->limit[RLIMIT_NPROC] = (struct l_rlimit){ PID_LIMIT, PID_LIMIT };
	p->limit[RLIMIT_MEMLOCK] = (struct l_rlimit){ 8 << 20, 8 << 20 };
	p->limit[RLIMIT_SIGPENDING] = (struct l_rlimit){ 1024, 1024 };
	p->limit[RLIMIT_MSGQUEUE] = (struct l_rlimit){ 819200, 819200 };
	p->limit[RLIMIT_NICE] = p->limit[RLIMIT_RTPRIO] = (struct l_rlimit){ 0, 0 };
}

/* World lock held. */
static void limit_set(struct process *p, u32 which, struct l_rlimit new)
{
	/* No processor time at all means the least that there is. */
	if (which == RLIMIT_CPU && !new.cur)
		new.cur = 1;
	p->limit[which] = new;
	alarm_cpu_limit(p);
}

static i64 limit(struct lthread *t, i32 pid, u32 which, guest_t new_at, guest_t old_at)
{
	struct l_rlimit new, old;
	struct process *p;
	i64 result = 0;

	if (which >= RLIMITS)
		return -EINVAL;
	if (new_at && copy_in(&new, new_at, sizeof(new)))
		return -EFAULT;
	if (new_at && new.cur > new.max)
		return -EINVAL;
	lock_acquire(&world);
	p = pid ? process_find(pid) : t->process;
	if (!p) {
		result = -ESRCH;
	} else {
		const struct credentials *c = &t->process->cred, *of = &p->cred;
		bool same = c->uid == of->uid && c->uid == of->euid && c->uid == of->suid &&
			    c->gid == of->gid && c->gid == of->egid && c->gid == of->sgid;

		old = p->limit[which];
		if (c->euid && ((new_at && new.max > old.max) || (p != t->process && !same)))
			result = -EPERM;
		else if (new_at)
			limit_set(p, which, new);
	}
	lock_release(&world);
	if (!result && old_at)
		result = copy_out(old_at, &old, sizeof(old));
	return result;
}

i64 linux_getrlimit(struct lthread *t, struct registers *r)
{
	return limit(t, 0, (u32)r->rdi, 0, r->rsi);
}

i64 linux_setrlimit(struct lthread *t, struct registers *r)
{
	return limit(t, 0, (u32)r->rdi, r->rsi, 0);
}

i64 linux_prlimit64(struct lthread *t, struct registers *r)
{
	return limit(t, (i32)r->rdi, (u32)r->rsi, r->rdx, r->r10);
}

i64 linux_prctl(struct lthread *t, struct registers *r)
{
	char name[COMM_SIZE] = { 0 };
	i64 length;

	switch ((u32)r->rdi) {
	case PR_SET_NAME:
		length = string_in(name, r->rsi, sizeof(name));
		if (length == -EFAULT)
			return length;
		name[sizeof(name) - 1] = 0;
		memcpy(t->comm, name, sizeof(name));
		return 0;
	case PR_GET_NAME:
		return copy_out(r->rsi, t->comm, sizeof(t->comm));
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return r->rsi > 1 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

i64 linux_arch_prctl(struct lthread *t, struct registers *r)
{
	switch ((u32)r->rdi) {
	case ARCH_SET_FS:
		if (r->rsi >= GUEST_LIMIT)
			return -EPERM;
		t->state->fs_base = r->rsi;
		return 0;
	case ARCH_SET_GS:
		if (r->rsi >= GUEST_LIMIT)
			return -EPERM;
		t->state->gs_base = r->rsi;
		return 0;
	case ARCH_GET_FS:
		return guest_put64(r->rsi, t->state->fs_base);
	case ARCH_GET_GS:
		return guest_put64(r->rsi, t->state->gs_base);
	default:
		return -EINVAL;
	}
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

i64 linux_sync(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return 0;
}

i64 linux_socket(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return -EAFNOSUPPORT;
}

i64 linux_mount(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->cred.euid ? -EPERM : -ENODEV;
}

i64 linux_chroot(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return -EPERM;
}

i64 linux_rseq(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return -ENOSYS;
}

/* 0 names the caller. */
static bool thread_exists(i32 tid)
{
	bool found;

	lock_acquire(&world);
	found = !tid || thread_find(tid);
	lock_release(&world);
	return found;
}

i64 linux_sched_getaffinity(struct lthread *t, struct registers *r)
{
	(void)t;
	if (r->rsi < 8 || r->rsi & 7)
		return -EINVAL;
	if (!thread_exists((i32)r->rdi))
		return -ESRCH;
	return guest_put64(r->rdx, 1) ?: 8;
}

i64 linux_sched_setaffinity(struct lthread *t, struct registers *r)
{
	u64 mask;

	(void)t;
	if (r->rsi < 8 || guest_get64(&mask, r->rdx))
		return -EFAULT;
	if (!thread_exists((i32)r->rdi))
		return -ESRCH;
	return mask & 1 ? 0 : -EINVAL;
}
