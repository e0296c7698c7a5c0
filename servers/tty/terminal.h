/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - a terminal's state in the depot: settings, the line being edited, both queues.
 *
 * Bytes from the device go through input.c into the queue of what can be read; bytes of programs
 * and echo go through output.c into the queue of what the device is to get.  Indices count for
 * ever; their difference is what a queue holds.
 */
#ifndef TTY_TERMINAL_H
#define TTY_TERMINAL_H

#include "libsys/journal.h"
#include "libsys/serve.h"
#include "libsys/tty.h"
#include "libsys/watch.h"
#include "proto/tty.h"

enum {
	TERMINALS = 1,
	LINE_SIZE = 4096,
	INPUT_SIZE = 8192,
	OUTPUT_SIZE = 8192,
	OUTPUT_RESERVE = 16, /* room that the expansion of one byte may need */
};

/* What an input queue holds beside bytes. */
enum { INPUT_BYTE = 0xff, INPUT_END = 0x100, INPUT_EOF = 0x200 };

struct terminal {
	u64 magic;
	struct tty_settings settings;
	u64 rows_columns;
	u32 column;	   /* where the cursor is, as far as output tells */
	u32 line_column;   /* where it was when the line being edited began */
	u32 stopped;	   /* output is held by STOP */
	u32 literal;	   /* the next byte is taken literally */
	u32 line_length;
	u32 lines;	   /* INPUT_END marks in the queue */
	u32 input_head, input_tail;
	u64 received; /* bytes of the device that have been dealt with */
	/* What lies from tail to next has been written but does not count yet. */
	u64 output_head, output_tail, output_next;
	u8 line[LINE_SIZE];	/* canonical mode: what is being edited */
	u16 input[INPUT_SIZE];
	u8 output[OUTPUT_SIZE];
};

/* What the depot holds; the journal's places count from its start. */
struct tty_store {
	struct journal journal;
	struct terminal terminal[TERMINALS];
};

extern struct tty_store *store;
extern struct terminal *terminals; /* store->terminal */

static inline u32 input_count(const struct terminal *t)
{
	return t->input_tail - t->input_head;
}

static inline u32 output_count(const struct terminal *t)
{
	return (u32)(t->output_tail - t->output_head);
}

static inline u32 output_room(const struct terminal *t)
{
	return OUTPUT_SIZE - (u32)(t->output_next - t->output_head);
}

static inline bool is_canonical(const struct terminal *t)
{
	return t->settings.local & TTY_LOCAL_CANONICAL;
}

/* terminal.c */
void terminal_reset(struct terminal *t, u32 rows, u32 columns);
void terminal_repair(struct terminal *t); /* after adoption */
void terminal_set(struct terminal *t, const struct tty_settings *settings);
void input_flush(struct terminal *t);

/* input.c: one byte from the device.  Returns the events that it means. */
u32 input_byte(struct terminal *t, u8 byte);
void input_push(struct terminal *t, u16 item);
/* Whether a read would get something now, and how many bytes. */
u64 input_readable(const struct terminal *t);
/* Copy what one read gets into a buffer; the queue would go on from *head then. */
u64 input_peek(const struct terminal *t, u8 *buffer, u64 size, u32 *head);
/* The queue has gone on to head. */
void input_advance(struct terminal *t, u32 head);

/* output.c: one byte of a program or of echo, with what the settings make of it. */
void output_byte(struct terminal *t, u8 byte);
void echo_byte(struct terminal *t, u8 byte);
/* What has been put counts from now on. */
static inline void output_publish(struct terminal *t)
{
	__atomic_store_n(&t->output_tail, t->output_next, __ATOMIC_RELEASE);
}
/* Drop what has not gone out. */
static inline void output_discard(struct terminal *t)
{
	output_publish(t);
	t->output_head = t->output_tail;
}
/* Take the last character of the line back from the screen. */
void echo_erase(struct terminal *t, u32 column_before);
u32 column_after(const struct terminal *t, u32 column, u8 byte);

/* wait.c */
enum waiter_kind { WAIT_NOTHING = 0, WAIT_READ, WAIT_WRITE, WAIT_DRAIN, WAIT_SET };
__must_use error_t waiters_open(void);
struct waiter *wait_at(struct terminal *t, struct request *rq, enum waiter_kind kind,
		       error_t *result);
void waiter_cancel(u64 cookie);
/* Serve whom the terminal's state allows to go on. */
void waiters_progress(struct terminal *t);
bool waiters_any(void);
/* The earliest time-out of a waiting read; DEADLINE_NEVER: none. */
u64 waiters_deadline(void);

struct waiter {
	u64 reply, badge, token;
	u64 length;	  /* of the window */
	u64 deadline;	  /* of a timed read; DEADLINE_NEVER: none */
	u32 seen;	  /* bytes there were when the timer was last set */
	u32 kind;
	u32 serial;
	u32 terminal;
	u32 flush;	  /* SET: discard input too */
	u32 next;	  /* 0 ends a list */
	struct tty_settings settings;
};
/* A read that could be answered now, by MIN, TIME and its deadline. */
bool read_due(const struct terminal *t, struct waiter *w, u64 now);

/* main.c */
void terminal_changed(struct terminal *t); /* push output, serve waiters, set the words */
/* Move what a window holds into the output queue as far as there is room; bytes taken. */
struct mover {
	u64 badge, token, reply;
};
i64 write_take(struct terminal *t, const struct mover *mover, u64 length);
i64 read_give(struct terminal *t, const struct mover *mover, u64 capacity);

#endif
