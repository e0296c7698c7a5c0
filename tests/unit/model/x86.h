/* SPDX-License-Identifier: MIT */
/* x86.h - in place of the architecture's: MSRs and CPUID as a test lays them down. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include "microkernel/abi/types.h"

enum msr { MSR_APIC_BASE = 0x1b };

u64 msr_read(u32 msr);
void msr_write(u32 msr, u64 value);
struct cpuid {
	u32 eax, ebx, ecx, edx;
};
struct cpuid cpuid(u32 leaf, u32 sub);

#endif
