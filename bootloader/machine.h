/* SPDX-License-Identifier: MIT */
/* machine.h - the end of both loaders: devices, clocks, the other processors, the kernel. */
#ifndef BOOTLOADER_MACHINE_H
#define BOOTLOADER_MACHINE_H

#include "bootloader/bootmap.h"
#include "bootloader/platform.h"

/* Behind the image, in tables that bootmap_build has made: stacks and registers of controllers.
 * False: out of memory. */
bool machine_map(struct boot_info *info, struct platform *platform, bootmap_alloc_t *alloc,
		 void *context);
/*
 * Silence the interrupt controllers, measure the clocks (about 2 ms), start the other processors if
 * the page that is mapped one to one lies where they can begin, and enter the kernel at `entry`.
 * Firmware is out of use, interrupts are off.
 */
_Noreturn void machine_begin(struct boot_info *info, struct platform *platform, u64 page,
			     u64 entry);
/* To the first serial port; and a last sentence of two parts, before a reset. */
void machine_say(const char *text);
_Noreturn void machine_stop(const char *what, const char *why);

#endif
