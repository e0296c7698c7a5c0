/* SPDX-License-Identifier: MIT */
/*
 * console - virtual consoles: a screen with scroll-back each, on one framebuffer and keyboard.
 *
 * To its clients a virtual console is a line of bytes like a serial port.  Output changes cells at
 * once; pixels follow when the timer fires, so that much output costs little drawing.  Without a
 * framebuffer everything works but the drawing.
 */
#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/keyboard.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/keyboard.h"
#include "proto/serial.h"
#include "servers/console/draw.h"

enum { CONSOLES = 2, KEY_SCREEN = 1, KEY_CLIENT = 16, KEY_BITS = 32 };
enum { BIT_KEYS = 1, BIT_DRAW = 2, PIECE = 1024, ROWS = 25, COLUMNS = 80 };
#define DRAW_AFTER_NS 10000000ul
#define NO_POSITION (~(u64)0)

extern const u8 font_file[], font_file_end[];

struct client {
	cap_t notification; /* CAP_NONE: nobody */
	u64 readable;	    /* bits that tell that something was typed */
};

static struct {
	struct console console[CONSOLES];
	struct client client[CONSOLES];
	u64 *readable; /* the clients' bits, in the depot */
	u32 active;
	u64 keys_taken;
	cap_t notification, keyboard;
	bool drawing; /* the timer is set */
	struct display *display;
} state;

/* --- the screen ------------------------------------------------------------------------------ */

static void draw_soon(u32 port)
{
	if (state.drawing || port != state.active || !state.display->pixels)
		return;
	state.drawing = true;
	sys_notification_timer(state.notification, sys_clock_read() + DRAW_AFTER_NS, BIT_DRAW);
}

static void draw_now(void)
{
	state.drawing = false;
	if (state.display->pixels)
		display_draw(state.display, &state.console[state.active]);
}

/* The latest switch is the one that counts, for a successor too. */
static void activate(u32 port)
{
	u64 latest = 0;

	for (u32 i = 0; i < CONSOLES; i++)
		if (state.console[i].s.active_since > latest)
			latest = state.console[i].s.active_since;
	state.active = port;
	state.console[port].s.active_since = latest + 1;
}

static void typed_tell(u32 port)
{
	struct client *client = &state.client[port];
	const struct screen *s = &state.console[port].s;

	if (client->notification && s->input_head != s->input_tail)
		sys_notification_signal(client->notification, client->readable);
}

/* --- the keyboard ---------------------------------------------------------------------------- */

/* Keys for ourselves.  true: this was one. */
static bool own_key(u32 symbol)
{
	struct console *c = &state.console[state.active];
	u32 key = symbol & KEY_VALUE;

	if (!(symbol & KEY_SPECIAL))
		return false;
	if (symbol & KEY_ALT && key >= KEY_F1 && key < KEY_F1 + CONSOLES) {
		activate(key - KEY_F1);
	} else if (symbol & KEY_SHIFT && (key == KEY_PAGE_UP || key == KEY_PAGE_DOWN)) {
		view_scroll(c, key == KEY_PAGE_UP ? c->s.rows / 2 : -(c->s.rows / 2));
	} else {
		return false;
	}
	return true;
}

static void keys_take(void)
{
	struct keyboard_read_out out = { 0 };
	u32 symbols[64];

	while (state.keyboard &&
	       !keyboard_read(state.keyboard, symbols, sizeof(symbols), state.keys_taken, &out) &&
	       out.count) {
		for (u64 i = 0; i < out.count && i < 64; i++) {
			struct console *c;

			state.keys_taken++;
			if (!own_key(symbols[i]))
				key_typed(&state.console[state.active], symbols[i]);
			c = &state.console[state.active];
			c->s.keys_taken = state.keys_taken;
			screen_commit(c);
		}
	}
	typed_tell(state.active);
	draw_soon(state.active);
}

static void notify(u64 bits)
{
	if (bits & BIT_KEYS)
		keys_take();
	if (bits & BIT_DRAW)
		draw_now();
}

/* --- operations ------------------------------------------------------------------------------ */

static struct console *console_of(u64 port)
{
	return port < CONSOLES ? &state.console[port] : NULL;
}

static error_t op_write(struct request *rq, const struct serial_write_in *in,
			struct serial_write_out *out)
{
	struct console *c = console_of(in->port);
	u8 piece[PIECE];
	u64 done = 0;

	if (!c)
		return E_NOENT;
	/* What a client repeats that died before it heard of it has been shown. */
	if (in->position != NO_POSITION) {
		if (in->position > c->s.taken)
			c->s.taken = in->position;
		done = c->s.taken - in->position;
	}
	while (done < in->data_length) {
		u64 count = in->data_length - done < PIECE ? in->data_length - done : PIECE;
		error_t error = request_read(rq, SERIAL_WRITE_DATA, done, piece, count);

		if (error)
			return error;
		for (u64 at = 0, n; at < count; at += n, done += n) {
			n = feed(c, piece + at, count - at);
			c->s.taken += n;
			screen_commit(c);
		}
	}
	out->written = in->data_length;
	typed_tell((u32)in->port); /* it may have asked for the cursor's place */
	draw_soon((u32)in->port);
	return 0;
}

static error_t op_read(struct request *rq, const struct serial_read_in *in,
		       struct serial_read_out *out)
{
	struct console *c = console_of(in->port);
	struct screen *s;
	u64 done = 0;

	if (!c)
		return E_NOENT;
	s = &c->s;
	if (in->position != NO_POSITION &&
	    (u32)in->position - s->input_head <= s->input_tail - s->input_head) {
		s->input_head = (u32)in->position;
		screen_commit(c);
	}
	while (done < in->data_capacity && s->input_head + (u32)done != s->input_tail) {
		u32 at = (s->input_head + (u32)done) % INPUT_SIZE;
		u64 count = s->input_tail - s->input_head - done;
		error_t error;

		if (count > in->data_capacity - done)
			count = in->data_capacity - done;
		if (count > INPUT_SIZE - at)
			count = INPUT_SIZE - at;
		error = request_write(rq, SERIAL_READ_DATA, done, c->store->input + at, count);
		if (error)
			return error;
		done += count;
	}
	out->count = done;
	return 0;
}

static error_t op_attach(struct request *rq, const struct serial_attach_in *in)
{
	struct client *client = &state.client[in->port % CONSOLES];
	error_t error;

	if (!console_of(in->port))
		return E_NOENT;
	error = depot_keep(KEY_CLIENT + in->port, in->notification);
	if (error)
		return error;
	if (client->notification)
		sys_cap_delete(client->notification);
	client->notification = request_take(rq, 0);
	client->readable = state.readable[in->port] = in->readable;
	typed_tell((u32)in->port);
	return 0;
}

static error_t op_status(struct request *rq, const struct serial_status_in *in,
			 struct serial_status_out *out)
{
	struct console *c = console_of(in->port);

	(void)rq;
	if (!c)
		return E_NOENT;
	out->unwritten = 0;
	out->readable = c->s.input_tail - c->s.input_head;
	return 0;
}

static error_t op_size(struct request *rq, const struct serial_size_in *in,
		       struct serial_size_out *out)
{
	struct console *c = console_of(in->port);

	(void)rq;
	if (!c)
		return E_NOENT;
	out->size = c->s.rows | (u64)c->s.columns << 16 |
		    (u64)(state.display->width & 0xffff) << 32 |
		    (u64)(state.display->height & 0xffff) << 48;
	return 0;
}

/* There is no line between a screen and its keyboard. */
static error_t op_line(struct request *rq, const struct serial_line_in *in,
		       struct serial_line_out *out)
{
	(void)rq, (void)out;
	return console_of(in->port) ? E_NOTSUP : E_NOENT;
}

static error_t op_hold(struct request *rq, const struct serial_hold_in *in)
{
	(void)rq;
	return console_of(in->port) ? E_NOTSUP : E_NOENT;
}

static error_t op_front(struct request *rq, const struct serial_front_in *in,
			struct serial_front_out *out)
{
	struct console *c = console_of(in->port);

	(void)rq;
	if (!c)
		return E_NOENT;
	if (in->show && in->port != state.active) {
		activate((u32)in->port);
		screen_commit(c);
		draw_soon(state.active);
	}
	out->shown = state.active;
	return 0;
}

static const struct serial_ops ops = {
	.write = op_write,
	.read = op_read,
	.attach = op_attach,
	.status = op_status,
	.size = op_size,
	.line = op_line,
	.hold = op_hold,
	.front = op_front,
};

static error_t dispatch(struct request *rq)
{
	return serial_dispatch(&ops, rq);
}

/* --- start ----------------------------------------------------------------------------------- */

static u32 option(const char *name)
{
	const char *text = start_option(name), *end;

	return text ? (u32)string_number(text, &end) : 0;
}

/* init tells the shape of the framebuffer that it granted. */
static void display_open(struct display *d)
{
	cap_t memory = grant_find("framebuffer");
	u64 bytes;
	i64 address;

	if (!memory || !font_read(&d->font, font_file, (u64)(font_file_end - font_file)))
		return;
	d->width = option("framebuffer-width");
	d->height = option("framebuffer-height");
	d->pitch = option("framebuffer-pitch");
	d->red_first = option("framebuffer-format");
	bytes = option("framebuffer-offset") + (u64)d->pitch * d->height;
	address = memory_map(memory, 0, (bytes + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1),
			     PROTECT_READ | PROTECT_WRITE);
	display_measure(d);
	if (map_failed(address) || !d->rows || !d->columns) {
		log_printf("the framebuffer cannot be used");
		d->rows = d->columns = 0;
		return;
	}
	d->pixels = (u8 *)address + option("framebuffer-offset");
	display_clear(d);
}

static error_t consoles_open(void)
{
	struct display *d = state.display;
	struct screen_store *store;
	cap_t memory;
	bool fresh;
	error_t error = depot_map(KEY_BITS, PAGE_SIZE, 0, (void **)&state.readable, &memory,
				  &fresh);

	if (!error && fresh && d->pixels)
		log_printf("%u x %u pixels, %u rows of %u characters", d->width, d->height,
			   d->rows, d->columns);
	for (u32 i = 0; i < CONSOLES && !error; i++) {
		const struct screen *s = &state.console[i].s;

		error = depot_map(KEY_SCREEN + i, sizeof(*store), 0, (void **)&store, &memory,
				  &fresh);
		if (error)
			return error;
		screen_adopt(&state.console[i], store, d->rows ? d->rows : ROWS,
			     d->columns ? d->columns : COLUMNS);
		if (s->keys_taken > state.keys_taken)
			state.keys_taken = s->keys_taken;
		if (s->active_since > state.console[state.active].s.active_since)
			state.active = i;
		state.client[i].readable = state.readable[i];
		(void)!depot_take(KEY_CLIENT + i, &state.client[i].notification);
	}
	return error;
}

static error_t start(void)
{
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);
	error_t error;

	if (notification < 0)
		return notification;
	state.notification = notification;
	state.display = pages_alloc(sizeof(*state.display));
	if (!state.display)
		return E_NOMEM;
	error = sys_notification_bind(notification);
	if (error)
		return error;
	display_open(state.display);
	error = consoles_open();
	state.keyboard = grant_find("keyboard");
	if (!error && state.keyboard &&
	    keyboard_attach(state.keyboard, notification, BIT_KEYS))
		state.keyboard = CAP_NONE;
	return error;
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.notify = notify,
	};

	return serve_started(&service, start(), BIT_KEYS | BIT_DRAW);
}
