/* SPDX-License-Identifier: MIT */
/*
 * lib_string - the kernel's mem* and str*, each over all small lengths, offsets and overlaps.  The
 * build renames them, so that they stand beside the host's own.
 */
#include "microkernel/lib/string.h"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strnlen
#include "tests/unit/unit.h"

void *lib_memcpy(void *restrict to, const void *restrict from, size_t length);
void *lib_memmove(void *to, const void *from, size_t length);
void *lib_memset(void *to, int value, size_t length);
int lib_memcmp(const void *a, const void *b, size_t length);
size_t lib_strnlen(const char *s, size_t max);

enum { SPAN = 64 };

static void fill(unsigned char *buffer)
{
	for (unsigned i = 0; i < SPAN; i++)
		buffer[i] = (unsigned char)(i * 7 + 1);
}

TEST(memmove_all_overlaps)
{
	unsigned char got[SPAN], want[SPAN];

	for (unsigned to = 0; to < 20; to++)
		for (unsigned from = 0; from < 20; from++)
			for (unsigned length = 0; length < 40; length++) {
				fill(got);
				fill(want);
				memmove(want + to, want + from, length);
				CHECK(lib_memmove(got + to, got + from, length) == got + to);
				CHECK(!memcmp(got, want, SPAN));
			}
}

TEST(memcpy_and_memset)
{
	unsigned char from[SPAN], got[SPAN], want[SPAN];

	fill(from);
	for (unsigned at = 0; at < 17; at++)
		for (unsigned length = 0; length < 40; length++) {
			fill(got);
			fill(want);
			memcpy(want + at, from + 3, length);
			CHECK(lib_memcpy(got + at, from + 3, length) == got + at);
			CHECK(!memcmp(got, want, SPAN));
			memset(want + at, 0x1a5, length);
			CHECK(lib_memset(got + at, 0x1a5, length) == got + at);
			CHECK(!memcmp(got, want, SPAN));
		}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

TEST(comparisons)
{
	static const char *const words[] = { "", "a", "b", "ab", "abc", "\x80", "a\xff" };

	for (unsigned i = 0; i < 7; i++)
		for (unsigned j = 0; j < 7; j++)
			CHECK(sign(lib_memcmp(words[i], words[j], 1)) ==
			      sign(memcmp(words[i], words[j], 1)));
	CHECK(lib_strnlen("abc", 2) == 2 && lib_strnlen("abc", 9) == 3 && lib_strnlen("", 0) == 0);
}

TEST(copy_terminates)
{
	char *b = malloc(4);

	string_copy(b, "abcdef", 4);
	CHECK(!lib_memcmp(b, "abc", 4));
	string_copy(b, "x", 4);
	CHECK(!lib_memcmp(b, "x", 2));
	free(b);
}

UNIT("lib/string", RUN(memmove_all_overlaps), RUN(memcpy_and_memset), RUN(comparisons),
     RUN(copy_terminates))
