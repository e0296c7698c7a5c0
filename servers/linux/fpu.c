/* SPDX-License-Identifier: MIT */
/*
 * fpu.c - XSAVE and XRSTOR, or FXSAVE where a processor has nothing newer.
 */
#include "servers/linux/fpu.h"

#include "libsys/string.h"
#include "servers/linux/pool.h"

enum { MXCSR_OFFSET = 24, MXCSR_DEFAULT = 0x1f80, MXCSR_BITS = 0xffff, FCW_DEFAULT = 0x37f };

u32 fpu_size = FPU_LEGACY;
u64 fpu_features;

static void cpuid(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a = leaf;
	*c = 0;
	__asm__ volatile("cpuid" : "+a"(*a), "=b"(*b), "+c"(*c), "=d"(*d));
}

void fpu_start(void)
{
	u32 a, b, c, d, high;

	cpuid(1, &a, &b, &c, &d);
	if (!(c >> 27 & 1))
		return;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(high) : "c"(0));
	fpu_features = (u64)high << 32 | a;
	cpuid(13, &a, &b, &c, &d);
	fpu_size = b;
	/* More than the areas hold can only be state that no program here enabled. */
	if (fpu_size > FPU_AREA_MAX) {
		fpu_features = 0;
		fpu_size = FPU_LEGACY;
	}
}

/*
 * Make sure that this thread has floating-point state of its own.  The kernel gives it at the first
 * use, which is an exception; but emulators let XSAVE and XRSTOR pass without one (QEMU 7.2 does),
 * and then those would read and overwrite what the last thread left in the registers.
 */
static void fpu_touch(void)
{
	u32 mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
}

void fpu_save(struct fpu_area *area)
{
	fpu_touch();
	if (!fpu_features) {
		__asm__ volatile("fxsave64 %0" : "=m"(*area));
		return;
	}
	/* The header must be clear, and what lies between the parts goes to programs as well. */
	memset(area->bytes, 0, fpu_size);
	__asm__ volatile("xsave64 %0"
			 : "+m"(*area)
			 : "a"((u32)fpu_features), "d"((u32)(fpu_features >> 32)));
}

void fpu_restore(struct fpu_area *area)
{
	u32 *mxcsr = (u32 *)(area->bytes + MXCSR_OFFSET);
	u64 *header = (u64 *)(area->bytes + FPU_LEGACY);

	fpu_touch();
	*mxcsr &= MXCSR_BITS;
	if (!fpu_features) {
		__asm__ volatile("fxrstor64 %0" : : "m"(*area));
		return;
	}
	header[0] &= fpu_features;
	memset(header + 1, 0, FPU_HEADER - 8);
	__asm__ volatile("xrstor64 %0"
			 :
			 : "m"(*area), "a"((u32)fpu_features), "d"((u32)(fpu_features >> 32)));
}

void fpu_reset(void)
{
	struct fpu_area area;

	memset(area.bytes, 0, FPU_LEGACY + FPU_HEADER);
	*(u16 *)area.bytes = FCW_DEFAULT;
	*(u32 *)(area.bytes + MXCSR_OFFSET) = MXCSR_DEFAULT;
	/* With XSAVE the empty header asks for the initial state of everything. */
	fpu_restore(&area);
	if (fpu_features)
		__asm__ volatile("ldmxcsr %0" : : "m"(*(u32 *)(area.bytes + MXCSR_OFFSET)));
}

static struct pool areas = POOL_OF(sizeof(struct fpu_area));

struct fpu_area *fpu_area_alloc(void)
{
	return pool_alloc(&areas);
}

void fpu_area_free(struct fpu_area *area)
{
	pool_free(&areas, area);
}
