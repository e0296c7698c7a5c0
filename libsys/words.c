/* SPDX-License-Identifier: MIT */
/* words.c - what string.h offers beyond a C library, apart so that host tests can link it. */
#include "libsys/string.h"

bool string_copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size);
	size_t kept = length < size ? length : size - 1;

	memcpy(to, from, kept);
	to[kept] = 0;
	return kept == length;
}

bool string_equal(const char *text, size_t length, const char *name)
{
	return strnlen(name, length + 1) == length && memcmp(text, name, length) == 0;
}

u64 string_number(const char *text, const char **end)
{
	u64 value = 0, base = 10, digit;
	const char *s = text;

	if (s[0] == '0' && (s[1] | 32) == 'x') {
		base = 16;
		s += 2;
	}
	for (*end = text;; *end = ++s) {
		if (*s >= '0' && *s <= '9')
			digit = *s - '0';
		else if (base == 16 && (*s | 32) >= 'a' && (*s | 32) <= 'f')
			digit = (*s | 32) - 'a' + 10;
		else
			return value;
		value = value * base + digit;
	}
}
