/* SPDX-License-Identifier: MIT */
/*
 * keyboard.h - what the keyboard server tells about a key: a character, or a key that is none, and
 * the modifiers that were held.
 */
#ifndef LIBSYS_KEYBOARD_H
#define LIBSYS_KEYBOARD_H

#include "microkernel/abi/types.h"

/* A symbol: a Unicode character or an enum key in bits 0-20, and these. */
#define KEY_SPECIAL ((u32)1 << 31) /* an enum key */
#define KEY_SHIFT   ((u32)1 << 24)
#define KEY_ALT	    ((u32)1 << 25)
#define KEY_CONTROL ((u32)1 << 26) /* of a character it has been applied already */
#define KEY_VALUE   0x1fffffu

enum key {
	KEY_F1 = 1, KEY_F2, KEY_F3, KEY_F4, KEY_F5, KEY_F6, KEY_F7, KEY_F8, KEY_F9, KEY_F10,
	KEY_F11, KEY_F12, KEY_UP, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_INSERT,
	KEY_DELETE, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_BACK_TAB, KEY_KEYPAD_ENTER,
};

#endif
