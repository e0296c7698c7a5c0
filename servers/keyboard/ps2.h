/* SPDX-License-Identifier: MIT */
/* ps2.h - the i8042 controller and the keyboard behind it. */
#ifndef KEYBOARD_PS2_H
#define KEYBOARD_PS2_H

#include "microkernel/abi/types.h"

struct ps2 {
	cap_t data, command; /* ports 0x60 and 0x64 */
};

/* Set both up, with translation to set 1; false: there is no such controller. */
bool ps2_open(struct ps2 *ps2);
/* The next byte from the keyboard; negative: there is none. */
i32 ps2_read(struct ps2 *ps2);
void ps2_leds(struct ps2 *ps2, u8 leds);

#endif
