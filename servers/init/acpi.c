/* SPDX-License-Identifier: MIT */
/*
 * acpi.c - RSDP, RSDT or XSDT, FADT, and the package \_S5 in the DSDT.  Pure: all bytes come from
 * the reader, every length is checked, no AML is run.
 */
#include "servers/init/acpi.h"

#include "libsys/string.h"
#include "microkernel/abi/error.h"

enum {
	HEADER_SIZE = 36,
	TABLE_MAX = 1 << 20,
	TABLES_MAX = 256,
	FADT_DSDT = 40,
	FADT_SMI_COMMAND = 48,
	FADT_ENABLE = 52,
	FADT_PM1A = 64,
	FADT_PM1B = 68,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	FADT_FLAG_RESET = 1 << 10,
	AML_NAME = 0x08,
	AML_PACKAGE = 0x12,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_ONE = 0x01,
};

static u64 get(const u8 *p, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, p, bytes);
	return value;
}

/* A whole table, its length taken from its header; *length is that. */
static const u8 *table_read(acpi_reader *reader, u64 physical, u64 *length)
{
	const u8 *header = physical ? reader(physical, HEADER_SIZE) : NULL;

	if (!header)
		return NULL;
	*length = get(header + 4, 4);
	if (*length < HEADER_SIZE || *length > TABLE_MAX)
		return NULL;
	return reader(physical, *length);
}

/* The physical address of the table with that signature; 0: there is none. */
static u64 table_find(acpi_reader *reader, u64 rsdp, const char *signature)
{
	const u8 *p = reader(rsdp, 36);
	u64 root, length, count;
	u32 size = 4;

	if (!p || memcmp(p, "RSD PTR ", 8) != 0)
		return 0;
	root = get(p + 16, 4);
	if (p[15] >= 2 && get(p + 24, 8)) {
		root = get(p + 24, 8);
		size = 8;
	}
	p = table_read(reader, root, &length);
	if (!p)
		return 0;
	count = (length - HEADER_SIZE) / size;
	for (u64 i = 0; i < count && i < TABLES_MAX; i++) {
		u64 address;
		const u8 *header;

		/* The reader's bytes live only until it is called again. */
		p = reader(root, length);
		if (!p)
			return 0;
		address = get(p + HEADER_SIZE + i * size, size);
		header = address ? reader(address, HEADER_SIZE) : NULL;
		if (header && memcmp(header, signature, 4) == 0)
			return address;
	}
	return 0;
}

/* One integer of the package; only the short encodings occur in \_S5. */
static bool integer_read(const u8 *block, u64 length, u64 *at, u16 *value)
{
	if (*at >= length)
		return false;
	if (block[*at] <= AML_ONE) {
		*value = block[(*at)++];
		return true;
	}
	if (block[*at] == AML_BYTE && *at + 1 < length) {
		*value = block[*at + 1];
		*at += 2;
		return true;
	}
	if (block[*at] == AML_WORD && *at + 2 < length) {
		*value = (u16)get(block + *at + 1, 2);
		*at += 3;
		return true;
	}
	return false;
}

bool acpi_find_s5(const u8 *block, u64 length, u16 *type_a, u16 *type_b)
{
	for (u64 i = 1; i + 8 < length; i++) {
		bool named;
		u64 at;

		if (memcmp(block + i, "_S5_", 4) != 0 || block[i + 4] != AML_PACKAGE)
			continue;
		named = block[i - 1] == AML_NAME ||
			(block[i - 1] == '\\' && i > 1 && block[i - 2] == AML_NAME);
		if (!named)
			continue;
		/* Behind the opcode: the package's length in 1 to 4 bytes, its elements' number. */
		at = i + 5;
		at += (block[at] >> 6) + 1;
		if (at >= length || block[at] < 2)
			continue;
		at++;
		if (integer_read(block, length, &at, type_a) &&
		    integer_read(block, length, &at, type_b))
			return true;
	}
	return false;
}

static void fadt_read(struct acpi_power *power, const u8 *fadt, u64 length, u64 *dsdt)
{
	*dsdt = get(fadt + FADT_DSDT, 4);
	if (length >= FADT_X_DSDT + 8 && get(fadt + FADT_X_DSDT, 8))
		*dsdt = get(fadt + FADT_X_DSDT, 8);
	power->smi_command = (u32)get(fadt + FADT_SMI_COMMAND, 4);
	power->enable = fadt[FADT_ENABLE];
	power->pm1a = (u32)get(fadt + FADT_PM1A, 4);
	power->pm1b = (u32)get(fadt + FADT_PM1B, 4);
	if (length > FADT_RESET_VALUE && get(fadt + FADT_FLAGS, 4) & FADT_FLAG_RESET) {
		power->reset_space = fadt[FADT_RESET];
		power->reset_address = get(fadt + FADT_RESET + 4, 8);
		power->reset_value = fadt[FADT_RESET_VALUE];
		power->has_reset = power->reset_space <= 1 && power->reset_address != 0;
	}
}

int acpi_read(struct acpi_power *power, acpi_reader *reader, u64 rsdp)
{
	u64 address, length, dsdt;
	const u8 *table;

	memset(power, 0, sizeof(*power));
	address = rsdp ? table_find(reader, rsdp, "FACP") : 0;
	table = table_read(reader, address, &length);
	if (!table || length < FADT_FLAGS + 4)
		return E_NOENT;
	fadt_read(power, table, length, &dsdt);
	table = table_read(reader, dsdt, &length);
	if (table && power->pm1a)
		power->has_s5 = acpi_find_s5(table + HEADER_SIZE, length - HEADER_SIZE,
					     &power->type_a, &power->type_b);
	return 0;
}
