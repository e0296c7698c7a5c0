/* SPDX-License-Identifier: MIT */
/*
 * run.h - a run without a prompt: one command, its output through two pipes, its status recorded.
 */
#ifndef LINUX_RUN_H
#define LINUX_RUN_H

#include "servers/linux/task.h"

/* Start the command of the run archive as a child of the reaper; 0 or -errno. */
i64 run_start(void);
/* A process has become a zombie; world lock held. */
void run_process_ended(struct process *p);
/* The reaper: process 1 of such a run, which has no program. Takes the orphans, never returns. */
void run_reap(void);

/* start.c: make process `pid` 1 or a child of it, ready to become a program. */
struct lthread *process_first(struct process *parent);
i64 process_launch(struct lthread *t, const char *path, const char *const *argv,
		   const char *const *envp);

#endif
