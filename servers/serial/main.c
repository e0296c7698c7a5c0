/* SPDX-License-Identifier: MIT */
/*
 * serial - the serial ports: bytes in, bytes out, and the kernel's log out of the log port.
 *
 * Port 0 is the console's: the third port, or with console=com1 the first.  Port 1 is the second
 * port.  The log goes to the first port, unless that is the console and log=com1 was not asked for.
 */
#include "libsys/depot.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/tty.h"
#include "proto/serial.h"
#include "servers/serial/uart.h"

enum { COM1, COM2, COM3, UARTS, BIT_LOG = 1 << UARTS };
enum { PORT_CONSOLE, PORT_SECOND, PORTS };
enum { KEY_RINGS = 1, KEY_CLIENT = 2 };
enum { PIECE = 512 };
#define NO_POSITION (~(u64)0)

static struct {
	cap_t notification;
	struct uart uart[UARTS];
	struct uart *port[PORTS]; /* NULL: the machine has none */
	struct uart *log_port;
	cap_t log;
} serial;

static struct uart *port_of(u64 port)
{
	return port < PORTS ? serial.port[port] : NULL;
}

/* How many of the bytes from position on a client repeats that died before it heard of them. */
static u64 already_taken(struct uart *uart, u64 position, u64 length)
{
	u32 before = uart->rings->put.taken - (u32)position;

	if (position == NO_POSITION)
		return 0;
	if ((i32)before < 0) {
		uart_put(uart, 0, -before); /* it dropped some of its own */
		before = 0;
	}
	return before < length ? before : length;
}

static error_t op_write(struct request *rq, const struct serial_write_in *in,
			struct serial_write_out *out)
{
	struct uart *uart = port_of(in->port);
	u64 done;

	if (!uart)
		return E_NOENT;
	done = already_taken(uart, in->position, in->data_length);
	while (done < in->data_length) {
		struct uart_rings *r = uart->rings;
		u32 at = r->put.tail % UART_OUTPUT;
		u64 count = in->data_length - done;
		error_t error;

		if (count > uart_output_room(uart))
			count = uart_output_room(uart);
		if (count > UART_OUTPUT - at)
			count = UART_OUTPUT - at;
		if (!count)
			break;
		error = request_read(rq, SERIAL_WRITE_DATA, done, r->output + at, count);
		if (error)
			return error;
		uart_put(uart, (u32)count, (u32)count);
		done += count;
		uart_send(uart);
	}
	uart->starved = done < in->data_length;
	out->written = done;
	return 0;
}

static error_t op_read(struct request *rq, const struct serial_read_in *in,
		       struct serial_read_out *out)
{
	struct uart *uart = port_of(in->port);
	struct uart_rings *r;
	u64 done = 0, available, before_break;

	if (!uart)
		return E_NOENT;
	r = uart->rings;
	if (in->position != NO_POSITION &&
	    in->position - r->input_head <= uart_input_count(uart)) {
		r->input_head = in->position;
		uart_resume(uart);
	}
	available = uart_input_count(uart);
	before_break = r->break_at - 1 - r->input_head;
	if (r->break_at && before_break < available) {
		available = before_break;
		out->broken = in->data_capacity >= available;
	}
	while (done < in->data_capacity && done < available) {
		u32 at = (r->input_head + done) % UART_INPUT;
		u64 count = in->data_capacity - done;
		error_t error;

		if (count > available - done)
			count = available - done;
		if (count > UART_INPUT - at)
			count = UART_INPUT - at;
		error = request_write(rq, SERIAL_READ_DATA, done, r->input + at, count);
		if (error)
			return error;
		done += count;
	}
	out->count = done;
	return 0;
}

static error_t op_attach(struct request *rq, const struct serial_attach_in *in)
{
	struct uart *uart = port_of(in->port);
	error_t error;

	if (!uart)
		return E_NOENT;
	error = depot_keep(KEY_CLIENT + in->port, in->notification);
	if (error)
		return error;
	if (uart->client)
		sys_cap_delete(uart->client);
	uart->client = request_take(rq, 0);
	uart->rings->readable_bits = in->readable;
	uart->rings->writable_bits = in->writable;
	if (uart_input_count(uart))
		sys_notification_signal(uart->client, in->readable);
	return 0;
}

static error_t op_status(struct request *rq, const struct serial_status_in *in,
			 struct serial_status_out *out)
{
	struct uart *uart = port_of(in->port);

	(void)rq;
	if (!uart)
		return E_NOENT;
	out->unwritten = uart_output_count(uart);
	out->readable = uart_input_count(uart);
	return 0;
}

static error_t op_size(struct request *rq, const struct serial_size_in *in,
		       struct serial_size_out *out)
{
	(void)rq, (void)out;
	return port_of(in->port) ? E_NOTSUP : E_NOENT;
}

static error_t op_line(struct request *rq, const struct serial_line_in *in,
		       struct serial_line_out *out)
{
	struct uart *uart = port_of(in->port);

	(void)rq;
	if (!uart)
		return E_NOENT;
	if (in->format & ~(u64)TTY_LINE_ALL || in->speed >> 32)
		return E_INVAL;
	out->actual = uart_line(uart, (u32)in->speed, (u32)in->format);
	return 0;
}

static error_t op_hold(struct request *rq, const struct serial_hold_in *in)
{
	struct uart *uart = port_of(in->port);

	(void)rq;
	if (!uart)
		return E_NOENT;
	uart_break(uart, in->on != 0);
	return 0;
}

static error_t op_front(struct request *rq, const struct serial_front_in *in,
			struct serial_front_out *out)
{
	(void)rq, (void)out;
	return port_of(in->port) ? E_NOTSUP : E_NOENT;
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

/* Move the kernel's log into the log port's ring, as far as there is room. */
static void log_drain(void)
{
	struct uart *uart = serial.log_port;
	char piece[PIECE];

	while (!uart || uart_output_room(uart) >= PIECE) {
		i64 n = sys_log_read(serial.log, (u64)piece, sizeof(piece), serial.notification,
				     BIT_LOG);

		if (n <= 0)
			return;
		if (!uart)
			continue;
		for (u32 i = 0; i < n; i++)
			uart->rings->output[(uart->rings->put.tail + i) % UART_OUTPUT] = piece[i];
		uart_put(uart, (u32)n, 0);
		uart_send(uart);
	}
}

static void notify(u64 bits)
{
	for (u32 i = 0; i < UARTS; i++)
		if (bits >> i & 1)
			uart_interrupt(&serial.uart[i]);
	log_drain();
}

static const struct {
	const char *ports, *irq;
} grants[UARTS] = { { "com1", "com1-irq" }, { "com2", "com2-irq" }, { "com3", "com3-irq" } };

/* NULL: there is no such device. */
static struct uart *uart_open(u32 i, struct uart_rings *rings, bool fresh)
{
	struct uart *uart = &serial.uart[i];
	bool found;

	uart->ports = grant_find(grants[i].ports);
	uart->irq = grant_find(grants[i].irq);
	uart->rings = rings;
	/* A ring that died half-way in an update is emptied rather than believed. */
	if (uart_output_count(uart) > UART_OUTPUT)
		rings->put.tail = (u32)rings->output_head;
	if (uart_input_count(uart) > UART_INPUT)
		rings->input_head = rings->input_tail;
	found = uart->ports && uart_init(uart, fresh) &&
		!sys_irq_bind(uart->irq, serial.notification, (u64)1 << i) &&
		!sys_irq_ack(uart->irq);
	return found ? uart : NULL;
}

/* What the predecessor still had to tell: there are bytes, there is room again. */
static void client_adopt(u32 port)
{
	struct uart *uart = serial.port[port];

	if (!uart || depot_take(KEY_CLIENT + port, &uart->client))
		return;
	uart->starved = true;
	if (uart_input_count(uart))
		sys_notification_signal(uart->client, uart->rings->readable_bits);
}

static void ports_choose(struct uart *found[UARTS])
{
	const char *console = start_option("console"), *log = start_option("log");
	bool is_com1 = console && strcmp(console, "com1") == 0;

	serial.port[PORT_CONSOLE] = found[is_com1 ? COM1 : COM3];
	serial.port[PORT_SECOND] = found[COM2];
	if (!is_com1 || (log && !strcmp(log, "com1")))
		serial.log_port = found[COM1];
}

static error_t start(void)
{
	struct uart *found[UARTS];
	struct uart_rings *rings;
	cap_t memory;
	bool fresh;
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);
	error_t error;

	if (notification < 0)
		return notification;
	serial.notification = notification;
	serial.log = grant_find("log");
	error = sys_notification_bind(notification);
	if (!error)
		error = depot_map(KEY_RINGS, UARTS * sizeof(*rings), 0, (void **)&rings, &memory,
				  &fresh);
	if (error)
		return error;
	for (u32 i = 0; i < UARTS; i++)
		found[i] = uart_open(i, &rings[i], fresh);
	ports_choose(found);
	for (u32 i = 0; i < PORTS; i++) {
		client_adopt(i);
		if (serial.port[i])
			uart_send(serial.port[i]);
	}
	if (serial.log_port)
		uart_send(serial.log_port);
	return 0;
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.notify = notify,
	};

	return serve_started(&service, start(), 0);
}
