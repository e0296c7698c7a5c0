/* SPDX-License-Identifier: MIT */
/* lapic.h - registers of this processor's local APIC, in either of its modes. */
#ifndef ARCH_LAPIC_H
#define ARCH_LAPIC_H

#include "microkernel/abi/types.h"

/* Intel SDM volume 3, tables 11-1 (addresses) and 11-6 (MSRs: 0x800 + address / 16). */
enum lapic_register {
	LAPIC_EOI = 0xb0,
	LAPIC_COMMAND = 0x300,
	LAPIC_TARGET = 0x310, /* not in x2APIC mode: there the command holds it */
	LAPIC_TIMER = 0x320,
	LAPIC_INITIAL = 0x380,
};
enum { LAPIC_NMI = 0x4400, LAPIC_FIXED = 0x4000 };

/* Where the registers are mapped; NULL: the loader has switched to x2APIC mode. */
extern volatile u32 *lapic_window;
void lapic_write(u32 reg, u32 value);
/* Send what (LAPIC_NMI, LAPIC_FIXED | vector) to the processor with that id.  An NMI may come
 * between any two instructions of another command, and send one itself. */
void lapic_command(u32 id, u32 what);

#endif
