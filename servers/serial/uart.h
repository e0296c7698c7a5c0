/* SPDX-License-Identifier: MIT */
/*
 * uart.h - one 16550: bytes between the device's FIFOs and two rings.
 *
 * The rings lie in depot memory: what was queued when the server died is still sent.  Head and tail
 * count bytes for ever; their difference is what the ring holds.  The kernel moves the bytes and
 * the counter of its side in one step, so that a death at any moment loses no byte and sends none
 * twice.
 */
#ifndef SERIAL_UART_H
#define SERIAL_UART_H

#include "microkernel/abi/types.h"

enum { UART_OUTPUT = 16384, UART_INPUT = 4096 };

/* One store says that bytes are in the ring and that the client need not send them again. */
struct uart_put {
	_Alignas(8) u32 tail;
	u32 taken; /* bytes that the client has had taken, ever; modulo 2^32 like the tail */
};

struct uart_rings {
	u64 output_head; /* where bytes leave; the kernel's */
	struct uart_put put;
	u64 input_tail; /* where bytes come in; the kernel's */
	u64 input_head;
	u64 break_at; /* the input byte before this one is the last break; 0: none yet */
	u32 speed, format; /* of the line, enum tty_line; 0 and 0: as at the start */
	u64 readable_bits, writable_bits; /* what the attached client is signalled with */
	u8 output[UART_OUTPUT];
	u8 input[UART_INPUT];
};

struct uart {
	cap_t ports, irq;
	struct uart_rings *rings;
	cap_t client; /* notification of who attached; CAP_NONE: nobody */
	bool starved; /* a write did not fit: tell the client when there is room */
	bool broken;  /* the line is held in a break */
	u8 interrupts; /* which of the device's interrupts are on */
};

/* Program the device; false: there is none.  Not fresh: what its FIFOs hold is a predecessor's. */
bool uart_init(struct uart *uart, bool fresh);
/* Set speed and format; the speed that it has then. */
u32 uart_line(struct uart *uart, u32 speed, u32 format);
void uart_break(struct uart *uart, bool on);
/* Serve everything that the device has to say, until its interrupt line is quiet. */
void uart_interrupt(struct uart *uart);
/* Send from the ring what the device takes now; the rest follows by interrupt. */
void uart_send(struct uart *uart);
/* There is room in the input ring again: what the device held back may come. */
void uart_resume(struct uart *uart);

static inline u32 uart_output_count(const struct uart *uart)
{
	return uart->rings->put.tail - (u32)uart->rings->output_head;
}

static inline u32 uart_output_room(const struct uart *uart)
{
	return UART_OUTPUT - uart_output_count(uart);
}

static inline u32 uart_input_count(const struct uart *uart)
{
	return (u32)(uart->rings->input_tail - uart->rings->input_head);
}

/* These bytes stand in the ring from its tail on; `taken` of them are the client's. */
static inline void uart_put(struct uart *uart, u32 count, u32 taken)
{
	struct uart_put put = uart->rings->put;

	put.tail += count;
	put.taken += taken;
	__atomic_store(&uart->rings->put, &put, __ATOMIC_RELEASE);
}

#endif
