/* SPDX-License-Identifier: MIT */
/*
 * start.h - what a program was given at its start.
 *
 * The program's own entry is `int main(void)`; its return value is the thread's exit status.
 */
#ifndef LIBSYS_START_H
#define LIBSYS_START_H

#include "microkernel/abi/start.h"

extern struct start_info *start_info;

/* The capability granted under that name; CAP_NONE if there is none. */
cap_t grant_find(const char *name);

/* The n-th start argument; argument 0 is the program's name.  NULL beyond the last. */
const char *start_argument(u32 n);
/* The value of the argument "NAME=value", "" for the bare word NAME; NULL if it is not there. */
const char *start_option(const char *name);

/* Read the clock without a system call where the TSC allows it. */
u64 clock_now(void);

int main(void);

#endif
