/* SPDX-License-Identifier: MIT */
/* font.c - reading a PSF font; see font.h. */
#include "servers/console/font.h"

enum { MAGIC_0 = 0x36, MAGIC_1 = 0x04, MODE_512 = 1, MODE_TABLE = 2, HEADER = 4 };
enum { TABLE_END = 0xffff, TABLE_SEQUENCE = 0xfffe, NOTHING_KNOWN = 0xfffd, HEIGHT_MAX = 64 };

static u32 bucket_of(const struct font *font, u16 character)
{
	u32 i = character * 2654435761u >> 20;

	while (font->bucket[i].character && font->bucket[i].character != character)
		i = (i + 1) % FONT_BUCKETS;
	return i;
}

static void table_read(struct font *font, const u8 *table, u64 size)
{
	u32 glyph = 0, used = 0;
	bool sequence = false;

	for (u64 at = 0; at + 2 <= size && glyph < font->count; at += 2) {
		u16 word = (u16)(table[at] | table[at + 1] << 8);

		if (word == TABLE_END) {
			glyph++;
			sequence = false;
		} else if (word == TABLE_SEQUENCE) {
			sequence = true;
		} else if (!sequence && word && used < FONT_BUCKETS / 2) {
			u32 i = bucket_of(font, word);

			used += !font->bucket[i].character;
			font->bucket[i].character = word;
			font->bucket[i].glyph = (u16)glyph;
		}
	}
}

bool font_read(struct font *font, const u8 *file, u64 size)
{
	u64 bytes;

	if (size < HEADER || file[0] != MAGIC_0 || file[1] != MAGIC_1)
		return false;
	font->count = file[2] & MODE_512 ? 512 : 256;
	font->height = file[3];
	font->glyphs = file + HEADER;
	bytes = (u64)font->count * font->height;
	if (!font->height || font->height > HEIGHT_MAX || bytes > size - HEADER)
		return false;
	if (file[2] & MODE_TABLE)
		table_read(font, file + HEADER + bytes, size - HEADER - bytes);
	return true;
}

const u8 *font_glyph(const struct font *font, u32 character)
{
	u32 i = bucket_of(font, character < 0x10000 ? (u16)character : NOTHING_KNOWN);

	if (!font->bucket[i].character)
		i = bucket_of(font, NOTHING_KNOWN);
	/* A font without that one shows the first glyph it has. */
	return font->glyphs + (u64)font->bucket[i].glyph * font->height;
}
