/* SPDX-License-Identifier: MIT */
/* shell.h - what the parts of the native shell share. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "libsys/start.h"
#include "libsys/sys.h"

enum { WORDS_MAX = 32 };

/* A line as words; word[count] is NULL. */
struct words {
	u32 count;
	char *word[WORDS_MAX + 1];
};

extern u64 terminal; /* of the tty server: the shell's own */

/* Print to it. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_bytes(const void *bytes, u64 length);
/* Print why something did not work. */
void print_error(const char *what, error_t error);
/* A number of at most `limit`; 0: it is none. */
u64 number_read(const char *text, u64 limit);
/* "64K", "32M" and the like; 0: it is no size. */
u64 size_read(const char *text);

/* show.c */
void show_servers(const struct words *w);
void show_threads(const struct words *w);
void show_waits(const struct words *w);
void show_capabilities(const struct words *w);
void show_budgets(const struct words *w);

/* program.c */
void program_run(const struct words *w);

#endif
