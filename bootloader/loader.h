/* SPDX-License-Identifier: MIT */
/*
 * loader.h - the parts of the loader, in the order in which they are used.
 *
 * Whatever the loader still needs after firmware has gone lies in EfiLoaderData pages: those, and
 * nothing else, the kernel is told to keep (BOOT_RANGE_BOOT).
 */
#ifndef BOOTLOADER_LOADER_H
#define BOOTLOADER_LOADER_H

#include <efi.h>
#include <efilib.h>

#include "bootloader/image.h"
#include "microkernel/abi/boot.h"

/* Say one sentence (ASCII format, as Print) and switch the machine off. */
_Noreturn void refuse(const CHAR16 *format, ...);

/* --- files.c: what the volumes hold ----------------------------------------------------------- */

struct file {
	u64 base, length; /* physical, page aligned, length bytes; base 0: there is none */
};
/* Read a file of the volume that the loader came from; base 0 if there is none. */
struct file file_read(EFI_HANDLE volume, const CHAR16 *path);
/* Read it from the first other volume that has it. */
struct file file_read_elsewhere(EFI_HANDLE not_from, const CHAR16 *path);

/* --- firmware.c: what only firmware knows ----------------------------------------------------- */

/* Pages of EfiLoaderData, zeroed, whose addresses are below the limit; 0: there are none. */
u64 pages_alloc_below(u64 bytes, u64 limit);
static inline u64 pages_alloc(u64 bytes)
{
	return pages_alloc_below(bytes, 0); /* anywhere */
}
/* Fill `to` with unpredictable bytes, a multiple of 8; false if the machine has no source. */
bool random_fill(void *to, u64 bytes);
void framebuffer_find(struct boot_framebuffer *framebuffer);
u64 rsdp_find(void);
/* One past the last byte of RAM. */
u64 memory_top(void);
/* End boot services and describe the memory; `keep` is one more page to keep.  After this nothing
 * of the firmware may be called. */
void firmware_leave(EFI_HANDLE image, struct boot_info *info, u64 keep);

#endif
