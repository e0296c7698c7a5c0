/* SPDX-License-Identifier: MIT */
/*
 * machine.c - from a machine that firmware has left to all processors in the kernel.
 *
 * It runs with physical addresses usable as pointers, in both loaders.  The other processors are
 * started one after the other; each compares its clock with the first one's, then enters the
 * kernel, where it waits.  One that does not come in time, or has another clock, is put back by
 * INIT into the state in which it was found: no code of the loader's is in use once the kernel
 * runs.
 */
#include "bootloader/machine.h"
#include "bootloader/handover.h"
#include "bootloader/lapic.h"
#include "bootloader/x86.h"

enum { PIT_HZ = 1193182, PIT_TICKS = 795 /* 0.67 ms */, ROUNDS = 3, CLOCK_ROUNDS = 1000 };
enum { MEMORY_LEAST = 48 << 20 /* of a 64 MiB machine firmware and video leave about 60 */ };
enum { IOAPIC_VERSION = 1, IOAPIC_LINES = 0x10, IOAPIC_MASKED = 1 << 16 };

void machine_say(const char *text)
{
	for (; *text; text++)
		out8(0x3f8, (u8)*text);
}

/* The chipset's reset register, then the keyboard controller. */
_Noreturn void machine_stop(const char *what, const char *why)
{
	machine_say("keel: ");
	machine_say(what);
	machine_say(why);
	machine_say("\r\n");
	out8(0xcf9, 6);
	out8(0x64, 0xfe);
	for (;;)
		__asm__ volatile("hlt");
}

/* --- what the kernel is shown ----------------------------------------------------------------- */

/* Where its block is; the page below each is not mapped. */
static u64 stack_base(const struct boot_info *info, u32 number)
{
	return info->kernel_base + info->kernel_size + PAGE_SIZE +
	       number * (u64)(PLATFORM_STACK + PAGE_SIZE);
}

static u64 device_map(struct boot_info *info, u64 *at, u64 physical, bootmap_alloc_t *alloc,
		      void *context)
{
	u64 window = *at;

	*at += PAGE_SIZE;
	return bootmap_map(info->tables_phys, window, physical & ~PAGE_MASK,
			   BOOTMAP_WRITE | BOOTMAP_NX | BOOTMAP_GLOBAL | BOOTMAP_UNCACHED, alloc,
			   context) ?
		       window + (physical & PAGE_MASK) :
		       0;
}

bool machine_map(struct boot_info *info, struct platform *platform, bootmap_alloc_t *alloc,
		 void *context)
{
	u64 devices = stack_base(info, platform->most), lapic = lapic_address();
	bool ok = true;

	for (u64 at = 0; ok && at < (u64)platform->most * PLATFORM_STACK; at += PAGE_SIZE)
		ok = bootmap_map(info->tables_phys,
				 stack_base(info, (u32)(at / PLATFORM_STACK)) + at % PLATFORM_STACK,
				 platform->stacks + at, BOOTMAP_WRITE | BOOTMAP_NX | BOOTMAP_GLOBAL,
				 alloc, context);
	if (lapic) {
		info->platform.lapic = device_map(info, &devices, lapic, alloc, context);
		ok = ok && info->platform.lapic;
	}
	for (u32 i = 0; i < platform->ioapic_count; i++) {
		struct platform_ioapic *io = &platform->ioapic[i];

		io->window = device_map(info, &devices, io->base, alloc, context);
		ok = ok && io->window;
	}
	return ok;
}

/* --- interrupt controllers and clocks --------------------------------------------------------- */

/* Remapped away from the exceptions, every line masked. */
static void old_controllers_silence(void)
{
	static const u16 writes[][2] = { { 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 0xf0 },
					 { 0xa1, 0xf8 }, { 0x21, 4 },	 { 0xa1, 2 },
					 { 0x21, 1 },	 { 0xa1, 1 },	 { 0x21, 0xff },
					 { 0xa1, 0xff } };

	for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		out8(writes[i][0], (u8)writes[i][1]);
}

static void ioapic_silence(struct platform_ioapic *io)
{
	volatile u32 *window = (volatile u32 *)(u64)io->base;

	window[0] = IOAPIC_VERSION;
	io->count = (window[4] >> 16 & 0xff) + 1;
	for (u32 i = 0; i < io->count; i++) {
		window[0] = IOAPIC_LINES + 2 * i;
		window[4] = IOAPIC_MASKED;
	}
}

/* Ticks of the TSC in PIT_TICKS of the PIT's second channel (gate by port 0x61), and what the
 * APIC's timer counted meanwhile. */
static u64 measure_once(u32 *counts)
{
	u64 start;

	out8(0x61, (in8(0x61) & ~2u) | 1);
	out8(0x43, 0xb0); /* channel 2, both bytes, mode 0 */
	out8(0x42, PIT_TICKS & 0xff);
	lapic_write(LAPIC_INITIAL, 0xffffffff);
	out8(0x42, PIT_TICKS >> 8);
	start = ticks();
	while (!(in8(0x61) & 0x20))
		__asm__ volatile("pause");
	start = ticks() - start;
	*counts = 0xffffffff - lapic_read(LAPIC_CURRENT);
	lapic_write(LAPIC_INITIAL, 0);
	return start;
}

/* A processor that was taken away meanwhile (a busy host) makes a round too long, never too short.
 */
static void clocks_measure(struct boot_platform *p)
{
	u64 best = ~(u64)0, best_counts = 1;

	for (int i = 0; i < ROUNDS; i++) {
		u32 counts;
		u64 taken = measure_once(&counts);

		if (taken < best) {
			best = taken;
			best_counts = counts;
		}
	}
	p->tsc_hz = best * PIT_HZ / PIT_TICKS;
	p->timer_hz = best_counts * PIT_HZ / PIT_TICKS;
}

/* --- other processors ------------------------------------------------------------------------- */

static struct {
	const struct boot_info *info; /* these three are constant once all is ready */
	u64 page, entry;
	u32 number;	   /* of the one that begins, until it has begun */
	u32 begun;	   /* atomic: it has */
	u32 may_go;	   /* atomic: the highest number that may enter the kernel */
	u32 arrivals;	   /* atomic: see meet() */
	u32 locked;	   /* atomic: a lock for the next two */
	bool clocks_differ;
	u64 clock_last;
} other;

/* In gdb this is where the kernel's base is known: tests/run stops here. */
__attribute__((noinline)) _Noreturn void handover(const struct boot_info *info, u64 page,
						  u64 entry, u32 number);
_Noreturn void handover(const struct boot_info *info, u64 page, u64 entry, u32 number)
{
	u64 code = page + (u64)(handover_enter - handover_begin);

	((handover_t *)code)(info->direct_base + (u64)info, info->tables_phys, entry,
			     stack_base(info, number) + BOOT_STACK_BYTES, number);
	__builtin_unreachable();
}

/* Until the other of a pair is here, too: who comes in pairs has arrived an even number of times.
 */
static void meet(void)
{
	u32 both = (__atomic_fetch_add(&other.arrivals, 1, __ATOMIC_SEQ_CST) + 2) & ~1u;

	while (__atomic_load_n(&other.arrivals, __ATOMIC_SEQ_CST) < both)
		__asm__ volatile("pause");
}

/* Two processors take turns at reading the clock: what is read later must not be less.  The first
 * one also reads before and after, so that it is seen when their turns do not alternate. */
static void clocks_compare(void)
{
	meet();
	for (int i = 0; i < CLOCK_ROUNDS; i++) {
		while (__atomic_exchange_n(&other.locked, 1, __ATOMIC_ACQUIRE))
			__asm__ volatile("pause");
		u64 now = ticks();
		other.clocks_differ |= now < other.clock_last;
		other.clock_last = now;
		__atomic_store_n(&other.locked, 0, __ATOMIC_RELEASE);
	}
	meet();
}

/* What another processor does first. */
static _Noreturn void other_begin(void)
{
	u32 number = other.number;

	lapic_begin();
	__atomic_store_n(&other.begun, 1, __ATOMIC_RELEASE);
	clocks_compare();
	while (__atomic_load_n(&other.may_go, __ATOMIC_ACQUIRE) < number)
		__asm__ volatile("pause"); /* for ever, until INIT comes, if the clocks differ */
	handover(other.info, other.page, other.entry, number);
}

static void wait_ms(const struct boot_info *info, u64 ms)
{
	u64 end = ticks() + info->platform.tsc_hz / 1000 * ms;

	while (ticks() < end)
		__asm__ volatile("pause");
}

/* Intel SDM volume 3, 9.4.4: INIT, 10 ms, STARTUP, and again should it not have heard. */
static bool other_start(u32 id)
{
	if (!lapic_command(id, LAPIC_INIT))
		return false;
	wait_ms(other.info, 10);
	other.begun = 0;
	other.clocks_differ = false;
	other.clock_last = ticks();
	for (int i = 0; i < 500 && !__atomic_load_n(&other.begun, __ATOMIC_ACQUIRE); i++) {
		if (i % 100 == 0)
			lapic_command(id, LAPIC_START | (u32)(other.page >> PAGE_SHIFT));
		wait_ms(other.info, 1);
	}
	if (__atomic_load_n(&other.begun, __ATOMIC_ACQUIRE)) {
		clocks_compare();
		if (!other.clocks_differ && ticks() >= other.clock_last)
			return true;
		machine_say("keel: warning: a processor is not used: it has another clock\r\n");
	}
	lapic_command(id, LAPIC_INIT);
	wait_ms(other.info, 10);
	other.arrivals = 0; /* it may have come just now */
	return false;
}

static void others_start(struct boot_info *info, const struct platform *platform)
{
	struct handover_words *words = (struct handover_words *)(other.page + PAGE_SIZE) - 1;
	struct boot_platform *p = &info->platform;
	u64 tables;

	__asm__ volatile("mov %%cr3, %0" : "=r"(tables));
	p->processor[0] = lapic_id();
	p->processor_count = 1;
	for (u32 i = 0; i < platform->processor_count && p->processor_count < platform->most; i++) {
		if (platform->processor[i] == p->processor[0] || other.page >= HANDOVER_LIMIT)
			continue;
		other.number = p->processor_count;
		*words = (struct handover_words){
			.root = info->tables_phys,
			.tables = tables & ~PAGE_MASK,
			.stack = platform->stacks + other.number * (u64)PLATFORM_STACK +
				 BOOT_STACK_BYTES,
			.entry = (u64)other_begin,
		};
		if (!other_start(platform->processor[i]))
			continue;
		p->processor[p->processor_count++] = platform->processor[i];
		__atomic_store_n(&other.may_go, other.number, __ATOMIC_RELEASE);
	}
}

static void memory_check(const struct boot_info *info)
{
	u64 bytes = 0;

	for (u32 i = 0; i < info->range_count; i++)
		if (info->range[i].type != BOOT_RANGE_RESERVED)
			bytes += info->range[i].length;
	if (bytes < MEMORY_LEAST)
		machine_stop("this machine has too little memory: Keel needs 64 MiB", "");
}

_Noreturn void machine_begin(struct boot_info *info, struct platform *platform, u64 page,
			     u64 entry)
{
	memory_check(info);
	old_controllers_silence();
	for (u32 i = 0; i < platform->ioapic_count; i++)
		ioapic_silence(&platform->ioapic[i]);
	platform_lines(platform, info->platform.line);
	lapic_begin();
	clocks_measure(&info->platform);
	for (u64 i = 0; i < (u64)(handover_end - handover_begin); i++)
		((volatile u8 *)page)[i] = handover_begin[i];
	other.info = info;
	other.page = page;
	other.entry = entry;
	others_start(info, platform);
	handover(info, page, entry, 0);
}
