/* SPDX-License-Identifier: MIT */
/*
 * string.h - bytes and NUL-terminated strings; the compiler itself calls the first four.
 */
#ifndef LIBSYS_STRING_H
#define LIBSYS_STRING_H

#include "microkernel/abi/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *s, int c);

/* Copy at most size - 1 bytes and always end with NUL; returns whether all of it fitted. */
bool string_copy(char *to, size_t size, const char *from);
/* Whether the `length` bytes at `text`, not NUL-terminated, are exactly the string `name`. */
bool string_equal(const char *text, size_t length, const char *name);
/* Read a number: decimal, or 0x and hexadecimal; *end is set behind it.  No digit: *end = text. */
u64 string_number(const char *text, const char **end);

#endif
