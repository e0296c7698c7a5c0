/* SPDX-License-Identifier: MIT */
/* uart.c - the 16550 itself; see uart.h. */
#include "servers/serial/uart.h"

#include "libsys/driver.h"

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
	ID_NONE = 1,
	LINE_8N1 = 3,
	LINE_DIVISOR = 0x80,
	FIFO_ON = 0xc1,
	FIFO_CLEAR = 0x06,
	MODEM_READY = 0x0b, /* DTR, RTS and OUT2, which lets the interrupt through */
	STATUS_RECEIVED = 1,
	STATUS_EMPTY = 0x20,
	DIVISOR_115200 = 1,
	FIFO_BYTES = 16,
	ROUNDS_MAX = 1024, /* a device that always has more must not hold the server */
};

bool uart_init(struct uart *uart, bool fresh)
{
	port_write8(uart->ports, SCRATCH, 0x5a);
	if (port_read8(uart->ports, SCRATCH) != 0x5a)
		return false;
	port_write8(uart->ports, INTERRUPT_ENABLE, 0);
	port_write8(uart->ports, LINE_CONTROL, LINE_DIVISOR);
	port_write8(uart->ports, DATA, DIVISOR_115200);
	port_write8(uart->ports, INTERRUPT_ENABLE, 0);
	port_write8(uart->ports, LINE_CONTROL, LINE_8N1);
	/* A successor finds what its predecessor had not read yet. */
	port_write8(uart->ports, FIFO_CONTROL, FIFO_ON | (fresh ? FIFO_CLEAR : 0));
	port_write8(uart->ports, MODEM_CONTROL, MODEM_READY);
	port_write8(uart->ports, INTERRUPT_ENABLE, ENABLE_RECEIVED);
	return true;
}

static void sending_set(struct uart *uart, bool on)
{
	if (uart->sending == on)
		return;
	uart->sending = on;
	port_write8(uart->ports, INTERRUPT_ENABLE, ENABLE_RECEIVED | (on ? ENABLE_EMPTY : 0));
}

void uart_send(struct uart *uart)
{
	struct uart_rings *r = uart->rings;

	while (r->output_head != r->output_tail &&
	       port_read8(uart->ports, LINE_STATUS) & STATUS_EMPTY) {
		u32 at = r->output_head % UART_OUTPUT;
		u32 count = r->output_tail - r->output_head;

		if (count > FIFO_BYTES)
			count = FIFO_BYTES;
		if (count > UART_OUTPUT - at)
			count = UART_OUTPUT - at;
		if (port_write_all(uart->ports, DATA, r->output + at, count))
			break;
		r->output_head += count;
	}
	sending_set(uart, r->output_head != r->output_tail);
	if (uart->starved && uart->client && uart_output_room(uart) >= UART_OUTPUT / 2) {
		uart->starved = false;
		sys_notification_signal(uart->client, r->writable_bits);
	}
}

/* Bytes beyond the ring are lost, as they are on a line whose reader sleeps. */
static void receive(struct uart *uart)
{
	struct uart_rings *r = uart->rings;
	bool any = false;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		u8 byte;

		if (!(port_read8(uart->ports, LINE_STATUS) & STATUS_RECEIVED))
			break;
		byte = port_read8(uart->ports, DATA);
		if (uart_input_count(uart) == UART_INPUT)
			continue;
		r->input[r->input_tail % UART_INPUT] = byte;
		r->input_tail++;
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
