/* SPDX-License-Identifier: MIT */
/* vdso.h - the small library that every program finds mapped, to read the clock without a call. */
#ifndef LINUX_VDSO_H
#define LINUX_VDSO_H

#include "microkernel/abi/types.h"

enum { VDSO_TEXT = PAGE_SIZE, VDSO_SPAN = 2 * PAGE_SIZE }; /* data page, then text */

bool vdso_present(void);
/* Make the two pages that all programs share; without a usable TSC there is no vDSO. */
i64 vdso_start(void);
/* The time of day was set: let programs see it. */
void vdso_realtime_set(u64 offset_ns);
i64 vdso_map(cap_t space, u64 address);
/* AT_HWCAP: CPUID leaf 1, edx. */
u64 hardware_capabilities(void);

#endif
