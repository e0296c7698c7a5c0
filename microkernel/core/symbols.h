/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - names for addresses in a back trace.  The table is made from the first link's symbols
 * and linked in by the second; section .symbols.
 */
#ifndef CORE_SYMBOLS_H
#define CORE_SYMBOLS_H

#include "microkernel/abi/types.h"

struct symbol {
	u32 offset; /* bytes from the image's start, ascending */
	u32 name;   /* bytes into symbol_names */
};

/* Weak: an image without a table still links. */
extern const struct symbol symbol_table[] __attribute__((weak, visibility("hidden")));
extern const u32 symbol_count __attribute__((weak, visibility("hidden")));
extern const char symbol_names[] __attribute__((weak, visibility("hidden")));

/* The name of the symbol at or before the address, and the distance to it. */
const char *symbol_find(u64 address, u64 *distance);

#endif
