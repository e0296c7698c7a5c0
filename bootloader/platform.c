/* SPDX-License-Identifier: MIT */
/*
 * platform.c - processors and interrupt controllers from the ACPI MADT; the clocks' frequencies.
 *
 * It runs with physical addresses usable as pointers, in both loaders.  Format: ACPI 6.4, 5.2.5 to
 * 5.2.12.  Firmware's tables may hold anything.
 */
#include "bootloader/platform.h"
#include "bootloader/x86.h"

enum { RSDP_BYTES = 36, TABLE_MAX = 1 << 20, MADT_ENTRIES = 44, ENTRY_USABLE = 1 };
enum madt_entry { MADT_PROCESSOR = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2PROCESSOR = 9 };
enum { PIT_HZ = 1193182, PIT_TICKS = 795 /* 0.67 ms */, ROUNDS = 3 };
/* Registers of the local APIC (Intel SDM volume 3, tables 11-1 and 11-6). */
enum { APIC_SPURIOUS = 0xf0, APIC_TIMER = 0x320, APIC_INITIAL = 0x380, APIC_CURRENT = 0x390,
       APIC_DIVIDE = 0x3e0 };
enum { APIC_ENABLED = 0x1ff, APIC_MASKED = 1 << 16, APIC_BY_16 = 3 };
enum { MSR_APIC_BASE = 0x1b, APIC_BASE_ON = 1 << 11, APIC_BASE_X2 = 1 << 10, MSR_X2APIC = 0x800 };

struct acpi_header {
	char signature[4];
	u32 length;
	u8 rest[28];
} __attribute__((packed));

/* Tables and their fields lie anywhere. */
static u64 bytes(const u8 *at, unsigned count)
{
	u64 value = 0;

	for (unsigned i = 0; i < count; i++)
		value |= (u64)at[i] << 8 * i;
	return value;
}

/* --- the MADT --------------------------------------------------------------------------------- */

static const struct acpi_header *table_at(const struct boot_info *info, u64 physical)
{
	const struct acpi_header *h = (const struct acpi_header *)physical;

	if (!physical || physical > info->direct_size - sizeof(*h) || h->length < sizeof(*h) ||
	    h->length > TABLE_MAX || h->length > info->direct_size - physical)
		return NULL;
	return h;
}

static const u8 *madt_find(const struct boot_info *info)
{
	const u8 *rsdp = (const u8 *)info->rsdp;

	if (!rsdp || info->rsdp > info->direct_size - RSDP_BYTES)
		return NULL;
	unsigned width = rsdp[15] >= 2 ? 8 : 4;
	const struct acpi_header *list =
		table_at(info, width == 8 ? bytes(rsdp + 24, 8) : bytes(rsdp + 16, 4));
	for (u32 at = sizeof(*list); list && at + width <= list->length; at += width) {
		const struct acpi_header *h =
			table_at(info, bytes((const u8 *)list + at, width));

		if (h && bytes((const u8 *)h, 4) == bytes((const u8 *)"APIC", 4))
			return (const u8 *)h;
	}
	return NULL;
}

static void processor_add(struct boot_platform *p, u64 apic_id, u64 flags)
{
	if (flags & ENTRY_USABLE && p->processor_count < BOOT_PROCESSORS)
		p->processor[p->processor_count++] = (u32)apic_id;
}

static void entry_read(struct boot_platform *p, const u8 *e, unsigned length)
{
	if (e[0] == MADT_PROCESSOR && length >= 8) {
		processor_add(p, e[3], e[4]);
	} else if (e[0] == MADT_X2PROCESSOR && length >= 16) {
		processor_add(p, bytes(e + 4, 4), e[8]);
	} else if (e[0] == MADT_IOAPIC && length >= 12 && p->ioapic_count < BOOT_IOAPICS) {
		p->ioapic[p->ioapic_count++] =
			(struct boot_ioapic){ (u32)bytes(e + 4, 4), (u32)bytes(e + 8, 4) };
	} else if (e[0] == MADT_OVERRIDE && length >= 10 && p->override_count < BOOT_OVERRIDES) {
		p->override[p->override_count++] = (struct boot_override){
			e[3], (u32)bytes(e + 4, 4), (u32)bytes(e + 8, 2)
		};
	}
}

/* N of the word cpus=N; 0: there is none. */
static u32 processors_wanted(const char *line)
{
	static const char option[] = "cpus=";
	u32 n = 0;

	for (bool begins = true; *line; begins = *line++ == ' ') {
		u32 at = 0;

		while (begins && option[at] && line[at] == option[at])
			at++;
		if (option[at])
			continue;
		for (line += at; *line >= '0' && *line <= '9' && n <= BOOT_PROCESSORS; line++)
			n = n * 10 + (u32)(*line - '0');
		return n < BOOT_PROCESSORS ? n : BOOT_PROCESSORS;
	}
	return 0;
}

void platform_read(struct boot_info *info)
{
	struct boot_platform *p = &info->platform;
	const u8 *madt = madt_find(info);
	u32 length = madt ? ((const struct acpi_header *)madt)->length : 0;

	p->processors_wanted = processors_wanted(info->command_line);
	for (u32 at = MADT_ENTRIES; at + 2 <= length && madt[at + 1] >= 2; at += madt[at + 1]) {
		if (at + madt[at + 1] > length)
			break;
		entry_read(p, madt + at, madt[at + 1]);
	}
	if (!p->ioapic_count) /* where every PC has had it */
		p->ioapic[p->ioapic_count++] = (struct boot_ioapic){ 0xfec00000, 0 };
}

/* --- the clocks ------------------------------------------------------------------------------- */

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

/* Firmware may have left the APIC in x2APIC mode, in which it has no addresses. */
static u32 apic_read(u64 base, u32 reg)
{
	return base & APIC_BASE_X2 ? (u32)msr_read(MSR_X2APIC + reg / 16) :
				     *(volatile u32 *)((base & 0xffffff000ul) + reg);
}

static void apic_write(u64 base, u32 reg, u32 value)
{
	if (base & APIC_BASE_X2)
		msr_write(MSR_X2APIC + reg / 16, value);
	else
		*(volatile u32 *)((base & 0xffffff000ul) + reg) = value;
}

/* Ticks of the TSC in PIT_TICKS of the PIT's second channel (gate by port 0x61), and what the
 * APIC's timer counted meanwhile. */
static u64 measure_once(u64 base, u32 *counts)
{
	u64 start;

	out8(0x61, (in8(0x61) & ~2u) | 1);
	out8(0x43, 0xb0); /* channel 2, both bytes, mode 0 */
	out8(0x42, PIT_TICKS & 0xff);
	apic_write(base, APIC_INITIAL, 0xffffffff);
	out8(0x42, PIT_TICKS >> 8);
	start = ticks();
	while (!(in8(0x61) & 0x20))
		__asm__ volatile("pause");
	start = ticks() - start;
	*counts = 0xffffffff - apic_read(base, APIC_CURRENT);
	apic_write(base, APIC_INITIAL, 0);
	return start;
}

/* A processor that was taken away meanwhile (a busy host) makes a round too long, never too short.
 */
void platform_measure(struct boot_platform *p)
{
	u64 base = msr_read(MSR_APIC_BASE) | APIC_BASE_ON, best = ~(u64)0, best_counts = 1;

	old_controllers_silence();
	msr_write(MSR_APIC_BASE, base);
	apic_write(base, APIC_SPURIOUS, APIC_ENABLED);
	apic_write(base, APIC_DIVIDE, APIC_BY_16);
	apic_write(base, APIC_TIMER, APIC_MASKED | 0xff);
	for (int i = 0; i < ROUNDS; i++) {
		u32 counts;
		u64 taken = measure_once(base, &counts);

		if (taken < best) {
			best = taken;
			best_counts = counts;
		}
	}
	p->tsc_hz = best * PIT_HZ / PIT_TICKS;
	p->timer_hz = best_counts * PIT_HZ / PIT_TICKS;
}
