/* SPDX-License-Identifier: MIT */
/*
 * ttyjobs.c - controlling terminals, foreground groups, and what hanging up means to both.
 */
#include "proto/tty.h"
#include "servers/linux/calls.h"
#include "servers/linux/device.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/tty.h"
#include "servers/linux/util.h"

static const struct signal_info from_kernel = { .code = SI_KERNEL };

struct tty *tty_controlling(const struct process *p)
{
	if (!p->session || p->tty_left)
		return NULL;
	for (u32 i = 0; i < TTY_TERMINALS; i++)
		if (ttys[i].session == p->session)
			return &ttys[i];
	return NULL;
}

u32 tty_device(u32 number)
{
	static const u32 devices[TTY_DEVICES] = { DEVICE_TTYS0, DEVICE_TTY1, DEVICE_TTY2,
						  DEVICE_TTYS1 };

	return number < TTY_DEVICES ? devices[number] : DEVICE_PTS0 + number - TTY_DEVICES;
}

u32 tty_number(const struct process *p)
{
	const struct tty *tty = tty_controlling(p);

	return tty ? tty_device((u32)(tty - ttys)) : 0;
}

i32 tty_foreground(const struct process *p)
{
	const struct tty *tty = tty_controlling(p);

	return tty ? tty->foreground : -1;
}

/* --- having one ------------------------------------------------------------------------------ */

static void take(struct process *p, struct tty *tty)
{
	tty->session = p->session;
	tty->foreground = p->group;
	p->tty_left = false;
}

void tty_acquire_by_open(struct lthread *t, struct tty *tty)
{
	struct process *p = t->process;

	world_lock();
	if (p->session == p->pid && !tty->session && !tty_controlling(p))
		take(p, tty);
	world_unlock();
}

i64 tty_acquire(struct lthread *t, struct file *f, bool steal)
{
	struct process *p = t->process;
	struct tty *tty = tty_of(f);
	i64 result = 0;

	world_lock();
	if (p->session == p->pid && tty->session == p->session)
		goto out;
	result = -EPERM;
	if (p->session != p->pid || tty_controlling(p))
		goto out;
	if (tty->session && !(steal && !p->cred.euid))
		goto out;
	if ((f->flags & O_ACCMODE) == O_WRONLY && p->cred.euid)
		goto out;
	take(p, tty);
	result = 0;
out:
	world_unlock();
	return result;
}

static struct process *leader_of(i32 session)
{
	struct process *leader = session ? process_find(session) : NULL;

	return leader && leader->session == session ? leader : NULL;
}

static void group_hang_up(i32 group)
{
	if (!group)
		return;
	(void)signal_group(group, SIGHUP, &from_kernel);
	(void)signal_group(group, SIGCONT, &from_kernel);
}

i64 tty_disown(struct lthread *t, struct tty *tty)
{
	struct process *p = t->process;
	i64 result = -ENOTTY;

	world_lock();
	if (tty_controlling(p) == tty) {
		result = 0;
		if (p->pid == p->session) {
			group_hang_up(tty->foreground);
			tty->session = tty->foreground = 0;
		} else {
			p->tty_left = true;
		}
	}
	world_unlock();
	return result;
}

/* --- hanging up ------------------------------------------------------------------------------ */

static void tell_server(struct tty *tty)
{
	(void)BOUNDED(tty_hang_up(servers.tty, (u64)(tty - ttys), tty->hang_ups));
	event_signal(&poll_event);
}

/* Files that are open know of one hang-up less from now on. */
static void files_lose(struct tty *tty)
{
	__atomic_fetch_add(&tty->hang_ups, 1, __ATOMIC_SEQ_CST);
	tty->exclusive = 0;
}

void tty_lost(struct tty *tty)
{
	struct process *leader;

	world_lock();
	leader = leader_of(tty->session);
	files_lose(tty);
	if (leader) {
		signal_process(leader, SIGHUP, &from_kernel);
		signal_process(leader, SIGCONT, &from_kernel);
		/* Whom it has to tell when it ends. */
		leader->tty_group = tty->foreground;
	}
	tty->session = tty->foreground = 0;
	world_unlock();
}

void tty_hung(struct tty *tty)
{
	tty_lost(tty);
	tell_server(tty);
}

void tty_session_ends(struct process *leader)
{
	struct tty *tty;

	world_lock();
	tty = tty_controlling(leader);
	if (!tty) {
		group_hang_up(leader->tty_group);
		leader->tty_group = 0;
	} else {
		if (tty->foreground)
			(void)signal_group(tty->foreground, SIGHUP, &from_kernel);
		tty->session = tty->foreground = 0;
		/* Of a pair the master decides; any other terminal is given back as new. */
		if (tty - ttys < TTY_DEVICES)
			files_lose(tty);
		else
			tty = NULL;
	}
	world_unlock();
	if (tty)
		tell_server(tty);
}

i64 linux_vhangup(struct lthread *t, struct registers *r)
{
	struct tty *tty;

	(void)r;
	if (t->process->cred.euid)
		return -EPERM;
	world_lock();
	tty = tty_controlling(t->process);
	world_unlock();
	if (tty)
		tty_hung(tty);
	return 0;
}

/* --- who may use it -------------------------------------------------------------------------- */

i64 tty_background_check(struct lthread *t, struct tty *tty, int signal)
{
	struct process *p = t->process;
	bool ignored;
	i64 result = 0;

	world_lock();
	if (tty_controlling(p) != tty || !tty->foreground || p->group == tty->foreground)
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
	world_unlock();
	return result;
}

static bool group_anywhere(i32 group)
{
	list_for_each (node, &process_list)
		if (list_entry(node, struct process, all)->group == group)
			return true;
	return false;
}

i64 tty_foreground_set(struct lthread *t, struct tty *tty, i32 group)
{
	struct process *p = t->process;
	i64 error = tty_background_check(t, tty, SIGTTOU);

	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (group < 0)
		return -EINVAL;
	world_lock();
	if (tty_controlling(p) != tty)
		error = -ENOTTY;
	else if (!group || !group_anywhere(group))
		error = -ESRCH;
	else if (!group_exists(group, p->session))
		error = -EPERM;
	else
		tty->foreground = group;
	world_unlock();
	return error;
}
