/* SPDX-License-Identifier: MIT */
/* tty_line - the line discipline: keys in, what can be read and what goes to the screen out. */
#include "tests/unit/unit.h"
#include "servers/tty/terminal.h"

static struct tty_store memory;
struct tty_store *store = &memory;
struct terminal terminals[TTY_TERMINALS];
static struct terminal *t = &terminals[0];
static u32 events;

void journal_close(struct journal *journal)
{
	(void)journal;
}

void journal_commit_for(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value)
{
	(void)journal, (void)base, (void)badge, (void)token, (void)word;
	CHECK(width == 4);
	*(u32 *)place = (u32)value;
}

static void begin(void)
{
	memset(&memory, 0, sizeof(memory));
	terminal_reset(t, 24 | 80 << 16, 0);
	terminal_commit(t);
}

static void type(const char *keys)
{
	size_t left = strlen(keys);

	while (left) {
		size_t n = input_take(t, (const u8 *)keys, left);

		if (!n)
			break;
		keys += n;
		left -= n;
		terminal_commit(t);
	}
	events = t->events;
	t->events = 0;
}

static bool reads(const char *expected)
{
	u8 buffer[256];
	u64 n = input_give(t, buffer, sizeof(buffer));

	return n == strlen(expected) && !memcmp(buffer, expected, n);
}

static bool shows(const char *expected)
{
	char buffer[OUTPUT_SIZE];
	size_t n = output_give(t, (u8 *)buffer, sizeof(buffer));

	if (n == strlen(expected) && !memcmp(buffer, expected, n))
		return true;
	printf("  shown: '%.*s'\n", (int)n, buffer);
	return false;
}

TEST(a_line)
{
	begin();
	type("ab");
	CHECK(input_readable(t) == 0);
	type("c\r");
	CHECK(shows("abc\r\n") && input_readable(t) == 4 && reads("abc\n"));
	type("one\rtwo\r");
	CHECK(reads("one\n") && reads("two\n") && !input_readable(t));
}

TEST(editing)
{
	begin();
	type("abx\177c\r");
	CHECK(shows("abx\b \bc\r\n") && reads("abc\n"));
	type("one two\27three\r");
	CHECK(reads("one three\n"));
	type("gone\25kept\r");
	CHECK(reads("kept\n"));
	type("\177\177x\r");
	CHECK(reads("x\n"));
	begin();
	type("\1\177");
	CHECK(shows("^A\b \b\b \b"));
	begin();
	type("a\tb\177\177");
	CHECK(t->column == 1);
	begin();
	type("a\26\3b\r");
	CHECK(reads("a\3b\n") && !events);
}

TEST(end_of_file)
{
	begin();
	type("\4");
	CHECK(input_any(t) && !input_readable(t) && reads("") && !input_any(t));
	type("ab\4");
	CHECK(input_readable(t) == 2 && reads("ab") && !input_any(t));
}

TEST(events_from_keys)
{
	begin();
	type("abc\3");
	CHECK(events == TTY_EVENT_INTR && !input_count(t) && shows("^C"));
	type("\34\32");
	CHECK(events == (TTY_EVENT_QUIT | TTY_EVENT_SUSP));
	t->settings.local &= ~(u32)TTY_LOCAL_SIGNALS;
	type("\3\r");
	CHECK(!events && reads("\3\n"));
}

TEST(raw)
{
	struct tty_settings raw;

	begin();
	type("half");
	raw = t->settings;
	raw.local = raw.input = raw.output = 0;
	CHECK(shows("half"));
	terminal_set(t, &raw);
	CHECK(input_readable(t) == 4 && reads("half"));
	type("\r\3\177");
	CHECK(reads("\r\3\177") && !events && shows(""));
	output_byte(t, '\n');
	CHECK(shows("\n"));
}

TEST(output_processing)
{
	begin();
	output_byte(t, 'a');
	output_byte(t, '\n');
	CHECK(shows("a\r\n") && t->column == 0);
	t->settings.output |= TTY_OUTPUT_EXPAND_TABS;
	output_byte(t, 'a');
	output_byte(t, '\t');
	CHECK(shows("a       ") && t->column == 8);
}

TEST(flow)
{
	begin();
	type("a\23b");
	CHECK(t->stopped && output_ready(t) == 1);
	type("\21");
	CHECK(!t->stopped && shows("ab"));
	terminal_flow(t, TTY_FLOW_HOLD);
	type("\21");
	CHECK(t->stopped);
	terminal_flow(t, TTY_FLOW_GO);
	CHECK(!t->stopped);
}

/* Whatever died before the commit has not happened. */
TEST(nothing_before_the_commit)
{
	const u8 more[] = "lost\r";

	begin();
	type("kept\r");
	CHECK(input_take(t, more, 5) == 5 && input_readable(t) == 10);
	memset(t, 0x55, sizeof(*t));
	terminal_adopt(t, 0);
	CHECK(t->size == (24 | 80 << 16) && input_readable(t) == 5 && reads("kept\n"));
	CHECK(shows("kept\r\n"));
	/* A byte that shortens the line is committed before another takes its place. */
	CHECK(input_take(t, (const u8 *)"ab\177c", 4) == 3);
}

TEST(what_cannot_be_believed)
{
	begin();
	t->input_tail = t->input_head + INPUT_SIZE + 1;
	terminal_commit(t);
	terminal_adopt(t, 7);
	CHECK(!input_count(t) && t->size == 7 && is_canonical(t));
	t->output_tail = t->output_head + OUTPUT_SIZE + 1;
	terminal_commit(t);
	terminal_adopt(t, 7);
	CHECK(!output_count(t));
}

TEST(too_much)
{
	u8 buffer[64];

	begin();
	for (u32 i = 0; i < INPUT_SIZE * 2; i++)
		type("x");
	CHECK(input_count(t) == INPUT_SIZE);
	type("\r");
	CHECK(input_readable(t) == INPUT_SIZE && input_room(t) == 0);
	/* Nothing is taken that a reader would lose. */
	CHECK(input_take(t, (const u8 *)"y", 1) == 0);
	while (input_any(t))
		CHECK(input_give(t, buffer, sizeof(buffer)) > 0);
	CHECK(input_count(t) == 0);
}

UNIT("tty_line", RUN(a_line), RUN(editing), RUN(end_of_file), RUN(events_from_keys), RUN(raw),
     RUN(output_processing), RUN(flow), RUN(nothing_before_the_commit),
     RUN(what_cannot_be_believed), RUN(too_much))
