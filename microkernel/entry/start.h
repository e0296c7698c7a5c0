/* SPDX-License-Identifier: MIT */
/* start.h - the one program that the kernel itself starts. */
#ifndef ENTRY_START_H
#define ENTRY_START_H

#include "microkernel/abi/boot.h"

/* Load boot/init from the boot archive and give it every capability there is. */
void start_init_program(struct boot_info *boot);

#endif
