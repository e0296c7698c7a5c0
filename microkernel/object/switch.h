/* SPDX-License-Identifier: MIT */
/*
 * switch.h - what objects ask of the one place that switches; defined in entry/switch.c.
 */
#ifndef OBJECT_SWITCH_H
#define OBJECT_SWITCH_H

struct thread;

/* Go on with `next` instead of the running thread, which just began to wait. */
void switch_direct(struct thread *next);
/* The running thread is no more. */
void switch_leave(void);

#endif
