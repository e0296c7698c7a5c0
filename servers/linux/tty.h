/* SPDX-License-Identifier: MIT */
/*
 * tty.h - the controlling terminal and job control.
 *
 * The tty server knows lines, echo and keys; sessions, groups and who may read are decided here.
 * There is one terminal, the system console.
 */
#ifndef LINUX_TTY_H
#define LINUX_TTY_H

#include "servers/linux/file.h"

/* Ask the tty server for its events and readiness words. */
i64 ttys_start(cap_t notification, u64 ready_bits);
/* The event thread: keys that mean signals, window size, hang-up. */
void tty_events_handle(u64 events);
i64 tty_open(struct lthread *t, struct file *f);
/* A session leader ends: its terminal is free again.  World lock held. */
void tty_session_ends(struct process *leader);
/* For /proc: the controlling terminal's number and foreground group, 0 and -1 without. */
u32 tty_number(const struct process *p);
i32 tty_foreground(const struct process *p);

#endif
