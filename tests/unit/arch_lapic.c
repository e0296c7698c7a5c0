/* SPDX-License-Identifier: MIT */
/* arch_lapic - the local APIC's two modes on a model: no emulator here has x2APIC. */
#include "tests/unit/unit.h"
#include "tests/unit/model/x86.h"
#include "microkernel/arch/x86_64/lapic.h"

enum { MSRS = 0x840, WINDOW = 0x400 / 4 };

static u64 msr[MSRS];
static u32 window[WINDOW];
static u32 mistakes; /* accesses after which a processor would raise #GP */

void msr_write(u32 number, u64 value)
{
	mistakes += number >= MSRS || number < 0x800 || lapic_window || number == 0x831 ||
		    (number != 0x830 && value >> 32);
	if (number < MSRS)
		msr[number] = value;
}

TEST(addresses)
{
	lapic_window = window;
	lapic_command(7, LAPIC_FIXED | 0x30);
	CHECK(window[LAPIC_TARGET / 4] == 7u << 24 && window[LAPIC_COMMAND / 4] == 0x4030);
	lapic_command(9, LAPIC_NMI);
	CHECK(window[LAPIC_TARGET / 4] == 7u << 24 && window[LAPIC_COMMAND / 4] == 0x4400);
	lapic_write(LAPIC_INITIAL, 1234);
	CHECK(window[LAPIC_INITIAL / 4] == 1234 && !mistakes);
}

TEST(registers)
{
	memset(window, 0, sizeof(window));
	lapic_window = NULL;
	lapic_command(0x12345, LAPIC_FIXED | 0xf1);
	CHECK(msr[0x830] == (0x12345ul << 32 | 0x40f1));
	lapic_command(0x12345, LAPIC_NMI);
	CHECK(msr[0x830] == (0x12345ul << 32 | 0x4400));
	lapic_write(LAPIC_EOI, 0);
	lapic_write(LAPIC_INITIAL, 99);
	lapic_write(LAPIC_TIMER, 0xf0);
	CHECK(msr[0x838] == 99 && msr[0x832] == 0xf0 && !mistakes);
	for (unsigned i = 0; i < WINDOW; i++)
		CHECK(!window[i]);
}

UNIT("arch/lapic", RUN(addresses), RUN(registers))
