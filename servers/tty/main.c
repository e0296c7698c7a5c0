/* SPDX-License-Identifier: MIT */
/*
 * tty - terminals: a line discipline between devices, or masters, and readers and writers.
 *
 * State that survives the server, and how: terminal.h.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/tty/terminal.h"

enum { KEY_TERMINALS = 1, KEY_WATCH = 0x100 };
enum { ROWS = 24, COLUMNS = 80 };
#define STORE_MAGIC 0x3279747400000000ul

struct tty_store *store;
struct terminal terminals[TTY_TERMINALS];

static struct {
	cap_t notification;
	struct watch watch;
	u64 size; /* of terminals whose device does not know its own */
} state;

struct terminal *terminal_of(u64 number)
{
	struct terminal *t = &terminals[number % TTY_MASTER];

	if (number >= TTY_MASTER + TTY_TERMINALS)
		return NULL;
	if (is_pair(t))
		return t->opened ? t : NULL;
	return number < TTY_MASTER ? t : NULL;
}

static bool slave_readable(const struct terminal *t)
{
	const u8 *key = t->settings.key;

	if (is_canonical(t) || key[TTY_KEY_TIME] || !key[TTY_KEY_MIN])
		return input_any(t);
	return input_count(t) >= key[TTY_KEY_MIN];
}

void ready_tell(struct terminal *t)
{
	u32 i = terminal_index(t);
	bool readable = slave_readable(t);

	watch_set(&state.watch, i,
		  (readable ? READY_READABLE : 0) |
			  (output_room(t) >= OUTPUT_SIZE / 2 && !slave_writable(t) ?
				   READY_WRITABLE : 0) |
			  (slave_lost(t) ? READY_CLOSED : 0),
		  readable);
	if (!is_pair(t))
		return;
	readable = output_ready(t) || t->packet_status;
	watch_set(&state.watch, i + TTY_MASTER,
		  (readable ? READY_READABLE : 0) | (master_writable(t) ? 0 : READY_WRITABLE) |
			  (t->packet_status ? READY_URGENT : 0) |
			  (!readable && master_readable(t) == E_IO ? READY_CLOSED : 0),
		  readable);
}

void terminal_changed(struct terminal *t)
{
	u64 deadline;

	do {
		if (!is_pair(t))
			device_push(t);
		waiters_progress(t);
		if (!is_pair(t))
			device_push(t);
		if (device_waits(t))
			device_pull(t);
	} while (device_waits(t));
	ready_tell(t);
	events_signal(t);
	deadline = waiters_deadline();
	if (deadline != DEADLINE_NEVER)
		sys_notification_timer(state.notification, deadline, BIT_TIMER);
}

static void notify(u64 bits)
{
	journal_close(&store->journal);
	for (u32 i = 0; i < TTY_TERMINALS; i++) {
		struct terminal *t = &terminals[i];

		if (device_signalled(t, bits))
			device_pull(t);
		if (device_signalled(t, bits) ||
		    (bits & BIT_TIMER && (t->opened || !is_pair(t))))
			terminal_changed(t);
	}
}

/* --- operations ------------------------------------------------------------------------------ */

/* The answer goes out before anything else is committed (see journal.h), and after the readiness
 * words know what it says. */
error_t finish(struct terminal *t, struct request *rq, u64 word)
{
	ready_tell(t);
	(void)request_answer_now(rq, word);
	terminal_changed(t);
	return LATER;
}

error_t changed(struct terminal *t)
{
	terminal_commit(t);
	terminal_changed(t);
	return 0;
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

void terminal_settle(struct terminal *t, const struct tty_settings *settings)
{
	const struct tty_settings before = t->settings;

	terminal_set(t, settings);
	device_line(t, &before);
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
	if (in->when != TTY_NOW && output_count(t) && !is_pair(t)) {
		w = wait_at(t, rq, WAIT_SET, &error);
		if (w) {
			w->settings = settings;
			w->flush = in->when == TTY_DRAINED_FLUSH;
		}
		return error;
	}
	if (in->when == TTY_DRAINED_FLUSH)
		input_flush(t);
	terminal_settle(t, &settings);
	return changed(t);
}

/*
 * With `bench` on the command line every write up to the first read is named with its time: the
 * last of them is the first prompt.
 */
static bool reports_writes;

static void write_report(u64 terminal, u64 length)
{
	if (reports_writes && !terminal)
		log_printf("wrote %lu bytes to the console after %lu us", length,
			   sys_clock_read() / 1000);
}

static bool hung_up_since(const struct terminal *t, u64 flags)
{
	return (i32)(t->hang_up - (u32)(flags >> 32)) > 0;
}

static i64 read_now(struct terminal *t, struct request *rq, const struct tty_read_in *in)
{
	const struct mover mover = { rq->m.badge, rq->token, rq->m.reply };
	struct waiter probe = { .length = in->data_capacity, .deadline = DEADLINE_NEVER };
	error_t error;

	if (is_master(in->terminal)) {
		error = master_readable(t);
		return error ? error : master_read(t, &mover, in->data_capacity);
	}
	if (hung_up_since(t, in->flags))
		return E_CANCELLED;
	if (slave_lost(t) || read_due(t, &probe, sys_clock_read()) ||
	    (in->flags & TTY_NO_WAIT && input_any(t)))
		return slave_read(t, &mover, in->data_capacity);
	return E_AGAIN;
}

static error_t op_read(struct request *rq, const struct tty_read_in *in, struct tty_read_out *out)
{
	struct terminal *t = terminal_of(in->terminal);
	struct waiter *w;
	error_t error;
	i64 n;

	(void)out;
	if (!t)
		return E_NOENT;
	if (!in->data_capacity)
		return 0;
	reports_writes = reports_writes && in->terminal;
	n = read_now(t, rq, in);
	if (n >= 0)
		return finish(t, rq, (u64)n);
	if (n != E_AGAIN || in->flags & TTY_NO_WAIT)
		return n;
	w = wait_at(t, rq, is_master(in->terminal) ? WAIT_MASTER_READ : WAIT_READ, &error);
	if (w) {
		w->length = in->data_capacity;
		terminal_changed(t); /* sets the timer of a timed read */
	}
	return error;
}

static i64 write_now(struct terminal *t, struct request *rq, const struct tty_write_in *in)
{
	const struct mover mover = { rq->m.badge, rq->token, rq->m.reply };
	bool master = is_master(in->terminal);
	error_t error = master ? master_writable(t) : slave_writable(t);

	if (!master && hung_up_since(t, in->flags))
		return E_CANCELLED;
	if (error)
		return error;
	return master ? master_write(t, &mover, in->data_length) :
			slave_write(t, &mover, in->data_length);
}

static error_t op_write(struct request *rq, const struct tty_write_in *in,
			struct tty_write_out *out)
{
	struct terminal *t = terminal_of(in->terminal);
	struct waiter *w;
	error_t error;
	i64 n;

	(void)out;
	if (!t)
		return E_NOENT;
	if (!in->data_length)
		return 0;
	n = write_now(t, rq, in);
	if (n > 0) {
		write_report(in->terminal, (u64)n);
		return finish(t, rq, (u64)n);
	}
	if (n != E_AGAIN || in->flags & TTY_NO_WAIT)
		return n ? n : E_FAULT;
	w = wait_at(t, rq, is_master(in->terminal) ? WAIT_MASTER_WRITE : WAIT_WRITE, &error);
	if (w)
		w->length = in->data_length;
	return error;
}

static error_t op_get_size(struct request *rq, const struct tty_get_size_in *in,
			   struct tty_get_size_out *out)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	out->size = t->size;
	return 0;
}

static error_t op_set_size(struct request *rq, const struct tty_set_size_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	if (t->size == in->size)
		return 0;
	t->size = in->size;
	t->events |= TTY_EVENT_WINCH;
	return changed(t);
}

static error_t op_flush(struct request *rq, const struct tty_flush_in *in)
{
	struct terminal *t = terminal_of(in->terminal);

	(void)rq;
	if (!t)
		return E_NOENT;
	if (in->which & ~(u64)(TTY_FLUSH_INPUT | TTY_FLUSH_OUTPUT))
		return E_INVAL;
	if (is_master(in->terminal)) {
		/* Its input is what the terminal's programs wrote. */
		if (in->which & TTY_FLUSH_INPUT)
			t->output_head = t->output_tail;
	} else {
		if (in->which & TTY_FLUSH_INPUT)
			input_flush(t);
		if (in->which & TTY_FLUSH_OUTPUT)
			output_flush(t);
	}
	return changed(t);
}

static error_t op_drain(struct request *rq, const struct tty_drain_in *in)
{
	struct terminal *t = terminal_of(in->terminal);
	error_t error;

	if (!t)
		return E_NOENT;
	if (!output_count(t) || is_pair(t))
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
	out->readable = is_master(in->terminal) ? output_ready(t) : input_readable(t);
	/* What a pair's programs wrote is written: there is no device behind it. */
	out->unwritten = is_pair(t) ? 0 : output_count(t);
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
	if (in->what > TTY_FLOW_SEND_START || is_master(in->terminal))
		return E_INVAL;
	terminal_flow(t, in->what);
	return changed(t);
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
	.take_event = op_take_event,
	.open_pair = op_open_pair,
	.open = op_open,
	.close = op_close,
	.hang_up = op_hang_up,
	.packet = op_packet,
	.hold = op_hold,
	.front = op_front,
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

static void abandoned(struct request *rq)
{
	pair_abandoned(rq);
}

static void gone(u64 badge)
{
	watch_drop(&state.watch, badge);
	events_drop(badge);
	pairs_drop(badge);
}

/* --- start ----------------------------------------------------------------------------------- */

static u32 option_number(const char *name, u32 otherwise)
{
	const char *text = start_option(name), *end;
	u64 value = text ? string_number(text, &end) : 0;

	return value > 0 && value < 65536 ? (u32)value : otherwise;
}

static void terminals_adopt(void)
{
	bool fresh = store->magic != STORE_MAGIC;

	journal_open(&store->journal, store);
	for (u32 i = 0; i < TTY_TERMINALS; i++) {
		struct terminal *t = &terminals[i];

		/* A pair that nobody has opened takes no memory. */
		if (fresh && is_pair(t))
			continue;
		if (fresh) {
			terminal_reset(t, state.size, 0);
			device_settings(t);
			terminal_commit(t);
		}
		terminal_adopt(t, state.size);
	}
	store->magic = STORE_MAGIC;
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
	state.size = option_number("rows", ROWS) | (u64)option_number("columns", COLUMNS) << 16;
	error = sys_notification_bind(notification);
	if (!error)
		error = depot_map(KEY_TERMINALS, sizeof(*store), 0, (void **)&store, &memory,
				  &fresh);
	if (!error)
		error = events_open();
	if (!error)
		error = watch_open(&state.watch, KEY_WATCH, TTY_MASTER + TTY_TERMINALS);
	if (error)
		return error;
	reports_writes = start_option("bench") != NULL;
	terminals_adopt();
	devices_attach(notification);
	return 0;
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.notify = notify,
		.cancel = cancel,
		.gone = gone,
		.abandoned = abandoned,
	};

	/* Also of a pair, words and events may be older than what the dead server committed. */
	return serve_started(&service, start(), (BIT_TIMER - 1) | BIT_TIMER);
}
