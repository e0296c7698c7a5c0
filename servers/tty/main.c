/* SPDX-License-Identifier: MIT */
/*
 * tty - terminals: a line discipline between the serial server and readers and writers.
 *
 * It never waits for the serial server: what that does not take now goes when it says that there is
 * room.  State that survives the server: terminal.h.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/serial.h"
#include "servers/tty/terminal.h"

enum { KEY_TERMINALS = 1, KEY_EVENTS = 2, KEY_WATCH = 0x100 };
enum { BIT_READABLE = 1, BIT_WRITABLE = 2, BIT_TIMER = 4 };
enum { PIECE = 2048, ROWS = 24, COLUMNS = 80 };

struct tty_store *store;
struct terminal *terminals;

static struct {
	cap_t notification, serial;
	cap_t events; /* whom keys are told; CAP_NONE: nobody */
	struct watch watch;
} state;

static struct terminal *terminal_of(u64 number)
{
	return number < TERMINALS ? &terminals[number] : NULL;
}

/* --- the device ------------------------------------------------------------------------------- */

static void output_push(struct terminal *t)
{
	while (output_count(t) && !t->stopped) {
		u32 at = t->output_head % OUTPUT_SIZE, count = output_count(t);
		struct serial_write_out out;
		error_t error;

		if (count > OUTPUT_SIZE - at)
			count = OUTPUT_SIZE - at;
		error = serial_write(state.serial, 0, t->output + at, count, t->output_head,
				     &out);
		if (error == E_NOENT)
			out.written = count; /* there is no device: it goes nowhere */
		else if (error || !out.written)
			return;
		t->output_head += out.written;
	}
}

static void events_tell(struct terminal *t, u32 events)
{
	if (events && state.events)
		sys_notification_signal(state.events,
					(u64)events << (t - terminals) * TTY_EVENT_SHIFT);
}

static void input_pull(struct terminal *t)
{
	u8 piece[256];
	struct serial_read_out out;

	while (!serial_read(state.serial, 0, piece, sizeof(piece), t->received, &out) &&
	       out.count) {
		u32 events = 0;

		for (u64 i = 0; i < out.count; i++) {
			events |= input_byte(t, piece[i]);
			output_publish(t);
			t->received++;
		}
		events_tell(t, events);
	}
}

void terminal_changed(struct terminal *t)
{
	u32 events = 0;
	u64 deadline;

	output_push(t);
	waiters_progress(t);
	output_push(t);
	if (input_readable(t))
		events |= READY_READABLE;
	if (output_room(t) >= OUTPUT_SIZE / 2)
		events |= READY_WRITABLE;
	watch_set(&state.watch, (u32)(t - terminals), events, input_readable(t));
	deadline = waiters_deadline();
	if (deadline != DEADLINE_NEVER)
		sys_notification_timer(state.notification, deadline, BIT_TIMER);
}

static void notify(u64 bits)
{
	struct terminal *t = &terminals[0];

	journal_close(&store->journal);
	if (bits & BIT_READABLE)
		input_pull(t);
	terminal_changed(t);
}

/* --- operations ------------------------------------------------------------------------------- */

i64 write_take(struct terminal *t, const struct mover *mover, u64 length)
{
	u8 piece[PIECE];
	u32 growth = t->settings.output & TTY_OUTPUT_EXPAND_TABS ? OUTPUT_RESERVE : 2;
	u64 count = output_room(t) / growth;
	i64 n;

	count = count < length ? count : length;
	n = window_read(mover->reply, TTY_WRITE_DATA, 0, piece, count < PIECE ? count : PIECE);
	if (n <= 0)
		return n;
	for (i64 i = 0; i < n; i++)
		output_byte(t, piece[i]);
	journal_commit_for(&store->journal, store, mover->badge, mover->token, n, &t->output_tail,
			   8, t->output_next);
	return n;
}

i64 read_give(struct terminal *t, const struct mover *mover, u64 capacity)
{
	u8 piece[LINE_SIZE];
	u32 head;
	u64 size = capacity < sizeof(piece) ? capacity : sizeof(piece);
	u64 count = input_peek(t, piece, size, &head);
	i64 n = window_write(mover->reply, TTY_READ_DATA, 0, piece, count);

	/* Who could not be given the bytes has not read them. */
	if (n < 0 || (u64)n < count)
		return n < 0 ? n : E_FAULT;
	journal_commit_for(&store->journal, store, mover->badge, mover->token, n, &t->input_head,
			   4, head);
	input_advance(t, head);
	return n;
}

/* A request has taken effect; its answer goes out before others are served with commits. */
static error_t finish(struct terminal *t, struct request *rq, u64 word)
{
	bool waiters = waiters_any();

	if (waiters)
		request_answer_now(rq, word);
	terminal_changed(t);
	return waiters ? LATER : 0;
}

static error_t op_get_settings(struct request *rq, const struct tty_get_settings_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	if (!t)
		return E_NOENT;
	if (in->settings_capacity < sizeof(t->settings))
		return E_INVAL;
	return request_write(rq, TTY_GET_SETTINGS_SETTINGS, 0, &t->settings, sizeof(t->settings));
}

static error_t op_set_settings(struct request *rq, const struct tty_set_settings_in *in)
{
	struct terminal *t = terminal_of(in->terminal);
	struct tty_settings settings;
	struct waiter *w;
	error_t error;

	if (!t)
		return E_NOENT;
	if (in->settings_length != sizeof(settings) || in->when > TTY_DRAINED_FLUSH)
		return E_INVAL;
	error = request_read(rq, TTY_SET_SETTINGS_SETTINGS, 0, &settings, sizeof(settings));
	if (error)
		return error;
	if (in->when != TTY_NOW && output_count(t)) {
		w = wait_at(t, rq, WAIT_SET, &error);
		if (w) {
			w->settings = settings;
			w->flush = in->when == TTY_DRAINED_FLUSH;
		}
		return error;
	}
	if (in->when == TTY_DRAINED_FLUSH)
		input_flush(t);
	terminal_set(t, &settings);
	terminal_changed(t);
	return 0;
}

/*
 * With `bench` on the command line every write up to the first read is named with its time: the
 * last of them is the first prompt.
 */
static bool reports_writes;

static void write_report(u64 length)
{
	if (reports_writes)
		log_printf("wrote %lu bytes to the console after %lu us", length,
			   sys_clock_read() / 1000);
}

static error_t op_read(struct request *rq, const struct tty_read_in *in, struct tty_read_out *out)
{
	struct terminal *t = terminal_of(in->terminal);
	struct waiter probe = { .length = in->data_capacity, .deadline = DEADLINE_NEVER };
	struct waiter *w;
	error_t error;
	i64 n;

	if (!t)
		return E_NOENT;
	if (!in->data_capacity)
		return 0;
	reports_writes = false;
	if (read_due(t, &probe, sys_clock_read()) ||
	    (in->flags & TTY_NO_WAIT && input_readable(t))) {
		n = read_give(t, &(struct mover){ rq->m.badge, rq->token, rq->m.reply },
			      in->data_capacity);
		if (n < 0)
			return n;
		out->count = n;
		return finish(t, rq, n);
	}
	if (in->flags & TTY_NO_WAIT)
		return E_AGAIN;
	w = wait_at(t, rq, WAIT_READ, &error);
	if (w) {
		w->length = in->data_capacity;
		terminal_changed(t); /* sets the timer of a timed read */
	}
	return error;
}

static error_t op_write(struct request *rq, const struct tty_write_in *in,
			struct tty_write_out *out)
{
	struct terminal *t = terminal_of(in->terminal);
	struct waiter *w;
	error_t error;
	i64 n;

	if (!t)
		return E_NOENT;
	if (!in->data_length)
		return 0;
	if (output_room(t) < OUTPUT_RESERVE) {
		if (in->flags & TTY_NO_WAIT)
			return E_AGAIN;
		w = wait_at(t, rq, WAIT_WRITE, &error);
		if (w)
			w->length = in->data_length;
		return error;
	}
	n = write_take(t, &(struct mover){ rq->m.badge, rq->token, rq->m.reply },
		       in->data_length);
	if (n < 0)
		return n;
	out->written = n;
	write_report((u64)n);
	return finish(t, rq, n);
}

static error_t op_get_size(struct request *rq, const struct tty_get_size_in *in,
			   struct tty_get_size_out *out)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	out->rows_columns = t->rows_columns;
	return 0;
}

static error_t op_set_size(struct request *rq, const struct tty_set_size_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	if (t->rows_columns != in->rows_columns) {
		t->rows_columns = in->rows_columns;
		events_tell(t, TTY_EVENT_WINCH);
	}
	return 0;
}

static error_t op_flush(struct request *rq, const struct tty_flush_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	if (in->which & ~(u64)(TTY_FLUSH_INPUT | TTY_FLUSH_OUTPUT))
		return E_INVAL;
	if (in->which & TTY_FLUSH_INPUT)
		input_flush(t);
	if (in->which & TTY_FLUSH_OUTPUT)
		output_discard(t);
	terminal_changed(t);
	return 0;
}

static error_t op_drain(struct request *rq, const struct tty_drain_in *in)
{
	struct terminal *t = terminal_of(in->terminal);
	error_t error;

	if (!t)
		return E_NOENT;
	if (!output_count(t))
		return 0;
	(void)wait_at(t, rq, WAIT_DRAIN, &error);
	return error;
}

static error_t op_status(struct request *rq, const struct tty_status_in *in,
			 struct tty_status_out *out)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	out->readable = input_readable(t);
	out->unwritten = output_count(t);
	return 0;
}

static error_t op_events(struct request *rq, const struct tty_events_in *in)
{
	error_t error = depot_keep(KEY_EVENTS, in->notification);

	if (error)
		return error;
	if (state.events)
		sys_cap_delete(state.events);
	state.events = request_take(rq, 0);
	return 0;
}

static error_t op_words(struct request *rq, const struct tty_words_in *in,
			struct tty_words_out *out)
{
	return watch_add(&state.watch, rq, in->bits, &out->words, &out->armed);
}

static error_t op_flow(struct request *rq, const struct tty_flow_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	t->stopped = in->stopped != 0;
	terminal_changed(t);
	return 0;
}

static const struct tty_ops ops = {
	.get_settings = op_get_settings,
	.set_settings = op_set_settings,
	.read = op_read,
	.write = op_write,
	.get_size = op_get_size,
	.set_size = op_set_size,
	.flush = op_flush,
	.drain = op_drain,
	.status = op_status,
	.events = op_events,
	.words = op_words,
	.flow = op_flow,
};

static error_t dispatch(struct request *rq)
{
	/* Everything before this call has been answered. */
	journal_close(&store->journal);
	if (journal_repeats(&store->journal, rq, tty_token(rq)))
		return 0;
	return tty_dispatch(&ops, rq);
}

static void cancel(u64 badge, u64 cookie)
{
	(void)badge;
	waiter_cancel(cookie);
}

static void gone(u64 badge)
{
	watch_drop(&state.watch, badge);
}

/* --- start ------------------------------------------------------------------------------------ */

static u32 option_number(const char *name, u32 otherwise)
{
	const char *text = start_option(name), *end;
	u64 value = text ? string_number(text, &end) : 0;

	return value > 0 && value < 65536 ? (u32)value : otherwise;
}

static error_t start(void)
{
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);
	cap_t memory;
	bool fresh;
	error_t error = notification < 0 ? notification : waiters_open();

	if (error)
		return error;
	state.notification = notification;
	state.serial = grant_find("serial");
	error = sys_notification_bind(notification);
	if (!error)
		error = depot_map(KEY_TERMINALS, sizeof(*store), 0, (void **)&store, &memory,
				  &fresh);
	if (!error)
		error = watch_open(&state.watch, KEY_WATCH, TERMINALS);
	if (error)
		return error;
	reports_writes = start_option("bench") != NULL;
	terminals = store->terminal;
	journal_open(&store->journal, store);
	for (u32 i = 0; i < TERMINALS; i++) {
		terminal_reset(&terminals[i], option_number("rows", ROWS),
			       option_number("columns", COLUMNS));
		terminal_repair(&terminals[i]);
	}
	(void)!depot_take(KEY_EVENTS, &state.events);
	return serial_attach(state.serial, 0, notification, BIT_READABLE, BIT_WRITABLE);
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.notify = notify,
		.cancel = cancel,
		.gone = gone,
	};
	error_t error = start();

	/* Without that port there still is a terminal: nothing comes, all output vanishes. */
	if (error && error != E_NOENT) {
		log_printf("cannot start: %s", error_name(error));
		return (int)error;
	}
	depot_ready();
	notify(BIT_READABLE);
	return (int)serve(&service);
}
