/* SPDX-License-Identifier: MIT */
/*
 * ttyctl.c - ioctl on terminals; for a master most of it means the terminal of the pair.
 */
#include "proto/tty.h"
#include "servers/linux/device.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/termios.h"
#include "servers/linux/tty.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

#define TENTH_NS 100000000ul
#define BREAK_NS 250000000ul
enum { BREAK_TENTHS_MAX = 600 };

static u64 number_of(const struct tty *tty)
{
	return (u64)(tty - ttys);
}

static bool is_pair(const struct tty *tty)
{
	return number_of(tty) >= TTY_DEVICES;
}

/* --- settings -------------------------------------------------------------------------------- */

static i64 termios_get(struct tty *tty, struct l_termios *termios)
{
	struct tty_settings settings;
	i64 error = BOUNDED(
		tty_get_settings(servers.tty, number_of(tty), &settings, sizeof(settings)));

	if (error)
		return error;
	termios_from_settings(termios, &settings);
	if (is_pair(tty))
		termios_for_pair(termios);
	return 0;
}

static i64 settings_get(struct tty *tty, guest_t to, u64 bytes)
{
	struct l_termios termios;
	i64 error = termios_get(tty, &termios);

	return error ? error : copy_out(to, &termios, bytes);
}

static i64 settings_set(struct lthread *t, struct tty *tty, guest_t from, u64 bytes, u64 when)
{
	struct tty_settings settings;
	struct l_termios termios;
	i64 error = tty_background_check(t, tty, SIGTTOU);

	if (error)
		return error;
	if (copy_in(&termios, from, bytes))
		return -EFAULT;
	if (bytes == TERMIOS_BYTES)
		termios_speeds_from_codes(&termios);
	if (is_pair(tty))
		termios_for_pair(&termios);
	settings_from_termios(&settings, &termios);
	tty->local = termios.lflag;
	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = tty_set_settings(servers.tty, number_of(tty), &settings, sizeof(settings),
					 when);
	} while (error == E_CANCELLED);
	return errno_from(error);
}

static i64 window_size(struct tty *tty, u32 command, guest_t address)
{
	struct tty_get_size_out out = { 0 };
	struct l_winsize size = { 0 };
	i64 error;

	if (command == TIOCSWINSZ) {
		if (copy_in(&size, address, sizeof(size)))
			return -EFAULT;
		memcpy(&out.size, &size, sizeof(size));
		return BOUNDED(tty_set_size(servers.tty, number_of(tty), out.size));
	}
	error = BOUNDED(tty_get_size(servers.tty, number_of(tty), &out));
	return error ? error : copy_out(address, &out.size, sizeof(out.size));
}
_Static_assert(sizeof(struct l_winsize) == sizeof(u64), "the protocol's size is Linux's");

/* --- queues ---------------------------------------------------------------------------------- */

/* FIONREAD and TIOCOUTQ. */
static i64 queue_length(struct file *f, u32 command, guest_t address)
{
	struct tty_status_out out = { 0 };
	i64 error = BOUNDED(tty_status(servers.tty, f->tty.number, &out));

	if (error)
		return error;
	return guest_put32(address, (u32)(command == FIONREAD ? out.readable : out.unwritten));
}

static i64 drain(struct lthread *t, struct tty *tty)
{
	i64 error = tty_background_check(t, tty, SIGTTOU);

	if (error)
		return error;
	do {
		if (signal_pending(t))
			return -EINTR;
		error = tty_drain(servers.tty, number_of(tty));
	} while (error == E_CANCELLED);
	return errno_from(error);
}

/* A terminal that has no line has nothing to hold: no error. */
static i64 hold(struct tty *tty, bool on)
{
	i64 error = BOUNDED(tty_hold(servers.tty, number_of(tty), on));

	return error == -EOPNOTSUPP ? 0 : error;
}

/* What was written goes out first; 0 ns: only that. */
static i64 send_break(struct lthread *t, struct tty *tty, u64 ns)
{
	i64 error = drain(t, tty);

	if (error || !ns)
		return error;
	error = hold(tty, true);
	if (error)
		return error;
	(void)event_wait(t, &t->event, event_now(&t->event), clock_now() + ns);
	error = hold(tty, false);
	return error ? error : signal_pending(t) ? -EINTR : 0;
}

static i64 flush(struct lthread *t, struct file *f, guest_t which)
{
	static const u64 what[] = { TTY_FLUSH_INPUT, TTY_FLUSH_OUTPUT,
				    TTY_FLUSH_INPUT | TTY_FLUSH_OUTPUT };
	i64 error = tty_background_check(t, tty_of(f), SIGTTOU);

	if (error)
		return error;
	return which > 2 ? -EINVAL :
			   BOUNDED(tty_flush(servers.tty, f->tty.number, what[which]));
}

static i64 flow(struct lthread *t, struct file *f, guest_t what)
{
	static const u64 flows[] = { TTY_FLOW_HOLD, TTY_FLOW_GO, TTY_FLOW_SEND_STOP,
				     TTY_FLOW_SEND_START };
	i64 error = tty_background_check(t, tty_of(f), SIGTTOU);

	if (error)
		return error;
	return what > 3 ? -EINVAL : BOUNDED(tty_flow(servers.tty, f->tty.number, flows[what]));
}

/* --- sessions -------------------------------------------------------------------------------- */

static i64 owner_get(struct lthread *t, struct tty *tty, u32 command, guest_t to, bool master)
{
	i64 error = 0;
	u32 value;

	world_lock();
	if (!master && tty_controlling(t->process) != tty)
		error = -ENOTTY;
	if (command == TIOCGSID && !tty->session)
		error = -ENOTTY;
	value = (u32)(command == TIOCGPGRP ? tty->foreground : tty->session);
	world_unlock();
	return error ? error : guest_put32(to, value);
}

static i64 foreground_set(struct lthread *t, struct tty *tty, guest_t from)
{
	i64 error = tty_background_check(t, tty, SIGTTOU);
	u32 group;

	if (error)
		return error == -EIO ? -ENOTTY : error;
	return guest_get32(&group, from) ? -EFAULT : tty_foreground_set(t, tty, (i32)group);
}

static i64 device_number(struct tty *tty, guest_t to)
{
	return guest_put32(to, tty_device((u32)number_of(tty)));
}

/* --- all of it ------------------------------------------------------------------------------- */

static i64 settings_ioctl(struct lthread *t, struct tty *tty, u32 command, guest_t argument)
{
	switch (command) {
	case TCGETS:
		return settings_get(tty, argument, TERMIOS_BYTES);
	case TCGETS2:
		return settings_get(tty, argument, TERMIOS2_BYTES);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return settings_set(t, tty, argument, TERMIOS_BYTES, command - TCSETS);
	default:
		return settings_set(t, tty, argument, TERMIOS2_BYTES, command - TCSETS2);
	}
}

/* What concerns the terminal as such, asked of either side. */
static i64 common_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	struct tty *tty = tty_of(f);
	u32 kind;

	switch (command) {
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return window_size(tty, command, argument);
	case TIOCSPGRP:
		return foreground_set(t, tty, argument);
	case TIOCGPGRP:
	case TIOCGSID:
		return owner_get(t, tty, command, argument, f->tty.number >= TTY_MASTER);
	case FIONREAD:
	case TIOCOUTQ:
		return queue_length(f, command, argument);
	case TCFLSH:
		return flush(t, f, argument);
	case TIOCGETD:
		return guest_put32(argument, 0);
	case TIOCSETD:
		/* There is one line discipline. */
		return guest_get32(&kind, argument) ? -EFAULT : kind ? -EINVAL : 0;
	case TIOCEXCL:
	case TIOCNXCL:
		tty->exclusive = command == TIOCEXCL;
		return 0;
	case TIOCGEXCL:
		return guest_put32(argument, tty->exclusive);
	case TIOCSTI:
		/* Typing for others is how a program takes over its caller's shell. */
		return -EIO;
	default:
		return -ENOTTY;
	}
}

static i64 terminal_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	struct tty *tty = tty_of(f);

	switch (command) {
	case TIOCSCTTY:
		return tty_acquire(t, f, argument == 1);
	case TIOCNOTTY:
		return tty_disown(t, tty);
	case TCSBRK:
		return send_break(t, tty, argument ? 0 : BREAK_NS);
	case TCSBRKP:
		return send_break(t, tty,
				  argument ? argument % BREAK_TENTHS_MAX * TENTH_NS : BREAK_NS);
	case TIOCSBRK:
	case TIOCCBRK:
		return hold(tty, command == TIOCSBRK);
	case TCXONC:
		return flow(t, f, argument);
	case TIOCVHANGUP:
		if (t->process->cred.euid)
			return -EPERM;
		tty_hung(tty);
		return 0;
	case TIOCGDEV:
		return device_number(tty, argument);
	case KDGKBTYPE ... KDSKBMODE:
	case VT_OPENQRY ... VT_DISALLOCATE:
		return vt_ioctl(t, number_of(tty), command, argument);
	default:
		return common_ioctl(t, f, command, argument);
	}
}

i64 tty_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	bool master = f->tty.number >= TTY_MASTER;

	if (!master && tty_hung_up(f))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	if ((command >= TCGETS && command <= TCSETSF) || command == TCGETS2 ||
	    (command >= TCSETS2 && command <= TCSETSF2))
		return settings_ioctl(t, tty_of(f), command, argument);
	return master ? common_ioctl(t, f, command, argument) :
			terminal_ioctl(t, f, command, argument);
}
