/* SPDX-License-Identifier: MIT */
/*
 * tty.h - terminals, controlling terminals and job control.
 *
 * The tty server knows lines, echo and keys; sessions, groups and who may read are decided here.
 *	tty.c		files: open, read, write, poll
 *	ttyjobs.c	sessions, foreground groups, hanging up
 *	ttyctl.c	ioctl
 *	vt.c		virtual terminals
 *	pty.c		masters, and the names in /dev/pts
 */
#ifndef LINUX_TTY_H
#define LINUX_TTY_H

#include "libsys/tty.h"
#include "servers/linux/file.h"

struct tty {
	i32 session;	/* W: whose controlling terminal it is, 0 none */
	i32 foreground; /* W: the group that may read, 0 none */
	u32 local;	/* a: flags that only we interpret (TOSTOP) */
	u32 hang_ups;	/* a: how often it was hung up; a file knows how often before it */
	u32 exclusive;	/* a: TIOCEXCL */
	u32 locked;	/* a: of a pair, TIOCSPTLCK */
	u32 packet;	/* a: of a pair, TIOCPKT */
};

extern struct tty ttys[TTY_TERMINALS];

/* Ask the tty server for its events and readiness words. */
i64 ttys_start(cap_t notification, u64 event_bits, u64 ready_bits);
/* The event thread: keys that mean signals, window size. */
void tty_events_handle(void);
/* A device of a terminal is opened: tell which, and what the file can do. */
i64 terminal_open(struct lthread *t, struct file *f, u32 flags);
u32 tty_poll_number(u64 number, struct poll_table *table);
/* The file's terminal was hung up after it was opened. */
bool tty_hung_up(const struct file *f);

static inline struct tty *tty_of(const struct file *f)
{
	return &ttys[f->tty.number % TTY_MASTER];
}

/* vt.c: virtual terminals; the terminal that is shown, and what is asked of one. */
u64 vt_shown(void);
i64 vt_ioctl(struct lthread *t, u64 number, u32 command, guest_t argument);

/* ttyjobs.c */
/* A session leader ends: its terminal is free again.  No lock held. */
void tty_session_ends(struct process *leader);
/* For /proc: the controlling terminal's number and foreground group, 0 and -1 without. */
u32 tty_number(const struct process *p);
/* The device number of a terminal. */
u32 tty_device(u32 number);
i32 tty_foreground(const struct process *p);
/* World lock held; NULL: none. */
struct tty *tty_controlling(const struct process *p);
/* The terminal becomes that of the caller's session if it leads one that has none. */
void tty_acquire_by_open(struct lthread *t, struct tty *tty);
i64 tty_acquire(struct lthread *t, struct file *f, bool steal);
i64 tty_disown(struct lthread *t, struct tty *tty);
/*
 * A group in the background that touches the terminal is stopped by `signal`, unless nobody could
 * ever continue it; 0: go on.
 */
i64 tty_background_check(struct lthread *t, struct tty *tty, int signal);
i64 tty_foreground_set(struct lthread *t, struct tty *tty, i32 group);
/* Whoever has it open has it no longer, and the leader of its session hears of it. */
void tty_lost(struct tty *tty);
/* The same, and what waits at the tty server comes back. */
void tty_hung(struct tty *tty);
i64 linux_vhangup(struct lthread *t, struct registers *r);

/* ttyctl.c */
i64 tty_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument);

/* pty.c */
i64 pty_open_master(struct lthread *t, struct file *f);
i64 pty_open_slave(struct file *f, u64 number);
void pty_close_slave(u64 number);
i64 pty_peer(struct lthread *t, struct file *master, u32 flags);
extern const struct file_ops master_ops;

#endif
