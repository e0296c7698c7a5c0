/* SPDX-License-Identifier: MIT */
/*
 * vt.c - virtual terminals, as their ioctls see them: tty1 and tty2 on one screen, both always
 * allocated.
 *
 * What is not here (keymaps, fonts, graphics, tones) is not offered: its numbers are ENOTTY.
 */
#include "proto/tty.h"
#include "servers/linux/servers.h"
#include "servers/linux/tty.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { VT_FIRST = 1, VT_LAST = 2, KEYBOARD_101 = 2, MODE_TEXT = 0, KEYS_UNICODE = 3 };

struct l_vt_state {
	u16 active, signal, state; /* state: a bit for each that is in use, and 0 */
};

struct l_vt_mode {
	u8 mode, wait;
	u16 release, acquire, from;
};

static bool is_vt(u64 number)
{
	return number >= VT_FIRST && number <= VT_LAST;
}

u64 vt_shown(void)
{
	struct tty_front_out out = { .shown = VT_FIRST };

	(void)BOUNDED(tty_front(servers.tty, VT_FIRST, 0, &out));
	return out.shown;
}

static i64 state_get(guest_t to)
{
	struct l_vt_state state = { .active = (u16)vt_shown(), .state = 1 };

	for (u32 i = VT_FIRST; i <= VT_LAST; i++)
		state.state |= (u16)(1 << i);
	return copy_out(to, &state, sizeof(state));
}

static i64 activate(u64 number)
{
	struct tty_front_out out = { 0 };

	return is_vt(number) ? BOUNDED(tty_front(servers.tty, number, 1, &out)) : -ENXIO;
}

/* Only the kernel switches, and asks nobody. */
static i64 mode_set(guest_t from)
{
	struct l_vt_mode mode;

	if (copy_in(&mode, from, sizeof(mode)))
		return -EFAULT;
	return mode.mode ? -EINVAL : 0;
}

/* May the caller change what everybody sees?  Root, or whose terminal it is. */
static bool allowed(struct lthread *t, u64 number)
{
	bool mine;

	world_lock();
	mine = tty_controlling(t->process) == &ttys[number];
	world_unlock();
	return mine || !t->process->cred.euid;
}

static i64 change(u32 command, guest_t argument)
{
	switch (command) {
	case KDSETMODE:
		return argument == MODE_TEXT ? 0 : -EINVAL;
	case KDSKBMODE:
		return argument == KEYS_UNICODE ? 0 : -EINVAL;
	case VT_SETMODE:
		return mode_set(argument);
	case VT_ACTIVATE:
		return activate(argument);
	case VT_WAITACTIVE:
		return is_vt(argument) ? 0 : -ENXIO;
	default: /* VT_DISALLOCATE */
		return !argument ? 0 : is_vt(argument) ? -EBUSY : -ENXIO;
	}
}

i64 vt_ioctl(struct lthread *t, u64 number, u32 command, guest_t argument)
{
	static const struct l_vt_mode automatic;
	u8 type = KEYBOARD_101;

	if (!is_vt(number))
		return -ENOTTY;
	switch (command) {
	case KDGKBTYPE:
		return copy_out(argument, &type, sizeof(type));
	case KDGETMODE:
		return guest_put32(argument, MODE_TEXT);
	case KDGKBMODE:
		return guest_put32(argument, KEYS_UNICODE);
	case VT_OPENQRY:
		return guest_put32(argument, (u32)-1);
	case VT_GETMODE:
		return copy_out(argument, &automatic, sizeof(automatic));
	case VT_GETSTATE:
		return state_get(argument);
	case KDSETMODE:
	case KDSKBMODE:
	case VT_SETMODE:
	case VT_ACTIVATE:
	case VT_WAITACTIVE:
	case VT_DISALLOCATE:
		return allowed(t, number) ? change(command, argument) : -EPERM;
	default:
		return -ENOTTY;
	}
}
