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
 *   - nothing in the lower half but, until the kernel drops it, one identity-mapped trampoline
 *     page (top-level entry 0), read-only and executable.
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include "microkernel/abi/types.h"

#define BOOT_MAGIC 0x746f6f626c65656bul /* "keelboot" */
enum { BOOT_VERSION = 1, BOOT_RANGES = 256, BOOT_ARCHIVES = 2, BOOT_COMMAND_LINE = 4096 };

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

struct boot_info {
	u64 magic;
	u32 version, size;			   /* of this structure */
	u64 direct_base, direct_size;		   /* virtual base and bytes of the direct map */
	u64 kernel_base, kernel_phys, kernel_size; /* virtual, physical, bytes */
	u64 tables_phys;			   /* the root of the page tables in CR3 */
	u64 rsdp;				   /* physical; 0: none */
	u64 tsc_hz;				   /* 0: the kernel measures it */
	u64 loader_tsc; /* TSC when the loader or the PVH entry started */
	u8 seed[64];	/* from EFI_RNG, RDSEED or RDRAND; zeros: none was there */
	struct boot_framebuffer framebuffer;
	struct boot_archive archive[BOOT_ARCHIVES]; /* boot archive, run archive */
	u32 seed_bytes, range_count;
	struct boot_range range[BOOT_RANGES]; /* sorted by base, not overlapping */
	char command_line[BOOT_COMMAND_LINE]; /* NUL-terminated */
};

#endif
