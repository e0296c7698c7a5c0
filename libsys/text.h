/* SPDX-License-Identifier: MIT */
/*
 * text.h - printing into a buffer.
 *
 * Formats: %s %.*s %c %d %i %o %u %x %p %% with l, ll or z, a width, '0' and '-'.
 */
#ifndef LIBSYS_TEXT_H
#define LIBSYS_TEXT_H

#include <stdarg.h>

#include "microkernel/abi/types.h"

/* Returns the bytes written, NUL not counted; what does not fit in size is cut off. */
size_t text_vformat(char *buffer, size_t size, const char *format, va_list arguments);
size_t text_format(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "E_NOENT" for -20 and so on; "0" for 0. */
const char *error_name(error_t error);

#endif
