/* SPDX-License-Identifier: MIT */
/* layouts.c - what is printed on keyboards, where it differs from the layout `us`. */
#include "libsys/string.h"
#include "servers/keyboard/keymap.h"

static const struct layout_key uk[] = {
	{ 0x03, '2', '"', 0 },	   { 0x04, '3', 0xa3, 0 },     { 0x05, '4', '$', 0x20ac },
	{ 0x28, '\'', '@', 0 },	   { 0x29, '`', 0xac, 0xa6 },  { 0x2b, '#', '~', 0 },
	{ 0x56, '\\', '|', 0 },	   { 0x12, 'e', 'E', 0xe9 },   { 0x16, 'u', 'U', 0xfa },
	{ 0x17, 'i', 'I', 0xed },  { 0x18, 'o', 'O', 0xf3 },   { 0x1e, 'a', 'A', 0xe1 },
};

static const struct layout_key de[] = {
	{ 0x03, '2', '"', 0xb2 },     { 0x04, '3', 0xa7, 0xb3 },   { 0x07, '6', '&', 0 },
	{ 0x08, '7', '/', '{' },      { 0x09, '8', '(', '[' },	   { 0x0a, '9', ')', ']' },
	{ 0x0b, '0', '=', '}' },      { 0x0c, 0xdf, '?', '\\' },
	{ 0x0d, DEAD_ACUTE, DEAD_GRAVE, 0 },
	{ 0x10, 'q', 'Q', '@' },      { 0x12, 'e', 'E', 0x20ac },  { 0x15, 'z', 'Z', 0 },
	{ 0x1a, 0xfc, 0xdc, 0 },      { 0x1b, '+', '*', '~' },	   { 0x27, 0xf6, 0xd6, 0 },
	{ 0x28, 0xe4, 0xc4, 0 },      { 0x29, DEAD_CIRCUMFLEX, 0xb0, 0 },
	{ 0x2b, '#', '\'', 0 },	      { 0x2c, 'y', 'Y', 0 },	   { 0x32, 'm', 'M', 0xb5 },
	{ 0x33, ',', ';', 0 },	      { 0x34, '.', ':', 0 },	   { 0x35, '-', '_', 0 },
	{ 0x56, '<', '>', '|' },
};

static const struct layout_key fr[] = {
	{ 0x02, '&', '1', 0 },	      { 0x03, 0xe9, '2', DEAD_TILDE }, { 0x04, '"', '3', '#' },
	{ 0x05, '\'', '4', '{' },     { 0x06, '(', '5', '[' },	   { 0x07, '-', '6', '|' },
	{ 0x08, 0xe8, '7', '`' },     { 0x09, '_', '8', '\\' },	   { 0x0a, 0xe7, '9', '^' },
	{ 0x0b, 0xe0, '0', '@' },     { 0x0c, ')', 0xb0, ']' },	   { 0x0d, '=', '+', '}' },
	{ 0x10, 'a', 'A', 0 },	      { 0x11, 'z', 'Z', 0 },	   { 0x12, 'e', 'E', 0x20ac },
	{ 0x1a, DEAD_CIRCUMFLEX, DEAD_DIAERESIS, 0 },		   { 0x1b, '$', 0xa3, 0xa4 },
	{ 0x1e, 'q', 'Q', 0 },	      { 0x27, 'm', 'M', 0 },	   { 0x28, 0xf9, '%', 0 },
	{ 0x29, 0xb2, '~', 0 },	      { 0x2b, '*', 0xb5, 0 },	   { 0x2c, 'w', 'W', 0 },
	{ 0x32, ',', '?', 0 },	      { 0x33, ';', '.', 0 },	   { 0x34, ':', '/', 0 },
	{ 0x35, '!', 0xa7, 0 },	      { 0x56, '<', '>', 0 },
};

static const struct layout_key es[] = {
	{ 0x02, '1', '!', '|' },      { 0x03, '2', '"', '@' },	   { 0x04, '3', 0xb7, '#' },
	{ 0x05, '4', '$', '~' },      { 0x06, '5', '%', 0x20ac },  { 0x07, '6', '&', 0xac },
	{ 0x08, '7', '/', 0 },	      { 0x09, '8', '(', 0 },	   { 0x0a, '9', ')', 0 },
	{ 0x0b, '0', '=', 0 },	      { 0x0c, '\'', '?', 0 },	   { 0x0d, 0xa1, 0xbf, 0 },
	{ 0x1a, DEAD_GRAVE, DEAD_CIRCUMFLEX, '[' },		   { 0x1b, '+', '*', ']' },
	{ 0x27, 0xf1, 0xd1, 0 },      { 0x28, DEAD_ACUTE, DEAD_DIAERESIS, '{' },
	{ 0x29, 0xba, 0xaa, '\\' },   { 0x2b, 0xe7, 0xc7, '}' },   { 0x33, ',', ';', 0 },
	{ 0x34, '.', ':', 0 },	      { 0x35, '-', '_', 0 },	   { 0x56, '<', '>', 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct layout layouts[] = {
	{ "us", NULL, 0 },	   { "uk", uk, COUNT(uk) }, { "de", de, COUNT(de) },
	{ "fr", fr, COUNT(fr) }, { "es", es, COUNT(es) },
};
const u32 layout_count = COUNT(layouts);

u32 layout_find(const char *name, u64 length)
{
	u32 i = 0;

	while (i < layout_count && !(strlen(layouts[i].name) == length &&
				     memcmp(layouts[i].name, name, length) == 0))
		i++;
	return i;
}
