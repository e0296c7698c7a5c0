/* SPDX-License-Identifier: MIT */
/* draw.c - see draw.h. */
#include "servers/console/draw.h"

enum { BRIGHT = 8, CUBE = 16, GREY = 232, UNDERLINE_ROW = 2 };

static const u32 basic[16] = {
	0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
	0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
};

static u32 cube_level(u32 step)
{
	return step ? 55 + 40 * step : 0;
}

/* Red, green and blue of one of the 256 colours. */
static u32 colour(const struct display *d, u8 index)
{
	u32 rgb;

	if (index < CUBE)
		rgb = basic[index];
	else if (index < GREY)
		rgb = cube_level((index - CUBE) / 36u) << 16 |
		      cube_level((index - CUBE) / 6u % 6u) << 8 | cube_level((index - CUBE) % 6u);
	else
		rgb = (8 + 10u * (index - GREY)) * 0x010101u;
	return d->red_first ? (rgb & 0xff) << 16 | (rgb & 0xff00) | rgb >> 16 : rgb;
}

static void cell_draw(struct display *d, u32 row, u32 column, const struct cell *cell)
{
	const u8 *glyph = font_glyph(&d->font, cell->character);
	bool bright = cell->attributes & BOLD && cell->text < BRIGHT;
	u32 text = colour(d, bright ? cell->text + BRIGHT : cell->text);
	u32 background = colour(d, cell->background);
	u8 *line = d->pixels + (u64)row * d->font.height * d->pitch +
		   (u64)column * FONT_WIDTH * sizeof(u32);

	if (cell->attributes & DIM)
		text = text >> 1 & 0x7f7f7f;
	if (cell->attributes & REVERSE) {
		u32 other = text;

		text = background;
		background = other;
	}
	for (u32 y = 0; y < d->font.height; y++, line += d->pitch) {
		u8 bits = cell->attributes & HIDDEN ? 0 : glyph[y];
		u32 *pixel = (u32 *)line;

		if ((cell->attributes & UNDERLINE && y + UNDERLINE_ROW == d->font.height) ||
		    (cell->attributes & STRUCK && y == d->font.height / 2))
			bits = 0xff;
		for (u32 x = 0; x < FONT_WIDTH; x++)
			pixel[x] = bits & 0x80 >> x ? text : background;
	}
}

void display_measure(struct display *d)
{
	d->rows = d->height / d->font.height;
	d->columns = d->width / FONT_WIDTH;
	if (d->rows > ROWS_MAX)
		d->rows = ROWS_MAX;
	if (d->columns > COLUMNS_MAX)
		d->columns = COLUMNS_MAX;
}

void display_clear(struct display *d)
{
	for (u32 y = 0; y < d->height; y++)
		for (u32 x = 0; x < d->width; x++)
			((u32 *)(d->pixels + (u64)y * d->pitch))[x] = 0;
	for (u32 row = 0; row < d->rows; row++)
		for (u32 column = 0; column < d->columns; column++)
			d->shown[row][column].character = 0;
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->character == b->character && a->text == b->text &&
	       a->background == b->background && a->attributes == b->attributes;
}

void display_draw(struct display *d, const struct console *c)
{
	u16 inverse = c->s.modes & MODE_REVERSE ? REVERSE : 0;
	u32 cursor_row = 0, cursor_column = 0;
	bool cursor = screen_cursor(c, &cursor_row, &cursor_column);

	for (u32 row = 0; row < d->rows; row++) {
		const struct cell *cells = screen_row(c, row);

		for (u32 column = 0; column < d->columns; column++) {
			struct cell cell = cells[column];

			cell.attributes ^= inverse;
			if (cursor && row == cursor_row && column == cursor_column)
				cell.attributes ^= REVERSE;
			if (same(&cell, &d->shown[row][column]))
				continue;
			cell_draw(d, row, column, &cell);
			d->shown[row][column] = cell;
		}
	}
}
