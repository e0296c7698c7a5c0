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
	FIFO_CLEAR = 6,
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
	port_write8(uart->ports, FIFO_CONTROL, fresh ? FIFO_ON | FIFO_CLEAR : FIFO_ON);
	port_write8(uart->ports, MODEM_CONTROL, MODEM_READY);
	uart->interrupts = ENABLE_RECEIVED;
	port_write8(uart->ports, INTERRUPT_ENABLE, ENABLE_RECEIVED);
	return true;
}

/* It is to say when it can send, if there is something, and what it received, if that fits. */
static void interrupts_set(struct uart *uart)
{
	u8 wanted = (u8)((uart_output_count(uart) ? ENABLE_EMPTY : 0) |
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

void uart_send(struct uart *uart)
{
	struct uart_rings *r = uart->rings;

	while (uart_output_count(uart) && port_read8(uart->ports, LINE_STATUS) & STATUS_EMPTY) {
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
		if (!(port_read8(uart->ports, LINE_STATUS) & STATUS_RECEIVED))
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
