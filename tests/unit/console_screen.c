/* SPDX-License-Identifier: MIT */
/* console_screen - escape sequences, scrolling, the two pages, scroll-back, keys, adoption. */
#include "tests/unit/unit.h"
#include "libsys/keyboard.h"
#include "servers/console/screen.h"

enum { ROWS = 6, COLUMNS = 20 };

static struct screen_store store;
static struct console c;

static void begin(void)
{
	memset(&store, 0, sizeof(store));
	memset(&c, 0, sizeof(c));
	screen_adopt(&c, &store, ROWS, COLUMNS);
}

static void out(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		u64 n = feed(&c, (const u8 *)text, left);

		screen_commit(&c);
		text += n;
		left -= n;
	}
}

/* A row as ASCII, blanks at its end cut off; what is not ASCII as '#'. */
static const char *row(u32 n)
{
	static char text[COLUMNS_MAX + 1];
	const struct cell *cells = screen_row(&c, n);
	u32 end = c.s.columns;

	while (end && cells[end - 1].character == ' ')
		end--;
	for (u32 i = 0; i < end; i++)
		text[i] = cells[i].character < 0x7f ? (char)cells[i].character : '#';
	text[end] = 0;
	return text;
}

static bool shows(u32 n, const char *wanted)
{
	if (!strcmp(row(n), wanted))
		return true;
	printf("  row %u: '%s'\n", n, row(n));
	return false;
}

static bool typed(const char *wanted)
{
	char text[INPUT_SIZE];
	u32 n = 0;

	while (c.s.input_head != c.s.input_tail)
		text[n++] = (char)store.input[c.s.input_head++ % INPUT_SIZE];
	return n == strlen(wanted) && !memcmp(text, wanted, n);
}

static bool at(u32 r, u32 column)
{
	return c.s.at.row == r && c.s.at.column == column;
}

TEST(text)
{
	begin();
	out("one\r\ntwo\tx\b\by");
	CHECK(shows(0, "one") && shows(1, "two    yx") && at(1, 8));
	out("\033c" "12345678901234567890");
	CHECK(at(0, 19));
	out("x");
	CHECK(shows(1, "x") && at(1, 1));
	out("\033[?7l\033[1;19HABC");
	CHECK(shows(0, "123456789012345678AC") && at(0, 19));
}

TEST(utf8)
{
	begin();
	out("\303\244\342\202\254a\314\201b");
	CHECK(store.cells[c.s.main[0]][0].character == 0xe4);
	CHECK(store.cells[c.s.main[0]][1].character == 0x20ac && at(0, 4));
	/* Too long, surrogate, cut off, out of range: each a replacement. */
	out("\r\300\200\355\240\200\303x\364\220\200\200");
	CHECK(store.cells[c.s.main[0]][0].character == 0xfffd);
	for (u32 i = 0; i < c.s.at.column; i++)
		CHECK(store.cells[c.s.main[0]][i].character == 0xfffd ||
		      store.cells[c.s.main[0]][i].character == 'x');
	out("\033c\033(0lqk\033(B q");
	CHECK(store.cells[c.s.main[0]][0].character == 0x250c &&
	      store.cells[c.s.main[0]][4].character == 'q');
}

TEST(moving)
{
	begin();
	out("\033[3;4H");
	CHECK(at(2, 3));
	out("\033[A\033[2C\033[B\033[D");
	CHECK(at(2, 4));
	out("\033[99;99H");
	CHECK(at(5, 19));
	out("\033[99A\033[99D");
	CHECK(at(0, 0));
	out("\033[5G\033[2d");
	CHECK(at(1, 4));
	out("\0337\033[H\0338");
	CHECK(at(1, 4));
	out("\033[3;5r\033[?6h");
	CHECK(at(2, 0));
	out("\033[99B");
	CHECK(at(4, 0));
	out("\033[6n\033[5n\033[c");
	CHECK(typed("\033[3;1R\033[0n\033[?6c"));
	out("\033[!p\033[1;9H\033H\033[1;1H\t\t");
	CHECK(at(0, 16));
	out("\033[1;1H\033[3g\t");
	CHECK(at(0, 19));
}

TEST(erasing_and_editing)
{
	begin();
	out("abcdef\033[1;3H\033[2P");
	CHECK(shows(0, "abef"));
	out("\033[2@");
	CHECK(shows(0, "ab  ef"));
	out("\033[4hXY\033[4l");
	CHECK(shows(0, "abXY  ef"));
	out("\033[2X\033[K");
	CHECK(shows(0, "abXY"));
	out("\033[1K");
	CHECK(shows(0, ""));
	out("\033[H1\r\n2\r\n3\r\n4\033[2H\033[L");
	CHECK(shows(0, "1") && shows(1, "") && shows(2, "2") && shows(4, "4"));
	out("\033[2M");
	CHECK(shows(1, "3") && shows(2, "4"));
	out("\033[2;1H\033[J");
	CHECK(shows(0, "1") && shows(1, "") && shows(2, ""));
	out("\033#8\033[2J");
	CHECK(shows(3, ""));
	out("\033[Hab\033[3b");
	CHECK(shows(0, "abbbb"));
}

TEST(scrolling)
{
	begin();
	for (char n = '1'; n <= '9'; n++) {
		char line[] = "line x\r\n";

		line[5] = n;
		out(line);
	}
	CHECK(shows(0, "line 5") && shows(4, "line 9") && c.s.history == 4);
	view_scroll(&c, 3);
	CHECK(shows(0, "line 2") && c.s.view == 3);
	view_scroll(&c, 99);
	CHECK(shows(0, "line 1"));
	out("x");
	CHECK(c.s.view == 0);
	/* A region leaves the rest and the history alone. */
	out("\033[2;4r\033[4;1H\n");
	CHECK(shows(0, "line 5") && shows(1, "line 7") && shows(3, "") && shows(4, "line 9"));
	CHECK(c.s.history == 4);
	out("\033[2;1H\033M");
	CHECK(shows(1, "") && shows(2, "line 7"));
	out("\033[r\033[2S");
	CHECK(shows(0, "line 7") && c.s.history == 6);
	out("\033[T");
	CHECK(shows(0, "") && shows(1, "line 7"));
	for (int i = 0; i < 3 * LINES; i++)
		out("y\r\n");
	CHECK(c.s.history == LINES - ROWS);
	view_scroll(&c, LINES);
	CHECK(shows(0, "y"));
}

TEST(alternate_page)
{
	begin();
	out("kept\033[?1049hother\033[5;5Hx\033[?1049l");
	CHECK(shows(0, "kept") && shows(4, "") && at(0, 4));
	out("\033[?1049h");
	CHECK(shows(0, ""));
	for (int i = 0; i < 20; i++)
		out("z\r\n");
	view_scroll(&c, 5);
	CHECK(c.s.view == 0 && c.s.history == 0);
	out("\033[?1049l");
	CHECK(shows(0, "kept"));
}

TEST(colours)
{
	const struct cell *cells;

	begin();
	out("\033[1;31;44ma\033[0;7mb\033[38;5;200mc\033[48;2;255;0;0md\033[mE\033[92;105mf");
	cells = screen_row(&c, 0);
	CHECK(cells[0].text == 1 && cells[0].background == 4 && cells[0].attributes == BOLD);
	CHECK(cells[1].attributes == REVERSE && cells[1].text == COLOUR_TEXT);
	CHECK(cells[2].text == 200 && cells[3].background == 196);
	CHECK(!cells[4].attributes && cells[4].text == COLOUR_TEXT && !cells[4].background);
	CHECK(cells[5].text == 10 && cells[5].background == 13);
	/* Erased cells have the background. */
	out("\033[K");
	CHECK(cells[10].background == 13);
}

TEST(nonsense)
{
	begin();
	out("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19mA");
	out("\033[99999999999999999999C\033[999999999999Lb");
	out("\033]0;title\007C\033Pdevice\033\\D\033_x\030E\033[12\033[1;1HF\033[2\030G");
	CHECK(c.s.parser.state == 0);
	out("\033[38;5m\033[38;2;1m\033[38m\033[;;;;H\033[0;0r\033[9;3r\033[?;h");
	CHECK(c.s.top == 0 && c.s.bottom == ROWS);
	for (int i = 0; i < 3000; i++)
		out("\033[6n");
	CHECK(c.s.input_tail - c.s.input_head <= INPUT_SIZE);
}

TEST(keys)
{
	begin();
	key_typed(&c, 'a');
	key_typed(&c, 0xe4);
	key_typed(&c, 'x' | KEY_ALT);
	key_typed(&c, 0x20ac);
	CHECK(typed("a\303\244\033x\342\202\254"));
	key_typed(&c, KEY_SPECIAL | KEY_UP);
	key_typed(&c, KEY_SPECIAL | KEY_DELETE);
	key_typed(&c, KEY_SPECIAL | KEY_LEFT | KEY_CONTROL);
	key_typed(&c, KEY_SPECIAL | KEY_PAGE_UP | KEY_SHIFT | KEY_ALT);
	key_typed(&c, KEY_SPECIAL | KEY_F1);
	key_typed(&c, KEY_SPECIAL | KEY_F12);
	CHECK(typed("\033[A\033[3~\033[1;5D\033[5;4~\033OP\033[24~"));
	out("\033[?1h\033=");
	key_typed(&c, KEY_SPECIAL | KEY_UP);
	key_typed(&c, KEY_SPECIAL | KEY_KEYPAD_ENTER);
	key_typed(&c, KEY_SPECIAL | KEY_BACK_TAB | KEY_SHIFT);
	CHECK(typed("\033OA\033OM\033[Z"));
	key_typed(&c, KEY_SPECIAL | 0x1ffff);
	CHECK(typed(""));
}

/* Whatever died before a commit is done again, with the same picture. */
TEST(adoption)
{
	static const char session[] =
		"one\r\ntwo\033[1;2H\033[@x\033[4hyy\033[4l\033[6;1H\n\n\033[2P"
		"ab\033[D\033[P\033[3;5r\033[4;1H\033[L\033[Mzz\033[2;1H\033[3@";
	static struct screen_store whole;
	struct screen_store *broken = &store;
	char rows[ROWS][COLUMNS + 1];

	begin();
	out(session);
	for (u32 i = 0; i < ROWS; i++)
		strcpy(rows[i], row(i));
	whole = store;
	for (size_t death = 0; death < sizeof(session) - 1; death++) {
		size_t done = 0;

		begin();
		while (done < sizeof(session) - 1) {
			size_t left = sizeof(session) - 1 - done;
			u64 n = feed(&c, (const u8 *)session + done, left);

			if (done <= death && death < done + n && n) {
				/* Killed in the middle of this step: part of it was done. */
				screen_adopt(&c, broken, ROWS, COLUMNS);
				(void)feed(&c, (const u8 *)session + done, death - done + 1);
				screen_adopt(&c, broken, ROWS, COLUMNS);
				n = feed(&c, (const u8 *)session + done, left);
			}
			screen_commit(&c);
			done += n;
		}
		for (u32 i = 0; i < ROWS; i++)
			CHECK(!strcmp(rows[i], row(i)));
	}
	/* Another size, or a map with one row twice, begins anew. */
	store = whole;
	screen_adopt(&c, &store, ROWS + 1, COLUMNS);
	CHECK(c.s.rows == ROWS + 1 && shows(0, ""));
	store = whole;
	store.copy[store.current].main[3] = store.copy[store.current].main[4];
	screen_adopt(&c, &store, ROWS, COLUMNS);
	CHECK(shows(0, ""));
}

UNIT("console_screen", RUN(text), RUN(utf8), RUN(moving), RUN(erasing_and_editing), RUN(scrolling),
     RUN(alternate_page), RUN(colours), RUN(nonsense), RUN(keys), RUN(adoption))
