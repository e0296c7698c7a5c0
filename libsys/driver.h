/* SPDX-License-Identifier: MIT */
/* driver.h - ports and interrupt lines in the hands of a driver. */
#ifndef LIBSYS_DRIVER_H
#define LIBSYS_DRIVER_H

#include "libsys/sys.h"

static inline u8 port_read8(cap_t ports, u64 offset)
{
	return (u8)sys_ioport_read(ports, offset, 1);
}

static inline void port_write8(cap_t ports, u64 offset, u8 value)
{
	sys_ioport_write(ports, offset, 1, value);
}

static inline u16 port_read16(cap_t ports, u64 offset)
{
	return (u16)sys_ioport_read(ports, offset, 2);
}

static inline void port_write16(cap_t ports, u64 offset, u16 value)
{
	sys_ioport_write(ports, offset, 2, value);
}

/* Write all of it to one port. */
static inline error_t port_write_all(cap_t ports, u64 offset, const void *bytes, u64 length)
{
	u64 done = 0;

	while (done < length) {
		u64 part = length - done < PORT_BYTES_MAX ? length - done : PORT_BYTES_MAX;
		i64 n = sys_ioport_write_bytes(ports, offset, (u64)bytes + done, part, (u64)&done);

		if (n <= 0)
			return n ? n : E_IO;
	}
	return 0;
}

#endif
