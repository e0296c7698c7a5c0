/* SPDX-License-Identifier: MIT */
/* lapic.h - registers of this processor's local APIC, in either of its modes. */
#ifndef ARCH_LAPIC_H
#define ARCH_LAPIC_H

#include "microkernel/abi/types.h"

/* Intel SDM volume 3, tables 11-1 (addresses) and 11-6 (MSRs: 0x800 + address / 16). */
enum lapic_register {
	LAPIC_ID = 0x20,
	LAPIC_EOI = 0xb0,
	LAPIC_SVR = 0xf0,
	LAPIC_COMMAND = 0x300,
	LAPIC_TARGET = 0x310, /* not in x2APIC mode: there the command holds it */
	LAPIC_TIMER = 0x320,
	LAPIC_LINT0 = 0x350,
	LAPIC_INITIAL = 0x380,
	LAPIC_DIVIDE = 0x3e0,
};
enum { LAPIC_NMI = 0x4400, LAPIC_INIT = 0x4500, LAPIC_START = 0x4600, LAPIC_FIXED = 0x4000 };

/* Where the registers are mapped, which x2APIC mode does not need. */
extern volatile u32 *lapic_window;
/* Switch it on, in x2APIC mode if the processor has that. */
void lapic_enable(void);
void lapic_write(u32 reg, u32 value);
/* Its id as interrupt commands name it. */
u32 lapic_id(void);
/* Whether a command can name a processor with that id. */
bool lapic_reaches(u32 id);
/* Send what (LAPIC_NMI, LAPIC_INIT, LAPIC_START | page, LAPIC_FIXED | vector) to that processor.
 * An NMI may come between any two instructions of another command, and send one itself. */
void lapic_command(u32 id, u32 what);

#endif
