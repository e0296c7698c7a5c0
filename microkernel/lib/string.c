/* SPDX-License-Identifier: MIT */
/*
 * string.c - whole words go by 8-byte string operations: an emulator (and old processors) pay per
 * iteration, so `rep movsb` would cost eight times as much.
 */
#include "microkernel/lib/string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	void *result = to;
	size_t words = length >> 3, bytes = length & 7;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
	return result;
}

void *memmove(void *to, const void *from, size_t length)
{
	char *d = to;
	const char *s = from;

	if (d <= s || d >= s + length)
		return memcpy(to, from, length);
	while (length--)
		d[length] = s[length];
	return to;
}

void *memset(void *to, int value, size_t length)
{
	void *result = to;
	u64 pattern = 0x0101010101010101ul * (u8)value;
	size_t words = length >> 3, bytes = length & 7;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(pattern) : "memory");
	return result;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const u8 *x = a, *y = b;

	for (; length; length--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

void string_copy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = 0;
}
