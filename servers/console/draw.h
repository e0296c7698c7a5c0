/* SPDX-License-Identifier: MIT */
/* draw.h - cells as pixels of the framebuffer; only what differs from what is there is drawn. */
#ifndef CONSOLE_DRAW_H
#define CONSOLE_DRAW_H

#include "servers/console/font.h"
#include "servers/console/screen.h"

struct display {
	u8 *pixels;		    /* NULL: there is none */
	u32 width, height, pitch;   /* pixels, pixels, bytes a line */
	u32 red_first;		    /* the order of colours */
	u32 rows, columns;	    /* of characters */
	struct font font;
	struct cell shown[ROWS_MAX][COLUMNS_MAX];
};

/* How many characters fit. */
void display_measure(struct display *d);
/* Make all of it black, and forget what was shown. */
void display_clear(struct display *d);
void display_draw(struct display *d, const struct console *c);

#endif
