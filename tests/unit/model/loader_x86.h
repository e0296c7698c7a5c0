/* SPDX-License-Identifier: MIT */
/* loader_x86.h - in place of the loaders': MSRs and CPUID as a test lays them down. */
#ifndef BOOTLOADER_X86_H
#define BOOTLOADER_X86_H

#include "microkernel/abi/types.h"

u64 msr_read(u32 msr);
void msr_write(u32 msr, u64 value);
struct cpuid {
	u32 a, b, c, d;
};
struct cpuid cpuid(u32 leaf);

#endif
