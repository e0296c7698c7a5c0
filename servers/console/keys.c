/* SPDX-License-Identifier: MIT */
/* keys.c - keys as the bytes that programs read: UTF-8, and the sequences of xterm. */
#include "libsys/keyboard.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/console/screen.h"

/* letter: ESC [ letter; number: ESC [ number ~ */
static const struct {
	char letter;
	u8 number;
} sequences[] = {
	[KEY_F1] = { 'P', 0 },	     [KEY_F2] = { 'Q', 0 },	   [KEY_F3] = { 'R', 0 },
	[KEY_F4] = { 'S', 0 },	     [KEY_F5] = { 0, 15 },	   [KEY_F6] = { 0, 17 },
	[KEY_F7] = { 0, 18 },	     [KEY_F8] = { 0, 19 },	   [KEY_F9] = { 0, 20 },
	[KEY_F10] = { 0, 21 },	     [KEY_F11] = { 0, 23 },	   [KEY_F12] = { 0, 24 },
	[KEY_UP] = { 'A', 0 },	     [KEY_DOWN] = { 'B', 0 },	   [KEY_RIGHT] = { 'C', 0 },
	[KEY_LEFT] = { 'D', 0 },     [KEY_HOME] = { 'H', 0 },	   [KEY_END] = { 'F', 0 },
	[KEY_INSERT] = { 0, 2 },     [KEY_DELETE] = { 0, 3 },	   [KEY_PAGE_UP] = { 0, 5 },
	[KEY_PAGE_DOWN] = { 0, 6 },  [KEY_BACK_TAB] = { 'Z', 0 },  [KEY_KEYPAD_ENTER] = { 'M', 0 },
};

static void special(struct console *c, u32 symbol)
{
	u32 key = symbol & KEY_VALUE, modes = c->s.modes;
	u32 modifier = 1 + (symbol & KEY_SHIFT ? 1 : 0) + (symbol & KEY_ALT ? 2 : 0) +
		       (symbol & KEY_CONTROL ? 4 : 0);
	char text[16];

	if (key >= sizeof(sequences) / sizeof(sequences[0]) ||
	    (!sequences[key].letter && !sequences[key].number))
		return;
	if (key == KEY_KEYPAD_ENTER && !(modes & MODE_KEYPAD)) {
		input_text(c, "\r");
		return;
	}
	if (key == KEY_BACK_TAB)
		modifier = 1;
	if (!sequences[key].letter)
		modifier == 1 ? text_format(text, sizeof(text), "\033[%u~", sequences[key].number) :
				text_format(text, sizeof(text), "\033[%u;%u~",
					    sequences[key].number, modifier);
	else if (modifier > 1)
		text_format(text, sizeof(text), "\033[1;%u%c", modifier, sequences[key].letter);
	else
		text_format(text, sizeof(text), "\033%c%c",
			    key <= KEY_F4 || key == KEY_KEYPAD_ENTER ||
					    (modes & MODE_APPLICATION_KEYS && key >= KEY_UP &&
					     key <= KEY_END) ?
				    'O' :
				    '[',
			    sequences[key].letter);
	input_text(c, text);
}

static u32 utf8(char *to, u32 c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | (c >> 12 & 15));
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

void key_typed(struct console *c, u32 symbol)
{
	char text[8] = "\033";
	u32 escape = symbol & KEY_ALT ? 1 : 0;

	/* Typing brings the view back to the present. */
	c->s.view = 0;
	if (symbol & KEY_SPECIAL)
		special(c, symbol);
	else if ((symbol & KEY_VALUE) < 0x10000)
		input_add(c, text, escape + utf8(text + escape, symbol & KEY_VALUE));
}
