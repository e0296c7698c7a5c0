/* SPDX-License-Identifier: MIT */
/*
 * servers.h - the capabilities that the personality was granted, found once at start.
 */
#ifndef LINUX_SERVERS_H
#define LINUX_SERVERS_H

#include "microkernel/abi/types.h"

extern struct servers {
	cap_t guests;	  /* the budget that all Linux processes share */
	cap_t fs;	  /* the root file system's session */
	cap_t pipe, tty, clock, entropy, supervisor;
	cap_t inspect;	  /* for /proc/meminfo and stat; may be missing */
	cap_t run;	  /* RUN mode: where the exit status goes; may be missing */
} servers;

#endif
