/* SPDX-License-Identifier: MIT */
/*
 * pty.c - pairs of terminals: /dev/ptmx makes one and is its master, /dev/pts/N the other side.
 *
 * The name in /dev/pts is there as long as the master is open.
 */
#include "proto/tty.h"
#include "servers/linux/device.h"
#include "servers/linux/mount.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/tty.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { NAME = 4, PATH = 16 };

static u32 name_of(char *name, u64 number)
{
	u64 value = number - TTY_DEVICES;
	u32 length = 0;

	if (value >= 10)
		name[length++] = (char)('0' + value / 10);
	name[length++] = (char)('0' + value % 10);
	name[length] = 0;
	return length;
}

static i64 name_make(struct lthread *t, u64 number)
{
	struct credentials *cred = &t->process->cred;
	char name[NAME];
	u32 length = name_of(name, number);
	u64 id;

	return pts_mount->ops->create(pts_mount, pts_mount->root, name, length, S_IFCHR | pts_mode,
				      cred->euid, pts_group, DEVICE_PTS0 + number - TTY_DEVICES,
				      &id);
}

static void name_remove(u64 number)
{
	char name[NAME];
	u32 length = name_of(name, number);

	(void)pts_mount->ops->unlink(pts_mount, pts_mount->root, name, length, 0);
}

/* --- opening and closing --------------------------------------------------------------------- */

static void close_number(u64 number)
{
	(void)BOUNDED(tty_close(servers.tty, number));
}

i64 pty_open_master(struct lthread *t, struct file *f)
{
	struct tty_open_pair_out out = { 0 };
	i64 error;

	f->ops = &directory_ops;
	error = BOUNDED(tty_open_pair(servers.tty, &out));
	if (error)
		return error;
	if (out.terminal < TTY_DEVICES || out.terminal >= TTY_TERMINALS)
		return -EIO;
	/* What an earlier pair of that number was is over: both its sides were closed. */
	world_lock();
	ttys[out.terminal] = (struct tty){ .locked = 1 };
	world_unlock();
	f->ops = &master_ops;
	f->tty.number = (u32)out.terminal + TTY_MASTER;
	f->tty.hang_ups = 0;
	return name_make(t, out.terminal);
}

i64 pty_open_slave(struct file *f, u64 number)
{
	(void)f;
	return BOUNDED(tty_open(servers.tty, number));
}

void pty_close_slave(u64 number)
{
	close_number(number);
}

/* TIOCGPTPEER: the other side without its name, which may not be reachable for the caller. */
i64 pty_peer(struct lthread *t, struct file *master, u32 flags)
{
	u64 number = master->tty.number - TTY_MASTER;
	struct file *f = file_alloc(&directory_ops, flags & ~(u32)(O_NOCTTY | O_CLOEXEC),
				    S_IFCHR | 0620);
	i64 result;

	if (!f)
		return -ENOMEM;
	f->device = DEVICE_PTS0 + number - TTY_DEVICES;
	result = pty_open_slave(f, number);
	if (!result) {
		char path[PATH] = "/dev/pts/";

		name_of(path + strlen(path), number);
		f->path = string_save(path);
		f->ops = &tty_ops;
		f->tty.number = (u32)number;
		f->tty.hang_ups = ttys[number].hang_ups;
		if (!(flags & O_NOCTTY))
			tty_acquire_by_open(t, &ttys[number]);
		result = fd_install(t, f, 0, flags);
	}
	if (result < 0)
		file_put(f);
	return result;
}

static void master_release(struct file *f)
{
	u64 number = f->tty.number - TTY_MASTER;

	name_remove(number);
	tty_lost(&ttys[number]);
	close_number(f->tty.number);
}

/* --- the master's file ----------------------------------------------------------------------- */

static i64 master_read(struct lthread *t, struct file *f, guest_t buffer, u64 length,
		       u64 *position)
{
	u64 flags = f->flags & O_NONBLOCK ? TTY_NO_WAIT : 0;
	struct tty_read_out out = { 0 };
	i64 error;

	(void)position;
	if (!length)
		return 0;
	if (length > TTY_READ_DATA_MAX)
		length = TTY_READ_DATA_MAX;
	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_read(servers.tty, f->tty.number, (void *)buffer, length, flags, &out);
	} while (error == E_CANCELLED);
	return error ? errno_from(error) : (i64)out.count;
}

static i64 master_write(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			u64 *position)
{
	u64 flags = f->flags & O_NONBLOCK ? TTY_NO_WAIT : 0, done = 0;
	struct tty_write_out out = { 0 };
	i64 error = 0;

	(void)position;
	while (done < length && !error) {
		u64 part = length - done;

		if (part > TTY_WRITE_DATA_MAX)
			part = TTY_WRITE_DATA_MAX;
		if (signal_pending(t)) {
			error = -ERESTARTSYS;
			break;
		}
		error = tty_write(servers.tty, f->tty.number, (const void *)(buffer + done), part,
				  flags, &out);
		if (!error)
			done += out.written;
		error = error == E_CANCELLED ? 0 : errno_from(error);
	}
	return done ? (i64)done : error;
}

static u32 master_poll(struct file *f, struct poll_table *table)
{
	return tty_poll_number(f->tty.number, table);
}

static i64 packet_set(struct file *f, guest_t from)
{
	i64 error;
	u32 on;

	if (guest_get32(&on, from))
		return -EFAULT;
	error = BOUNDED(tty_packet(servers.tty, f->tty.number, on != 0));
	if (!error)
		tty_of(f)->packet = on != 0;
	return error;
}

/* The key's signal to the group in the foreground, as if it had been typed. */
static i64 signal_send(struct tty *tty, i32 signal)
{
	static const struct signal_info from_kernel = { .code = SI_KERNEL };

	if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
		return -EINVAL;
	world_lock();
	if (tty->foreground)
		(void)signal_group(tty->foreground, signal, &from_kernel);
	world_unlock();
	return 0;
}

static i64 master_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	struct tty *tty = tty_of(f);
	u32 value;

	switch (command) {
	case TIOCGPTN:
		return guest_put32(argument, f->tty.number - TTY_MASTER - TTY_DEVICES);
	case TIOCSPTLCK:
		if (guest_get32(&value, argument))
			return -EFAULT;
		tty->locked = value != 0;
		return 0;
	case TIOCGPTLCK:
		return guest_put32(argument, tty->locked);
	case TIOCPKT:
		return packet_set(f, argument);
	case TIOCGPKT:
		return guest_put32(argument, tty->packet);
	case TIOCGPTPEER:
		return pty_peer(t, f, (u32)argument);
	case TIOCSIG:
		return signal_send(tty, (i32)argument);
	default:
		return tty_ioctl(t, f, command, argument);
	}
}

const struct file_ops master_ops = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.release = master_release,
};
