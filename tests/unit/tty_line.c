/* SPDX-License-Identifier: MIT */
/* tty_line - the line discipline: keys in, what can be read and what goes to the screen out. */
#include "tests/unit/unit.h"
#include "servers/tty/terminal.h"

static struct terminal t;
static u32 events;

static void begin(void)
{
	memset(&t, 0, sizeof(t));
	terminal_reset(&t, 24, 80);
	events = 0;
}

static void type(const char *keys)
{
	while (*keys)
		events |= input_byte(&t, (u8)*keys++);
}

static bool reads(const char *expected)
{
	u8 buffer[256];
	u32 head;
	u64 n = input_peek(&t, buffer, sizeof(buffer), &head);

	input_advance(&t, head);
	return n == strlen(expected) && !memcmp(buffer, expected, n);
}

static bool shows(const char *expected)
{
	char buffer[1024];
	size_t n = 0;

	output_publish(&t);
	while (output_count(&t))
		buffer[n++] = (char)t.output[t.output_head++ % OUTPUT_SIZE];
	if (n == strlen(expected) && !memcmp(buffer, expected, n))
		return true;
	printf("  shown: '%.*s'\n", (int)n, buffer);
	return false;
}

TEST(a_line)
{
	begin();
	type("ab");
	CHECK(input_readable(&t) == 0);
	type("c\r");
	CHECK(shows("abc\r\n") && input_readable(&t) == 4 && reads("abc\n"));
	type("one\rtwo\r");
	CHECK(reads("one\n") && reads("two\n") && !input_readable(&t));
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
	CHECK(t.column == 1);
	begin();
	type("a\26\3b\r");
	CHECK(reads("a\3b\n") && !events);
}

TEST(end_of_file)
{
	begin();
	type("\4");
	CHECK(t.lines == 1 && reads("") && !t.lines);
	type("ab\4");
	CHECK(reads("ab") && !input_readable(&t));
}

TEST(events_from_keys)
{
	begin();
	type("abc\3");
	CHECK(events == TTY_EVENT_INTR && t.line_length == 0 && shows("^C"));
	events = 0;
	type("\34\32");
	CHECK(events == (TTY_EVENT_QUIT | TTY_EVENT_SUSP));
	t.settings.local &= ~TTY_LOCAL_SIGNALS;
	events = 0;
	type("\3\r");
	CHECK(!events && reads("\3\n"));
}

TEST(raw)
{
	struct tty_settings raw;

	begin();
	type("half");
	raw = t.settings;
	raw.local = 0;
	raw.input = 0;
	raw.output = 0;
	shows("half");
	terminal_set(&t, &raw);
	CHECK(input_readable(&t) == 4 && reads("half"));
	type("\r\3\177");
	CHECK(reads("\r\3\177") && !events && shows(""));
	output_byte(&t, '\n');
	CHECK(shows("\n"));
}

TEST(output_processing)
{
	begin();
	output_byte(&t, 'a');
	output_byte(&t, '\n');
	CHECK(shows("a\r\n") && t.column == 0);
	t.settings.output |= TTY_OUTPUT_EXPAND_TABS;
	output_byte(&t, 'a');
	output_byte(&t, '\t');
	CHECK(shows("a       ") && t.column == 8);
}

TEST(flow)
{
	begin();
	type("\23");
	CHECK(t.stopped && !t.line_length);
	type("\21");
	CHECK(!t.stopped);
}

TEST(too_much)
{
	begin();
	for (u32 i = 0; i < LINE_SIZE * 2; i++)
		type("x");
	CHECK(t.line_length == LINE_SIZE - 1);
	type("\r");
	CHECK(t.lines == 1 && input_readable(&t) == LINE_SIZE);
	for (u32 i = 0; i < 10; i++)
		type("0123456789012345678901234567890123456789\r");
	for (u32 i = 0; i < 3 * INPUT_SIZE; i++)
		type("y\r");
	CHECK(input_count(&t) <= INPUT_SIZE);
	terminal_repair(&t);
	while (input_readable(&t)) {
		u8 buffer[64];
		u32 head;

		CHECK(input_peek(&t, buffer, sizeof(buffer), &head) > 0);
		input_advance(&t, head);
	}
	CHECK(t.lines == 0 && input_count(&t) == 0);
}

UNIT("tty_line", RUN(a_line), RUN(editing), RUN(end_of_file), RUN(events_from_keys), RUN(raw),
     RUN(output_processing), RUN(flow), RUN(too_much))
