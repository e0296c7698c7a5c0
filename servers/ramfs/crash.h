/* SPDX-License-Identifier: MIT */
/*
 * crash.h - ramfs's crash points, in debug builds only: crash.def says where they stand.
 *
 * With the word crash-points on the kernel's command line each is fired once: where the server
 * comes to it first, it dies there.  Which have fired lies in the store.  Between two deaths a few
 * calls are carried out, so that no call meets three of them; an adoption meets one.
 */
#ifndef RAMFS_CRASH_H
#define RAMFS_CRASH_H

#include "microkernel/abi/types.h"

enum crash_point {
#define POINT(name, text)    CRASH_##name,
#define ADOPTION(name, text) CRASH_##name,
#include "servers/ramfs/crash.def"
#undef POINT
#undef ADOPTION
	CRASH_POINTS
};
enum { CRASH_WORDS = 2 };
_Static_assert(CRASH_POINTS <= CRASH_WORDS * 64, "the store has a bit for each");

/* In the store. */
struct crash_state {
	u64 fired[CRASH_WORDS];
	u32 quiet;    /* so many calls are left alone */
	u32 adopting; /* the last death was in an adoption */
};

#define CRASH_POINT(name)                                                                          \
	do {                                                                                       \
		if (CONFIG_DEBUG)                                                                  \
			crash_point(CRASH_##name);                                                 \
	} while (0)

void crash_point(enum crash_point point);
/* The store is there; it is adopted, and the tree checked; a call begins, and it is now and then.
 */
void crash_start(void);
void crash_adopted(void);
void crash_call(void);

/* check.c: count what contradicts itself in store and index, each told in the log. */
u32 store_check(void);

#endif
