/* SPDX-License-Identifier: MIT */
/* device.c - interrupts become notification bits; ports are read and written by system call. */
#include "microkernel/object/device.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/space.h"
#include "microkernel/object/switch.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

static struct lock irq_lock = LOCK_INIT(LOCK_IRQ);
static struct irq *lines[IRQ_LINES]; /* guarded by irq_lock, as are the lines' controllers */

i64 sys_irq_create(struct cap_ref budget, cap_t root_handle, u64 line)
{
	struct cap_ref root;
	struct irq *irq;
	error_t error = cap_lookup(root_handle, OBJECT_IRQ, RIGHT_WRITE, &root);

	if (error)
		return error;
	if (((struct irq *)root.object)->line != IRQ_ROOT)
		return E_RIGHTS;
	if (line >= IRQ_LINES)
		return E_RANGE;
	irq = object_alloc(OBJECT_IRQ, budget.object);
	if (!irq)
		return E_NOMEM;
	irq->line = (u32)line;
	lock_acquire(&irq_lock);
	if (lines[line])
		error = E_BUSY;
	else if (!arch_irq_route((u32)line, (u8)(VECTOR_FIRST_IRQ + line), &irq->level))
		error = E_RANGE;
	else
		lines[line] = irq;
	lock_release(&irq_lock);
	/* Should there be no room for the handle, the line is free again with the object's end. */
	return cap_install_new(irq, RIGHTS_ALL, error);
}

i64 sys_irq_bind(struct cap_ref cap, cap_t notification_handle, u64 bits)
{
	struct irq *irq = cap.object;
	struct notification *old;
	struct cap_ref n;
	error_t error =
		cap_lookup(notification_handle, OBJECT_NOTIFICATION, RIGHT_NOTIFICATION_SIGNAL, &n);

	if (error)
		return error;
	if (irq->line == IRQ_ROOT)
		return E_STATE;
	if (!object_try_get(n.object))
		return E_BADCAP;
	lock_acquire(&irq_lock);
	old = irq->notification;
	irq->notification = n.object;
	irq->bits = bits;
	arch_irq_mask(irq->line, false);
	lock_release(&irq_lock);
	if (old)
		object_put(old);
	return 0;
}

i64 sys_irq_ack(struct cap_ref cap)
{
	struct irq *irq = cap.object;

	if (irq->line == IRQ_ROOT)
		return E_STATE;
	if (irq->level) {
		lock_acquire(&irq_lock);
		arch_irq_mask(irq->line, false);
		lock_release(&irq_lock);
	}
	return 0;
}

void irq_deliver(unsigned vector)
{
	struct notification *n = NULL;
	struct irq *irq;
	u64 bits = 0;

	lock_acquire(&irq_lock);
	irq = lines[vector - VECTOR_FIRST_IRQ];
	if (irq) {
		if (irq->level)
			arch_irq_mask(irq->line, true);
		n = irq->notification;
		bits = irq->bits;
	}
	lock_release(&irq_lock);
	if (n && !switch_signal(n, bits))
		notification_set(n, bits);
}

void irq_kill(struct irq *irq)
{
	struct notification *n;

	if (irq->line == IRQ_ROOT)
		return;
	lock_acquire(&irq_lock);
	if (lines[irq->line] == irq) {
		lines[irq->line] = NULL;
		arch_irq_mask(irq->line, true);
	}
	n = irq->notification;
	irq->notification = NULL;
	lock_release(&irq_lock);
	if (n)
		object_put(n);
}

i64 sys_ioport_create(struct cap_ref budget, cap_t root_handle, u64 first, u64 count)
{
	struct cap_ref root;
	struct ioport *range, *port;
	error_t error = cap_lookup(root_handle, OBJECT_IOPORT, RIGHT_READ | RIGHT_WRITE, &root);

	if (error)
		return error;
	range = root.object;
	if (!count || first >= range->count || count > range->count - first)
		return E_RANGE;
	port = object_alloc(OBJECT_IOPORT, budget.object);
	if (!port)
		return E_NOMEM;
	port->first = range->first + (u32)first;
	port->count = (u32)count;
	return cap_install_new(port, RIGHTS_ALL, 0);
}

static error_t port_check(const struct ioport *range, u64 port, u64 width)
{
	if (width != 1 && width != 2 && width != 4)
		return E_INVAL;
	return port < range->count && width <= range->count - port ? 0 : E_RANGE;
}

i64 sys_ioport_read(struct cap_ref cap, u64 port, u64 width)
{
	struct ioport *range = cap.object;
	error_t error = port_check(range, port, width);

	return error ? error : (i64)arch_port_read((u16)(range->first + port), (unsigned)width);
}

i64 sys_ioport_write(struct cap_ref cap, u64 port, u64 width, u64 value)
{
	struct ioport *range = cap.object;
	error_t error = port_check(range, port, width);

	if (!error)
		arch_port_write((u16)(range->first + port), (unsigned)width, (u32)value);
	return error;
}

/* Both memories are found before the port is touched; the space's lock keeps them in place. */
static i64 bytes_move(const struct ioport *range, u64 port, u64 address, u64 length, u64 counter,
		      bool in)
{
	struct space *space = thread_current()->space;
	u64 width = sizeof(u64);
	void *bytes, *count;
	error_t error;

	if (port >= range->count || length > PORT_BYTES_MAX)
		return E_RANGE;
	if (counter % sizeof(u64))
		return E_INVAL;
	lock_acquire(&space->object.lock);
	/* The counter first: making its page writable may move what lies beside it. */
	error = user_page(space, counter, true, &width, &count);
	if (!error)
		error = user_page(space, address, in, &length, &bytes);
	if (!error && in)
		arch_port_read_bytes((u16)(range->first + port), bytes, length);
	else if (!error)
		arch_port_write_bytes((u16)(range->first + port), bytes, length);
	if (!error)
		*(u64 *)count += length;
	lock_release(&space->object.lock);
	return error ? error : (i64)length;
}

i64 sys_ioport_read_bytes(struct cap_ref cap, u64 port, u64 address, u64 length, u64 counter)
{
	return bytes_move(cap.object, port, address, length, counter, true);
}

i64 sys_ioport_write_bytes(struct cap_ref cap, u64 port, u64 address, u64 length, u64 counter)
{
	return bytes_move(cap.object, port, address, length, counter, false);
}
