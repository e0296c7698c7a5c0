/* SPDX-License-Identifier: MIT */
/* image.h - the kernel's ELF file, believed in nothing; compiled for the host, too. */
#ifndef BOOTLOADER_IMAGE_H
#define BOOTLOADER_IMAGE_H

#include "microkernel/abi/types.h"

/* NULL if the file can be loaded, else the reason in words. */
const char *image_check(const void *file, u64 length);
/* Bytes that a checked image takes in memory, a multiple of PAGE_SIZE. */
u64 image_size(const void *file);
/* Lay a checked image out at `to`, which has room for image_size() bytes; entry as an offset. */
u64 image_place(const void *file, void *to);
#endif
