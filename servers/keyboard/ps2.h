/* SPDX-License-Identifier: MIT */
/* ps2.h - the i8042 controller and the keyboard behind it. */
#ifndef KEYBOARD_PS2_H
#define KEYBOARD_PS2_H

#include "microkernel/abi/types.h"

/* What the keyboard is told and what it answers; no key has these codes. */
enum ps2_byte { PS2_SET_LEDS = 0xed, PS2_ACKNOWLEDGED = 0xfa, PS2_AGAIN = 0xfe };

struct ps2 {
	cap_t data, command; /* ports 0x60 and 0x64 */
};

/* Set both up, with translation to set 1; false: there is no such controller. */
bool ps2_open(struct ps2 *ps2);
/* Move the next byte of the keyboard's to *byte and count it in *taken; false: there is none. */
bool ps2_take(struct ps2 *ps2, u8 *byte, u64 *taken);
/* Send the keyboard a byte; its answer comes among the keys. */
void ps2_send(struct ps2 *ps2, u8 byte);

#endif
