/* SPDX-License-Identifier: MIT */
/* lapic.c - see lapic.h; compiled for the host, too, where x86.h is a model of registers. */
#include "microkernel/arch/x86_64/lapic.h"
#include "microkernel/arch/x86_64/x86.h"

enum { PENDING = 1 << 12, MSR = 0x800 };

volatile u32 *lapic_window;

void lapic_write(u32 reg, u32 value)
{
	if (lapic_window)
		lapic_window[reg / 4] = value;
	else
		msr_write(MSR + reg / 16, value);
}

void lapic_command(u32 id, u32 what)
{
	if (!lapic_window) {
		/* That write is not ordered after earlier stores, which the other is to see. */
		__asm__ volatile("mfence; lfence" ::: "memory");
		msr_write(MSR + LAPIC_COMMAND / 16, (u64)id << 32 | what);
		return;
	}
	u32 target = lapic_window[LAPIC_TARGET / 4];
	while (lapic_window[LAPIC_COMMAND / 4] & PENDING)
		__asm__ volatile("pause");
	lapic_write(LAPIC_TARGET, id << 24);
	lapic_write(LAPIC_COMMAND, what);
	if (what == LAPIC_NMI)
		lapic_write(LAPIC_TARGET, target); /* of the command that this one came into */
}
