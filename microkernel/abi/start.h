/* SPDX-License-Identifier: MIT */
/*
 * start.h - what a native program finds at its start: rdi points to a struct start_info, one page
 * in its own slot, readable and writable.  The kernel makes init's; whoever spawns makes the rest.
 */
#ifndef ABI_START_H
#define ABI_START_H

#include "microkernel/abi/types.h"

#define START_MAGIC 0x74726174736c656bul /* "kelstart" */
enum { START_GRANTS = 48, START_NAME = 24, START_ARGS = 1024 };

/* ns of clock_read = (tsc - base_tsc) * mult >> shift, in 128 bits. */
struct clock_parameters {
	u64 base_tsc, mult;
	u32 shift, usable; /* usable 0: ask the kernel, the TSC is no clock here */
};

struct start_grant {
	char name[START_NAME]; /* NUL-terminated */
	cap_t cap;
};

struct start_info {
	u64 magic;
	u64 image_base;	      /* where the program's lowest segment was mapped */
	u64 message_area;     /* address of this thread's struct message_page */
	cap_t message_memory; /* the pinned memory behind it, one page: room for 15 more threads */
	struct clock_parameters clock;
	u64 seed[4]; /* unpredictable bytes, different for every program */
	u32 grant_count, argument_bytes;
	struct start_grant grant[START_GRANTS];
	char arguments[START_ARGS]; /* words, each NUL-terminated */
};

/*
 * Names of the grants that the kernel gives to init: "inspect", "log", "power", "irq", "ioport",
 * "device" (all device memory, offset = physical address), "boot" (memory: struct boot_info with
 * the seed in it), "archive0", "archive1" (memory, READ|EXEC; absent if there is none).  Beside
 * them CAP_SELF_TABLE, CAP_SELF_SPACE and CAP_SELF_BUDGET (all of memory).
 */

#endif
