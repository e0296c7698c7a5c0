/* SPDX-License-Identifier: MIT */
/* uart.c - the 16550 itself; see uart.h. */
#include "servers/serial/uart.h"

#include "libsys/driver.h"
#include "libsys/tty.h"

enum uart_register {
	DATA = 0,
	INTERRUPT_ENABLE = 1,
	INTERRUPT_ID = 2,
	FIFO_CONTROL = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,
	MODEM_STATUS = 6,
	SCRATCH = 7,
};

enum {
	ENABLE_RECEIVED = 1,
	ENABLE_EMPTY = 2,
	ENABLE_STATUS = 4,
	ID_NONE = 1,
	LINE_STOP_2 = 4,
	LINE_PARITY = 8,
	LINE_EVEN = 0x10,
	LINE_BREAK = 0x40,
	LINE_DIVISOR = 0x80,
	FIFO_ON = 0xc1,
	FIFO_CLEAR = 6,
	MODEM_READY = 0x0b, /* DTR, RTS and OUT2, which lets the interrupt through */
	MODEM_HUNG_UP = 8,
	STATUS_RECEIVED = 1,
	STATUS_BREAK = 0x10,
	STATUS_EMPTY = 0x20,
	SPEED_MAX = 115200,
	DIVISOR_MAX = 0xffff,
	BITS_LEAST = 5,
	BITS_MOST = 8,
	FIFO_BYTES = 16,
	ROUNDS_MAX = 1024, /* a device that always has more must not hold the server */
};

static u8 line_control(const struct uart *uart)
{
	u32 format = uart->rings->format, bits = format & TTY_LINE_BITS;

	if (bits < BITS_LEAST || bits > BITS_MOST)
		bits = BITS_MOST;
	return (u8)((bits - BITS_LEAST) | (format & TTY_LINE_STOP_2 ? LINE_STOP_2 : 0) |
		    (format & TTY_LINE_PARITY ? LINE_PARITY : 0) |
		    (format & TTY_LINE_PARITY && !(format & TTY_LINE_ODD) ? LINE_EVEN : 0) |
		    (uart->broken ? LINE_BREAK : 0));
}

u32 uart_line(struct uart *uart, u32 speed, u32 format)
{
	u32 divisor = speed ? (SPEED_MAX + speed / 2) / speed : 0;

	divisor = divisor > DIVISOR_MAX ? DIVISOR_MAX : divisor ? divisor : 1;
	uart->rings->speed = speed;
	uart->rings->format = format;
	port_write8(uart->ports, LINE_CONTROL, LINE_DIVISOR);
	port_write8(uart->ports, DATA, (u8)divisor);
	port_write8(uart->ports, INTERRUPT_ENABLE, (u8)(divisor >> 8));
	port_write8(uart->ports, LINE_CONTROL, line_control(uart));
	port_write8(uart->ports, MODEM_CONTROL, speed ? MODEM_READY : MODEM_HUNG_UP);
	return speed ? SPEED_MAX / divisor : 0;
}

void uart_break(struct uart *uart, bool on)
{
	uart->broken = on;
	port_write8(uart->ports, LINE_CONTROL, line_control(uart));
}

bool uart_init(struct uart *uart, bool fresh)
{
	port_write8(uart->ports, SCRATCH, 0x5a);
	if (port_read8(uart->ports, SCRATCH) != 0x5a)
		return false;
	port_write8(uart->ports, INTERRUPT_ENABLE, 0);
	if (!uart->rings->format)
		uart_line(uart, SPEED_MAX, BITS_MOST);
	else
		uart_line(uart, uart->rings->speed, uart->rings->format);
	port_write8(uart->ports, FIFO_CONTROL, fresh ? FIFO_ON | FIFO_CLEAR : FIFO_ON);
	uart->interrupts = ENABLE_RECEIVED | ENABLE_STATUS;
	port_write8(uart->ports, INTERRUPT_ENABLE, uart->interrupts);
	return true;
}

/* It is to say when it can send, if there is something, and what it received, if that fits. */
static void interrupts_set(struct uart *uart)
{
	u8 wanted = (u8)(ENABLE_STATUS | (uart_output_count(uart) ? ENABLE_EMPTY : 0) |
			 (uart_input_count(uart) < UART_INPUT ? ENABLE_RECEIVED : 0));

	if (uart->interrupts == wanted)
		return;
	uart->interrupts = wanted;
	port_write8(uart->ports, INTERRUPT_ENABLE, wanted);
}

void uart_resume(struct uart *uart)
{
	if (!(uart->interrupts & ENABLE_RECEIVED))
		interrupts_set(uart);
}

/* Reading it forgets that the next byte is a break. */
static u8 status(struct uart *uart)
{
	u8 now = port_read8(uart->ports, LINE_STATUS);

	if (now & STATUS_BREAK)
		uart->rings->break_at = uart->rings->input_tail + 1;
	return now;
}

void uart_send(struct uart *uart)
{
	struct uart_rings *r = uart->rings;

	while (uart_output_count(uart) && status(uart) & STATUS_EMPTY) {
		u32 at = r->output_head % UART_OUTPUT;
		u32 count = uart_output_count(uart);

		if (count > FIFO_BYTES)
			count = FIFO_BYTES;
		if (count > UART_OUTPUT - at)
			count = UART_OUTPUT - at;
		if (sys_ioport_write_bytes(uart->ports, DATA, (u64)(r->output + at), count,
					   (u64)&r->output_head) <= 0)
			break;
	}
	interrupts_set(uart);
	if (uart->starved && uart->client && uart_output_room(uart) >= UART_OUTPUT / 2) {
		uart->starved = false;
		sys_notification_signal(uart->client, r->writable_bits);
	}
}

/* What does not fit stays in the device; a line with flow control then holds the other side. */
static void receive(struct uart *uart)
{
	struct uart_rings *r = uart->rings;
	bool any = false;

	for (int i = 0; i < ROUNDS_MAX && uart_input_count(uart) < UART_INPUT; i++) {
		if (!(status(uart) & STATUS_RECEIVED))
			break;
		if (sys_ioport_read_bytes(uart->ports, DATA,
					  (u64)(r->input + r->input_tail % UART_INPUT), 1,
					  (u64)&r->input_tail) <= 0)
			break;
		any = true;
	}
	if (any && uart->client)
		sys_notification_signal(uart->client, r->readable_bits);
}

void uart_interrupt(struct uart *uart)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		if (port_read8(uart->ports, INTERRUPT_ID) & ID_NONE)
			break;
		port_read8(uart->ports, MODEM_STATUS);
		receive(uart);
		uart_send(uart);
	}
	sys_irq_ack(uart->irq);
}
