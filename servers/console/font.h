/* SPDX-License-Identifier: MIT */
/* font.h - a font in PSF version 1: glyphs of 8 pixels' width, and which characters they show. */
#ifndef CONSOLE_FONT_H
#define CONSOLE_FONT_H

#include "microkernel/abi/types.h"

enum { FONT_WIDTH = 8, FONT_BUCKETS = 4096 };

struct font {
	const u8 *glyphs;
	u32 count, height;
	struct {
		u16 character, glyph; /* character 0: free */
	} bucket[FONT_BUCKETS];
};

/* false: it is no font that we understand. */
bool font_read(struct font *font, const u8 *file, u64 size);
/* The rows of a character, one byte each; of one that the font lacks, those of U+FFFD. */
const u8 *font_glyph(const struct font *font, u32 character);

#endif
