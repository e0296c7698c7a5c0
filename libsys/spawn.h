/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - making a process: a table, a space, a first thread, and what it is granted.
 *
 * A loaded program is one memory object, laid out as the image lies in memory.  Text is mapped from
 * it and shared by all processes of the program; data is read through it until first written.
 */
#ifndef LIBSYS_SPAWN_H
#define LIBSYS_SPAWN_H

#include "libsys/elf.h"
#include "microkernel/abi/start.h"

struct program {
	cap_t memory;
	struct elf_image image;
};

/* Copy a program out of its file into memory charged to budget. */
__must_use error_t program_load(struct program *program, cap_t budget, const void *file,
				u64 length);

struct spawn_grant {
	char name[START_NAME];
	cap_t cap;  /* of the caller; not given away */
	u64 rights; /* mask */
	u64 badge;  /* 0: a plain copy */
};

struct spawn {
	const struct program *program;
	const char *name;	 /* also argument 0 */
	cap_t budget;		 /* pays for all, becomes the process's own */
	const struct spawn_grant *grant;
	u32 grant_count;
	u32 level;		 /* enum level */
	const char *arguments;	 /* words, each NUL-terminated */
	u32 argument_bytes;
	cap_t exit_notification; /* signalled with exit_bits when the first thread ends */
	u64 exit_bits;
	u64 seed[4];		 /* for the process; seed[3] also places its image */
	u64 *image_base;	 /* set to where that lies; NULL: not asked for */
};

/*
 * Start it.  *thread is the first thread: thread_info tells how it ended.  On an error what was
 * made stays charged to the budget, which the caller destroys.
 */
__must_use error_t spawn(const struct spawn *spawn, cap_t *thread);

#endif
