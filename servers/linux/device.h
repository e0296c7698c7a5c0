/* SPDX-License-Identifier: MIT */
/*
 * device.h - the device nodes of /dev and the numbers behind them.
 */
#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

#include "servers/linux/abi.h"

/* As st_rdev has it, for major and minor numbers below 256. */
#define DEVICE(major, minor) ((u64)(major) << 8 | (minor))
enum {
	DEVICE_NULL = DEVICE(1, 3),
	DEVICE_ZERO = DEVICE(1, 5),
	DEVICE_FULL = DEVICE(1, 7),
	DEVICE_RANDOM = DEVICE(1, 8),
	DEVICE_URANDOM = DEVICE(1, 9),
	DEVICE_KMSG = DEVICE(1, 11),
	DEVICE_TTY0 = DEVICE(4, 0),
	DEVICE_TTY1 = DEVICE(4, 1),
	DEVICE_TTY2 = DEVICE(4, 2),
	DEVICE_TTYS0 = DEVICE(4, 64),
	DEVICE_TTYS1 = DEVICE(4, 65),
	DEVICE_TTY = DEVICE(5, 0),
	DEVICE_CONSOLE = DEVICE(5, 1),
	DEVICE_PTMX = DEVICE(5, 2),
	DEVICE_PTS0 = DEVICE(136, 0),
};

struct device {
	const char *name;
	u32 mode;
	u64 number;
};

struct device_link {
	const char *name, *target;
};

extern const struct device device_list[];
extern const struct device_link device_links[];
extern const u32 device_count, device_link_count;

/* Unpredictable bytes for a program or for ourselves; 0 or -errno. */
i64 random_bytes(void *buffer, u64 length);

#endif
