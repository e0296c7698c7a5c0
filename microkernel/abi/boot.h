/* SPDX-License-Identifier: MIT */
/*
 * boot.h - what the loader (or the PVH entry) hands to the kernel.
 *
 * All processors that run enter the kernel at its entry: the first one, number 0, when everything
 * here is there, the others at any time before or after.  Each comes in long mode with interrupts
 * off, rdi = struct boot_info * (an address in the direct map), rsi = its number, rsp = the top of
 * a stack of its own (BOOT_STACK_BYTES, a page below that is not mapped, and above it, zero,
 * BOOT_TABLES_BYTES for descriptors and the stacks of exceptions), CR3 = page tables made by the
 * loader (bootloader/bootmap.h):
 *   - the kernel image at kernel_base, each segment with its own protection, never W and X; behind
 *     it those stacks and the interrupt controllers' registers, uncached;
 *   - all physical memory below direct_size at direct_base, writable, not executable, except the
 *     image's text and read-only data, which are read-only there too;
 *   - nothing in the lower half but, until the kernel drops it, one page that is mapped one to one
 *     (top-level entry 0), read-only and executable, which each processor comes through.
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include "microkernel/abi/types.h"

#define BOOT_MAGIC 0x746f6f626c65656bul /* "keelboot" */
enum { BOOT_VERSION = 4, BOOT_RANGES = 256, BOOT_ARCHIVES = 2, BOOT_COMMAND_LINE = 4096 };
enum { BOOT_PROCESSORS = 64, BOOT_LINES = 192, BOOT_SEGMENTS = 8 };
enum { BOOT_STACK_BYTES = 4 * PAGE_SIZE, BOOT_TABLES_BYTES = 5 * PAGE_SIZE, BOOT_FRAME_BYTES = 16 };

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
 * Processors, interrupt controllers and clocks.  Every line is masked when the kernel begins.
 * Each processor's local APIC is on, with 255 for spurious interrupts, LINT0 masked, and its timer
 * masked and divided by 16.
 */
struct boot_platform {
	u64 tsc_hz, timer_hz; /* of the TSC, the same on all; of the local APIC's timer */
	u64 lapic;	      /* virtual address of the local APIC's registers; 0: x2APIC mode */
	u32 processor_count, reserved;	/* at least one */
	u32 processor[BOOT_PROCESSORS]; /* APIC ids, by number */
	struct boot_line {
		u64 window; /* virtual address of its I/O APIC's registers; 0: no such line */
		u32 reg;    /* the first of its two there */
		u32 mode;   /* polarity and trigger, as that one has them */
	} line[BOOT_LINES];
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
	/* Physical, zero: BOOT_FRAME_BYTES for the record of each frame below that number. */
	u64 frames, frame_limit;
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
