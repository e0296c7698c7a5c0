/* SPDX-License-Identifier: MIT */
/*
 * platform.c - processors, interrupt controllers and their lines, from the ACPI MADT.
 *
 * It runs with physical addresses usable as pointers, in both loaders.  Format: ACPI 6.4, 5.2.5 to
 * 5.2.12.  Firmware's tables may hold anything.
 */
#include "bootloader/platform.h"

enum { RSDP_BYTES = 36, TABLE_MAX = 1 << 20, MADT_ENTRIES = 44, ENTRY_USABLE = 1 };
enum madt_entry { MADT_PROCESSOR = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2PROCESSOR = 9 };
/* MPS INTI flags, and the same in a line's register. */
enum { FLAGS_LOW = 3, FLAGS_LEVEL = 3 << 2, FLAGS_PCI = FLAGS_LOW | FLAGS_LEVEL };
enum { LINE_LOW = 1 << 13, LINE_LEVEL = 1 << 15, LINE_FIRST = 0x10, ISA_LINES = 16 };

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

static void processor_add(struct platform *p, u64 apic_id, u64 flags)
{
	if (flags & ENTRY_USABLE && p->processor_count < BOOT_PROCESSORS)
		p->processor[p->processor_count++] = (u32)apic_id;
}

static void entry_read(struct platform *p, const u8 *e, unsigned length)
{
	if (e[0] == MADT_PROCESSOR && length >= 8) {
		processor_add(p, e[3], e[4]);
	} else if (e[0] == MADT_X2PROCESSOR && length >= 16) {
		processor_add(p, bytes(e + 4, 4), e[8]);
	} else if (e[0] == MADT_IOAPIC && length >= 12 && p->ioapic_count < PLATFORM_IOAPICS) {
		p->ioapic[p->ioapic_count++] =
			(struct platform_ioapic){ .base = (u32)bytes(e + 4, 4),
						  .first = (u32)bytes(e + 8, 4) };
	} else if (e[0] == MADT_OVERRIDE && length >= 10 &&
		   p->override_count < PLATFORM_OVERRIDES) {
		p->override[p->override_count++] = (struct platform_override){
			e[3], (u32)bytes(e + 4, 4), (u32)bytes(e + 8, 2)
		};
	}
}

/* N of the word cpus=N; as many as possible: there is none. */
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
		return n && n < BOOT_PROCESSORS ? n : BOOT_PROCESSORS;
	}
	return BOOT_PROCESSORS;
}

void platform_read(const struct boot_info *info, struct platform *p)
{
	const u8 *madt = madt_find(info);
	u32 length = madt ? ((const struct acpi_header *)madt)->length : 0;

	for (u32 at = MADT_ENTRIES; at + 2 <= length && madt[at + 1] >= 2; at += madt[at + 1]) {
		if (at + madt[at + 1] > length)
			break;
		entry_read(p, madt + at, madt[at + 1]);
	}
	if (!p->ioapic_count) /* where every PC has had it */
		p->ioapic[p->ioapic_count++] = (struct platform_ioapic){ .base = 0xfec00000 };
	p->most = processors_wanted(info->command_line);
	if (p->most > p->processor_count)
		p->most = p->processor_count ? p->processor_count : 1;
}

/* --- lines ------------------------------------------------------------------------------------ */

void platform_lines(const struct platform *p, struct boot_line line[BOOT_LINES])
{
	for (u32 n = 0; n < BOOT_LINES; n++) {
		u32 gsi = n, flags = n < ISA_LINES ? 0 : FLAGS_PCI;

		for (u32 i = 0; i < p->override_count; i++) {
			if (p->override[i].line != n)
				continue;
			gsi = p->override[i].gsi;
			flags = p->override[i].flags;
		}
		for (u32 i = 0; i < p->ioapic_count; i++) {
			const struct platform_ioapic *io = &p->ioapic[i];

			if (gsi < io->first || gsi - io->first >= io->count || line[n].window)
				continue;
			line[n].window = io->window;
			line[n].reg = LINE_FIRST + 2 * (gsi - io->first);
			line[n].mode = ((flags & FLAGS_LOW) == FLAGS_LOW ? LINE_LOW : 0u) |
				       ((flags & FLAGS_LEVEL) == FLAGS_LEVEL ? LINE_LEVEL : 0u);
		}
	}
}
