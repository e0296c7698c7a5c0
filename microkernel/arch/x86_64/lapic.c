/* SPDX-License-Identifier: MIT */
/* lapic.c - see lapic.h; compiled for the host, too, where x86.h is a model of registers. */
#include "microkernel/arch/x86_64/lapic.h"
#include "microkernel/arch/x86_64/x86.h"

enum { BASE_ON = 1 << 11, BASE_X2 = 1 << 10, CPUID_X2 = 1 << 21, PENDING = 1 << 12, MSR = 0x800,
       ALL_ONES = 0xff /* names every processor */ };

volatile u32 *lapic_window;
static bool x2; /* the same on all processors; constant once the first has enabled its own */

void lapic_enable(void)
{
	u64 base = msr_read(MSR_APIC_BASE) | BASE_ON;

	x2 = base & BASE_X2 || cpuid(1, 0).ecx & CPUID_X2;
	/* From off to x2APIC mode there is no way but by the other mode. */
	msr_write(MSR_APIC_BASE, base);
	if (x2)
		msr_write(MSR_APIC_BASE, base | BASE_X2);
}

static u32 lapic_read(u32 reg)
{
	return x2 ? (u32)msr_read(MSR + reg / 16) : lapic_window[reg / 4];
}

void lapic_write(u32 reg, u32 value)
{
	if (x2)
		msr_write(MSR + reg / 16, value);
	else
		lapic_window[reg / 4] = value;
}

u32 lapic_id(void)
{
	return x2 ? lapic_read(LAPIC_ID) : lapic_read(LAPIC_ID) >> 24;
}

bool lapic_reaches(u32 id)
{
	return x2 ? id != ~(u32)0 : id < ALL_ONES;
}

void lapic_command(u32 id, u32 what)
{
	if (x2) {
		/* That write is not ordered after earlier stores, which the other is to see. */
		__asm__ volatile("mfence; lfence" ::: "memory");
		msr_write(MSR + LAPIC_COMMAND / 16, (u64)id << 32 | what);
		return;
	}
	u32 target = lapic_read(LAPIC_TARGET);
	while (lapic_read(LAPIC_COMMAND) & PENDING)
		__asm__ volatile("pause");
	lapic_write(LAPIC_TARGET, id << 24);
	lapic_write(LAPIC_COMMAND, what);
	if (what == LAPIC_NMI)
		lapic_write(LAPIC_TARGET, target); /* of the command that this one came into */
}
