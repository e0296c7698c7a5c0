/* SPDX-License-Identifier: MIT */
/* string.h - memory and string helpers; the compiler may call the mem* functions by itself. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "microkernel/abi/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strnlen(const char *s, size_t max);
/* Copy at most size - 1 bytes and always terminate. */
void string_copy(char *to, const char *from, size_t size);

#endif
