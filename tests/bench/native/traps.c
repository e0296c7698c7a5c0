/* SPDX-License-Identifier: MIT */
/*
 * traps.c - rows of what comes to a thread that waits: a signal, an interrupt, a guest's fault.
 *
 * A thread of a lower level does what wakes the waiting one, in the same space.  The interrupt is
 * that of a serial port without a wire: to allow the interrupt of its empty buffer raises it at
 * once, so it is taken where the port's write returns to ring 3, and not allowing it tells what
 * the write costs.
 */
#include "libsys/driver.h"
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/bench/native/count.h"

enum { WOKEN = 1, GO = 2, DONE = 4 };
enum { UART_ENABLE = 1, UART_ID = 2, ENABLE_EMPTY = 2 };
enum { CODE = 0x400000 };

static cap_t events, port;
static struct row row;
static error_t failed;

static void keep(i64 result, i64 wanted)
{
	if (!failed && result != wanted)
		failed = result < 0 ? result : E_INVAL;
}

static error_t low_thread(void (*entry)(void *))
{
	const struct thread_options options = { .entry = entry,
						.name = "low",
						.level = LEVEL_USER_TOP };

	return thread_create(&options, NULL);
}

/* --- signal --- */

static void signaller(void *argument)
{
	i64 result;

	(void)argument;
	for (u32 i = 0; i <= ROUNDS; i++)
		(void)count_call(NUMBER_notification_signal, events, WOKEN, 0, 0, 0, &result);
	thread_exit(0);
}

static error_t signals(void)
{
	error_t error = low_thread(signaller);

	if (error)
		return error;
	(void)count_wait(events, WOKEN);
	row_begin(&row, "signal");
	for (u32 i = 0; i < ROUNDS; i++)
		row_add(&row, count_wait(events, WOKEN) - count_call_own);
	row_end(&row);
	return 0;
}

/* --- interrupt --- */

static volatile u32 write_ticks;

static void raiser(void *argument)
{
	i64 result;

	(void)argument;
	for (u32 i = 0; i < ROUNDS; i++) {
		write_ticks = count_call(NUMBER_ioport_write, port, UART_ENABLE, 1, 0, 0, &result);
		(void)count_call(NUMBER_ioport_write, port, UART_ENABLE, 1, ENABLE_EMPTY, 0,
				 &result);
	}
	thread_exit(0);
}

static error_t interrupts(void)
{
	cap_t irq = grant_find("irq");
	error_t error;

	port = grant_find("port");
	error = sys_irq_bind(irq, events, WOKEN);
	error = error ? error : low_thread(raiser);
	if (error)
		return error;
	row_begin(&row, "interrupt");
	for (u32 i = 0; i < ROUNDS; i++) {
		row_add(&row, count_wait(events, WOKEN) - count_call_own - write_ticks);
		(void)port_read8(port, UART_ID);
		port_write8(port, UART_ENABLE, 0);
		(void)sys_irq_ack(irq);
	}
	row_end(&row);
	return 0;
}

/* --- fault --- */

/* A guest whose one instruction reads where nothing is: mov 0x10000000, %eax */
static const u8 code[] = { 0x8b, 0x04, 0x25, 0, 0, 0, 0x10 };

static void twin(void *argument)
{
	cap_t state = (cap_t)memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE);
	i64 page = memory_map(state, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE), result;
	struct guest_state *guest = (struct guest_state *)page;

	keep(sys_thread_bind(thread_self()->cap, *(cap_t *)argument, state, 0), 0);
	if (!failed && !map_failed(page)) {
		guest->regs.rip = CODE;
		guest->regs.rsp = CODE;
		guest->regs.rflags = 0x202;
		(void)sys_guest_resume();
		row_begin(&row, "fault");
		for (u32 i = 0; i < ROUNDS; i++) {
			row_add(&row, count_call(NUMBER_guest_resume, 0, 0, 0, 0, 0, &result));
			keep(result, GUEST_FAULT);
		}
		row_end(&row);
	}
	(void)sys_notification_signal(events, DONE);
	thread_exit(0);
}

static error_t faults(void)
{
	struct map_args a = { .address = CODE,
			      .length = PAGE_SIZE,
			      .protect = PROTECT_READ,
			      .maximum = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC,
			      .flags = MAP_AT | MAP_OVERLAY };
	cap_t space = (cap_t)sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST), view;
	const struct thread_options options = { .entry = twin, .argument = &view, .name = "twin" };

	keep(sys_space_map(space, &a), CODE);
	keep(sys_space_copy(space, CODE, (u64)code, sizeof(code),
			    SPACE_COPY_WRITE | SPACE_COPY_FORCE),
	     sizeof(code));
	keep(sys_space_protect(space, CODE, PAGE_SIZE, PROTECT_READ | PROTECT_EXEC), 0);
	view = (cap_t)sys_view_create(CAP_SELF_BUDGET, space, CAP_SELF_SPACE);
	if (!failed)
		failed = thread_create(&options, NULL);
	if (!failed)
		(void)sys_notification_wait(events, DONE, DEADLINE_NEVER);
	return failed;
}

error_t bench_traps(void)
{
	error_t error;

	events = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	error = signals();
	error = error ? error : interrupts();
	return error ? error : faults();
}
