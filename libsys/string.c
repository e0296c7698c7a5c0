/* SPDX-License-Identifier: MIT */
/*
 * string.c - bytes and strings.
 *
 * The four functions that the compiler calls are written with string instructions, in 8-byte steps:
 * a C loop here would be recognised and turned into a call of itself.
 */
#include "libsys/string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	void *d = to;
	const void *s = from;
	size_t words = length / 8, tail = length % 8;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(tail) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t length)
{
	u8 *d = to;
	const u8 *s = from;

	if ((u64)d - (u64)s >= length)
		return memcpy(to, from, length);
	d += length - 1;
	s += length - 1;
	__asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(length) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t length)
{
	void *d = to;
	u64 word = (u8)byte * 0x0101010101010101ul;
	size_t words = length / 8, tail = length % 8;

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(word) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(tail) : "a"(word) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < length; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strnlen(const char *s, size_t limit)
{
	size_t n = 0;

	while (n < limit && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (size_t i = 0; i < limit; i++) {
		if (a[i] != b[i])
			return (u8)a[i] - (u8)b[i];
		if (!a[i])
			return 0;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}
