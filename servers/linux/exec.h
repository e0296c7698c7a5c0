/* SPDX-License-Identifier: MIT */
/*
 * exec.h - replacing a process's program.
 *
 * execve has three parts: find the program and its arguments (argv.c, exec.c), build a new address
 * space for it (image.c), and switch over, which cannot fail.
 */
#ifndef LINUX_EXEC_H
#define LINUX_EXEC_H

#include "servers/linux/elf.h"
#include "servers/linux/file.h"
#include "servers/linux/path.h"

/* Nearly all programs make do with the first; nobody gets more than the second. */
enum { ARGUMENTS_USUAL = 128 << 10, ARGUMENTS_MAX = (2 << 20) + (128 << 10) };

/* Argument and environment strings, one after the other, each NUL-terminated, in our memory. */
struct arguments {
	char *bytes;
	u64 used, capacity;
	u32 argc, envc;
	u64 environment; /* offset of the first environment string */
	struct arguments *next_free;
	/* Room for what would not fit on a stack: the name asked for, the path and its walk. */
	char name[PATH_SIZE], path[PATH_SIZE], text[2 * PATH_SIZE];
	struct walk walk;
};

struct arguments *arguments_take(void);
void arguments_give_back(struct arguments *a);
i64 arguments_in(struct arguments *a, guest_t argv, guest_t envp);
i64 arguments_add(struct arguments *a, const char *text);
void arguments_end_argv(struct arguments *a);
/* Replace argv[0] by `count` strings that lie, NUL-terminated, one after the other at text. */
i64 arguments_replace_first(struct arguments *a, const char *text, u64 length, u32 count);

/* What image_build makes. */
struct image {
	struct mm *mm;
	u64 entry, stack;
	u64 stack_size, arguments_limit; /* given: bytes */
};

struct image_credentials {
	u32 uid, euid, gid, egid;
	bool secure;
};

/* A new space with the program (and its interpreter, may be NULL) in it and its stack filled. */
i64 image_build(struct image *image, struct file *file, const struct elf_program *program,
		struct file *interpreter, const struct elf_program *interpreter_program,
		const struct arguments *a, const char *name, const struct image_credentials *cred);

/* Run the program in t, whose registers are then at its entry; also for the very first one. */
i64 program_exec(struct lthread *t, const char *path, struct arguments *a);

/* A table of descriptors of its own, if it shares one. */
i64 process_unshare_files(struct process *p);

#endif
