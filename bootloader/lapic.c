/* SPDX-License-Identifier: MIT */
/* lapic.c - see lapic.h; compiled for the host, too, where x86.h is a model of registers. */
#include "bootloader/lapic.h"
#include "bootloader/x86.h"

enum { MSR_BASE = 0x1b, BASE_ON = 1 << 11, BASE_X2 = 1 << 10, MSR_REGISTERS = 0x800 };
enum { CPUID_X2 = 1 << 21, MASKED = 1 << 16, PENDING = 1 << 12, ENABLED = 0x1ff, BY_16 = 3,
       UNUSED = 0xff, ALL_ONES = 0xff /* names every processor */ };
#define BASE_ADDRESS 0x000ffffffffff000ul

static bool x2(void)
{
	return msr_read(MSR_BASE) & BASE_X2 || cpuid(1).c & CPUID_X2;
}

u64 lapic_address(void)
{
	return x2() ? 0 : msr_read(MSR_BASE) & BASE_ADDRESS;
}

void lapic_begin(void)
{
	u64 base = msr_read(MSR_BASE) | BASE_ON;

	/* From off to x2APIC mode there is no way but by the other mode. */
	msr_write(MSR_BASE, base);
	if (x2())
		msr_write(MSR_BASE, base | BASE_X2);
	lapic_write(LAPIC_SPURIOUS, ENABLED);
	lapic_write(LAPIC_LINT0, MASKED);
	lapic_write(LAPIC_TIMER, MASKED | UNUSED);
	lapic_write(LAPIC_DIVIDE, BY_16);
}

u32 lapic_read(u32 reg)
{
	return x2() ? (u32)msr_read(MSR_REGISTERS + reg / 16) :
		      *(volatile u32 *)(lapic_address() + reg);
}

void lapic_write(u32 reg, u32 value)
{
	if (x2())
		msr_write(MSR_REGISTERS + reg / 16, value);
	else
		*(volatile u32 *)(lapic_address() + reg) = value;
}

u32 lapic_id(void)
{
	return x2() ? lapic_read(LAPIC_ID) : lapic_read(LAPIC_ID) >> 24;
}

bool lapic_command(u32 id, u32 what)
{
	if (x2()) {
		if (id == ~(u32)0)
			return false;
		/* That write is not ordered after earlier stores, which the other is to see. */
		__asm__ volatile("mfence; lfence" ::: "memory");
		msr_write(MSR_REGISTERS + LAPIC_COMMAND / 16, (u64)id << 32 | what);
		return true;
	}
	if (id >= ALL_ONES)
		return false;
	while (lapic_read(LAPIC_COMMAND) & PENDING)
		__asm__ volatile("pause");
	lapic_write(LAPIC_TARGET, id << 24);
	lapic_write(LAPIC_COMMAND, what);
	return true;
}
