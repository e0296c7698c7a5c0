/* SPDX-License-Identifier: MIT */
/* loader_lapic - how the loaders leave the local APIC, on a model: no emulator here has x2APIC. */
#include "tests/unit/unit.h"
#include "tests/unit/model/loader_x86.h"
#include "bootloader/lapic.h"

enum { BASE = 0x1b, ON = 1 << 11, X2 = 1 << 10, MSRS = 0x840, WINDOW = 4096 / 4 };

static bool has_x2;
static u64 msr[MSRS];
static u32 window[WINDOW] __attribute__((aligned(4096)));
static u32 mistakes; /* accesses after which a processor would raise #GP */

struct cpuid cpuid(u32 leaf)
{
	return (struct cpuid){ .c = leaf == 1 && has_x2 ? 1u << 21 : 0 };
}

u64 msr_read(u32 number)
{
	mistakes += number >= MSRS || (number != BASE && !(msr[BASE] & X2)) ||
		    number == 0x831; /* the other mode's target */
	return number < MSRS ? msr[number] : 0;
}

/* Intel SDM volume 3, figure 11-27: which changes of mode there are. */
static void mode_change(u64 value)
{
	u64 from = msr[BASE] & (ON | X2), to = value & (ON | X2);

	mistakes += to == X2 || (to & X2 && !has_x2) || (from == 0 && to == (ON | X2)) ||
		    (from == (ON | X2) && to == ON) || (value ^ msr[BASE]) & ~(u64)(ON | X2);
}

void msr_write(u32 number, u64 value)
{
	if (number == BASE)
		mode_change(value);
	else
		mistakes += number >= MSRS || !(msr[BASE] & X2) || number == 0x831 ||
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
	msr[BASE] = (u64)window | base;
	lapic_begin();
}

TEST(addresses)
{
	machine(false, 0);
	CHECK((msr[BASE] & (ON | X2)) == ON && lapic_address() == (u64)window);
	CHECK(window[0xf0 / 4] == 0x1ff && window[0x350 / 4] == 1 << 16 &&
	      window[0x320 / 4] == (1 << 16 | 0xff) && window[0x3e0 / 4] == 3);
	window[LAPIC_ID / 4] = 5u << 24;
	CHECK(lapic_id() == 5);
	CHECK(lapic_command(7, LAPIC_START | 0x30) && window[LAPIC_TARGET / 4] == 7u << 24 &&
	      window[LAPIC_COMMAND / 4] == 0x4630);
	CHECK(lapic_command(0xfe, LAPIC_INIT) && window[LAPIC_COMMAND / 4] == 0x4500);
	CHECK(!lapic_command(0xff, LAPIC_INIT) && !lapic_command(0x12345, LAPIC_INIT));
	CHECK(window[LAPIC_TARGET / 4] == 0xfeu << 24 && !mistakes);
}

static void by_msr(u64 base)
{
	machine(true, base);
	CHECK((msr[BASE] & (ON | X2)) == (ON | X2) && !lapic_address());
	CHECK(msr[0x80f] == 0x1ff && msr[0x835] == 1 << 16 && msr[0x832] == (1 << 16 | 0xff) &&
	      msr[0x83e] == 3);
	msr[0x802] = 0x12345;
	CHECK(lapic_id() == 0x12345);
	CHECK(lapic_command(0x12345, LAPIC_START | 8) && msr[0x830] == (0x12345ul << 32 | 0x4608));
	CHECK(!lapic_command(0xffffffff, LAPIC_INIT) && msr[0x830] == (0x12345ul << 32 | 0x4608));
	lapic_write(LAPIC_INITIAL, 99);
	msr[0x839] = 98;
	CHECK(msr[0x838] == 99 && lapic_read(LAPIC_CURRENT) == 98 && !mistakes);
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

UNIT("loader/lapic", RUN(addresses), RUN(registers))
