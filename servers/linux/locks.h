/* SPDX-License-Identifier: MIT */
/* locks.h - advisory locks on files. */
#ifndef LINUX_LOCKS_H
#define LINUX_LOCKS_H

#include "servers/linux/file.h"

/* fcntl's F_GETLK, F_SETLK, F_SETLKW, and the same with F_OFD_. */
i64 record_lock(struct lthread *t, struct file *f, u32 command, guest_t address);
/* A process closes some descriptor of the file: its record locks go. */
void record_locks_drop(struct process *p, const struct file *f);
/* A process has ended: all its record locks go. */
void record_locks_end(struct process *p);
void flock_drop(struct file *f);

#endif
