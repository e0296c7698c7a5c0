/* SPDX-License-Identifier: MIT */
/* platform.h - what the kernel has to know of processors, interrupt controllers and clocks. */
#ifndef BOOTLOADER_PLATFORM_H
#define BOOTLOADER_PLATFORM_H

#include "microkernel/abi/boot.h"

/*
 * Read the MADT that info->rsdp leads to into info->platform.  What lies outside of the first
 * info->direct_size bytes, or contradicts itself, is passed over.
 */
void platform_read(struct boot_info *info);
/* Silence the old interrupt controllers, then measure the clocks: about 2 ms.  Firmware's timer has
 * to be out of use, and interrupts off. */
void platform_measure(struct boot_platform *platform);

#endif
