/* SPDX-License-Identifier: MIT */
/*
 * dev.c - the character devices that need no driver, and the list of all of /dev.
 */
#include "libsys/sys.h"
#include "libsys/start.h"
#include "proto/entropy.h"
#include "servers/linux/calls.h"
#include "servers/linux/device.h"
#include "servers/linux/file.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

const struct device device_list[] = {
	{ "null", S_IFCHR | 0666, DEVICE_NULL },	 { "zero", S_IFCHR | 0666, DEVICE_ZERO },
	{ "full", S_IFCHR | 0666, DEVICE_FULL }, { "random", S_IFCHR | 0666, DEVICE_RANDOM },
	{ "kmsg", S_IFCHR | 0644, DEVICE_KMSG },
	{ "urandom", S_IFCHR | 0666, DEVICE_URANDOM }, { "tty", S_IFCHR | 0666, DEVICE_TTY },
	{ "console", S_IFCHR | 0600, DEVICE_CONSOLE }, { "ptmx", S_IFCHR | 0666, DEVICE_PTMX },
	{ "tty0", S_IFCHR | 0620, DEVICE_TTY0 },
	{ "tty1", S_IFCHR | 0620, DEVICE_TTY1 }, { "tty2", S_IFCHR | 0620, DEVICE_TTY2 },
	{ "ttyS0", S_IFCHR | 0620, DEVICE_TTYS0 }, { "ttyS1", S_IFCHR | 0620, DEVICE_TTYS1 },
};
const u32 device_count = sizeof(device_list) / sizeof(device_list[0]);

const struct device_link device_links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};
const u32 device_link_count = sizeof(device_links) / sizeof(device_links[0]);

static u32 always_ready(struct file *f, struct poll_table *table)
{
	(void)f;
	(void)table;
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static i64 null_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	(void)t, (void)f, (void)buffer, (void)length, (void)position;
	return 0;
}

static i64 null_write(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	(void)t, (void)f, (void)buffer, (void)position;
	return (i64)length;
}

static i64 zero_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	u64 done = 0, part;

	(void)f, (void)position;
	while (done < length && !signal_pending(t)) {
		part = length - done < 65536 ? length - done : 65536;
		if (guest_zero(buffer + done, part))
			return done ? (i64)done : -EFAULT;
		done += part;
	}
	return done || !length ? (i64)done : -EINTR;
}

static i64 full_write(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	(void)t, (void)f, (void)buffer, (void)position;
	return length ? -ENOSPC : 0;
}

i64 random_bytes(void *buffer, u64 length)
{
	struct entropy_read_out out = { 0 };
	u64 done = 0;
	i64 error;

	while (done < length) {
		u64 part = length - done < ENTROPY_READ_DATA_MAX ? length - done :
								 ENTROPY_READ_DATA_MAX;

		error = BOUNDED(entropy_read(servers.entropy, (char *)buffer + done, part, &out));
		if (error)
			return error;
		if (!out.count)
			return -EIO;
		done += out.count;
	}
	return 0;
}

static i64 random_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	struct entropy_read_out out = { 0 };
	u64 done = 0, part;
	i64 error;

	(void)f, (void)position;
	while (done < length) {
		part = length - done < ENTROPY_READ_DATA_MAX ? length - done :
							     ENTROPY_READ_DATA_MAX;
		/* The window may name the program's memory: this thread runs in its view. */
		error = BOUNDED(entropy_read(servers.entropy, (void *)(buffer + done), part, &out));
		if (error || !out.count)
			return done ? (i64)done : error ? error : -EFAULT;
		done += out.count;
		if (signal_pending(t))
			break;
	}
	return (i64)done;
}

static i64 random_write(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			u64 *position)
{
	u64 part = length < ENTROPY_STIR_DATA_MAX ? length : ENTROPY_STIR_DATA_MAX;
	i64 error;

	(void)t, (void)f, (void)position;
	if (!part)
		return 0;
	error = BOUNDED(entropy_stir(servers.entropy, (void *)buffer, part));
	return error ? error : (i64)length;
}

i64 linux_getrandom(struct lthread *t, struct registers *r)
{
	if (r->rdx & ~7ul)
		return -EINVAL;
	if (!guest_range_ok(r->rdi, r->rsi))
		return -EFAULT;
	return random_read(t, NULL, r->rdi, r->rsi, NULL);
}

static const struct file_ops null_ops = {
	.read = null_read, .write = null_write, .poll = always_ready
};
static const struct file_ops zero_ops = {
	.read = zero_read, .write = null_write, .poll = always_ready
};
static const struct file_ops full_ops = {
	.read = zero_read, .write = full_write, .poll = always_ready
};
static const struct file_ops random_ops = {
	.read = random_read, .write = random_write, .poll = always_ready
};

const struct file_ops *device_ops(u64 device)
{
	switch (device) {
	case DEVICE_NULL:
		return &null_ops;
	case DEVICE_ZERO:
		return &zero_ops;
	case DEVICE_FULL:
		return &full_ops;
	case DEVICE_RANDOM:
	case DEVICE_URANDOM:
		return &random_ops;
	case DEVICE_KMSG:
		return &kmsg_ops;
	case DEVICE_TTY:
	case DEVICE_CONSOLE:
	case DEVICE_PTMX:
	case DEVICE_TTY0:
	case DEVICE_TTY1:
	case DEVICE_TTY2:
	case DEVICE_TTYS0:
	case DEVICE_TTYS1:
		return &tty_ops;
	default:
		return device >> 8 == DEVICE_PTS0 >> 8 ? &tty_ops : NULL;
	}
}
