/* SPDX-License-Identifier: MIT */
/*
 * keymap.h - from scan codes (set 1) to symbols: layouts, modifiers, locks, dead keys.  Pure.
 */
#ifndef KEYBOARD_KEYMAP_H
#define KEYBOARD_KEYMAP_H

#include "libsys/keyboard.h"

enum lock { LOCK_SCROLL = 1, LOCK_NUMBER = 2, LOCK_CAPITALS = 4 }; /* as the LEDs are numbered */

/* Accents that wait for a letter; as characters they lie in the private use area. */
enum dead {
	DEAD_FIRST = 0xe000, DEAD_GRAVE = DEAD_FIRST, DEAD_ACUTE, DEAD_CIRCUMFLEX, DEAD_TILDE,
	DEAD_DIAERESIS, DEAD_END
};

/* A key that differs from the layout `us`. */
struct layout_key {
	u8 code;
	u16 plain, shift, right; /* right: with the right Alt key; 0: nothing */
};

struct layout {
	const char *name;
	const struct layout_key *key;
	u32 count;
};

struct keymap {
	u32 held;	/* modifiers, left and right apart */
	u32 locks;	/* enum lock */
	u32 prefix;	/* bytes of a longer code that are to come */
	u32 extended;	/* the code began with E0 */
	u32 dead;	/* enum dead, or 0 */
	u32 last;	/* the key that is held, as it repeats itself */
	u32 layout;	/* index in layouts[] */
};

extern const struct layout layouts[];
extern const u32 layout_count;

/* The index of a layout; layout_count: there is none of that name. */
u32 layout_find(const char *name, u64 length);
/* One byte from the keyboard; how many symbols it gave, at most 2. */
u32 keymap_take(struct keymap *map, u8 byte, u32 symbols[2]);

#endif
