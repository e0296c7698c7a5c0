/* SPDX-License-Identifier: MIT */
/*
 * apic.c - local APIC and timer, I/O APICs from the ACPI MADT, and the clock.
 */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"
#include "microkernel/core/trace.h"
#include "microkernel/lib/string.h"

enum {
	LAPIC_EOI = 0xb0 / 4,
	LAPIC_SVR = 0xf0 / 4,
	LAPIC_TIMER = 0x320 / 4,
	LAPIC_LINT0 = 0x350 / 4,
	LAPIC_INITIAL = 0x380 / 4,
	LAPIC_CURRENT = 0x390 / 4,
	LAPIC_DIVIDE = 0x3e0 / 4,
	LAPIC_ID = 0x20 / 4,
	LAPIC_COMMAND = 0x300 / 4,
	LAPIC_TARGET = 0x310 / 4
};
enum { COMMAND_NMI = 0x4400, COMMAND_INIT = 0x4500, COMMAND_START = 0x4600 };
enum { COMMAND_PENDING = 1 << 12 };

enum { IOAPICS = 8, OVERRIDES = 16, MASKED = 1 << 16, LEVEL = 1 << 15, LOW = 1 << 13 };
enum { PIT_HZ = 1193182, CALIBRATION_ROUNDS = 3, CALIBRATION_PIT_TICKS = 795 /* 0.67 ms */ };

struct ioapic {
	volatile u32 *window;
	u32 first, count;
};

static volatile u32 *lapic;
static struct ioapic ioapics[IOAPICS];
static u32 nr_ioapics;
static struct {
	u32 line, gsi;
	u16 flags;
} overrides[OVERRIDES];
static u32 nr_overrides;
static u8 processors[CONFIG_CPUS]; /* APIC ids, this CPU's among them */
static u32 nr_processors;
static u64 timer_mult; /* timer counts per ns, << 32 */
u64 arch_tsc_hz, arch_tsc_base, arch_clock_mult;
u32 arch_clock_shift;

extern const u8 ap_begin[], ap_end[];
extern void syscall_entry_many(void);

/* --- ACPI: only what leads to the MADT --- */

struct acpi_header {
	char signature[4];
	u32 length;
	u8 rest[28];
} __attribute__((packed));

static u64 direct_limit;

/* A table of plausible size inside the direct map, or NULL. */
static const struct acpi_header *table_at(u64 physical)
{
	const struct acpi_header *h = direct_pointer(physical);

	if (!physical || physical > direct_limit - sizeof(*h) || h->length < sizeof(*h) ||
	    h->length > 1 << 20 || physical + h->length > direct_limit)
		return NULL;
	return h;
}

static const struct acpi_header *find_madt(u64 rsdp)
{
	if (!rsdp || rsdp > direct_limit - 36)
		return NULL;
	const u8 *r = direct_pointer(rsdp);
	bool extended = r[15] >= 2;
	u64 root;
	u32 root32, width = extended ? 8 : 4;

	memcpy(&root32, r + 16, 4);
	memcpy(&root, r + 24, 8);
	const struct acpi_header *list = table_at(extended ? root : root32);
	for (u32 at = sizeof(*list); list && at + width <= list->length; at += width) {
		u64 address = 0;

		memcpy(&address, (const u8 *)list + at, width);
		const struct acpi_header *h = table_at(address);
		if (h && !memcmp(h->signature, "APIC", 4))
			return h;
	}
	return NULL;
}

static u32 ioapic_read(struct ioapic *io, u32 reg)
{
	io->window[0] = reg;
	return io->window[4];
}

static void ioapic_write(struct ioapic *io, u32 reg, u32 value)
{
	io->window[0] = reg;
	io->window[4] = value;
}

static void ioapic_add(u32 physical, u32 first)
{
	struct ioapic *io = &ioapics[nr_ioapics++];

	io->window = arch_map_device(physical);
	io->first = first;
	io->count = (ioapic_read(io, 1) >> 16 & 0xff) + 1;
	for (u32 i = 0; i < io->count; i++)
		ioapic_write(io, 0x10 + 2 * i, MASKED);
}

static void madt_read(const struct acpi_header *madt)
{
	const u8 *base = (const u8 *)madt;
	u32 value[2];

	for (u32 at = 44; madt && at + 2 <= madt->length && base[at + 1] >= 2; at += base[at + 1]) {
		const u8 *e = base + at;

		if (at + e[1] > madt->length)
			break;
		if (e[0] == 1 && e[1] >= 12 && nr_ioapics < IOAPICS) {
			memcpy(value, e + 4, 8);
			ioapic_add(value[0], value[1]);
		} else if (!e[0] && e[1] >= 8 && e[4] & 1 && nr_processors < CONFIG_CPUS) {
			processors[nr_processors++] = e[3];
		} else if (e[0] == 2 && e[1] >= 10 && nr_overrides < OVERRIDES) {
			memcpy(value, e + 4, 4);
			overrides[nr_overrides].line = e[3];
			overrides[nr_overrides].gsi = value[0];
			memcpy(&overrides[nr_overrides++].flags, e + 8, 2);
		}
	}
	if (!nr_ioapics)
		ioapic_add(0xfec00000, 0); /* where every PC has had it */
}

/* --- lines --- */

static struct ioapic *find_line(u32 line, u32 *reg, u16 *flags)
{
	u32 gsi = line;

	*flags = line < 16 ? 0 : 0xf; /* ISA: edge, high; PCI: level, low */
	for (u32 i = 0; i < nr_overrides; i++) {
		if (overrides[i].line != line)
			continue;
		gsi = overrides[i].gsi;
		*flags = overrides[i].flags;
	}
	for (u32 i = 0; i < nr_ioapics; i++) {
		if (gsi < ioapics[i].first || gsi - ioapics[i].first >= ioapics[i].count)
			continue;
		*reg = 0x10 + 2 * (gsi - ioapics[i].first);
		return &ioapics[i];
	}
	return NULL;
}

bool arch_irq_route(u32 line, u8 vector, bool *level_triggered)
{
	u32 reg;
	u16 flags;
	struct ioapic *io = find_line(line, &reg, &flags);

	if (!io)
		return false;
	*level_triggered = (flags >> 2 & 3) == 3;
	ioapic_write(io, reg + 1, lapic[LAPIC_ID] & 0xff000000);
	ioapic_write(io, reg,
		     MASKED | vector | (*level_triggered ? LEVEL : 0) |
			     ((flags & 3) == 3 ? LOW : 0));
	return true;
}

void arch_irq_mask(u32 line, bool masked)
{
	u32 reg;
	u16 flags;
	struct ioapic *io = find_line(line, &reg, &flags);

	if (!io)
		return;
	u32 value = ioapic_read(io, reg);
	ioapic_write(io, reg, masked ? value | MASKED : value & ~(u32)MASKED);
}

void arch_interrupt_end(void)
{
	lapic[LAPIC_EOI] = 0;
}

/* --- clock and timer --- */

void arch_timer_arm(u64 delay_ns)
{
	u64 max = 0xfffffffful, counts;

	if (delay_ns > 1ul << 32)
		delay_ns = 1ul << 32; /* it fires early and is armed again */
	counts = (delay_ns * timer_mult) >> 32;
	lapic[LAPIC_INITIAL] = counts > max ? (u32)max : counts < 1 ? 1 : (u32)counts;
}

/* Ticks of the TSC, and counts of the APIC timer, in CALIBRATION_PIT_TICKS of the PIT's second
 * channel (gate by port 0x61). */
static u64 calibration_round(u32 *counts)
{
	u64 start;

	out8(0x61, (in8(0x61) & ~2u) | 1);
	out8(0x43, 0xb0); /* channel 2, both bytes, mode 0 */
	out8(0x42, CALIBRATION_PIT_TICKS & 0xff);
	lapic[LAPIC_INITIAL] = 0xffffffff;
	out8(0x42, CALIBRATION_PIT_TICKS >> 8);
	start = arch_ticks();
	while (!(in8(0x61) & 0x20))
		arch_pause();
	start = arch_ticks() - start;
	*counts = 0xffffffff - lapic[LAPIC_CURRENT];
	lapic[LAPIC_INITIAL] = 0;
	return start;
}

/* A processor that was taken away meanwhile (a busy host) makes a round too long, never too short.
 */
static void calibrate(u64 known_tsc_hz)
{
	u64 best = ~(u64)0;
	u32 best_counts = 1;

	for (int i = 0; i < CALIBRATION_ROUNDS; i++) {
		u32 counts;
		u64 ticks = calibration_round(&counts);

		if (ticks < best) {
			best = ticks;
			best_counts = counts;
		}
	}
	arch_tsc_hz = known_tsc_hz ? known_tsc_hz : best * PIT_HZ / CALIBRATION_PIT_TICKS;
	u64 elapsed_ns = best * 1000000 / (arch_tsc_hz / 1000);
	timer_mult = ((u64)best_counts << 32) / (elapsed_ns ? elapsed_ns : 1);
	arch_clock_shift = 32;
	arch_clock_mult = (1000000000ul << 32) / arch_tsc_hz;
}

/* --- other processors --- */

void arch_timer_start(void)
{
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | 1 << 11);
	lapic[LAPIC_SVR] = 0x100 | VECTOR_SPURIOUS;
	lapic[LAPIC_LINT0] = MASKED;
	lapic[LAPIC_DIVIDE] = 3; /* by 16 */
	lapic[LAPIC_TIMER] = VECTOR_TIMER;
}

static void command(u32 apic_id, u32 what)
{
	while (lapic[LAPIC_COMMAND] & COMMAND_PENDING)
		arch_pause();
	lapic[LAPIC_TARGET] = apic_id << 24;
	lapic[LAPIC_COMMAND] = what;
}

void arch_poke(const struct cpu *cpu)
{
	trace(TRACE_POKE, cpu->number, 0);
	command(cpu->apic_id, 0x4000 | VECTOR_POKE);
}

void arch_nmi(const struct cpu *cpu)
{
	u32 target = lapic[LAPIC_TARGET]; /* of a command that is being made, if this is an NMI */

	command(cpu->apic_id, COMMAND_NMI);
	lapic[LAPIC_TARGET] = target;
}

static void wait_ns(u64 ns)
{
	u64 end = arch_now_ns() + ns;

	while (arch_now_ns() < end)
		arch_pause();
}

struct ap_words {
	u64 root, stack;
	struct cpu *cpu;
	void (*begin)(struct cpu *cpu);
};

/* Intel SDM volume 3, 9.4.4: INIT, 10 ms, STARTUP, and once more should it not have heard. */
static bool start_one(u32 apic_id, u64 page, volatile u8 *begun)
{
	command(apic_id, COMMAND_INIT);
	wait_ns(10000000);
	for (int i = 0; i < 200 && !*begun; i++) {
		if (i % 100 == 0)
			command(apic_id, COMMAND_START | (u32)(page >> PAGE_SHIFT));
		wait_ns(1000000);
	}
	return *begun;
}

u32 arch_others_start(u32 most, void (*begin)(struct cpu *cpu))
{
	u64 page = frame_low, root;
	u8 *code = direct_pointer(page);
	struct ap_words *words = (struct ap_words *)(code + PAGE_SIZE) - 1;
	u32 started = 0, self = lapic[LAPIC_ID] >> 24;

	cpus[0].apic_id = self;
	if (!page)
		return 0;
	root = arch_low_root(page);
	for (u32 i = 0; i < nr_processors && started < most; i++) {
		struct cpu *cpu = &cpus[started + 1];

		if (processors[i] == self)
			continue;
		cpu->number = started + 1;
		cpu->apic_id = processors[i];
		memcpy(code, ap_begin, (size_t)(ap_end - ap_begin));
		cpu->stack_top = arch_stack_make(CONFIG_STACK_BYTES);
		*words = (struct ap_words){ root, cpu->stack_top, cpu, begin };
		if (start_one(processors[i], page, &cpu->idle))
			started++;
	}
	if (started)
		msr_write(MSR_LSTAR, (u64)syscall_entry_many);
	return started;
}

void arch_devices_init(const struct boot_info *boot)
{
	direct_limit = boot->direct_size;
	/* The two old interrupt controllers: remapped out of the way and silenced. */
	out8(0x20, 0x11);
	out8(0xa0, 0x11);
	out8(0x21, 0xf0);
	out8(0xa1, 0xf8);
	out8(0x21, 4);
	out8(0xa1, 2);
	out8(0x21, 1);
	out8(0xa1, 1);
	out8(0x21, 0xff);
	out8(0xa1, 0xff);
	lapic = arch_map_device(msr_read(MSR_APIC_BASE) & 0xffffff000ul);
	arch_timer_start();
	madt_read(find_madt(boot->rsdp));
	calibrate(boot->tsc_hz);
}
