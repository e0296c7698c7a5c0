/* SPDX-License-Identifier: MIT */
/*
 * tty.c - terminals as Linux programs see them, over the tty server.
 */
#include "servers/linux/tty.h"

#include "libsys/tty.h"
#include "proto/tty.h"
#include "servers/linux/device.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/termios.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { TERMINAL = 0 };

static struct {
	i32 session;	/* world lock: whose controlling terminal it is, 0 none */
	i32 foreground; /* world lock: the group that may read, 0 none */
	u32 local;	/* flags that only we interpret (TOSTOP) */
	struct ready_words words;
} tty;

i64 ttys_start(cap_t notification, u64 ready_bits)
{
	struct tty_words_out out = { 0 };
	i64 error = BOUNDED(tty_events(servers.tty, notification));

	if (!error)
		error = BOUNDED(tty_words(servers.tty, notification, ready_bits, &out));
	return error ? error : ready_words_map(&tty.words, out.words, out.armed);
}

void tty_events_handle(u64 events)
{
	static const struct {
		u64 event;
		int signal;
	} signals[] = {
		{ TTY_EVENT_INTR, SIGINT },   { TTY_EVENT_QUIT, SIGQUIT },
		{ TTY_EVENT_SUSP, SIGTSTP },  { TTY_EVENT_WINCH, SIGWINCH },
		{ TTY_EVENT_HUP, SIGHUP },
	};
	static const struct signal_info from_kernel = { .code = SI_KERNEL };

	lock_acquire(&world);
	for (u32 i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (events & signals[i].event && tty.foreground)
			(void)signal_group(tty.foreground, signals[i].signal, &from_kernel);
	lock_release(&world);
}

static bool is_controlling(const struct process *p)
{
	return tty.session && p->session == tty.session;
}

u32 tty_number(const struct process *p)
{
	return is_controlling(p) ? (u32)DEVICE_CONSOLE : 0;
}

i32 tty_foreground(const struct process *p)
{
	return is_controlling(p) ? tty.foreground : -1;
}

void tty_session_ends(struct process *leader)
{
	static const struct signal_info from_kernel = { .code = SI_KERNEL };

	if (!is_controlling(leader))
		return;
	if (tty.foreground) {
		(void)signal_group(tty.foreground, SIGHUP, &from_kernel);
		(void)signal_group(tty.foreground, SIGCONT, &from_kernel);
	}
	tty.session = tty.foreground = 0;
}

/* The terminal becomes that of the caller's session, if it leads one that has none. */
static i64 acquire(struct lthread *t)
{
	struct process *p = t->process;
	i64 result = 0;

	lock_acquire(&world);
	if (p->session != p->pid || (tty.session && tty.session != p->session)) {
		result = -EPERM;
	} else if (!tty.session) {
		tty.session = p->session;
		tty.foreground = p->group;
	}
	lock_release(&world);
	return result;
}

i64 tty_open(struct lthread *t, struct file *f)
{
	if (f->device == DEVICE_TTY)
		return is_controlling(t->process) ? 0 : -ENXIO;
	return 0;
}

/*
 * A group in the background that touches the terminal is stopped by `signal`, unless nobody could
 * ever continue it; 0: go on.
 */
static i64 background_check(struct lthread *t, int signal)
{
	static const struct signal_info from_kernel = { .code = SI_KERNEL };
	struct process *p = t->process;
	bool ignored;
	i64 result = 0;

	lock_acquire(&world);
	if (!is_controlling(p) || !tty.foreground || p->group == tty.foreground)
		goto out;
	ignored = t->mask & signal_bit(signal) ||
		  p->sighand->action[signal - 1].handler == SIG_IGN;
	if (signal == SIGTTOU && ignored)
		goto out;
	result = -EIO;
	if (ignored || group_orphaned(p->group))
		goto out;
	(void)signal_group(p->group, signal, &from_kernel);
	result = -ERESTARTSYS;
out:
	lock_release(&world);
	return result;
}

static i64 terminal_read(struct lthread *t, struct file *f, guest_t buffer, u64 length,
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
		error = background_check(t, SIGTTIN);
		if (error)
			return error;
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_read(servers.tty, TERMINAL, (void *)buffer, length, flags, &out);
	} while (error == E_CANCELLED);
	return error ? errno_from(error) : (i64)out.count;
}

static i64 terminal_write(struct lthread *t, struct file *f, guest_t buffer, u64 length,
			  u64 *position)
{
	u64 flags = f->flags & O_NONBLOCK ? TTY_NO_WAIT : 0;
	struct tty_write_out out = { 0 };
	i64 error;

	(void)position;
	if (!length)
		return 0;
	if (length > TTY_WRITE_DATA_MAX)
		length = TTY_WRITE_DATA_MAX;
	do {
		error = tty.local & L_TOSTOP ? background_check(t, SIGTTOU) : 0;
		if (error)
			return error;
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_write(servers.tty, TERMINAL, (const void *)buffer, length, flags, &out);
	} while (error == E_CANCELLED);
	return error ? errno_from(error) : (i64)out.written;
}

static u32 terminal_poll(struct file *f, struct poll_table *table)
{
	(void)f;
	return ready_words_poll(&tty.words, TERMINAL, table);
}

static i64 settings_get(guest_t to)
{
	struct tty_settings settings;
	struct l_termios termios;
	i64 error = BOUNDED(tty_get_settings(servers.tty, TERMINAL, &settings, sizeof(settings)));

	if (error)
		return error;
	termios_from_settings(&termios, &settings);
	return copy_out(to, &termios, TERMIOS_BYTES);
}

static i64 settings_set(struct lthread *t, guest_t from, u64 when)
{
	struct tty_settings settings;
	struct l_termios termios;
	i64 error = background_check(t, SIGTTOU);

	if (error)
		return error;
	if (copy_in(&termios, from, TERMIOS_BYTES))
		return -EFAULT;
	settings_from_termios(&settings, &termios);
	tty.local = termios.lflag;
	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_set_settings(servers.tty, TERMINAL, &settings, sizeof(settings), when);
	} while (error == E_CANCELLED);
	return errno_from(error);
}

static i64 window_size(u32 command, guest_t address)
{
	struct tty_get_size_out out = { 0 };
	struct l_winsize size = { 0 };
	i64 error;

	if (command == TIOCSWINSZ) {
		if (copy_in(&size, address, sizeof(size)))
			return -EFAULT;
		return BOUNDED(tty_set_size(servers.tty, TERMINAL,
					    size.rows | (u64)size.columns << 16));
	}
	error = BOUNDED(tty_get_size(servers.tty, TERMINAL, &out));
	if (error)
		return error;
	size.rows = (u16)out.rows_columns;
	size.columns = (u16)(out.rows_columns >> 16);
	return copy_out(address, &size, sizeof(size));
}

static i64 foreground_set(struct lthread *t, guest_t address)
{
	i64 error;
	u32 group;

	if (guest_get32(&group, address))
		return -EFAULT;
	error = background_check(t, SIGTTOU);
	if (error)
		return error;
	lock_acquire(&world);
	if (!is_controlling(t->process))
		error = -ENOTTY;
	else if ((i32)group <= 0)
		error = -EINVAL;
	else if (!group_exists((i32)group, t->process->session))
		error = -EPERM;
	else
		tty.foreground = (i32)group;
	lock_release(&world);
	return error;
}

/* FIONREAD and TIOCOUTQ. */
static i64 queue_length(u32 command, guest_t address)
{
	struct tty_status_out out = { 0 };
	i64 error = BOUNDED(tty_status(servers.tty, TERMINAL, &out));

	if (error)
		return error;
	return guest_put32(address, (u32)(command == FIONREAD ? out.readable : out.unwritten));
}

static i64 drain(struct lthread *t)
{
	i64 error;

	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_drain(servers.tty, TERMINAL);
	} while (error == E_CANCELLED);
	return errno_from(error);
}

static i64 disown(struct lthread *t)
{
	i64 result = -ENOTTY;

	lock_acquire(&world);
	if (is_controlling(t->process)) {
		result = 0;
		if (t->process->pid == t->process->session)
			tty_session_ends(t->process);
	}
	lock_release(&world);
	return result;
}

static i64 terminal_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	static const u64 flush_which[] = { TTY_FLUSH_INPUT, TTY_FLUSH_OUTPUT,
					   TTY_FLUSH_INPUT | TTY_FLUSH_OUTPUT };

	(void)f;
	switch (command) {
	case TCGETS:
		return settings_get(argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return settings_set(t, argument, command - TCSETS);
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return window_size(command, argument);
	case TIOCSCTTY:
		return acquire(t);
	case TIOCNOTTY:
		return disown(t);
	case TIOCGPGRP:
	case TIOCGSID:
		if (!is_controlling(t->process))
			return -ENOTTY;
		return guest_put32(argument,
				   (u32)(command == TIOCGPGRP ? tty.foreground : tty.session));
	case TIOCSPGRP:
		return foreground_set(t, argument);
	case FIONREAD:
	case TIOCOUTQ:
		return queue_length(command, argument);
	case TCSBRK:
	case TCSBRKP:
		return drain(t);
	case TCFLSH:
		if (argument > 2)
			return -EINVAL;
		return BOUNDED(tty_flush(servers.tty, TERMINAL, flush_which[argument]));
	case TCXONC:
		if (argument > 3)
			return -EINVAL;
		return argument < 2 ? BOUNDED(tty_flow(servers.tty, TERMINAL, !argument)) : 0;
	default:
		return -ENOTTY;
	}
}

const struct file_ops tty_ops = {
	.read = terminal_read,
	.write = terminal_write,
	.poll = terminal_poll,
	.ioctl = terminal_ioctl,
};
