/* SPDX-License-Identifier: MIT */
/* pipes.h - what pipe.c offers to the rest of the personality. */
#ifndef LINUX_PIPES_H
#define LINUX_PIPES_H

#include "servers/linux/file.h"

/* Get the pipe server's readiness words, signalled as bits of the notification. */
i64 pipes_start(cap_t notification, u64 bits);
/* Both ends of a new pipe as files. */
i64 pipe_pair(u32 flags, struct file *end[2]);
/* A file for one end (0 read, 1 write) that the caller holds already. */
struct file *pipe_file(u64 number, u32 end, u32 flags);
/* Read as from the pipe's descriptor, into memory of ours too. */
enum { PIPE_TAKE_NO_WAIT = 1, PIPE_TAKE_LEAVE = 2 };
i64 pipe_take(struct lthread *t, struct file *f, void *to, u64 length, u64 flags);
/* How many bytes it has room for. */
i64 pipe_room(struct file *f);
/* Make an opened FIFO node's file an end of its pipe; may wait for the other end. */
i64 fifo_open(struct lthread *t, struct file *f);

#endif
