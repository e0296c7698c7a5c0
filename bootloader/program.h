/* SPDX-License-Identifier: MIT */
/* program.h - lay init out for the kernel, which only maps it; compiled for the host, too. */
#ifndef BOOTLOADER_PROGRAM_H
#define BOOTLOADER_PROGRAM_H

#include "microkernel/abi/boot.h"

/* NULL if the file is a static program that runs at any address, else the reason in words. */
const char *program_check(const void *file, u64 length);
/* Bytes that a checked program takes in memory, a multiple of PAGE_SIZE. */
u64 program_size(const void *file);
/* Lay a checked program out at the page-aligned `to`, program_size() zeroed bytes. */
void program_place(const void *file, u64 to, struct boot_init *init);

#endif
