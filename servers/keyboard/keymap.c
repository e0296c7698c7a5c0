/* SPDX-License-Identifier: MIT */
/* keymap.c - what a key means, by the keys that are held with it; see keymap.h. */
#include "servers/keyboard/keymap.h"

enum {
	LEFT_SHIFT = 1, RIGHT_SHIFT = 2, LEFT_CONTROL = 4, RIGHT_CONTROL = 8, LEFT_ALT = 16,
	RIGHT_ALT = 32,
	SHIFT = LEFT_SHIFT | RIGHT_SHIFT,
	CONTROL = LEFT_CONTROL | RIGHT_CONTROL,
};
enum {
	EXTENDED = 0xe0, PAUSE = 0xe1, RELEASED = 0x80, CODE_TAB = 0x0f, CODE_ENTER = 0x1c,
	CODE_SLASH = 0x35, CODE_CAPITALS = 0x3a, CODE_F1 = 0x3b, CODE_F10 = 0x44,
	CODE_NUMBER = 0x45, CODE_SCROLL = 0x46, CODE_KEYPAD = 0x47, CODE_KEYPAD_END = 0x53,
	CODE_F11 = 0x57, CODE_F12 = 0x58, CODE_STAR = 0x37, CODES = 0x59,
};

/* The layout us: what a key gives alone, and with shift.  0: nothing, or a key of another kind. */
static const char plain[CODES] =
	"\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[CODES] =
	"\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* 7 8 9 - 4 5 6 + 1 2 3 0 . of the keypad: as digits, and as keys. */
static const char keypad_digits[] = "789-456+1230.";
static const u8 keypad_keys[] = {
	KEY_HOME, KEY_UP, KEY_PAGE_UP, 0, KEY_LEFT, 0, KEY_RIGHT, 0, KEY_END, KEY_DOWN,
	KEY_PAGE_DOWN, KEY_INSERT, KEY_DELETE,
};

/* Accented letters, for dead keys. */
static const struct {
	u16 dead;
	char letters[14];
	u16 made[14];
} accents[] = {
	{ DEAD_GRAVE, "aeiouAEIOU",
	  { 0xe0, 0xe8, 0xec, 0xf2, 0xf9, 0xc0, 0xc8, 0xcc, 0xd2, 0xd9 } },
	{ DEAD_ACUTE, "aeiouyAEIOUY",
	  { 0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xfd, 0xc1, 0xc9, 0xcd, 0xd3, 0xda, 0xdd } },
	{ DEAD_CIRCUMFLEX, "aeiouAEIOU",
	  { 0xe2, 0xea, 0xee, 0xf4, 0xfb, 0xc2, 0xca, 0xce, 0xd4, 0xdb } },
	{ DEAD_TILDE, "anoANO", { 0xe3, 0xf1, 0xf5, 0xc3, 0xd1, 0xd5 } },
	{ DEAD_DIAERESIS, "aeiouyAEIOU",
	  { 0xe4, 0xeb, 0xef, 0xf6, 0xfc, 0xff, 0xc4, 0xcb, 0xcf, 0xd6, 0xdc } },
};
/* The accents by themselves: typed twice, or before a letter that cannot bear them. */
static const u16 alone[] = { '`', 0xb4, '^', '~', 0xa8 };

static u32 modifier_of(u8 code, bool extended)
{
	switch (code) {
	case 0x2a:
		return extended ? 0 : LEFT_SHIFT; /* with E0 it only seems to be shift */
	case 0x36:
		return extended ? 0 : RIGHT_SHIFT;
	case 0x1d:
		return extended ? RIGHT_CONTROL : LEFT_CONTROL;
	case 0x38:
		return extended ? RIGHT_ALT : LEFT_ALT;
	default:
		return 0;
	}
}

static u32 modifiers(const struct keymap *map)
{
	return (map->held & SHIFT ? KEY_SHIFT : 0) | (map->held & CONTROL ? KEY_CONTROL : 0) |
	       (map->held & LEFT_ALT ? KEY_ALT : 0);
}

static bool is_letter(u32 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7);
}

/* What the layout says of the key; 0: nothing. */
static u32 character_of(const struct keymap *map, u8 code)
{
	const struct layout *layout = &layouts[map->layout];
	const struct layout_key *key = NULL;
	bool shift = map->held & SHIFT;
	u32 lower;

	for (u32 i = 0; i < layout->count; i++)
		if (layout->key[i].code == code)
			key = &layout->key[i];
	if (map->held & RIGHT_ALT && map->layout)
		return key ? key->right : 0;
	lower = key ? key->plain : (u8)plain[code];
	if (map->locks & LOCK_CAPITALS && is_letter(lower))
		shift = !shift;
	if (!shift)
		return lower;
	return key ? key->shift : (u8)shifted[code];
}

/* Control makes codes of '@' to '_', of letters, and a few that tradition gives. */
static u32 controlled(u32 c)
{
	if (c >= 'a' && c <= 'z')
		return c & 0x1f;
	if (c >= '@' && c <= '_')
		return c & 0x1f;
	if (c == ' ' || c == '2')
		return 0;
	if (c == '/' || c == '-')
		return 0x1f;
	if (c == '?' || c == 0x7f)
		return 0x7f;
	return c;
}

static bool is_dead(u32 c)
{
	return c >= DEAD_FIRST && c < DEAD_END;
}

/* The letter with its accent; 0: there is none. */
static u32 accented(u32 dead, u32 letter)
{
	for (u32 i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
		for (u32 n = 0; accents[i].dead == dead && accents[i].letters[n]; n++)
			if ((u8)accents[i].letters[n] == letter)
				return accents[i].made[n];
	return 0;
}

static u32 character(struct keymap *map, u32 c, u32 symbols[2])
{
	u32 flags = modifiers(map) & (KEY_ALT | KEY_CONTROL), count = 0, dead = map->dead, made;

	map->dead = 0;
	if (is_dead(c) && !dead) {
		map->dead = c;
		return 0;
	}
	if (map->held & CONTROL)
		c = controlled(c);
	if (dead) {
		made = accented(dead, c);
		if (made)
			c = made;
		else
			symbols[count++] = alone[dead - DEAD_FIRST];
		/* The accent and a blank, or itself, is the accent alone. */
		if (c == ' ' || is_dead(c))
			return count;
	}
	symbols[count++] = c | flags;
	return count;
}

static u32 special(const struct keymap *map, u32 key, u32 symbols[2])
{
	symbols[0] = KEY_SPECIAL | key | modifiers(map);
	return 1;
}

static u32 keypad(struct keymap *map, u8 code, u32 symbols[2])
{
	u32 i = code - CODE_KEYPAD;
	bool digits = map->locks & LOCK_NUMBER && !(map->held & SHIFT);

	if (digits || keypad_digits[i] == '-' || keypad_digits[i] == '+')
		return character(map, (u8)keypad_digits[i], symbols);
	return keypad_keys[i] ? special(map, keypad_keys[i], symbols) : 0;
}

static u32 pressed(struct keymap *map, u8 code, bool extended, u32 symbols[2])
{
	u32 c;

	if (extended) {
		if (code == CODE_ENTER)
			return special(map, KEY_KEYPAD_ENTER, symbols);
		if (code == CODE_SLASH)
			return character(map, '/', symbols);
		if (code < CODE_KEYPAD || code > CODE_KEYPAD_END)
			return 0;
		c = keypad_keys[code - CODE_KEYPAD];
		return c ? special(map, c, symbols) : 0;
	}
	if (code == CODE_CAPITALS || code == CODE_NUMBER || code == CODE_SCROLL) {
		if (map->last != code)
			map->locks ^= code == CODE_CAPITALS ? LOCK_CAPITALS :
				      code == CODE_NUMBER   ? LOCK_NUMBER :
							      LOCK_SCROLL;
		return 0;
	}
	if (code >= CODE_F1 && code <= CODE_F10)
		return special(map, KEY_F1 + (code - CODE_F1), symbols);
	if (code == CODE_F11 || code == CODE_F12)
		return special(map, KEY_F11 + (code - CODE_F11), symbols);
	if (code >= CODE_KEYPAD && code <= CODE_KEYPAD_END)
		return keypad(map, code, symbols);
	if (code == CODE_TAB && map->held & SHIFT)
		return special(map, KEY_BACK_TAB, symbols);
	c = code < CODES ? character_of(map, code) : 0;
	return c ? character(map, c, symbols) : 0;
}

u32 keymap_take(struct keymap *map, u8 byte, u32 symbols[2])
{
	bool extended = map->extended, released = byte & RELEASED;
	u32 modifier, count;

	if (map->prefix) {
		map->prefix--;
		return 0;
	}
	if (byte == PAUSE) {
		map->prefix = 2;
		return 0;
	}
	if (byte == EXTENDED) {
		map->extended = 1;
		return 0;
	}
	map->extended = 0;
	byte &= (u8)~RELEASED;
	modifier = modifier_of(byte, extended);
	if (modifier) {
		map->held = released ? map->held & ~modifier : map->held | modifier;
		return 0;
	}
	count = released ? 0 : pressed(map, byte, extended, symbols);
	map->last = released ? 0 : byte;
	return count;
}
