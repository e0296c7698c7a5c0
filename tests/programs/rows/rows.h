/* SPDX-License-Identifier: MIT */
/*
 * rows.h - each row of each protocol, called natively: once well, once wrongly.
 */
#ifndef ROWS_ROWS_H
#define ROWS_ROWS_H

#include "libsys/sys.h"

/* One line of the report: whether the row answered what was expected. */
void expect(const char *name, i64 result, i64 expected);
void expect_true(const char *name, bool condition);

void fs_rows(void);
void pipe_rows(void);
void tty_rows(void);
void small_rows(void); /* clock, entropy, vfs, serial, supervisor */

#endif
