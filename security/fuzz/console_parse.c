/* SPDX-License-Identifier: MIT */
/*
 * console_parse - arbitrary output and keys under the console: whatever comes, what it has
 * committed is such that a successor believes it.
 */
#include "security/fuzz/fuzz.h"
#include "servers/console/screen.h"

static struct screen_store store;
static struct console c, successor;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first bytes: the size of the screen, from one cell to all. */
	u32 rows = size > 0 ? 1 + data[0] % ROWS_MAX : 1;
	u32 columns = size > 1 ? 1 + data[1] % COLUMNS_MAX : 1;
	uint8_t *copy = fuzz_copy(data, size);
	size_t at = 2;

	memset(&store, 0, sizeof(store));
	memset(&c, 0, sizeof(c));
	screen_adopt(&c, &store, rows, columns);
	while (at < size) {
		u32 row, column;
		u64 n;

		/* A byte 255, which no text holds, makes the next four a key; 254 scrolls the view.
		 */
		if (copy[at] == 255 && size - at > 4) {
			u32 symbol;

			memcpy(&symbol, copy + at + 1, 4);
			key_typed(&c, symbol);
			at += 5;
		} else if (copy[at] == 254 && size - at > 1) {
			view_scroll(&c, (signed char)copy[at + 1]);
			at += 2;
		} else {
			n = feed(&c, copy + at, size - at < 64 ? size - at : 64);
			if (!n)
				abort();
			at += n;
		}
		screen_commit(&c);
		if (screen_cursor(&c, &row, &column) && (row >= rows || column >= columns))
			abort();
		for (row = 0; row < rows; row++)
			(void)screen_row(&c, row)[columns - 1];
	}
	screen_adopt(&successor, &store, rows, columns);
	if (memcmp(&successor.s, &c.s, sizeof(c.s)))
		abort();
	free(copy);
	return 0;
}
