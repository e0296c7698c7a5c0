/* SPDX-License-Identifier: MIT */
/*
 * boot.h - what the loader (or the PVH entry) hands to the kernel.
 *
 * At kernel entry: long mode, interrupts off, rdi = struct boot_info * (an address in the direct
 * map), rsp = a stack of at least 4 KiB, CR3 = page tables made by the loader
 * (bootloader/bootmap.h):
 *   - the kernel image at kernel_base, each segment with its own protection, never W and X;
 *   - all physical memory below direct_size at direct_base, writable, not executable, except the
 *     image's text and read-only data, which are read-only there too;
 *   - nothing in the lower half but, until the kernel drops it, one page that is mapped one to one
 *     (top-level entry 0), read-only and executable: platform.begin_page, if that is not 0.
 * The root of these tables lies below 4 GiB.
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include "microkernel/abi/types.h"

#define BOOT_MAGIC 0x746f6f626c65656bul /* "keelboot" */
enum { BOOT_VERSION = 3, BOOT_RANGES = 256, BOOT_ARCHIVES = 2, BOOT_COMMAND_LINE = 4096 };
enum { BOOT_PROCESSORS = 64, BOOT_IOAPICS = 8, BOOT_OVERRIDES = 16, BOOT_SEGMENTS = 8 };

enum boot_range_type {
	BOOT_RANGE_USABLE = 1,	 /* free RAM */
	BOOT_RANGE_RESERVED = 2, /* firmware, ACPI, devices: reachable as device memory only */
	BOOT_RANGE_BOOT = 3,	 /* RAM in use by image, tables, archives, this structure */
};

struct boot_range {
	u64 base, length; /* bytes, page aligned */
	u64 type;	  /* enum boot_range_type */
};

struct boot_archive {
	u64 base, length; /* physical, page aligned base; length 0: none */
};

struct boot_framebuffer {
	u64 base;		  /* physical; 0: none */
	u32 width, height, pitch; /* pixels, pixels, bytes per line */
	u32 format;		  /* 0 = BGRX, 1 = RGBX, 32 bits each */
};

/*
 * What the loader found in the MADT (ACPI 6.4, 5.2.12), and measured.  The old interrupt
 * controllers are silent when the kernel begins.
 */
struct boot_platform {
	u64 tsc_hz, timer_hz; /* of the TSC; of the local APIC's timer with a divisor of 16 */
	/* Where another processor begins: physical, below 1 MiB, in real mode at its first byte;
	 * struct boot_begin at its end has to be filled in before.  0: there is no such page. */
	u64 begin_page;
	u32 processor_count, ioapic_count, override_count;
	u32 processors_wanted; /* cpus=N of the command line; 0: it says nothing */
	u32 processor[BOOT_PROCESSORS]; /* APIC ids of those that can be used */
	struct boot_ioapic {
		u32 base, first; /* physical; the first of its lines */
	} ioapic[BOOT_IOAPICS];
	struct boot_override {
		u32 line, gsi, flags; /* an ISA line that is another one; MPS INTI flags */
	} override[BOOT_OVERRIDES];
};

/* Where it goes on: in long mode, entry(argument), with these tables and this stack. */
struct boot_begin {
	u64 root, stack, argument, entry;
};

/* The first program as it lies in memory; the kernel chooses where its space shows it. */
struct boot_init {
	u64 entry; /* bytes from its beginning, like the offsets */
	u32 count, reserved;
	struct boot_segment {
		u64 base, length, offset; /* physical; page aligned, all three */
		u32 protect, reserved;	  /* enum protection, never WRITE and EXEC */
	} segment[BOOT_SEGMENTS];
};

/* Page aligned, with nothing else in its last page: those pages become init's. */
struct boot_info {
	u64 magic;
	u32 version, size;			   /* of this structure */
	u64 direct_base, direct_size;		   /* virtual base and bytes of the direct map */
	u64 kernel_base, kernel_phys, kernel_size; /* virtual, physical, bytes */
	u64 tables_phys;			   /* the root of the page tables in CR3 */
	u64 rsdp;				   /* physical; 0: none */
	u64 loader_tsc; /* TSC when the loader or the PVH entry started */
	u8 seed[64];	/* from EFI_RNG, RDSEED or RDRAND; zeros: none was there */
	struct boot_framebuffer framebuffer;
	struct boot_platform platform;
	struct boot_init init; /* boot/init of the boot archive */
	struct boot_archive archive[BOOT_ARCHIVES]; /* boot archive, run archive, both checked */
	u32 seed_bytes, range_count;
	struct boot_range range[BOOT_RANGES]; /* sorted by base, not overlapping */
	char command_line[BOOT_COMMAND_LINE]; /* NUL-terminated */
};

#endif
