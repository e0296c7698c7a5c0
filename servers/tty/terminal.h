/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - a terminal: settings, the line being edited, both queues.
 *
 * Bytes from the device, or from the master of a pair, go through input.c into the input queue;
 * bytes of programs and echo go through output.c into the output queue.  Indices count for ever;
 * their difference is what a queue holds.
 *
 * How it survives the server: an operation changes a working copy of struct terminal, and bytes of
 * the queues only where the committed copy says that nothing lies.  terminal_commit() stores the
 * copy beside the committed one in the depot and makes it count with a single store; what died
 * before that store has not happened.
 */
#ifndef TTY_TERMINAL_H
#define TTY_TERMINAL_H

#include "libsys/journal.h"
#include "libsys/serve.h"
#include "libsys/tty.h"
#include "libsys/watch.h"
#include "proto/tty.h"

enum {
	INPUT_SIZE = 4096,
	OUTPUT_SIZE = 8192,
	OUTPUT_EXPANSION = 8, /* bytes that one byte of a program may become */
	ECHO_ROOM = 512,      /* kept free for echo where programs write without end */
	DELIVERED = 4095,     /* bytes of output that count as the master's already */
};

/* Marks a byte of the input queue that ends a line; the byte 0 with it is the EOF key. */
enum { INPUT_END = 0x100 };

enum terminal_open { OPEN_MASTER = 1, OPEN_SLAVE = 2, OPEN_SLAVE_WAS = 4 };

struct terminal {
	struct tty_settings settings;
	u64 size;	   /* as in the protocol */
	u32 column;	   /* where the cursor is, as far as output tells */
	u32 line_column;   /* where it was when the line being edited began */
	u32 stopped;	   /* output is held, by the STOP key or by `held` */
	u32 held;	   /* ... by the row flow: keys do not start it again */
	u32 literal;	   /* the next byte is taken literally */
	u32 erasing;	   /* ECHO_PRINT: between \ and / */
	u32 throttled;	   /* the device was sent STOP */
	u32 packet, packet_status; /* mode of the master; what it has not been told */
	u32 opened;	   /* enum terminal_open, pairs only; 0: the pair is free */
	u32 users;	   /* who have the terminal of a pair open */
	u32 hang_up;	   /* which was the last */
	u32 events;	   /* enum tty_event, not taken yet */
	u32 input_pushed; /* up to here the queue is one line, marks do not count */
	/* Complete lines from head to line, the one being edited from line to tail. */
	u32 input_head, input_line, input_tail;
	u64 owner;    /* badge of the session that made the pair */
	u64 received; /* bytes of the device that have been dealt with */
	u64 output_head, output_tail;
	u64 output_limit; /* while stopped: what lies beyond is held */
};

struct queues {
	u16 input[INPUT_SIZE];
	u8 output[OUTPUT_SIZE];
};

/* What the depot holds; the journal's places count from its start. */
struct tty_store {
	struct journal journal;
	u64 magic;
	struct {
		u32 current; /* 0 or 1: which one counts */
		struct terminal copy[2];
	} slot[TTY_TERMINALS];
	struct queues queues[TTY_TERMINALS];
};

extern struct tty_store *store;
extern struct terminal terminals[TTY_TERMINALS]; /* the working copies */

static inline u32 terminal_index(const struct terminal *t)
{
	return (u32)(t - terminals);
}

static inline struct queues *queues_of(const struct terminal *t)
{
	return &store->queues[terminal_index(t)];
}

static inline bool is_pair(const struct terminal *t)
{
	return terminal_index(t) >= TTY_DEVICES;
}

static inline u32 input_count(const struct terminal *t)
{
	return t->input_tail - t->input_head;
}

static inline u32 output_count(const struct terminal *t)
{
	return (u32)(t->output_tail - t->output_head);
}

/* What may leave the output queue now. */
static inline u32 output_ready(const struct terminal *t)
{
	return (u32)((t->stopped ? t->output_limit : t->output_tail) - t->output_head);
}

static inline u32 output_room(const struct terminal *t)
{
	return OUTPUT_SIZE - output_count(t);
}

/* Bytes come in lines. */
static inline bool is_canonical(const struct terminal *t)
{
	return (t->settings.local & (TTY_LOCAL_CANONICAL | TTY_LOCAL_EXTERNAL)) ==
	       TTY_LOCAL_CANONICAL;
}

/* terminal.c */
void terminal_reset(struct terminal *t, u64 size, u32 opened);
/* Adopt what was committed; what cannot be believed begins anew. */
void terminal_adopt(struct terminal *t, u64 size);
void terminal_commit(struct terminal *t);
/* The same as the commit of a call that is carried out once; word is its answer. */
void terminal_commit_for(struct terminal *t, u64 badge, u64 token, u64 word);
void terminal_revert(struct terminal *t);
void terminal_set(struct terminal *t, const struct tty_settings *settings);
void terminal_stop(struct terminal *t);
void terminal_start(struct terminal *t);
void terminal_flow(struct terminal *t, enum tty_flow what);
void input_flush(struct terminal *t);
void output_flush(struct terminal *t);

/*
 * input.c: bytes from the device or the master; returns how many were dealt with, which are fewer
 * than `count` where the queue is full, and after a byte that made the line shorter: what lay there
 * must not be overwritten before that has been committed.
 */
u64 input_take(struct terminal *t, const u8 *bytes, u64 count);
/* The line had a break. */
void input_break(struct terminal *t);
/* How many bytes would be taken at least. */
u32 input_room(const struct terminal *t);
/* How many bytes a read without end would get now. */
u64 input_readable(const struct terminal *t);
/* Whether a read of any length would get something, if only the end of the file. */
bool input_any(const struct terminal *t);
/* Copy what one read gets into a buffer, and move on. */
u64 input_give(struct terminal *t, u8 *buffer, u64 size);

/* output.c: one byte of a program, with what the settings make of it. */
void output_byte(struct terminal *t, u8 byte);
/* Echo: a byte as it is, and a byte as the settings show it. */
void echo_raw(struct terminal *t, u8 byte);
void echo_byte(struct terminal *t, u8 byte);
/* Go back over a tab, with `columns` written since the last tab or the line's start. */
void echo_erase_tab(struct terminal *t, u32 columns, u32 after_tab);
/* Copy what a master reads, and move on. */
u64 output_give(struct terminal *t, u8 *buffer, u64 size);

/* Characters as in ISO 8859-1. */
static inline bool is_control(u8 c)
{
	return c < ' ' || c == 127;
}

static inline bool is_upper(u8 c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline bool is_lower(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline bool is_continuation(const struct terminal *t, u8 c)
{
	return t->settings.input & TTY_INPUT_UTF8 && (c & 0xc0) == 0x80;
}

/* main.c: the settings, and what the device makes of them. */
void terminal_settle(struct terminal *t, const struct tty_settings *settings);

/* wait.c */
enum waiter_kind {
	WAIT_NOTHING = 0, WAIT_READ, WAIT_WRITE, WAIT_DRAIN, WAIT_SET, WAIT_MASTER_READ,
	WAIT_MASTER_WRITE
};

struct waiter {
	u64 reply, badge, token;
	u64 length;   /* of the window */
	u64 deadline; /* of a timed read; DEADLINE_NEVER: none */
	u32 seen;     /* bytes there were when the timer was last set */
	u32 kind;
	u32 serial;
	u32 terminal;
	u32 flush; /* SET: discard input too */
	u32 next;  /* 0 ends a list */
	struct tty_settings settings;
};

__must_use error_t waiters_open(void);
struct waiter *wait_at(struct terminal *t, struct request *rq, enum waiter_kind kind,
		       error_t *result);
void waiter_cancel(u64 cookie);
/* Serve whom the terminal's state allows to go on. */
void waiters_progress(struct terminal *t);
/* Whoever waits there is answered with the error. */
void waiters_end(struct terminal *t, error_t error);
/* The earliest time-out of a waiting read; DEADLINE_NEVER: none. */
u64 waiters_deadline(void);
/* A read that could be answered now, by MIN, TIME and its deadline. */
bool read_due(const struct terminal *t, struct waiter *w, u64 now);

/* move.c: bytes between a call's window and the queues; committed when they return > 0. */
struct mover {
	u64 badge, token, reply;
};
i64 slave_write(struct terminal *t, const struct mover *mover, u64 length);
i64 slave_read(struct terminal *t, const struct mover *mover, u64 capacity);
i64 master_write(struct terminal *t, const struct mover *mover, u64 length);
i64 master_read(struct terminal *t, const struct mover *mover, u64 capacity);
/* E_AGAIN: it would have to wait; E_IO: the other side is closed; 0: it would not wait. */
error_t slave_writable(const struct terminal *t);
error_t master_readable(const struct terminal *t);
error_t master_writable(const struct terminal *t);
static inline bool slave_lost(const struct terminal *t)
{
	return is_pair(t) && !(t->opened & OPEN_MASTER);
}

/* events.c */
__must_use error_t events_open(void);
void events_signal(const struct terminal *t);
void events_drop(u64 badge);

/* device.c: the serial lines and the screens; they signal bits below BIT_TIMER. */
#define BIT_TIMER ((u64)1 << 16)
void devices_attach(cap_t notification);
/* What a device begins with. */
void device_settings(struct terminal *t);
/* Tell it of speed and format, should they have changed; the terminal then says what it could. */
void device_line(struct terminal *t, const struct tty_settings *before);
error_t op_hold(struct request *rq, const struct tty_hold_in *in);
error_t op_front(struct request *rq, const struct tty_front_in *in, struct tty_front_out *out);
void device_push(struct terminal *t);
void device_pull(struct terminal *t);
/* The device has said something with the bits, or the queue may have room for what it holds. */
bool device_signalled(const struct terminal *t, u64 bits);
bool device_waits(const struct terminal *t);

/* main.c */
/* The terminal of a number, a master's too; NULL if there is none. */
struct terminal *terminal_of(u64 number);
static inline bool is_master(u64 number)
{
	return number >= TTY_MASTER;
}
void ready_tell(struct terminal *t);	   /* its readiness words */
void terminal_changed(struct terminal *t); /* push output, serve waiters, tell who watches */
error_t changed(struct terminal *t);	   /* commit first; 0 */
/* A call that is carried out once has been: answer it, then let others see. */
error_t finish(struct terminal *t, struct request *rq, u64 word);

/* pair.c */
error_t op_events(struct request *rq, const struct tty_events_in *in);
error_t op_take_event(struct request *rq, struct tty_take_event_out *out);
error_t op_open_pair(struct request *rq, struct tty_open_pair_out *out);
error_t op_open(struct request *rq, const struct tty_open_in *in);
error_t op_close(struct request *rq, const struct tty_close_in *in);
error_t op_hang_up(struct request *rq, const struct tty_hang_up_in *in);
error_t op_packet(struct request *rq, const struct tty_packet_in *in);
/* Who opened a side has given the call up: close it. */
void pair_abandoned(const struct request *rq);
void pairs_drop(u64 badge); /* the session that made them is gone */

#endif
