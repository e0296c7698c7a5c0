/* SPDX-License-Identifier: MIT */
/* x86.h - in place of the architecture's: MSRs as a test lays them down. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include "microkernel/abi/types.h"

void msr_write(u32 msr, u64 value);

#endif
