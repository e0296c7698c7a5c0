/* SPDX-License-Identifier: MIT */
/* judge.c - rows, groups and their lines in the log; tests/programs/protocols links it too. */
#include "libsys/string.h"
#include "libsys/text.h"
#include "tests/programs/calls/calls.h"

enum { CELLS = 1024, CELL_TEXT = 72, LINE = 200 };

static const char *current;
static bool good, quiet;
static u32 passed, failed;

static struct cell {
	char text[CELL_TEXT];
	bool good;
} cells[CELLS];
static u32 nr_cells, nr_said;

void row_end(void)
{
	if (!current)
		return;
	if (!good || !quiet)
		log_printf("%s %s", good ? "ok" : "FAILED", current);
	passed += good && !quiet;
	failed += !good;
	current = NULL;
}

void row(const char *name)
{
	row_end();
	current = name;
	good = true;
}

void judge_quiet(bool on)
{
	row_end();
	quiet = on;
}

void judge(bool right, const char *what, i64 got, i64 wanted)
{
	if (right)
		return;
	good = false;
	log_printf("  %s: %.120s gives %ld, wanted %ld", current, what, got, wanted);
}

static struct cell *cell_of(const char *text)
{
	for (u32 i = 0; i < nr_cells; i++)
		if (!strcmp(cells[i].text, text))
			return &cells[i];
	if (nr_cells == CELLS)
		return NULL;
	string_copy(cells[nr_cells].text, CELL_TEXT, text);
	cells[nr_cells].good = true;
	return &cells[nr_cells++];
}

void judge_cell(const char *name, const char *what, i64 got, i64 wanted)
{
	char text[CELL_TEXT];
	struct cell *cell;

	text_format(text, sizeof(text), "%s: %s", name, what);
	judge(got == wanted, text, got, wanted);
	cell = cell_of(text);
	judge(cell != NULL, "cells", nr_cells, CELLS);
	if (cell && got != wanted)
		cell->good = false;
}

/* The name in syscall.def of the stub that the text begins with; false: it is none. */
static bool name_of(const char *text, char *name, size_t size)
{
	static const char *const messages[] = { "call(", "receive(" };
	const char *prefix = "";
	size_t length = 0;

	if (strncmp(text, "sys_", 4) && strncmp(text, "ipc_", 4))
		return false;
	for (u32 i = 0; i < 2 && *text == 'i'; i++)
		if (!strncmp(text + 4, messages[i], strlen(messages[i])))
			prefix = "endpoint_";
	text += 4;
	while (text[length] && text[length] != '(')
		length++;
	text_format(name, size, "%s%.*s", prefix, (int)length, text);
	return true;
}

void judge_call(const char *text, i64 got, i64 wanted)
{
	char name[CELL_TEXT];

	if (name_of(text, name, sizeof(name)))
		judge_cell(name, wanted < 0 ? error_name(wanted) : "success", got, wanted);
	judge(got == wanted, text, got, wanted);
}

/* What was not said yet, as many as go into a line: the log is not long. */
static void cells_say(void)
{
	char line[LINE];
	size_t length = 0;

	for (; nr_said < nr_cells; nr_said++) {
		const struct cell *cell = &cells[nr_said];

		if (!cell->good)
			continue;
		if (length + strlen(cell->text) + 1 >= sizeof(line)) {
			log_printf("cells%s", line);
			length = 0;
		}
		length += text_format(line + length, sizeof(line) - length, "|%s", cell->text);
	}
	if (length)
		log_printf("cells%s", line);
}

void cells_end(void)
{
	for (u32 i = 0; i < nr_cells; i++) {
		passed += cells[i].good;
		failed += !cells[i].good;
		if (!cells[i].good)
			log_printf("FAILED %s", cells[i].text);
	}
}

void millisecond(void)
{
	static u32 word;

	(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&word, 0, 1, clock_now() + 1000000);
}

bool thread_is_waiting(cap_t thread)
{
	struct thread_info info = { 0 };

	return !sys_thread_info(thread, &info) && info.state == THREAD_STATE_WAITING;
}

u64 capabilities(void)
{
	static struct inspect_cap record[64];
	struct cap_info self;
	u64 cursor = 0, count = 0;

	if (sys_cap_info(CAP_SELF_TABLE, &self))
		return 0;
	for (;;) {
		i64 bytes = sys_inspect_read(grant_find("inspect"), INSPECT_CAPS, cursor,
					     (u64)record, sizeof(record));
		if (bytes <= 0)
			return count;
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			count += record[i].table_id == self.object_id;
			cursor = record[i].cursor;
		}
	}
}

/* After each group the kernel looks at all it has, and no capability may have been left behind. */
void group(const char *name, void (*body)(void), u64 pages)
{
	u64 before = capabilities();
	i64 violations;

	body();
	row_end();
	row(name);
	/* Threads keep their message page: one more memory for each sixteen that were made. */
	HOLDS(capabilities() - before <= pages);
	violations = sys_inspect_check(grant_find("inspect"));
	judge(violations == 0 || violations == E_NOTSUP, "sys_inspect_check", violations, 0);
	row_end();
	cells_say();
}

void judge_end(void)
{
	row_end();
	log_printf("%u rows passed, %u failed", passed, failed);
}
