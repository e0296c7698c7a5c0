/* SPDX-License-Identifier: MIT */
/*
 * vdso.c - the vDSO is not there yet: programs read the clock by system calls.
 */
#include "servers/linux/vdso.h"

#include "servers/linux/errno.h"

bool vdso_present(void)
{
	return false;
}

i64 vdso_start(void)
{
	return 0;
}

void vdso_realtime_set(u64 offset_ns)
{
	(void)offset_ns;
}

i64 vdso_map(cap_t space, u64 address)
{
	(void)space;
	(void)address;
	return -ENOSYS;
}

u64 hardware_capabilities(void)
{
	u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}
