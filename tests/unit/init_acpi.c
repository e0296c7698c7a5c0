/* SPDX-License-Identifier: MIT */
/* init_acpi - S5 and reset out of tables made here, and out of cut and bent ones. */
#include "tests/unit/unit.h"
#include "servers/init/acpi.h"
#include "microkernel/abi/error.h"

enum { BASE = 0x1000, SIZE = 0x1000, RSDP = 0, XSDT = 0x100, FADT = 0x200, DSDT = 0x400 };
static u8 *memory;

static void put(u64 at, u64 value, u32 bytes)
{
	memcpy(memory + at, &value, bytes);
}

/* Exactly the bytes asked for, on the heap, so that ASan sees a read beyond them. */
static const void *reader(u64 physical, u64 length)
{
	static void *last;

	free(last);
	last = NULL;
	if (physical < BASE || physical > BASE + SIZE || length > BASE + SIZE - physical)
		return NULL;
	last = malloc(length);
	memcpy(last, memory + (physical - BASE), length);
	return last;
}

static void tables_make(void)
{
	static const u8 s5[] = { 0x08, '_', 'S',  '5', '_',  0x12, 0x06,
				 0x04, 0x0a, 5,	  0x0a, 7,   0,	   0 };

	free(memory);
	memory = calloc(1, SIZE);
	memcpy(memory + RSDP, "RSD PTR ", 8);
	memory[RSDP + 15] = 2;
	put(RSDP + 24, BASE + XSDT, 8);
	memcpy(memory + XSDT, "XSDT", 4);
	put(XSDT + 4, 36 + 8, 4);
	put(XSDT + 36, BASE + FADT, 8);
	memcpy(memory + FADT, "FACP", 4);
	put(FADT + 4, 244, 4);
	put(FADT + 40, BASE + DSDT, 4);
	put(FADT + 64, 0x604, 4);
	put(FADT + 112, 1 << 10, 4);
	memory[FADT + 116] = 1;
	put(FADT + 120, 0xcf9, 8);
	memory[FADT + 128] = 15;
	memcpy(memory + DSDT, "DSDT", 4);
	put(DSDT + 4, 36 + 40, 4);
	memcpy(memory + DSDT + 36 + 10, s5, sizeof(s5));
}

TEST(whole)
{
	struct acpi_power power;

	tables_make();
	CHECK(!acpi_read(&power, reader, BASE + RSDP));
	CHECK(power.has_s5 && power.type_a == 5 && power.type_b == 7 && power.pm1a == 0x604);
	CHECK(power.has_reset && power.reset_address == 0xcf9 && power.reset_value == 15);
}

TEST(missing)
{
	struct acpi_power power;

	tables_make();
	CHECK(acpi_read(&power, reader, 0) == E_NOENT);
	memory[0] = 'X';
	CHECK(acpi_read(&power, reader, BASE + RSDP) == E_NOENT);
	tables_make();
	put(FADT + 40, 0, 4);
	CHECK(!acpi_read(&power, reader, BASE + RSDP) && !power.has_s5);
}

/* Whatever a byte says, nothing outside the tables is read. */
TEST(bent)
{
	struct acpi_power power;

	for (u32 at = 0; at < DSDT + 36 + 40; at++)
		for (u32 bit = 0; bit < 8; bit += 3) {
			tables_make();
			memory[at] ^= (u8)(1 << bit);
			(void)!acpi_read(&power, reader, BASE + RSDP);
		}
	tables_make();
	for (u32 at = 0; at < 40; at++) {
		u16 a, b;
		u8 *block = malloc(at);

		memcpy(block, memory + DSDT + 36, at);
		CHECK(acpi_find_s5(block, at, &a, &b) == (at >= 22));
		free(block);
	}
}

UNIT("init_acpi", RUN(whole), RUN(missing), RUN(bent))
