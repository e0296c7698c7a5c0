/* SPDX-License-Identifier: MIT */
/* libsys_text - what our formats print is what the host's print. */
#include "tests/unit/unit.h"
#include "libsys/text.h"
#include "libsys/string.h"
#include "microkernel/abi/error.h"

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char ours[128], theirs[128];                                                       \
		size_t n = text_format(ours, sizeof(ours), __VA_ARGS__);                           \
		CHECK(n == (size_t)snprintf(theirs, sizeof(theirs), __VA_ARGS__));                 \
		CHECK(!strcmp(ours, theirs));                                                      \
	} while (0)

TEST(like_the_host)
{
	SAME("plain");
	SAME("%s|%8s|%-8s|%.*s", "abc", "abc", "abc", 2, "abc");
	SAME("%d %d %i %ld", 0, -1, -2147483647 - 1, -9223372036854775807l - 1);
	SAME("%u %lu %x %lx %zu", 4294967295u, ~0ul, 0xdeadbeefu, ~0ul, (size_t)7);
	SAME("%04u-%02u|%8x|%08x|%-4d|", 7u, 3u, 255u, 255u, 5);
	SAME("%c%c%%", 'a', 'b');
}

TEST(cut_off)
{
	char small[4];

	CHECK(text_format(small, sizeof(small), "%s", "abcdef") == 3 && !strcmp(small, "abc"));
	CHECK(text_format(small, 1, "%d", 5) == 0 && !small[0]);
}

TEST(numbers_and_words)
{
	const char *end;

	CHECK(string_number("0x3f8+8", &end) == 0x3f8 && !strcmp(end, "+8"));
	CHECK(string_number("12M", &end) == 12 && *end == 'M');
	CHECK(string_number("x", &end) == 0 && *end == 'x');
	CHECK(string_equal("abcd", 3, "abc") && !string_equal("abcd", 4, "abc"));
	CHECK(!string_equal("ab", 2, "abc"));
	CHECK(!strcmp(error_name(E_NOENT), "E_NOENT") && !strcmp(error_name(-63), "E_?"));
}

UNIT("libsys_text", RUN(like_the_host), RUN(cut_off), RUN(numbers_and_words))
