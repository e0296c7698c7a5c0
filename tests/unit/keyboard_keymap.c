/* SPDX-License-Identifier: MIT */
/* keyboard_keymap - scan codes in, symbols out: modifiers, locks, layouts, dead keys. */
#include "tests/unit/unit.h"
#include "servers/keyboard/keymap.h"

static struct keymap map;
static u32 got[64], count;

static void begin(const char *layout)
{
	memset(&map, 0, sizeof(map));
	map.layout = layout_find(layout, strlen(layout));
	CHECK(map.layout < layout_count);
	count = 0;
}

static void code(u8 byte)
{
	u32 symbols[2], n = keymap_take(&map, byte, symbols);

	CHECK(n <= 2);
	for (u32 i = 0; i < n && count < 64; i++)
		got[count++] = symbols[i];
}

static void press(u8 key)
{
	code(key);
	code(key | 0x80);
}

/* Held together with a modifier. */
static void press_with(u8 modifier, u8 key)
{
	code(modifier);
	press(key);
	code(modifier | 0x80);
}

static bool gave(u32 a)
{
	bool good = count == 1 && got[0] == a;

	if (!good)
		printf("  %u symbols, the first %x\n", count, got[0]);
	count = 0;
	return good;
}

enum { SHIFT = 0x2a, CONTROL = 0x1d, ALT = 0x38, A = 0x1e, E = 0x12, CAPS = 0x3a };

TEST(plain_and_shifted)
{
	begin("us");
	press(A);
	CHECK(gave('a'));
	press_with(SHIFT, A);
	CHECK(gave('A'));
	press_with(SHIFT, 0x03);
	CHECK(gave('@'));
	press(0x1c);
	CHECK(gave('\r'));
	press(0x0e);
	CHECK(gave(0x7f));
	press(0x39);
	CHECK(gave(' '));
	press(0x35);
	CHECK(gave('/'));
	press(0x2b);
	CHECK(gave('\\'));
	press_with(0x36, 0x29);
	CHECK(gave('~'));
}

TEST(control_and_alt)
{
	begin("us");
	press_with(CONTROL, 0x2e);
	CHECK(gave(3 | KEY_CONTROL));
	press_with(CONTROL, 0x2b);
	CHECK(gave(28 | KEY_CONTROL));
	press_with(CONTROL, 0x39);
	CHECK(gave(0 | KEY_CONTROL));
	press_with(ALT, A);
	CHECK(gave('a' | KEY_ALT));
	press_with(SHIFT, 0x0f);
	CHECK(gave(KEY_SPECIAL | KEY_BACK_TAB | KEY_SHIFT));
}

TEST(locks)
{
	begin("us");
	press(CAPS);
	CHECK(map.locks == LOCK_CAPITALS);
	press(A);
	CHECK(gave('A'));
	press_with(SHIFT, A);
	CHECK(gave('a'));
	press(0x02);
	CHECK(gave('1'));
	/* A key that is held repeats itself: the lock does not flicker. */
	code(CAPS);
	code(CAPS);
	code(CAPS | 0x80);
	CHECK(map.locks == 0);
	press(0x47);
	CHECK(gave(KEY_SPECIAL | KEY_HOME));
	press(0x45);
	press(0x47);
	CHECK(gave('7'));
	press_with(SHIFT, 0x47);
	CHECK(gave(KEY_SPECIAL | KEY_HOME | KEY_SHIFT));
}

TEST(repeats)
{
	begin("us");
	code(A);
	code(A);
	code(A);
	code(A | 0x80);
	CHECK(count == 3);
}

TEST(special_keys)
{
	begin("us");
	press(0x3b);
	CHECK(gave(KEY_SPECIAL | KEY_F1));
	press_with(ALT, 0x3c);
	CHECK(gave(KEY_SPECIAL | KEY_F2 | KEY_ALT));
	press(0x58);
	CHECK(gave(KEY_SPECIAL | KEY_F12));
	code(0xe0);
	code(0x48);
	CHECK(gave(KEY_SPECIAL | KEY_UP));
	code(0xe0);
	code(0xc8);
	CHECK(count == 0);
	/* What keyboards put around it, to please programs of long ago. */
	code(0xe0);
	code(0x2a);
	code(0xe0);
	code(0x53);
	CHECK(gave(KEY_SPECIAL | KEY_DELETE) && !map.held);
	/* Pause is six bytes and no symbol. */
	code(0xe1), code(0x1d), code(0x45), code(0xe1), code(0x9d), code(0xc5);
	press(A);
	CHECK(gave('a') && !map.held && !map.locks);
}

TEST(layout_rules)
{
	begin("de");
	press(0x15);
	CHECK(gave('z'));
	press(0x27);
	CHECK(gave(0xf6));
	press(CAPS);
	press(0x27);
	CHECK(gave(0xd6));
	press(CAPS);
	code(0xe0), code(0x38);
	press(0x10);
	CHECK(gave('@'));
	press(0x12);
	CHECK(gave(0x20ac));
	press(A);
	CHECK(count == 0);
	code(0xe0), code(0xb8);
	CHECK(!map.held);
	press_with(CONTROL, 0x2c);
	CHECK(gave(('y' & 0x1f) | KEY_CONTROL));
	begin("fr");
	press(A);
	CHECK(gave('q'));
	press_with(SHIFT, 0x02);
	CHECK(gave('1'));
	begin("uk");
	press_with(SHIFT, 0x04);
	CHECK(gave(0xa3));
	CHECK(layout_find("xx", 2) == layout_count && layout_find("", 0) == layout_count);
}

TEST(dead_keys)
{
	begin("de");
	press(0x29);
	CHECK(count == 0);
	press(A);
	CHECK(gave(0xe2));
	press(0x0d);
	press(E);
	CHECK(gave(0xe9));
	press(0x29);
	press(0x39);
	CHECK(gave('^'));
	press(0x29);
	press(0x29);
	CHECK(gave('^'));
	press(0x29);
	press(0x2d);
	CHECK(count == 2 && got[0] == '^' && got[1] == 'x');
	count = 0;
	press(A);
	CHECK(gave('a'));
}

TEST(any_bytes)
{
	u32 random = 1;

	for (u32 layout = 0; layout < layout_count; layout++) {
		memset(&map, 0, sizeof(map));
		map.layout = layout;
		for (u32 i = 0; i < 100000; i++) {
			random = random * 1103515245 + 12345;
			count = 0;
			code((u8)(random >> 16));
		}
	}
}

UNIT("keyboard_keymap", RUN(plain_and_shifted), RUN(control_and_alt), RUN(locks), RUN(repeats),
     RUN(special_keys), RUN(layout_rules), RUN(dead_keys), RUN(any_bytes))
