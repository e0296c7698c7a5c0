/* SPDX-License-Identifier: MIT */
/*
 * control.c - what control sequences do: those of a VT102, with what xterm has made usual.
 *
 * Parameters are hostile: each is at most PARAMETER_MAX, and nothing here takes more steps than the
 * screen has rows, or a row columns.
 */
#include "servers/console/screen.h"

#include "libsys/text.h"

/* --- parameters ------------------------------------------------------------------------------ */

static u32 parameter(const struct console *c, u32 n, u32 otherwise)
{
	const struct parser *p = &c->s.parser;

	return n < p->count && p->parameter[n] ? p->parameter[n] : otherwise;
}

static i32 signed_parameter(const struct console *c, u32 n)
{
	return (i32)parameter(c, n, 1);
}

/* --- colours and attributes ------------------------------------------------------------------ */

static u8 cube_step(u32 level)
{
	return (u8)(level < 48 ? 0 : level < 115 ? 1 : (level - 35) / 40);
}

/* 38;5;N and 38;2;R;G;B.  Returns how many parameters follow the first. */
static u32 extended_colour(const struct console *c, u32 n, u8 *colour)
{
	const struct parser *p = &c->s.parser;
	u32 left = p->count - n - 1;
	u32 kind = left ? p->parameter[n + 1] : 0;

	if (kind == 5 && left >= 2) {
		*colour = (u8)p->parameter[n + 2];
		return 2;
	}
	if (kind == 2 && left >= 4) {
		u32 rgb[3];

		for (u32 i = 0; i < 3; i++)
			rgb[i] = p->parameter[n + 2 + i] < 255 ? p->parameter[n + 2 + i] : 255;
		*colour = (u8)(16 + 36 * cube_step(rgb[0]) + 6 * cube_step(rgb[1]) +
			       cube_step(rgb[2]));
		return 4;
	}
	return left;
}

static void attribute(struct pen *pen, u32 code)
{
	static const u16 on[] = { 0, BOLD, DIM, ITALIC, UNDERLINE, BLINK, BLINK, REVERSE, HIDDEN,
				  STRUCK };
	static const u16 off[] = { UNDERLINE, BOLD | DIM, ITALIC, UNDERLINE, BLINK, 0, REVERSE,
				   HIDDEN, STRUCK };

	if (code == 0)
		*pen = (struct pen){ COLOUR_TEXT, COLOUR_BACKGROUND, 0 };
	else if (code < 10)
		pen->attributes |= on[code];
	else if (code >= 21 && code <= 29)
		pen->attributes &= ~off[code - 21];
	else if (code >= 30 && code <= 37)
		pen->text = (u8)(code - 30);
	else if (code == 39)
		pen->text = COLOUR_TEXT;
	else if (code >= 40 && code <= 47)
		pen->background = (u8)(code - 40);
	else if (code == 49)
		pen->background = COLOUR_BACKGROUND;
	else if (code >= 90 && code <= 97)
		pen->text = (u8)(code - 90 + 8);
	else if (code >= 100 && code <= 107)
		pen->background = (u8)(code - 100 + 8);
}

static void attributes(struct console *c)
{
	const struct parser *p = &c->s.parser;
	struct pen *pen = &c->s.at.pen;

	if (!p->count)
		attribute(pen, 0);
	for (u32 n = 0; n < p->count; n++) {
		if (p->parameter[n] == 38)
			n += extended_colour(c, n, &pen->text);
		else if (p->parameter[n] == 48)
			n += extended_colour(c, n, &pen->background);
		else
			attribute(pen, p->parameter[n]);
	}
}

/* --- modes ----------------------------------------------------------------------------------- */

static void mode_set(struct console *c, u32 mode, bool on)
{
	c->s.modes = on ? c->s.modes | mode : c->s.modes & ~mode;
}

void place_save(struct console *c)
{
	c->s.saved = c->s.at;
	c->s.saved.origin = c->s.modes & MODE_ORIGIN;
}

void place_restore(struct console *c)
{
	c->s.at = c->s.saved;
	mode_set(c, MODE_ORIGIN, c->s.saved.origin != 0);
}

static void private_mode(struct console *c, u32 number, bool on)
{
	switch (number) {
	case 1:
		mode_set(c, MODE_APPLICATION_KEYS, on);
		break;
	case 5:
		mode_set(c, MODE_REVERSE, on);
		break;
	case 6:
		mode_set(c, MODE_ORIGIN, on);
		move_to(c, 0, 0);
		break;
	case 7:
		mode_set(c, MODE_WRAP, on);
		c->s.at.wrapping = 0;
		break;
	case 25:
		mode_set(c, MODE_CURSOR, on);
		break;
	case 47:
	case 1047:
	case 1049:
		page_show(c, on);
		break;
	case 1048:
		on ? place_save(c) : place_restore(c);
		break;
	case 2004:
		mode_set(c, MODE_PASTE, on);
		break;
	}
}

static void modes(struct console *c, bool on)
{
	const struct parser *p = &c->s.parser;

	for (u32 n = 0; n < p->count; n++) {
		if (p->private == '?')
			private_mode(c, p->parameter[n], on);
		else if (p->parameter[n] == 4)
			mode_set(c, MODE_INSERT, on);
		else if (p->parameter[n] == 20)
			mode_set(c, MODE_NEWLINE, on);
	}
}

/* --- control sequences ----------------------------------------------------------------------- */

void tab_forward(struct console *c, u32 count)
{
	struct screen *s = &c->s;

	s->at.wrapping = 0;
	while (count-- && s->at.column + 1 < s->columns)
		do
			s->at.column++;
		while (s->at.column + 1 < s->columns &&
		       !(s->tabs[s->at.column / 64] >> s->at.column % 64 & 1));
}

static void tab_back(struct console *c, u32 count)
{
	struct screen *s = &c->s;

	s->at.wrapping = 0;
	while (count-- && s->at.column)
		do
			s->at.column--;
		while (s->at.column && !(s->tabs[s->at.column / 64] >> s->at.column % 64 & 1));
}

static void tab_clear(struct console *c)
{
	struct screen *s = &c->s;

	if (parameter(c, 0, 0) == 3)
		for (u32 i = 0; i < COLUMNS_MAX / 64; i++)
			s->tabs[i] = 0;
	else if (parameter(c, 0, 0) == 0)
		s->tabs[s->at.column / 64] &= ~((u64)1 << s->at.column % 64);
}

static void erase_display(struct console *c)
{
	struct screen *s = &c->s;

	switch (parameter(c, 0, 0)) {
	case 0:
		erase_cells(c, s->at.row, s->at.column, s->columns);
		erase_rows(c, s->at.row + 1u, s->rows);
		break;
	case 1:
		erase_rows(c, 0, s->at.row);
		erase_cells(c, s->at.row, 0, s->at.column + 1u);
		break;
	case 3:
		s->history = s->view = 0;
		/* fall through */
	case 2:
		erase_rows(c, 0, s->rows);
		break;
	}
}

static void erase_line(struct console *c)
{
	struct screen *s = &c->s;

	switch (parameter(c, 0, 0)) {
	case 0:
		erase_cells(c, s->at.row, s->at.column, s->columns);
		break;
	case 1:
		erase_cells(c, s->at.row, 0, s->at.column + 1u);
		break;
	case 2:
		erase_cells(c, s->at.row, 0, s->columns);
		break;
	}
}

/* Lines come and go at the cursor, inside the scrolling region only. */
static void lines(struct console *c, bool insert)
{
	struct screen *s = &c->s;

	if (s->at.row < s->top || s->at.row >= s->bottom)
		return;
	if (insert)
		scroll_down(c, s->at.row, s->bottom, parameter(c, 0, 1));
	else
		scroll_up(c, s->at.row, s->bottom, parameter(c, 0, 1));
	s->at.column = 0;
	s->at.wrapping = 0;
}

static void region(struct console *c)
{
	struct screen *s = &c->s;
	u32 top = parameter(c, 0, 1), bottom = parameter(c, 1, s->rows);

	if (bottom > s->rows)
		bottom = s->rows;
	if (top >= bottom)
		return;
	s->top = (u16)(top - 1);
	s->bottom = (u16)bottom;
	move_to(c, 0, 0);
}

/* Up and down stop at the region's edge if they begin inside. */
static void move_rows(struct console *c, i32 by)
{
	struct screen *s = &c->s;
	i32 row = s->at.row, first = row >= s->top ? s->top : 0;
	i32 last = row < s->bottom ? s->bottom - 1 : s->rows - 1;

	row += by;
	s->at.row = (u16)(row < first ? first : row > last ? last : row);
	s->at.wrapping = 0;
}

static void move_columns(struct console *c, i32 by)
{
	struct screen *s = &c->s;
	i32 column = s->at.column + by;

	s->at.column = (u16)(column < 0 ? 0 : column >= s->columns ? s->columns - 1 : column);
	s->at.wrapping = 0;
}

static i32 row_asked(const struct console *c)
{
	return c->s.at.row - (c->s.modes & MODE_ORIGIN ? c->s.top : 0);
}

static void report(struct console *c)
{
	char text[32];

	if (parameter(c, 0, 0) == 5) {
		input_text(c, "\033[0n");
	} else if (parameter(c, 0, 0) == 6) {
		text_format(text, sizeof(text), "\033[%d;%uR", row_asked(c) + 1,
			    c->s.at.column + 1u);
		input_text(c, text);
	}
}

static void soft_reset(struct console *c)
{
	struct screen *s = &c->s;

	s->modes = (s->modes & MODE_ALTERNATE) | MODE_WRAP | MODE_CURSOR;
	s->top = 0;
	s->bottom = s->rows;
	s->at.pen = (struct pen){ COLOUR_TEXT, COLOUR_BACKGROUND, 0 };
	s->at.graphics[0] = s->at.graphics[1] = s->at.shifted = 0;
	s->saved = (struct place){ .pen = s->at.pen };
}

static void repeat(struct console *c)
{
	u32 count = parameter(c, 0, 1), most = c->s.columns;

	/* In insert mode every character is a row of its own between two commits. */
	if (c->s.modes & MODE_INSERT)
		most = 1;
	if (c->s.last)
		for (u32 i = 0; i < count && i < most; i++)
			print(c, c->s.last);
}

static void control_moves(struct console *c, u8 final)
{
	switch (final) {
	case 'A':
		move_rows(c, -signed_parameter(c, 0));
		break;
	case 'B':
	case 'e':
		move_rows(c, signed_parameter(c, 0));
		break;
	case 'C':
	case 'a':
		move_columns(c, signed_parameter(c, 0));
		break;
	case 'D':
		move_columns(c, -signed_parameter(c, 0));
		break;
	case 'E':
	case 'F':
		move_rows(c, final == 'E' ? signed_parameter(c, 0) : -signed_parameter(c, 0));
		c->s.at.column = 0;
		break;
	case 'G':
	case '`':
		move_columns(c, signed_parameter(c, 0) - 1 - c->s.at.column);
		break;
	case 'd':
		move_to(c, signed_parameter(c, 0) - 1, c->s.at.column);
		break;
	case 'H':
	case 'f':
		move_to(c, signed_parameter(c, 0) - 1, signed_parameter(c, 1) - 1);
		break;
	case 'I':
		tab_forward(c, parameter(c, 0, 1));
		break;
	case 'Z':
		tab_back(c, parameter(c, 0, 1));
		break;
	}
}

static void control_edits(struct console *c, u8 final)
{
	struct screen *s = &c->s;

	switch (final) {
	case '@':
		cells_insert(c, parameter(c, 0, 1));
		break;
	case 'P':
		cells_delete(c, parameter(c, 0, 1));
		break;
	case 'J':
		erase_display(c);
		break;
	case 'K':
		erase_line(c);
		break;
	case 'L':
	case 'M':
		lines(c, final == 'L');
		break;
	case 'S':
		scroll_up(c, s->top, s->bottom, parameter(c, 0, 1));
		break;
	case 'T':
		scroll_down(c, s->top, s->bottom, parameter(c, 0, 1));
		break;
	case 'X':
		erase_cells(c, s->at.row, s->at.column, s->at.column + parameter(c, 0, 1));
		break;
	case 'b':
		repeat(c);
		break;
	}
}

void control(struct console *c, u8 final)
{
	struct parser *p = &c->s.parser;

	if (p->intermediate == '!' && final == 'p')
		soft_reset(c);
	if (p->intermediate)
		return;
	if (final == 'h' || final == 'l') {
		modes(c, final == 'h');
		return;
	}
	if (final == 'c' && parameter(c, 0, 0) == 0 && p->private != '?')
		input_text(c, p->private == '>' ? "\033[>0;0;0c" : "\033[?6c");
	if (p->private)
		return;
	switch (final) {
	case 'm':
		attributes(c);
		break;
	case 'n':
		report(c);
		break;
	case 'r':
		region(c);
		break;
	case 's':
		place_save(c);
		break;
	case 'u':
		place_restore(c);
		break;
	case 'g':
		tab_clear(c);
		break;
	default:
		control_moves(c, final);
		control_edits(c, final);
	}
}
