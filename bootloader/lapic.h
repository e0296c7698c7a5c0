/* SPDX-License-Identifier: MIT */
/* lapic.h - this processor's local APIC, in either of its modes, for the loaders. */
#ifndef BOOTLOADER_LAPIC_H
#define BOOTLOADER_LAPIC_H

#include "microkernel/abi/types.h"

/* Intel SDM volume 3, tables 11-1 (addresses) and 11-6 (MSRs: 0x800 + address / 16). */
enum lapic_register {
	LAPIC_ID = 0x20,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_COMMAND = 0x300,
	LAPIC_TARGET = 0x310, /* not in x2APIC mode: there the command holds it */
	LAPIC_TIMER = 0x320,
	LAPIC_LINT0 = 0x350,
	LAPIC_INITIAL = 0x380,
	LAPIC_CURRENT = 0x390,
	LAPIC_DIVIDE = 0x3e0,
};
enum { LAPIC_INIT = 0x4500, LAPIC_START = 0x4600 };

/* Where its registers are, or are to be, mapped; 0: it is to be in x2APIC mode, without. */
u64 lapic_address(void);
/* Leave it as boot.h says that the kernel finds it; in x2APIC mode if the processor has that. */
void lapic_begin(void);
u32 lapic_read(u32 reg);
void lapic_write(u32 reg, u32 value);
/* Its id as commands name it. */
u32 lapic_id(void);
/* Send LAPIC_INIT, or LAPIC_START | page; false: no command can name a processor with that id. */
bool lapic_command(u32 id, u32 what);

#endif
