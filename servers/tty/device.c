/* SPDX-License-Identifier: MIT */
/*
 * device.c - the devices of the first terminals: serial lines, and screens with their keyboard.
 *
 * Both are asked in the serial protocol.  Nothing here waits for a device: what it does not take
 * now goes when it says that there is room.  Positions tell it what a predecessor of ours was told
 * and did not note.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/serial.h"
#include "servers/tty/terminal.h"

enum {
	SERIAL_SPEED = 115200,
	THROTTLE = 128,
	PIECE = 256,
	BIT_READABLE = 1,
	BIT_WRITABLE = 2,
	BITS = 2
};

static const struct {
	const char *grant;
	u64 port;
} lines[TTY_DEVICES] = { { "serial", 0 }, { "console", 0 }, { "console", 1 }, { "serial", 1 } };

static struct {
	cap_t line;   /* CAP_NONE: no such device, output vanishes */
	bool waiting; /* the device holds bytes for which the queue had no room */
} devices[TTY_DEVICES];

/* A screen knows its size; of a serial line nobody does. */
static void size_take(struct terminal *t, cap_t line, u64 port)
{
	struct serial_size_out out = { 0 };

	if (serial_size(line, port, &out) || t->size == out.size)
		return;
	t->size = out.size;
	t->events |= TTY_EVENT_WINCH;
	terminal_commit(t);
}

void device_settings(struct terminal *t)
{
	u32 i = terminal_index(t);

	if (strcmp(lines[i].grant, "serial"))
		return;
	t->settings.input_speed = t->settings.output_speed = SERIAL_SPEED;
}

void device_line(struct terminal *t, const struct tty_settings *before)
{
	struct tty_settings *s = &t->settings;
	struct serial_line_out out = { 0 };
	u32 i = terminal_index(t);

	if (is_pair(t) || !devices[i].line ||
	    (s->output_speed == before->output_speed && s->line == before->line))
		return;
	if (!serial_line(devices[i].line, lines[i].port, s->output_speed, s->line, &out) &&
	    s->output_speed)
		s->input_speed = s->output_speed = (u32)out.actual;
}

error_t op_hold(struct request *rq, const struct tty_hold_in *in)
{
	struct terminal *t = terminal_of(in->terminal);
	u32 i = t ? terminal_index(t) : 0;

	(void)rq;
	if (!t)
		return E_NOENT;
	return is_pair(t) || !devices[i].line ?
		       E_NOTSUP :
		       serial_hold(devices[i].line, lines[i].port, in->on);
}

error_t op_front(struct request *rq, const struct tty_front_in *in, struct tty_front_out *out)
{
	struct terminal *t = terminal_of(in->terminal);
	struct serial_front_out front = { 0 };
	error_t error = E_NOTSUP;
	u32 i;

	(void)rq;
	if (!t)
		return E_NOENT;
	i = terminal_index(t);
	if (!is_pair(t) && devices[i].line)
		error = serial_front(devices[i].line, lines[i].port, in->show, &front);
	/* Which terminal is that port of the same device? */
	for (u32 n = 0; n < TTY_DEVICES && !error; n++)
		if (devices[n].line == devices[i].line && lines[n].port == front.shown)
			out->shown = n;
	return error;
}

void devices_attach(cap_t notification)
{
	for (u32 i = 0; i < TTY_DEVICES; i++) {
		cap_t line = grant_find(lines[i].grant);
		error_t error = E_NOENT;

		if (line)
			error = serial_attach(line, lines[i].port, notification,
					      (u64)BIT_READABLE << i * BITS,
					      (u64)BIT_WRITABLE << i * BITS);
		devices[i].line = error ? CAP_NONE : line;
		if (!error)
			size_take(&terminals[i], line, lines[i].port);
		if (error && error != E_NOENT)
			log_printf("terminal %u: its device: %s", i, error_name(error));
	}
}

bool device_signalled(const struct terminal *t, u64 bits)
{
	u32 i = terminal_index(t);

	return i < TTY_DEVICES && bits >> i * BITS & (BIT_READABLE | BIT_WRITABLE);
}

bool device_waits(const struct terminal *t)
{
	return !is_pair(t) && devices[terminal_index(t)].waiting && input_room(t) >= PIECE;
}

/* Ask the other side to pause while the queue is nearly full. */
static void throttle(struct terminal *t)
{
	if (!t->throttled && t->settings.input & TTY_INPUT_SEND_FLOW &&
	    input_room(t) < THROTTLE) {
		terminal_flow(t, TTY_FLOW_SEND_STOP);
		t->throttled = 1;
	} else if (t->throttled && input_count(t) <= THROTTLE) {
		terminal_flow(t, TTY_FLOW_SEND_START);
		t->throttled = 0;
	}
}

void device_push(struct terminal *t)
{
	cap_t line = devices[terminal_index(t)].line;
	u64 head = t->output_head;
	u32 ready;

	throttle(t);
	while ((ready = output_ready(t)) > 0) {
		u32 at = t->output_head % OUTPUT_SIZE;
		struct serial_write_out out = { 0 };

		if (ready > OUTPUT_SIZE - at)
			ready = OUTPUT_SIZE - at;
		if (!line)
			out.written = ready;
		else if (serial_write(line, lines[terminal_index(t)].port,
				      queues_of(t)->output + at, ready, t->output_head, &out))
			break;
		if (!out.written)
			break;
		t->output_head += out.written;
	}
	if (t->output_head != head)
		terminal_commit(t);
}

void device_pull(struct terminal *t)
{
	u32 i = terminal_index(t);
	struct serial_read_out out;
	u8 piece[PIECE];

	devices[i].waiting = false;
	while (devices[i].line &&
	       !serial_read(devices[i].line, lines[i].port, piece, sizeof(piece), t->received,
			    &out) &&
	       (out.count || out.broken)) {
		u64 done = 0, n;

		if (!(t->settings.line & TTY_LINE_RECEIVE)) {
			t->received += out.count + out.broken;
			terminal_commit(t);
			continue;
		}
		while (done < out.count) {
			n = input_take(t, piece + done, out.count - done);
			done += n;
			t->received += n;
			terminal_commit(t);
			if (!n) {
				devices[i].waiting = true;
				return;
			}
		}
		if (out.broken) {
			input_break(t);
			t->received++;
			terminal_commit(t);
		}
	}
}
