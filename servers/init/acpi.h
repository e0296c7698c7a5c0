/* SPDX-License-Identifier: MIT */
/*
 * acpi.h - the few facts of ACPI that switching off and resetting need.
 *
 * The tables are reached through a function that the caller gives, so the reader also runs on a
 * host over any bytes.
 */
#ifndef INIT_ACPI_H
#define INIT_ACPI_H

#include "microkernel/abi/types.h"

struct acpi_power {
	bool has_s5, has_reset;
	u32 pm1a, pm1b;		/* control ports; pm1b 0: there is none */
	u16 type_a, type_b;	/* what they take for S5 */
	u32 smi_command;	/* port; 0: ACPI mode is always on */
	u8 enable;		/* what to write there */
	u8 reset_space;		/* 1: a port, 0: memory */
	u8 reset_value;
	u64 reset_address;
};

/* The bytes [physical, physical + length), readable until the next call; NULL: not reachable. */
typedef const void *acpi_reader(u64 physical, u64 length);

/* Fill in what the tables say.  E_NOENT: no usable tables at all. */
__must_use int acpi_read(struct acpi_power *power, acpi_reader *reader, u64 rsdp);

/* Find \_S5 in a definition block's bytes; false: it is not there or not as simple as we read. */
bool acpi_find_s5(const u8 *block, u64 length, u16 *type_a, u16 *type_b);

#endif
