/* SPDX-License-Identifier: MIT */
/*
 * format.h - text formatting for the log: %s %c %d %u %x %p (all integers 64 bits wide: pass u64 or
 * i64 by cast) and widths as in %16x (zero-filled).
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include "microkernel/abi/types.h"
#include <stdarg.h>

/* Returns the length written, at most size - 1; always terminates. */
size_t format_text(char *buffer, size_t size, const char *format, va_list arguments);

#endif
