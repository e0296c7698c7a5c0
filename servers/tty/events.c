/* SPDX-License-Identifier: MIT */
/*
 * events.c - who is told of a terminal's events: of a device's whoever claimed it last, of a pair's
 * the session that made it.
 *
 * The listeners lie in the depot.  An entry counts while its badge is set, which is the last store
 * of a new one; a claim that died half-way is repeated by its caller.
 */
#include "libsys/depot.h"
#include "libsys/string.h"
#include "servers/tty/terminal.h"

enum { KEY_LISTENERS = 2, KEY_NOTIFICATION = 0x10, LISTENERS = 8 };

static struct listener {
	u64 badge; /* of the session; 0: free */
	u64 bits;
	u64 devices; /* bit n: of terminal n */
} *listeners;
static cap_t notifications[LISTENERS];

static bool hears(const struct listener *l, const struct terminal *t)
{
	if (!l->badge)
		return false;
	return is_pair(t) ? t->owner == l->badge : l->devices >> terminal_index(t) & 1;
}

void events_signal(const struct terminal *t)
{
	for (u32 i = 0; t->events && i < LISTENERS; i++)
		if (hears(&listeners[i], t))
			sys_notification_signal(notifications[i], listeners[i].bits);
}

static struct listener *listener_of(u64 badge)
{
	for (u32 i = 0; i < LISTENERS; i++)
		if (listeners[i].badge == badge)
			return &listeners[i];
	return NULL;
}

error_t op_events(struct request *rq, const struct tty_events_in *in)
{
	u64 badge = rq->m.badge;
	struct listener *l = listener_of(badge);
	cap_t *notification;
	error_t error;

	if (in->devices >> TTY_DEVICES)
		return E_INVAL;
	if (!l)
		l = listener_of(0);
	if (!l)
		return E_NOSPACE;
	notification = &notifications[l - listeners];
	error = depot_keep(KEY_NOTIFICATION + (u64)(l - listeners), in->notification);
	if (error)
		return error;
	if (*notification)
		sys_cap_delete(*notification);
	*notification = request_take(rq, 0);
	for (u32 i = 0; i < LISTENERS; i++)
		listeners[i].devices &= ~in->devices;
	l->bits = in->bits;
	l->devices = in->devices;
	__atomic_store_n(&l->badge, badge, __ATOMIC_RELEASE);
	for (u32 i = 0; i < TTY_TERMINALS; i++)
		events_signal(&terminals[i]);
	return 0;
}

error_t op_take_event(struct request *rq, struct tty_take_event_out *out)
{
	const struct listener *l = listener_of(rq->m.badge);

	for (u32 i = 0; l && i < TTY_TERMINALS; i++) {
		struct terminal *t = &terminals[i];
		u64 event = (u64)i << 32 | t->events;

		if (!t->events || !hears(l, t))
			continue;
		t->events = 0;
		terminal_commit_for(t, rq->m.badge, rq->token, event);
		out->event = event;
		return 0;
	}
	return 0;
}

void events_drop(u64 badge)
{
	struct listener *l = listener_of(badge);

	if (!l)
		return;
	__atomic_store_n(&l->badge, 0, __ATOMIC_RELEASE);
	(void)depot_drop(KEY_NOTIFICATION + (u64)(l - listeners));
	sys_cap_delete(notifications[l - listeners]);
	notifications[l - listeners] = CAP_NONE;
}

error_t events_open(void)
{
	cap_t memory;
	bool fresh;
	error_t error = depot_map(KEY_LISTENERS, LISTENERS * sizeof(*listeners), 0,
				  (void **)&listeners, &memory, &fresh);

	for (u32 i = 0; !error && i < LISTENERS; i++)
		if (listeners[i].badge && depot_take(KEY_NOTIFICATION + i, &notifications[i]))
			listeners[i].badge = 0;
	return error;
}
