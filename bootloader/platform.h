/* SPDX-License-Identifier: MIT */
/* platform.h - what firmware's tables say of processors and interrupt controllers. */
#ifndef BOOTLOADER_PLATFORM_H
#define BOOTLOADER_PLATFORM_H

#include "microkernel/abi/boot.h"

enum { PLATFORM_IOAPICS = 8, PLATFORM_OVERRIDES = 16 };

struct platform {
	u32 processor_count, ioapic_count, override_count;
	u32 most; /* processors to be started, the first one too: of the MADT, and of cpus=N */
	u32 processor[BOOT_PROCESSORS]; /* APIC ids of those that can be used */
	struct platform_ioapic {
		u64 window;	   /* virtual address in the kernel's tables */
		u32 base;	   /* physical */
		u32 first, count; /* of its lines */
	} ioapic[PLATFORM_IOAPICS];
	struct platform_override {
		u32 line, gsi, flags; /* an ISA line that is another one; MPS INTI flags */
	} override[PLATFORM_OVERRIDES];
	u64 stacks; /* physical: PLATFORM_STACK bytes for each of `most` processors, zero */
};
enum { PLATFORM_STACK = BOOT_STACK_BYTES + BOOT_TABLES_BYTES };

/*
 * Read the MADT that info->rsdp leads to, and cpus=N of the command line.  What lies outside of the
 * first info->direct_size bytes, or contradicts itself, is passed over.
 */
void platform_read(const struct boot_info *info, struct platform *platform);
/* How each line is reached, once the windows and the numbers of lines are known. */
void platform_lines(const struct platform *platform, struct boot_line line[BOOT_LINES]);

#endif
