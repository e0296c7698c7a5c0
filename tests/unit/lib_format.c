/* SPDX-License-Identifier: MIT */
/* lib_format - the log's formatting: every conversion, and never a byte too many. */
#include "tests/unit/unit.h"
#include "microkernel/lib/format.h"

static const char *text(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(buffer, size, format, arguments);
	va_end(arguments);
	CHECK(length == strlen(buffer) && length < size);
	return buffer;
}

TEST(conversions)
{
	char b[128];

	CHECK(!strcmp(text(b, sizeof(b), "%s-%c-%d", "x", 'y', (i64)-42), "x-y--42"));
	CHECK(!strcmp(text(b, sizeof(b), "%u %x", ~(u64)0, (u64)0xbeef),
		      "18446744073709551615 beef"));
	CHECK(!strcmp(text(b, sizeof(b), "%16x", (u64)0x12), "0000000000000012"));
	CHECK(!strcmp(text(b, sizeof(b), "%d", INT64_MIN), "-9223372036854775808"));
	CHECK(!strcmp(text(b, sizeof(b), "%s", NULL), "(null)"));
	CHECK(!strcmp(text(b, sizeof(b), "100%%"), "100%"));
	CHECK(!strcmp(text(b, sizeof(b), "%30u", (u64)7), "000000000000000000000000000007"));
	CHECK(!strcmp(text(b, sizeof(b), "end%"), "end%"));
}

TEST(short_buffers)
{
	/* Exactly as large as said, so that the sanitizer sees a byte beyond it. */
	for (size_t size = 1; size < 20; size++) {
		char *b = malloc(size);
		text(b, size, "%s %u %x", "some words", (u64)123456, (u64)0xabcdef);
		free(b);
	}
}

UNIT("lib/format", RUN(conversions), RUN(short_buffers))
