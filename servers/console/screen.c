/* SPDX-License-Identifier: MIT */
/* screen.c - the cells of a console and everything that moves them; see screen.h. */
#include "servers/console/screen.h"

#include "libsys/string.h"

enum { TAB_WIDTH = 8 };

static struct cell blank(const struct console *c)
{
	/* Erasing leaves the background that is set, no other attribute. */
	return (struct cell){ ' ', COLOUR_TEXT, c->s.at.pen.background, 0 };
}

/* The slot of the map for a row of the screen. */
static u16 *slot(struct console *c, u32 row)
{
	struct screen *s = &c->s;

	return s->modes & MODE_ALTERNATE ? &s->alternate[row] : &s->main[(s->base + row) % LINES];
}

struct cell *row_cells(struct console *c, u32 row)
{
	return c->store->cells[*slot(c, row)];
}

static void cells_clear(struct console *c, struct cell *cells, u32 from, u32 to)
{
	struct cell empty = blank(c);

	for (u32 i = from; i < to; i++)
		cells[i] = empty;
}

void erase_cells(struct console *c, u32 row, u32 from, u32 to)
{
	if (to > c->s.columns)
		to = c->s.columns;
	cells_clear(c, row_cells(c, row), from, to);
}

void erase_rows(struct console *c, u32 from, u32 to)
{
	for (u32 row = from; row < to && row < c->s.rows; row++)
		erase_cells(c, row, 0, c->s.columns);
}

/* --- beginning, adopting --------------------------------------------------------------------- */

static void modes_reset(struct console *c)
{
	struct screen *s = &c->s;

	s->modes = MODE_WRAP | MODE_CURSOR;
	s->top = 0;
	s->bottom = s->rows;
	s->at = (struct place){ .pen = { COLOUR_TEXT, COLOUR_BACKGROUND, 0 } };
	s->saved = s->main_place = s->at;
	for (u32 i = 0; i < COLUMNS_MAX; i++)
		if (i % TAB_WIDTH == 0)
			s->tabs[i / 64] |= (u64)1 << i % 64;
		else
			s->tabs[i / 64] &= ~((u64)1 << i % 64);
}

void screen_reset(struct console *c, u32 rows, u32 columns)
{
	struct screen *s = &c->s;
	struct screen kept = *s;

	/* What was typed, and which bytes were dealt with, is no matter of the screen. */
	*s = (struct screen){ .taken = kept.taken, .keys_taken = kept.keys_taken,
			      .active_since = kept.active_since, .input_head = kept.input_head,
			      .input_tail = kept.input_tail, .parser.state = kept.parser.state,
			      .rows = (u16)rows, .columns = (u16)columns };
	for (u32 i = 0; i < LINES; i++)
		s->main[i] = (u16)i;
	for (u32 i = 0; i < ROWS_MAX; i++)
		s->alternate[i] = (u16)(LINES + i);
	s->spare = LINES_ALL - 1;
	modes_reset(c);
	erase_rows(c, 0, rows);
}

/* Every row of cells is named once: no two lines are one. */
static bool map_good(const struct screen *s)
{
	u8 used[LINES_ALL] = { 0 };

	if (s->spare >= LINES_ALL)
		return false;
	used[s->spare] = 1;
	for (u32 i = 0; i < LINES + ROWS_MAX; i++) {
		u16 row = i < LINES ? s->main[i] : s->alternate[i - LINES];

		if (row >= LINES_ALL || used[row])
			return false;
		used[row] = 1;
	}
	return true;
}

static bool believable(const struct screen *s, u32 rows, u32 columns)
{
	return s->rows == rows && s->columns == columns && s->top < s->bottom &&
	       s->bottom <= rows && s->at.row < rows && s->at.column < columns &&
	       s->saved.row < rows && s->saved.column < columns && s->main_place.row < rows &&
	       s->main_place.column < columns && s->base < LINES && s->history <= LINES - rows &&
	       s->view <= s->history && s->input_tail - s->input_head <= INPUT_SIZE &&
	       s->parser.count <= PARAMETERS && map_good(s);
}

void screen_adopt(struct console *c, struct screen_store *store, u32 rows, u32 columns)
{
	c->store = store;
	c->s = store->copy[store->current & 1];
	if (believable(&c->s, rows, columns))
		return;
	if (c->s.input_tail - c->s.input_head > INPUT_SIZE)
		c->s.input_head = c->s.input_tail;
	c->s.parser = (struct parser){ 0 };
	screen_reset(c, rows, columns);
	screen_commit(c);
}

void screen_commit(struct console *c)
{
	u32 next = !c->store->current;

	c->store->copy[next] = c->s;
	__atomic_store_n(&c->store->current, next, __ATOMIC_RELEASE);
}

/* --- what is seen ---------------------------------------------------------------------------- */

const struct cell *screen_row(const struct console *c, u32 row)
{
	const struct screen *s = &c->s;

	if (s->modes & MODE_ALTERNATE)
		return c->store->cells[s->alternate[row]];
	return c->store->cells[s->main[(s->base + LINES - s->view + row) % LINES]];
}

bool screen_cursor(const struct console *c, u32 *row, u32 *column)
{
	*row = c->s.at.row + c->s.view;
	*column = c->s.at.column;
	return c->s.modes & MODE_CURSOR && *row < c->s.rows;
}

void view_scroll(struct console *c, i32 rows)
{
	struct screen *s = &c->s;
	i32 view = s->view + rows, most = s->modes & MODE_ALTERNATE ? 0 : s->history;

	s->view = (u16)(view < 0 ? 0 : view > most ? most : view);
}

/* --- moving rows ----------------------------------------------------------------------------- */

/* The main page as a whole: what leaves at the top becomes history. */
static void scroll_page(struct console *c)
{
	struct screen *s = &c->s;

	s->base = (u16)((s->base + 1) % LINES);
	if (s->history < LINES - s->rows)
		s->history++;
	/* Who looks at the past goes on seeing it. */
	if (s->view && s->view < s->history)
		s->view++;
	cells_clear(c, row_cells(c, s->rows - 1u), 0, COLUMNS_MAX);
}

void scroll_up(struct console *c, u32 top, u32 bottom, u32 count)
{
	bool page = !(c->s.modes & MODE_ALTERNATE) && !top && bottom == c->s.rows;

	if (count > bottom - top)
		count = bottom - top;
	while (count--) {
		u16 first = *slot(c, top);

		if (page) {
			scroll_page(c);
			continue;
		}
		for (u32 row = top; row + 1 < bottom; row++)
			*slot(c, row) = *slot(c, row + 1);
		*slot(c, bottom - 1) = first;
		cells_clear(c, c->store->cells[first], 0, COLUMNS_MAX);
	}
}

void scroll_down(struct console *c, u32 top, u32 bottom, u32 count)
{
	if (count > bottom - top)
		count = bottom - top;
	while (count--) {
		u16 last = *slot(c, bottom - 1);

		for (u32 row = bottom - 1; row > top; row--)
			*slot(c, row) = *slot(c, row - 1);
		*slot(c, top) = last;
		cells_clear(c, c->store->cells[last], 0, COLUMNS_MAX);
	}
}

void line_feed(struct console *c)
{
	struct screen *s = &c->s;

	if (s->at.row + 1 == s->bottom)
		scroll_up(c, s->top, s->bottom, 1);
	else if (s->at.row + 1 < s->rows)
		s->at.row++;
}

void reverse_line_feed(struct console *c)
{
	struct screen *s = &c->s;

	if (s->at.row == s->top)
		scroll_down(c, s->top, s->bottom, 1);
	else if (s->at.row)
		s->at.row--;
}

/* --- within a row ---------------------------------------------------------------------------- */

/* The row of the cursor is made anew in the spare row. */
static struct cell *row_replace(struct console *c, const struct cell **old)
{
	u16 *here = slot(c, c->s.at.row), row = *here;

	*old = c->store->cells[row];
	*here = c->s.spare;
	c->s.spare = row;
	return c->store->cells[*here];
}

void cells_insert(struct console *c, u32 count)
{
	u32 column = c->s.at.column, columns = c->s.columns;
	const struct cell *old;
	struct cell *cells = row_replace(c, &old);

	if (count > columns - column)
		count = columns - column;
	memcpy(cells, old, column * sizeof(*cells));
	memcpy(cells + column + count, old + column, (columns - column - count) * sizeof(*cells));
	cells_clear(c, cells, column, column + count);
}

void cells_delete(struct console *c, u32 count)
{
	u32 column = c->s.at.column, columns = c->s.columns;
	const struct cell *old;
	struct cell *cells = row_replace(c, &old);

	if (count > columns - column)
		count = columns - column;
	memcpy(cells, old, column * sizeof(*cells));
	memcpy(cells + column, old + column + count, (columns - column - count) * sizeof(*cells));
	cells_clear(c, cells, columns - count, columns);
}

void print(struct console *c, u32 character)
{
	struct screen *s = &c->s;

	if (s->at.wrapping) {
		s->at.wrapping = 0;
		s->at.column = 0;
		line_feed(c);
	}
	if (s->modes & MODE_INSERT)
		cells_insert(c, 1);
	row_cells(c, s->at.row)[s->at.column] = (struct cell){
		character, s->at.pen.text, s->at.pen.background, s->at.pen.attributes
	};
	s->last = character;
	if (s->at.column + 1 < s->columns)
		s->at.column++;
	else
		s->at.wrapping = s->modes & MODE_WRAP ? 1 : 0;
}

/* With MODE_ORIGIN rows count from the scrolling region's top, and stay in it. */
void move_to(struct console *c, i32 row, i32 column)
{
	struct screen *s = &c->s;
	i32 first = 0, last = s->rows - 1;

	if (s->modes & MODE_ORIGIN) {
		first = s->top;
		last = s->bottom - 1;
		row += first;
	}
	s->at.row = (u16)(row < first ? first : row > last ? last : row);
	s->at.column = (u16)(column < 0 ? 0 : column >= s->columns ? s->columns - 1 : column);
	s->at.wrapping = 0;
}

void page_show(struct console *c, bool alternate)
{
	struct screen *s = &c->s;

	if (!(s->modes & MODE_ALTERNATE) == !alternate)
		return;
	s->view = 0;
	if (alternate) {
		s->main_place = s->at;
		s->modes |= MODE_ALTERNATE;
		erase_rows(c, 0, s->rows);
	} else {
		s->modes &= ~(u32)MODE_ALTERNATE;
		s->at = s->main_place;
	}
}

/* --- what programs read ---------------------------------------------------------------------- */

void input_add(struct console *c, const char *bytes, u32 count)
{
	struct screen *s = &c->s;

	/* All or nothing: half an escape sequence would be read as keys. */
	if (count > INPUT_SIZE - (s->input_tail - s->input_head))
		return;
	for (u32 i = 0; i < count; i++)
		c->store->input[s->input_tail++ % INPUT_SIZE] = (u8)bytes[i];
}

void input_text(struct console *c, const char *text)
{
	input_add(c, text, (u32)strlen(text));
}
