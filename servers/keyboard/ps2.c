/* SPDX-License-Identifier: MIT */
/* ps2.c - see ps2.h.  A device that does not answer is given up after TRIES, never waited for. */
#include "servers/keyboard/ps2.h"

#include "libsys/driver.h"

enum status { STATUS_OUTPUT = 1, STATUS_INPUT = 2, STATUS_MOUSE = 0x20, STATUS_ABSENT = 0xff };
enum controller {
	READ_CONFIGURATION = 0x20, WRITE_CONFIGURATION = 0x60, SELF_TEST = 0xaa,
	TEST_KEYBOARD = 0xab, DISABLE_MOUSE = 0xa7, DISABLE_KEYBOARD = 0xad,
	ENABLE_KEYBOARD = 0xae,
};
enum configuration { INTERRUPT_KEYBOARD = 1, INTERRUPT_MOUSE = 2, TRANSLATE = 0x40,
		     CLOCK_KEYBOARD_OFF = 0x10 };
enum keyboard { SET_CODES = 0xf0, SET_RATE = 0xf3, ENABLE = 0xf4, SELF_TEST_GOOD = 0x55 };
enum { TRIES = 20000, CODES_SET_2 = 2, RATE_MEDIUM = 0x24, RESENDS = 3, DRAIN = 32 };

static u8 status(struct ps2 *ps2)
{
	return port_read8(ps2->command, 0);
}

static bool wait_for(struct ps2 *ps2, u8 bit, u8 value)
{
	for (u32 i = 0; i < TRIES; i++)
		if ((status(ps2) & bit) == value)
			return true;
	return false;
}

static void controller_write(struct ps2 *ps2, u8 command)
{
	if (wait_for(ps2, STATUS_INPUT, 0))
		port_write8(ps2->command, 0, command);
}

static void data_write(struct ps2 *ps2, u8 byte)
{
	if (wait_for(ps2, STATUS_INPUT, 0))
		port_write8(ps2->data, 0, byte);
}

static i32 data_read(struct ps2 *ps2)
{
	return wait_for(ps2, STATUS_OUTPUT, STATUS_OUTPUT) ? port_read8(ps2->data, 0) : -1;
}

/* Whether the keyboard took the byte. */
static bool keyboard_write(struct ps2 *ps2, u8 byte)
{
	for (u32 i = 0; i < RESENDS; i++) {
		i32 answer;

		data_write(ps2, byte);
		answer = data_read(ps2);
		if (answer == PS2_ACKNOWLEDGED)
			return true;
		if (answer != PS2_AGAIN)
			return false;
	}
	return false;
}

bool ps2_open(struct ps2 *ps2)
{
	i32 configuration;

	if (!ps2->data || !ps2->command || status(ps2) == STATUS_ABSENT)
		return false;
	controller_write(ps2, DISABLE_KEYBOARD);
	controller_write(ps2, DISABLE_MOUSE);
	for (u32 i = 0; i < DRAIN && status(ps2) & STATUS_OUTPUT; i++)
		(void)port_read8(ps2->data, 0);
	controller_write(ps2, SELF_TEST);
	if (data_read(ps2) != SELF_TEST_GOOD)
		return false;
	controller_write(ps2, READ_CONFIGURATION);
	configuration = data_read(ps2);
	if (configuration < 0)
		return false;
	configuration &= ~(INTERRUPT_MOUSE | CLOCK_KEYBOARD_OFF);
	controller_write(ps2, WRITE_CONFIGURATION);
	data_write(ps2, (u8)(configuration | INTERRUPT_KEYBOARD | TRANSLATE));
	controller_write(ps2, ENABLE_KEYBOARD);
	/* The keyboard's own codes are of set 2; the controller translates them to set 1. */
	(void)(keyboard_write(ps2, SET_CODES) && keyboard_write(ps2, CODES_SET_2));
	(void)(keyboard_write(ps2, SET_RATE) && keyboard_write(ps2, RATE_MEDIUM));
	return keyboard_write(ps2, ENABLE);
}

bool ps2_take(struct ps2 *ps2, u8 *byte, u64 *taken)
{
	for (;;) {
		u8 now = status(ps2);

		if (!(now & STATUS_OUTPUT) || now == STATUS_ABSENT)
			return false;
		if (!(now & STATUS_MOUSE))
			return sys_ioport_read_bytes(ps2->data, 0, (u64)byte, 1, (u64)taken) == 1;
		(void)port_read8(ps2->data, 0);
	}
}

void ps2_send(struct ps2 *ps2, u8 byte)
{
	data_write(ps2, byte);
}
