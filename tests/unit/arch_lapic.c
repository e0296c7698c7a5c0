/* SPDX-License-Identifier: MIT */
/* arch_lapic - the local APIC's two modes on a model: no emulator here has x2APIC. */
#include "tests/unit/unit.h"
#include "tests/unit/model/x86.h"
#include "microkernel/arch/x86_64/lapic.h"

enum { ON = 1 << 11, X2 = 1 << 10, MSRS = 0x840, WINDOW = 0x400 / 4 };

static bool has_x2;
static u64 msr[MSRS];
static u32 window[WINDOW];
static u32 mistakes; /* accesses after which a processor would raise #GP */

struct cpuid cpuid(u32 leaf, u32 sub)
{
	(void)sub;
	return (struct cpuid){ .ecx = leaf == 1 && has_x2 ? 1u << 21 : 0 };
}

u64 msr_read(u32 number)
{
	mistakes += number >= MSRS || (number != MSR_APIC_BASE && !(msr[MSR_APIC_BASE] & X2)) ||
		    number == 0x831; /* the other mode's target */
	return number < MSRS ? msr[number] : 0;
}

/* Intel SDM volume 3, figure 11-27: which changes of mode there are. */
static void mode_change(u64 value)
{
	u64 from = msr[MSR_APIC_BASE] & (ON | X2), to = value & (ON | X2);

	mistakes += to == X2 || (to & X2 && !has_x2) || (from == 0 && to == (ON | X2)) ||
		    (from == (ON | X2) && to == ON);
}

void msr_write(u32 number, u64 value)
{
	if (number == MSR_APIC_BASE)
		mode_change(value);
	else
		mistakes += number >= MSRS || !(msr[MSR_APIC_BASE] & X2) || number == 0x831 ||
			    (number != 0x830 && value >> 32);
	if (number < MSRS)
		msr[number] = value;
}

static void machine(bool with_x2, u64 base)
{
	memset(msr, 0, sizeof(msr));
	memset(window, 0, sizeof(window));
	has_x2 = with_x2;
	mistakes = 0;
	msr[MSR_APIC_BASE] = 0xfee00000 | base;
	lapic_window = window;
	lapic_enable();
}

TEST(addresses)
{
	machine(false, 0);
	CHECK((msr[MSR_APIC_BASE] & (ON | X2)) == ON);
	window[LAPIC_ID / 4] = 5u << 24;
	CHECK(lapic_id() == 5 && lapic_reaches(0xfe) && !lapic_reaches(0xff));
	lapic_command(7, LAPIC_FIXED | 0x30);
	CHECK(window[LAPIC_TARGET / 4] == 7u << 24 && window[LAPIC_COMMAND / 4] == 0x4030);
	lapic_command(9, LAPIC_NMI);
	CHECK(window[LAPIC_TARGET / 4] == 7u << 24 && window[LAPIC_COMMAND / 4] == 0x4400);
	lapic_write(LAPIC_INITIAL, 1234);
	CHECK(window[LAPIC_INITIAL / 4] == 1234 && !mistakes);
}

static void by_msr(u64 base)
{
	machine(true, base);
	CHECK((msr[MSR_APIC_BASE] & (ON | X2)) == (ON | X2));
	msr[0x802] = 0x12345;
	CHECK(lapic_id() == 0x12345 && lapic_reaches(0x12345) && !lapic_reaches(0xffffffff));
	lapic_command(0x12345, LAPIC_START | 8);
	CHECK(msr[0x830] == (0x12345ul << 32 | 0x4608));
	lapic_write(LAPIC_EOI, 0);
	lapic_write(LAPIC_INITIAL, 99);
	lapic_write(LAPIC_DIVIDE, 3);
	CHECK(msr[0x838] == 99 && msr[0x83e] == 3 && !mistakes);
	for (unsigned i = 0; i < WINDOW; i++)
		CHECK(!window[i]);
}

/* From each state in which firmware may leave it. */
TEST(registers)
{
	by_msr(0);
	by_msr(ON);
	by_msr(ON | X2);
}

UNIT("arch/lapic", RUN(addresses), RUN(registers))
