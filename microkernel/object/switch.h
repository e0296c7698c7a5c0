/* SPDX-License-Identifier: MIT */
/*
 * switch.h - what objects ask of the one place that switches; defined in entry/switch.c.
 */
#ifndef OBJECT_SWITCH_H
#define OBJECT_SWITCH_H

#include "microkernel/abi/types.h"

struct thread;
struct notification;

/* Go on with `next` instead of the running thread, which just began to wait. */
void switch_direct(struct thread *next);
/* Signal, and go on at once with the one that waits for that, if it is more urgent than what runs.
 * False: nothing is done.  The last thing of an interrupt. */
bool switch_signal(struct notification *notification, u64 bits);
/* The running thread is no more. */
void switch_leave(void);

#endif
