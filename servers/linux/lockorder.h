/* SPDX-License-Identifier: MIT */
/*
 * lockorder.h - the ranks of the personality's locks: a thread takes none while it holds one of the
 * same rank or a higher one.
 *
 * While it holds any it touches no program's memory (but for the kernel's one copy under a
 * position), calls no server and waits for nothing.  docs/locking.md says what each guards.
 */
#ifndef LINUX_LOCKORDER_H
#define LINUX_LOCKORDER_H

#include "libsys/lock.h"

enum lock_rank {
	RANK_POSITION = 1, /* of a file; then of appending to one */
	RANK_APPEND,
	RANK_NATIVES,
	RANK_WORLD,
	RANK_FILES,
	RANK_PLACE, /* of a process in the tree of files */
	RANK_MM,
	RANK_MOUNTS,
	RANK_DENTRIES,
	RANK_ADVISORY,
	RANK_FIFOS,
	RANK_NAMES,
	RANK_TWINS,
	RANK_ARGUMENTS,
	RANK_POOL,
};

#endif
