/* SPDX-License-Identifier: MIT */
/* flood.h - what keeper and workers of the flood of Linux calls share. */
#ifndef HOSTILE_FLOOD_H
#define HOSTILE_FLOOD_H

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

enum { WORKERS = 4, USER = 1000, CALLS = 512, ERRORS = 140, PAGE = 4096, PLAY_PAGES = 32 };

/* A row of syscalls.def; kinds: a letter for each argument (tests/hostile/kinds). */
struct row {
	long number;
	const char *name, *kinds;
	int never; /* no success is expected */
};
extern const struct row rows[];
extern const unsigned row_count;

/* Shared by all, written atomically. */
struct board {
	unsigned long asked[CALLS], succeeded[CALLS]; /* by row */
	unsigned long errors[ERRORS];
	struct {
		unsigned long calls;
		pid_t pid;
	} worker[WORKERS];
	/* The playground: what good pointers point at, in all processes the same memory. */
	uint8_t play[PLAY_PAGES * PAGE] __attribute__((aligned(PAGE)));
};
extern struct board *board;

/* Never returns; nothing of the C library is used in it. */
_Noreturn void worker_main(unsigned number, unsigned long seed);

#endif
