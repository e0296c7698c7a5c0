/* SPDX-License-Identifier: MIT */
/*
 * screen.h - a virtual console: cells, cursor, modes, scroll-back, and what was typed.
 *
 * How it survives the server: struct screen is a working copy, screen_commit() stores it beside the
 * committed one in the depot and makes it count with one store.  Rows of cells are written in
 * place, and so that writing them once more after a death gives the same: the order of rows is a
 * map in struct screen, and what moves cells within a row (insert, delete) builds the new row in a
 * spare one.  Only one such row is made between two commits; feed() returns for it.
 */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include "microkernel/abi/types.h"

enum {
	COLUMNS_MAX = 256,
	ROWS_MAX = 128,
	HISTORY = 256,
	LINES = ROWS_MAX + HISTORY,	/* of the main page, a ring */
	LINES_ALL = LINES + ROWS_MAX + 1, /* and the alternate page, and the spare row */
	INPUT_SIZE = 1024,		/* typed and not yet read */
	PARAMETERS = 16,
	PARAMETER_MAX = 9999,
};

enum attribute {
	BOLD = 1, DIM = 2, UNDERLINE = 4, BLINK = 8, REVERSE = 16, HIDDEN = 32, ITALIC = 64,
	STRUCK = 128,
};
enum { COLOUR_TEXT = 7, COLOUR_BACKGROUND = 0 };

struct cell {
	u32 character;
	u8 text, background; /* of 256 colours */
	u16 attributes;
};

struct pen {
	u8 text, background;
	u16 attributes;
};

enum mode {
	MODE_APPLICATION_KEYS = 1, MODE_WRAP = 2, MODE_ORIGIN = 4, MODE_INSERT = 8,
	MODE_NEWLINE = 16, MODE_CURSOR = 32, MODE_KEYPAD = 64, MODE_PASTE = 128,
	MODE_REVERSE = 256, MODE_ALTERNATE = 512,
};

struct place {
	u16 row, column;
	struct pen pen;
	u8 graphics[2]; /* G0 and G1 are line drawing */
	u8 shifted;	/* G1 is in use */
	u8 wrapping;	/* the next character begins a new line */
	u32 origin;	/* MODE_ORIGIN as it was */
};

struct parser {
	u8 state;	 /* enum state of parse.c */
	u8 private, intermediate;
	u8 count;	 /* parameters begun */
	u16 parameter[PARAMETERS];
	u32 character;	 /* UTF-8: what is there of it */
	u8 missing;	 /* UTF-8: bytes to come */
	u8 length;	 /* UTF-8: bytes in all */
};

struct screen {
	u64 taken;	/* bytes of output that have been dealt with */
	u64 keys_taken; /* symbols of the keyboard, by whichever console had it */
	u64 active_since; /* which switch was the one to this console; the latest counts */
	u32 input_head, input_tail;
	u16 rows, columns;
	struct place at, saved, main_place; /* main_place: while the alternate page is shown */
	u16 top, bottom; /* scrolling region: rows top to bottom - 1 */
	u16 view;	 /* rows that the view is scrolled back */
	u16 history;	 /* rows there are above */
	u16 base;	 /* of the ring: the first row of the screen */
	u16 spare;
	u32 modes;	 /* enum mode */
	u32 last;	 /* the last character printed, 0 none */
	u64 tabs[COLUMNS_MAX / 64];
	struct parser parser;
	u16 main[LINES];    /* which row of cells each line has */
	u16 alternate[ROWS_MAX];
};

struct screen_store {
	u32 current; /* 0 or 1: which copy counts */
	struct screen copy[2];
	u8 input[INPUT_SIZE];
	struct cell cells[LINES_ALL][COLUMNS_MAX];
};

/* Both together, which is what all functions here work on. */
struct console {
	struct screen s; /* the working copy */
	struct screen_store *store;
};

/* screen.c */
void screen_reset(struct console *c, u32 rows, u32 columns);
/* Take up what was committed; begins anew if it cannot be believed or has another size. */
void screen_adopt(struct console *c, struct screen_store *store, u32 rows, u32 columns);
void screen_commit(struct console *c);
/* The cells of a row as they are to be seen, scrolled back or not. */
const struct cell *screen_row(const struct console *c, u32 row);
/* Where the cursor is to be seen; false: nowhere. */
bool screen_cursor(const struct console *c, u32 *row, u32 *column);

struct cell *row_cells(struct console *c, u32 row);
void print(struct console *c, u32 character);
void line_feed(struct console *c);
void reverse_line_feed(struct console *c);
void scroll_up(struct console *c, u32 top, u32 bottom, u32 count);
void scroll_down(struct console *c, u32 top, u32 bottom, u32 count);
void erase_cells(struct console *c, u32 row, u32 from, u32 to);
void erase_rows(struct console *c, u32 from, u32 to);
void cells_insert(struct console *c, u32 count);
void cells_delete(struct console *c, u32 count);
void move_to(struct console *c, i32 row, i32 column);
void page_show(struct console *c, bool alternate);
void view_scroll(struct console *c, i32 rows);

/* Bytes that a program will read; what does not fit is lost. */
void input_add(struct console *c, const char *bytes, u32 count);
void input_text(struct console *c, const char *text);

/* control.c: the sequence that the parser holds, by its last byte; and parts of others. */
void control(struct console *c, u8 final);
void place_save(struct console *c);
void place_restore(struct console *c);
void tab_forward(struct console *c, u32 count);

/* parse.c: output of programs.  Returns how many bytes were dealt with; commit, then go on. */
u64 feed(struct console *c, const u8 *bytes, u64 count);

/* keys.c: a symbol of the keyboard (libsys/keyboard.h) as the bytes that a program reads. */
void key_typed(struct console *c, u32 symbol);

#endif
