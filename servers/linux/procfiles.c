/* SPDX-License-Identifier: MIT */
/*
 * procfiles.c - the texts of /proc, in the formats that Linux programs parse.
 */
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/layout.h"
#include "servers/linux/mm.h"
#include "servers/linux/mount.h"
#include "servers/linux/proc.h"
#include "servers/linux/signal.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"
#include "servers/linux/times.h"
#include "servers/linux/tty.h"
#include "servers/linux/util.h"

enum { LINE_MAX = 512, TEXT_FIRST = 1024, TEXT_MAX = 1 << 20, TICK_NS = 10000000 };

static bool room(struct text *text, u64 bytes)
{
	u64 capacity = text->capacity ? text->capacity : TEXT_FIRST;
	char *larger;

	while (capacity < text->size + bytes)
		capacity *= 2;
	if (capacity == text->capacity)
		return true;
	if (capacity > TEXT_MAX)
		return false;
	larger = heap_alloc(capacity);
	if (!larger)
		return false;
	if (text->size)
		memcpy(larger, text->bytes, text->size);
	if (text->bytes)
		heap_free(text->bytes, text->capacity);
	text->bytes = larger;
	text->capacity = capacity;
	return true;
}

void text_print(struct text *text, const char *format, ...)
{
	va_list arguments;

	if (!room(text, LINE_MAX))
		return;
	va_start(arguments, format);
	text->size += text_vformat(text->bytes + text->size, LINE_MAX, format, arguments);
	va_end(arguments);
}

static void meminfo(struct text *text)
{
	struct system_memory m;

	system_memory(&m);
	text_print(text, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\n", m.total / 1024,
		   m.free / 1024);
	text_print(text, "MemAvailable:   %8lu kB\nBuffers:        %8u kB\n", m.free / 1024, 0u);
	text_print(text, "Cached:         %8lu kB\nSwapCached:     %8u kB\n", m.cached / 1024, 0u);
	text_print(text, "SwapTotal:      %8u kB\nSwapFree:       %8u kB\n", 0u, 0u);
	text_print(text, "Shmem:          %8u kB\nSReclaimable:   %8u kB\n", 0u, 0u);
}

static void cpuid(u32 leaf, u32 word[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(word[0]), "=b"(word[1]), "=c"(word[2]), "=d"(word[3])
			 : "a"(leaf), "c"(0));
}

static void cpuinfo(struct text *text)
{
	u32 word[4], brand[13] = { 0 };
	char vendor[13] = { 0 };

	cpuid(0, word);
	memcpy(vendor, &word[1], 4);
	memcpy(vendor + 4, &word[3], 4);
	memcpy(vendor + 8, &word[2], 4);
	cpuid(0x80000000u, word);
	if (word[0] >= 0x80000004u)
		for (u32 i = 0; i < 3; i++)
			cpuid(0x80000002u + i, brand + 4 * i);
	cpuid(1, word);
	text_print(text, "processor\t: 0\nvendor_id\t: %s\n", vendor);
	text_print(text, "cpu family\t: %u\nmodel\t\t: %u\n", word[0] >> 8 & 15,
		   (word[0] >> 4 & 15) | (word[0] >> 12 & 0xf0));
	text_print(text, "model name\t: %s\nstepping\t: %u\n\n", (char *)brand, word[0] & 15);
}

static void uptime(struct text *text)
{
	struct system_memory m;
	u64 up = clock_now() / TICK_NS, idle;

	system_memory(&m);
	idle = m.idle_ns / TICK_NS;
	text_print(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
}

/* Not Linux's: the kernel's counters, for tests that compare and for benchmarks. */
static void keel(struct text *text)
{
	struct inspect_system s;
	u64 objects = 0;

	if (!system_counters(&s))
		return;
	for (u32 i = 0; i < OBJECT_TYPES; i++)
		objects += s.objects[i];
	text_print(text, "space_switches %lu\ncontext_switches %lu\n", s.space_switches,
		   s.context_switches);
	text_print(text, "free_kb %lu\nkernel_kb %lu\n", s.free_bytes / 1024,
		   s.kernel_bytes / 1024);
	text_print(text, "objects %lu\ncapabilities %lu\n", objects, s.capabilities);
	text_print(text, "longest_stretch %lu\nlongest_call %ld\n", s.longest_stretch_ticks,
		   (i64)s.longest_stretch_call);
	i64 violations = sys_inspect_check(servers.inspect);
	if (violations >= 0) /* debug kernels only */
		text_print(text, "violations %lu\n", (u64)violations);
}

/* The mounts that a process sees. */
static i64 mounts(struct lthread *t, struct text *text, enum mount_text kind, i32 pid)
{
	struct node root = { 0 };
	struct process *p;

	lock_acquire(&world);
	p = process_find(pid);
	if (p && p->fs) {
		lock_acquire(&p->fs->lock);
		root = p->fs->root;
		mount_get(root.mount);
		lock_release(&p->fs->lock);
	}
	lock_release(&world);
	if (!root.mount)
		return p ? -EINVAL : -ESRCH;
	mounts_print(t, text, kind, root);
	mount_put(root.mount);
	return 0;
}

/* Times of all processes there are, for a first line that top and vmstat can read. */
static void system_stat(struct text *text)
{
	struct system_memory m;
	struct times sum = { 0 }, one;
	u32 processes = 0;

	system_memory(&m);
	lock_acquire(&world);
	list_for_each (node, &process_list) {
		process_times(list_entry(node, struct process, all), &one);
		times_add(&sum, &one);
		processes++;
	}
	lock_release(&world);
	for (int i = 0; i < 2; i++)
		text_print(text, "cpu%s %lu 0 %lu %lu 0 0 0 0 0 0\n", i ? "0" : " ",
			   sum.user_ns / TICK_NS, sum.system_ns / TICK_NS, m.idle_ns / TICK_NS);
	text_print(text, "intr %lu\nctxt %lu\nbtime %lu\n", m.interrupts, m.switches,
		   (realtime_ns() - clock_now()) / 1000000000);
	text_print(text, "processes %u\nprocs_running 1\nprocs_blocked 0\n", processes);
}

/* A copy of what the files below need, taken under the lock. */
struct snapshot {
	i32 pid, ppid, group, session, foreground;
	u32 tty, threads;
	char state;
	char comm[COMM_SIZE];
	struct credentials cred;
	struct times own, children;
	u64 started_ns, pending, blocked, ignored, caught;
	struct mm *mm; /* with a reference; NULL for a zombie */
	struct space_info space;
	struct l_rlimit limit[RLIMITS];
};

static char state_of(const struct process *p, const struct lthread *t)
{
	struct thread_info info;

	if (p->zombie)
		return 'Z';
	if (p->stopped)
		return 'T';
	if (t && !sys_thread_info(t->native, &info) && info.state == THREAD_STATE_WAITING)
		return 'S';
	return 'R';
}

static void snapshot_signals(struct snapshot *s, const struct process *p)
{
	for (int i = 0; i < SIGNALS && !p->zombie; i++) {
		u64 handler = p->sighand->action[i].handler;

		if (handler == SIG_IGN)
			s->ignored |= (u64)1 << i;
		else if (handler != SIG_DFL)
			s->caught |= (u64)1 << i;
	}
	s->pending = p->signals.pending;
}

static i64 snapshot_take(struct snapshot *s, i32 pid)
{
	struct lthread *first = NULL;
	struct process *p;

	*s = (struct snapshot){ .pid = pid };
	lock_acquire(&world);
	p = process_find(pid);
	if (!p) {
		lock_release(&world);
		return -ESRCH;
	}
	if (!list_empty(&p->threads))
		first = list_entry(p->threads.next, struct lthread, member);
	memcpy(s->comm, first ? first->comm : p->comm, sizeof(s->comm));
	s->blocked = first ? first->mask : 0;
	s->ppid = p->parent ? p->parent->pid : 0;
	s->group = p->group;
	s->session = p->session;
	s->tty = tty_number(p);
	s->foreground = tty_foreground(p);
	s->threads = p->thread_count;
	s->state = state_of(p, first);
	s->cred = p->cred;
	process_times(p, &s->own);
	s->children = p->dead_children;
	s->started_ns = p->started_ns;
	snapshot_signals(s, p);
	memcpy(s->limit, p->limit, sizeof(s->limit));
	s->mm = p->mm ? mm_get(p->mm) : NULL;
	lock_release(&world);
	if (s->mm)
		(void)sys_space_info(s->mm->space, &s->space);
	return 0;
}

static void snapshot_put(struct snapshot *s)
{
	if (s->mm)
		mm_put(s->mm);
}

static void pid_stat(struct text *text, const struct snapshot *s)
{
	const struct mm *mm = s->mm;

	text_print(text, "%d (%s) %c %d %d %d %u %d 0 ", s->pid, s->comm, s->state, s->ppid,
		   s->group, s->session, s->tty, s->foreground);
	text_print(text, "%lu 0 0 0 %lu %lu %lu %lu 20 0 %u 0 %lu ", s->space.minor_faults,
		   s->own.user_ns / TICK_NS, s->own.system_ns / TICK_NS,
		   s->children.user_ns / TICK_NS, s->children.system_ns / TICK_NS, s->threads,
		   s->started_ns / TICK_NS);
	text_print(text, "%lu %lu %lu %lu %lu %lu 0 0 %lu %lu %lu %lu ",
		   s->space.region_pages * PAGE_SIZE, s->space.resident_pages, RLIM_INFINITY,
		   mm ? mm->code_start : 0, mm ? mm->code_end : 0, mm ? mm->stack_top : 0,
		   s->pending, s->blocked, s->ignored, s->caught);
	text_print(text, "0 0 0 17 0 0 0 0 0 0 0 0 %lu %lu %lu %lu %lu 0\n",
		   mm ? mm->brk_start : 0, mm ? mm->arguments : 0, mm ? mm->arguments_end : 0,
		   mm ? mm->environment : 0, mm ? mm->environment_end : 0);
}

static const char *state_name(char state)
{
	return state == 'R' ? "R (running)" : state == 'S' ? "S (sleeping)" :
	       state == 'T' ? "T (stopped)" : "Z (zombie)";
}

static void pid_status(struct text *text, const struct snapshot *s)
{
	const struct credentials *c = &s->cred;

	text_print(text, "Name:\t%s\nState:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", s->comm,
		   state_name(s->state), s->pid, s->pid, s->ppid);
	text_print(text, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid,
		   c->euid, c->suid, c->euid, c->gid, c->egid, c->sgid, c->egid);
	text_print(text, "Groups:\t");
	for (u32 i = 0; i < c->group_count; i++)
		text_print(text, "%u ", c->groups[i]);
	text_print(text, "\n");
	if (s->mm)
		text_print(text, "VmSize:\t%8lu kB\nVmRSS:\t%8lu kB\n",
			   s->space.region_pages * 4, s->space.resident_pages * 4);
	text_print(text, "Threads:\t%u\nSigPnd:\t%016lx\nSigBlk:\t%016lx\n", s->threads, s->pending,
		   s->blocked);
	text_print(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", s->ignored, s->caught);
}

/* Strings in the program's own memory. */
static void pid_strings(struct text *text, const struct mm *mm, u64 from, u64 to)
{
	i64 got;

	while (from < to && room(text, PAGE_SIZE)) {
		u64 part = to - from < PAGE_SIZE ? to - from : PAGE_SIZE;

		got = sys_space_copy(mm->space, from, (u64)(text->bytes + text->size), part,
				     SPACE_COPY_READ);
		if (got <= 0)
			return;
		text->size += (u64)got;
		from += (u64)got;
	}
}

static void pid_maps(struct text *text, const struct mm *mm)
{
	struct region_info info[16];
	u64 from = 0;
	i64 count;

	while ((count = sys_space_regions(mm->space, from, info, 16)) > 0) {
		for (i64 i = 0; i < count; i++) {
			const struct region_info *r = &info[i];
			const char *name = region_tag_name(r->tag);
			bool shared = !(r->flags & MAP_OVERLAY) && r->tag != TAG_VDSO &&
				      r->tag != TAG_VVAR;

			text_print(text, "%08lx-%08lx %c%c%c%c %08lx 00:%02x %lu %s%s\n",
				   r->address, r->address + r->length,
				   r->protect & PROTECT_READ ? 'r' : '-',
				   r->protect & PROTECT_WRITE ? 'w' : '-',
				   r->protect & PROTECT_EXEC ? 'x' : '-', shared ? 's' : 'p',
				   r->memory_id ? r->offset : 0,
				   r->memory_id ? root_mount.device : 0,
				   r->memory_id, *name ? "                    " : "", name);
			from = r->address + r->length;
		}
	}
}

static void limit_column(struct text *text, u64 value)
{
	if (value == RLIM_INFINITY)
		text_print(text, "%-20s ", "unlimited");
	else
		text_print(text, "%-20lu ", value);
}

static void pid_limits(struct text *text, const struct l_rlimit *limit)
{
	static const struct {
		const char *name, *units;
	} row[RLIMITS] = {
		{ "Max cpu time", "seconds" },	     { "Max file size", "bytes" },
		{ "Max data size", "bytes" },	     { "Max stack size", "bytes" },
		{ "Max core file size", "bytes" },   { "Max resident set", "bytes" },
		{ "Max processes", "processes" },    { "Max open files", "files" },
		{ "Max locked memory", "bytes" },    { "Max address space", "bytes" },
		{ "Max file locks", "locks" },	     { "Max pending signals", "signals" },
		{ "Max msgqueue size", "bytes" },    { "Max nice priority", NULL },
		{ "Max realtime priority", NULL },   { "Max realtime timeout", "us" },
	};

	text_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit",
		   "Units");
	for (u32 i = 0; i < RLIMITS; i++) {
		text_print(text, "%-25s ", row[i].name);
		limit_column(text, limit[i].cur);
		limit_column(text, limit[i].max);
		if (row[i].units)
			text_print(text, "%-10s", row[i].units);
		text_print(text, "\n");
	}
}

static void pid_file(struct text *text, enum proc_file file, const struct snapshot *s)
{
	switch (file) {
	case PROC_PID_STAT:
		pid_stat(text, s);
		break;
	case PROC_PID_STATUS:
		pid_status(text, s);
		break;
	case PROC_PID_COMM:
		text_print(text, "%s\n", s->comm);
		break;
	case PROC_PID_STATM:
		text_print(text, "%lu %lu 0 0 0 %lu 0\n", s->space.region_pages,
			   s->space.resident_pages, s->space.region_pages);
		break;
	case PROC_PID_CMDLINE:
		if (s->mm)
			pid_strings(text, s->mm, s->mm->arguments, s->mm->arguments_end);
		break;
	case PROC_PID_ENVIRON:
		if (s->mm)
			pid_strings(text, s->mm, s->mm->environment, s->mm->environment_end);
		break;
	case PROC_PID_LIMITS:
		pid_limits(text, s->limit);
		break;
	case PROC_PID_MAPS:
		if (s->mm)
			pid_maps(text, s->mm);
		break;
	default:
		break;
	}
}

i64 proc_file_write(struct lthread *t, struct text *text, enum proc_file file, i32 pid)
{
	struct snapshot s;
	i64 error;

	switch (file) {
	case PROC_MEMINFO:
		meminfo(text);
		return 0;
	case PROC_CPUINFO:
		cpuinfo(text);
		return 0;
	case PROC_UPTIME:
		uptime(text);
		return 0;
	case PROC_KEEL:
		keel(text);
		return 0;
	case PROC_PID_MOUNTS:
		return mounts(t, text, MOUNTS, pid);
	case PROC_PID_MOUNTINFO:
		return mounts(t, text, MOUNT_INFO, pid);
	case PROC_PID_MOUNTSTATS:
		return mounts(t, text, MOUNT_STATS, pid);
	case PROC_STAT:
		system_stat(text);
		return 0;
	case PROC_VERSION:
		text_print(text, "Linux version %s (%s)\n", SYSTEM_RELEASE, SYSTEM_VERSION);
		return 0;
	case PROC_LOADAVG:
		/* Load is not averaged: the figures are zero and the counts true. */
		text_print(text, "0.00 0.00 0.00 1/1 1\n");
		return 0;
	case PROC_FILESYSTEMS:
		for (u32 i = 0; i < filesystem_type_count; i++)
			text_print(text, "nodev\t%s\n", filesystem_types[i]->name);
		return 0;
	default:
		break;
	}
	error = snapshot_take(&s, pid);
	if (error)
		return error;
	pid_file(text, file, &s);
	snapshot_put(&s);
	return 0;
}
