/* SPDX-License-Identifier: MIT */
/* devices.c - irq_*, ioport_*, with the CMOS's ports and a line that nobody uses. */
#include "libsys/string.h"
#include "tests/programs/calls/calls.h"

void test_devices(void)
{
	cap_t ports = grant_find("ports"), irq = grant_find("irq"), part;
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	static u8 bytes[2];
	static const u64 constant = 0;
	u64 count = 0;
	i64 second;

	row("ioport_create");
	part = MAKE(sys_ioport_create(CAP_SELF_BUDGET, ports, 1, 1));
	WANT(E_RANGE, sys_ioport_create(CAP_SELF_BUDGET, ports, 2, 1));
	WANT(E_RANGE, sys_ioport_create(CAP_SELF_BUDGET, ports, 0, 0x10000));
	WANT(E_RANGE, sys_ioport_create(CAP_SELF_BUDGET, part, 1, 1));
	WANT(E_TYPE, sys_ioport_create(CAP_SELF_BUDGET, n, 0, 1));

	row("ioport_read, ioport_write");
	WANT(0, sys_ioport_write(ports, 0, 1, 0));
	second = SUCCEEDS(sys_ioport_read(part, 0, 1));
	HOLDS(second >= 0 && second <= 0x59);
	WANT(E_RANGE, sys_ioport_read(part, 1, 1));
	WANT(E_RANGE, sys_ioport_read(part, 0, 2));
	WANT(E_INVAL, sys_ioport_read(ports, 0, 3));
	WANT(E_RANGE, sys_ioport_write(ports, 2, 1, 0));
	WANT(E_INVAL, sys_ioport_write(ports, 0, 3, 0));
	WANT(E_RIGHTS, sys_ioport_write(weaker(part, RIGHT_READ), 0, 1, 0));

	row("ioport_write_bytes, ioport_read_bytes");
	/* What goes to the first port is an index, of the seconds; not what an earlier run read. */
	memset(bytes, 0, sizeof(bytes));
	WANT(2, sys_ioport_write_bytes(ports, 0, (u64)bytes, 2, (u64)&count));
	HOLDS(count == 2);
	WANT(2, sys_ioport_read_bytes(part, 0, (u64)bytes, 2, (u64)&count));
	HOLDS(count == 4 && bytes[0] <= 0x59 && bytes[1] <= 0x59);
	WANT(0, sys_ioport_read_bytes(part, 0, (u64)bytes, 0, (u64)&count));
	WANT(E_RANGE, sys_ioport_read_bytes(part, 1, (u64)bytes, 2, (u64)&count));
	WANT(E_RANGE,
	     sys_ioport_write_bytes(ports, 0, (u64)bytes, PORT_BYTES_MAX + 1, (u64)&count));
	WANT(E_INVAL, sys_ioport_read_bytes(part, 0, (u64)bytes, 2, (u64)&count + 4));
	WANT(E_INVAL, sys_ioport_write_bytes(part, 0, (u64)bytes, 2, (u64)&count + 1));
	WANT(E_FAULT, sys_ioport_read_bytes(part, 0, UNMAPPED, 2, (u64)&count));
	WANT(E_FAULT, sys_ioport_write_bytes(ports, 0, (u64)bytes, 2, UNMAPPED));
	/* A counter that must not be written: the port is not touched either. */
	WANT(E_FAULT, sys_ioport_write_bytes(ports, 0, (u64)bytes, 2, (u64)&constant));
	WANT(E_RIGHTS,
	     sys_ioport_read_bytes(weaker(part, RIGHT_WRITE), 0, (u64)bytes, 1, (u64)&count));
	HOLDS(count == 4);
	WANT(0, sys_object_destroy(part));

	row("irq_bind, irq_ack");
	WANT(0, sys_irq_bind(irq, n, 1));
	WANT(0, sys_irq_ack(irq));
	WANT(E_BADCAP, sys_irq_bind(irq, BAD_CAP, 1));
	WANT(E_TYPE, sys_irq_ack(n));

	/* A line is not the right to make lines. */
	row("irq_create");
	HOLDS(sys_irq_create(CAP_SELF_BUDGET, irq, 3) < 0);
	WANT(E_TYPE, sys_irq_create(CAP_SELF_BUDGET, n, 3));
	WANT(0, sys_object_destroy(n));

	row("memory_slice");
	part = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	WANT(E_NOTSUP, sys_memory_slice(CAP_SELF_BUDGET, part, 0, PAGE_SIZE));
	WANT(E_TYPE, sys_memory_slice(CAP_SELF_BUDGET, irq, 0, PAGE_SIZE));
	WANT(0, sys_object_destroy(part));
}
