/* SPDX-License-Identifier: MIT */
/*
 * tty.c - terminals as files of Linux programs, over the tty server.
 */
#include "servers/linux/tty.h"

#include "libsys/start.h"
#include "proto/tty.h"
#include "servers/linux/device.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/util.h"

struct tty ttys[TTY_TERMINALS];
static struct ready_words words;

/* Those whose keys are signals to Linux processes: all but the second serial line, which may be the
 * native shell's. */
#define DEVICES ((u64)7)

i64 ttys_start(cap_t notification, u64 event_bits, u64 ready_bits)
{
	struct tty_words_out out = { 0 };
	/* A program that another one runs has no terminal of its own. */
	u64 devices = start_option("program") ? 0 : DEVICES;
	i64 error = BOUNDED(tty_events(servers.tty, notification, event_bits, devices));

	if (!error)
		error = BOUNDED(tty_words(servers.tty, notification, ready_bits, &out));
	if (!error)
		error = ready_words_map(&words, out.words, out.armed);
	return error;
}

void tty_events_handle(void)
{
	static const struct {
		u32 event;
		int signal;
	} signals[] = {
		{ TTY_EVENT_INTR, SIGINT },   { TTY_EVENT_QUIT, SIGQUIT },
		{ TTY_EVENT_SUSP, SIGTSTP },  { TTY_EVENT_WINCH, SIGWINCH },
	};
	static const struct signal_info from_kernel = { .code = SI_KERNEL };
	struct tty_take_event_out out;

	for (;;) {
		struct tty *tty;

		out.event = 0;
		if (BOUNDED(tty_take_event(servers.tty, &out)) || !out.event)
			return;
		tty = &ttys[(out.event >> 32) % TTY_TERMINALS];
		world_lock();
		for (u32 i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			if (out.event & signals[i].event && tty->foreground)
				(void)signal_group(tty->foreground, signals[i].signal,
						   &from_kernel);
		world_unlock();
	}
}

/* --- opening --------------------------------------------------------------------------------- */

/* The terminal behind a device number; TTY_TERMINALS: none. */
static u64 number_of(u64 device)
{
	switch (device) {
	case DEVICE_CONSOLE:
	case DEVICE_TTYS0:
		return 0;
	case DEVICE_TTY0:
		return vt_shown();
	case DEVICE_TTY1:
		return 1;
	case DEVICE_TTY2:
		return 2;
	case DEVICE_TTYS1:
		return 3;
	}
	if (device >= DEVICE_PTS0 && device < DEVICE_PTS0 + TTY_TERMINALS - TTY_DEVICES)
		return device - DEVICE_PTS0 + TTY_DEVICES;
	return TTY_TERMINALS;
}

static i64 open_number(struct lthread *t, struct file *f, u64 number, u32 flags)
{
	struct tty *tty = &ttys[number];
	i64 error;

	/* Until it is open, letting it go must not close it. */
	f->ops = &directory_ops;
	if (tty->exclusive && t->process->cred.euid)
		return -EBUSY;
	if (number >= TTY_DEVICES) {
		if (tty->locked)
			return -EIO;
		error = pty_open_slave(f, number);
		if (error)
			return error;
	}
	f->ops = &tty_ops;
	f->tty.number = (u32)number;
	f->tty.hang_ups = tty->hang_ups;
	if (f->device != DEVICE_CONSOLE && !(flags & O_NOCTTY) &&
	    (flags & O_ACCMODE) != O_WRONLY)
		tty_acquire_by_open(t, tty);
	return 0;
}

i64 terminal_open(struct lthread *t, struct file *f, u32 flags)
{
	struct tty *tty;

	if (f->device == DEVICE_PTMX)
		return pty_open_master(t, f);
	if (f->device != DEVICE_TTY)
		return open_number(t, f, number_of(f->device), flags);
	world_lock();
	tty = tty_controlling(t->process);
	world_unlock();
	if (!tty)
		return -ENXIO;
	return open_number(t, f, (u64)(tty - ttys), flags | O_NOCTTY);
}

static void terminal_release(struct file *f)
{
	if (f->tty.number >= TTY_DEVICES)
		pty_close_slave(f->tty.number);
}

/* --- reading and writing --------------------------------------------------------------------- */

/* The system console outlives what happens to the terminal behind it. */
static u32 hang_ups_known(const struct file *f)
{
	return f->device == DEVICE_CONSOLE ? tty_of(f)->hang_ups : f->tty.hang_ups;
}

bool tty_hung_up(const struct file *f)
{
	return hang_ups_known(f) != tty_of(f)->hang_ups;
}

static u64 call_flags(const struct file *f)
{
	return (f->flags & O_NONBLOCK ? TTY_NO_WAIT : 0) | (u64)hang_ups_known(f) << 32;
}

static i64 terminal_read(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			 u64 *position)
{
	struct tty_read_out out = { 0 };
	i64 error;

	(void)position;
	if (!length)
		return 0;
	if (length > TTY_READ_DATA_MAX)
		length = TTY_READ_DATA_MAX;
	do {
		if (tty_hung_up(f))
			return 0;
		error = tty_background_check(t, tty_of(f), SIGTTIN);
		if (error)
			return error;
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_read(servers.tty, f->tty.number, (void *)buffer, length,
				 call_flags(f), &out);
	} while (error == E_CANCELLED);
	return error ? errno_from(error) : (i64)out.count;
}

static i64 terminal_write(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			  u64 *position)
{
	struct tty_write_out out = { 0 };
	u64 done = 0;
	i64 error = 0;

	(void)position;
	while (done < length && !error) {
		u64 part = length - done;

		if (part > TTY_WRITE_DATA_MAX)
			part = TTY_WRITE_DATA_MAX;
		if (tty_hung_up(f))
			error = -EIO;
		else if (tty_of(f)->local & L_TOSTOP)
			error = tty_background_check(t, tty_of(f), SIGTTOU);
		if (!error && signal_pending(t))
			error = -ERESTARTSYS;
		if (error)
			break;
		error = tty_write(servers.tty, f->tty.number, (const void *)(buffer + done), part,
				  call_flags(f), &out);
		if (!error)
			done += out.written;
		error = error == E_CANCELLED ? 0 : errno_from(error);
	}
	return done ? (i64)done : error;
}

u32 tty_poll_number(u64 number, struct poll_table *table)
{
	return ready_words_poll(&words, number, table);
}

static u32 terminal_poll(struct file *f, struct poll_table *table)
{
	if (tty_hung_up(f))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	return tty_poll_number(f->tty.number, table);
}

const struct file_ops tty_ops = {
	.read = terminal_read,
	.write = terminal_write,
	.poll = terminal_poll,
	.ioctl = tty_ioctl,
	.release = terminal_release,
};
