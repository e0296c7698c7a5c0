/* SPDX-License-Identifier: MIT */
/*
 * procsystem.c - the files of /proc about the system as a whole, in Linux's formats.
 *
 * Processor time: what ran in guests is user, what no thread used is idle as the kernel counts it,
 * and all the rest of the time since the start is system, of each processor and of all together.
 */
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "servers/linux/clock.h"
#include "servers/linux/device.h"
#include "servers/linux/mount.h"
#include "servers/linux/proc.h"
#include "servers/linux/processors.h"
#include "servers/linux/servers.h"
#include "servers/linux/system.h"

enum { TICK_NS = 10000000 };

i64 proc_empty(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)text, (void)s;
	return 0;
}

static void row(struct text *text, const char *name, u64 bytes)
{
	char label[32];
	u64 length = strlen(name);

	memcpy(label, name, length);
	label[length++] = ':';
	label[length] = 0;
	text_print(text, "%-15s %8lu kB\n", label, bytes / 1024);
}

i64 proc_meminfo(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct system_memory m;

	(void)reader, (void)s;
	system_memory(&m);
	row(text, "MemTotal", m.total);
	row(text, "MemFree", m.free);
	row(text, "MemAvailable", m.free);
	row(text, "Buffers", 0);
	row(text, "Cached", m.cached);
	row(text, "SwapCached", 0);
	row(text, "Active", m.anonymous);
	row(text, "Inactive", m.cached);
	row(text, "SwapTotal", 0);
	row(text, "SwapFree", 0);
	row(text, "Dirty", 0);
	row(text, "Writeback", 0);
	row(text, "AnonPages", m.anonymous);
	/* All files are in memory alone. */
	row(text, "Shmem", m.cached);
	row(text, "KReclaimable", 0);
	row(text, "Slab", m.kernel);
	row(text, "SReclaimable", 0);
	row(text, "SUnreclaim", m.kernel);
	row(text, "PageTables", m.tables);
	/* Keel's own line: what is left, so that all together are MemTotal. */
	row(text, "Servers", m.servers);
	return 0;
}

static void cpuid(u32 leaf, u32 subleaf, u32 word[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(word[0]), "=b"(word[1]), "=c"(word[2]), "=d"(word[3])
			 : "a"(leaf), "c"(subleaf));
}

/* Linux's names of the features, by register and bit. */
static void cpu_flags(struct text *text)
{
	static const char *const edx1[32] = {
		"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", NULL, "sep",
		"mtrr", "pge", "mca", "cmov", "pat", "pse36", "pn", "clflush", NULL, "dts", "acpi",
		"mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe",
	};
	static const char *const ecx1[32] = {
		"pni", "pclmulqdq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2",
		"ssse3", "cid", "sdbg", "fma", "cx16", "xtpr", "pdcm", NULL, "pcid", "dca",
		"sse4_1", "sse4_2", "x2apic", "movbe", "popcnt", "tsc_deadline_timer", "aes",
		"xsave", NULL, "avx", "f16c", "rdrand", "hypervisor",
	};
	static const char *const ebx7[32] = {
		"fsgsbase", "tsc_adjust", NULL, "bmi1", "hle", "avx2", NULL, "smep", "bmi2", "erms",
		"invpcid", "rtm", NULL, NULL, NULL, NULL, NULL, NULL, "rdseed", "adx", "smap", NULL,
		NULL, "clflushopt", "clwb", NULL, NULL, NULL, NULL, "sha_ni",
	};
	u32 word[4];

	cpuid(1, 0, word);
	text_print(text, "flags\t\t:");
	for (u32 i = 0; i < 32; i++)
		if (word[3] >> i & 1 && edx1[i])
			text_print(text, " %s", edx1[i]);
	for (u32 i = 0; i < 32; i++)
		if (word[2] >> i & 1 && ecx1[i])
			text_print(text, " %s", ecx1[i]);
	cpuid(0, 0, word);
	if (word[0] >= 7) {
		cpuid(7, 0, word);
		for (u32 i = 0; i < 32; i++)
			if (word[1] >> i & 1 && ebx7[i])
				text_print(text, " %s", ebx7[i]);
	}
	text_print(text, " syscall nx lm\n");
}

/* What is the same for all of them. */
static void cpu_model(struct text *text, u64 tsc_hz)
{
	u32 word[4], brand[13] = { 0 }, family, model;
	char vendor[13] = { 0 };

	cpuid(0, 0, word);
	memcpy(vendor, &word[1], 4);
	memcpy(vendor + 4, &word[3], 4);
	memcpy(vendor + 8, &word[2], 4);
	cpuid(0x80000000u, 0, word);
	if (word[0] >= 0x80000004u)
		for (u32 i = 0; i < 3; i++)
			cpuid(0x80000002u + i, 0, brand + 4 * i);
	cpuid(1, 0, word);
	family = word[0] >> 8 & 15;
	model = (word[0] >> 4 & 15) | (word[0] >> 12 & 0xf0);
	if (family == 15)
		family += word[0] >> 20 & 0xff;
	text_print(text, "vendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", vendor, family,
		   model);
	text_print(text, "model name\t: %s\nstepping\t: %u\n", (char *)brand, word[0] & 15);
	if (tsc_hz)
		text_print(text, "cpu MHz\t\t: %lu.%03lu\n", tsc_hz / 1000000,
			   tsc_hz / 1000 % 1000);
}

i64 proc_cpuinfo(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct inspect_system counters = { 0 };
	u32 word[4];

	(void)reader, (void)s;
	(void)system_counters(&counters);
	cpuid(0, 0, word);
	for (u32 i = 0; i < processors_count(); i++) {
		struct processor_place place = processor_place(i);

		text_print(text, "processor\t: %u\n", i);
		cpu_model(text, counters.tsc_hz);
		text_print(text, "physical id\t: %u\nsiblings\t: %u\n", place.package,
			   place.in_package);
		text_print(text, "core id\t\t: %u\ncpu cores\t: %u\napicid\t\t: %u\n",
			   place.core, place.cores, place.apic);
		text_print(text, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\n",
			   word[0]);
		text_print(text, "wp\t\t: yes\n");
		cpu_flags(text);
		text_print(text, "bogomips\t: %lu.%02lu\nclflush size\t: 64\n\n",
			   counters.tsc_hz * 2 / 1000000, counters.tsc_hz * 2 / 10000 % 100);
	}
	return 0;
}

i64 proc_uptime(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	u64 up = clock_now() / TICK_NS, idle = processors_sum().idle_ns / TICK_NS;

	(void)reader, (void)s;
	text_print(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
	return 0;
}

/* Not Linux's: the kernel's counters, for tests that compare and for benchmarks. */
i64 proc_keel(struct lthread *reader, struct text *text, const struct snapshot *unused)
{
	struct inspect_processor sum;
	struct inspect_system s;
	u64 objects = 0;
	i64 violations;

	(void)reader, (void)unused;
	if (!system_counters(&s))
		return 0;
	for (u32 i = 0; i < OBJECT_TYPES; i++)
		objects += s.objects[i];
	sum = processors_sum();
	text_print(text, "space_switches %lu\ncontext_switches %lu\n", sum.space_switches,
		   sum.context_switches);
	text_print(text, "free_kb %lu\nkernel_kb %lu\n", s.free_bytes / 1024,
		   s.kernel_bytes / 1024);
	text_print(text, "objects %lu\ncapabilities %lu\n", objects, s.capabilities);
	text_print(text, "longest_stretch %lu\nlongest_call %ld\n", s.longest_stretch_ticks,
		   (i64)s.longest_stretch_call);
	violations = sys_inspect_check(servers.inspect);
	if (violations >= 0) /* debug kernels only */
		text_print(text, "violations %lu\n", (u64)violations);
	return 0;
}

/*
 * What has been shown of each processor.  The kernel knows what one did not idle; which part of
 * that was user's is taken to be as it was of all together since the file was read last.  So no
 * column ever goes back, and all of them together are the time since the start.
 */
static struct {
	struct lock lock; /* guards all below */
	u64 user_ns;	  /* of all */
	struct {
		u64 work_ns, user_ns;
	} of[PROCESSORS_MAX];
} shown = { .lock = LOCK_OF(RANK_NAMES) };

enum { PART_BITS = 20 };

/* a / b in 2^-PART_BITS, at most 1. */
static u64 part_of(u64 a, u64 b)
{
	while (a >> (63 - PART_BITS)) {
		a >>= 1;
		b >>= 1;
	}
	return a >= b ? (u64)(b != 0) << PART_BITS : (a << PART_BITS) / b;
}

/* shown.lock held. */
static void shown_advance(u64 up_ns, u64 user_ns, const struct inspect_processor *processor,
			  u32 count)
{
	u64 more[PROCESSORS_MAX] = { 0 }, sum = 0, part;

	for (u32 i = 0; i < count; i++) {
		u64 idle = processor[i].idle_ns < up_ns ? processor[i].idle_ns : up_ns;

		if (up_ns - idle > shown.of[i].work_ns)
			more[i] = up_ns - idle - shown.of[i].work_ns;
		sum += more[i];
	}
	part = user_ns > shown.user_ns ? part_of(user_ns - shown.user_ns, sum) : 0;
	for (u32 i = 0; i < count; i++) {
		u64 user = (more[i] >> PART_BITS / 2) * part >> PART_BITS / 2;

		shown.of[i].work_ns += more[i];
		shown.of[i].user_ns += user;
		shown.user_ns += user;
	}
}

static void stat_row(struct text *text, const char *name, u64 user_ns, u64 work_ns, u64 up_ns)
{
	u64 idle_ns = up_ns > work_ns ? up_ns - work_ns : 0;

	text_print(text, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, user_ns / TICK_NS,
		   (work_ns - user_ns) / TICK_NS, idle_ns / TICK_NS);
}

static void stat_rows(struct text *text, u64 up_ns, u64 user_ns)
{
	struct inspect_processor processor[PROCESSORS_MAX];
	u32 count = processors_read(processor);
	u64 work = 0;
	char name[8];

	lock_acquire(&shown.lock);
	shown_advance(up_ns, user_ns, processor, count);
	for (u32 i = 0; i < count; i++)
		work += shown.of[i].work_ns;
	stat_row(text, "cpu ", shown.user_ns, work, up_ns * count);
	for (u32 i = 0; i < count; i++) {
		text_format(name, sizeof(name), "cpu%u", processor[i].number);
		stat_row(text, name, shown.of[i].user_ns, shown.of[i].work_ns, up_ns);
	}
	lock_release(&shown.lock);
}

i64 proc_stat_text(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct inspect_system counters = { 0 };
	struct inspect_processor sum = processors_sum();
	struct native_times totals;
	u32 running;

	(void)reader, (void)s;
	native_totals(&totals);
	(void)system_counters(&counters);
	stat_rows(text, counters.uptime_ns, totals.user_ns);
	world_lock();
	running = threads_running();
	world_unlock();
	text_print(text, "intr %lu\nctxt %lu\nbtime %lu\n", sum.interrupts,
		   sum.context_switches, (realtime_ns() - clock_now()) / 1000000000);
	text_print(text, "processes %lu\nprocs_running %u\nprocs_blocked 0\n", processes_made(),
		   running);
	return 0;
}

i64 proc_version(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	text_print(text, "Linux version %s (%s)\n", SYSTEM_RELEASE, SYSTEM_VERSION);
	return 0;
}

i64 proc_loadavg(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	u32 running, threads, last;
	u64 load[3];

	(void)reader, (void)s;
	load_averages(load);
	world_lock();
	running = threads_running();
	threads = threads_count();
	last = (u32)tid_last();
	world_unlock();
	for (u32 i = 0; i < 3; i++)
		text_print(text, "%lu.%02lu ", load[i] >> LOAD_SHIFT,
			   (load[i] & (LOAD_ONE - 1)) * 100 >> LOAD_SHIFT);
	text_print(text, "%u/%u %u\n", running, threads, last);
	return 0;
}

i64 proc_filesystems(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	for (u32 i = 0; i < filesystem_type_count; i++)
		text_print(text, "nodev\t%s\n", filesystem_types[i]->name);
	return 0;
}

i64 proc_cmdline(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	const char *word;

	(void)reader, (void)s;
	for (u32 i = 1; (word = start_argument(i)); i++)
		text_print(text, "%s%s", i > 1 ? " " : "", word);
	text_print(text, "\n");
	return 0;
}

i64 proc_devices(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	text_print(text, "Character devices:\n  1 mem\n  4 tty\n  4 ttyS\n  5 /dev/tty\n"
			 "  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n");
	return 0;
}

/* The kernel counts interrupts, not whose they are. */
i64 proc_interrupts(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct inspect_processor processor[PROCESSORS_MAX];
	u32 count = processors_read(processor);

	(void)reader, (void)s;
	text_print(text, "           ");
	for (u32 i = 0; i < count; i++)
		text_print(text, "CPU%-8u", processor[i].number);
	text_print(text, "\nALL: ");
	for (u32 i = 0; i < count; i++)
		text_print(text, "%10lu ", processor[i].interrupts);
	text_print(text, "  all interrupts\n");
	return 0;
}

i64 proc_swaps(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	text_print(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

i64 proc_vmstat(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct system_memory m;

	(void)reader, (void)s;
	system_memory(&m);
	text_print(text, "nr_free_pages %lu\nnr_anon_pages %lu\nnr_file_pages %lu\nnr_shmem %lu\n",
		   m.free / PAGE_SIZE, m.anonymous / PAGE_SIZE, m.cached / PAGE_SIZE,
		   m.cached / PAGE_SIZE);
	text_print(text, "nr_page_table_pages %lu\nnr_slab_unreclaimable %lu\n",
		   m.tables / PAGE_SIZE, m.kernel / PAGE_SIZE);
	return 0;
}
