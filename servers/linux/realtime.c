/* SPDX-License-Identifier: MIT */
/*
 * realtime.c - see realtime.h.
 */
#include "servers/linux/realtime.h"

#include "libsys/sys.h"
#include "servers/linux/processors.h"

/* As Linux does it: of each second they get so much. */
#define PERIOD_NS  1000000000ul
#define RUNTIME_NS 950000000ul
#define STEP_NS	   5000000ul /* it is not looked at more often than that */

static struct {
	cap_t notification;	/* c */
	u64 bits;		/* c */
	struct realtime *first; /* a: pushed to, with the world lock held */
	u64 period_ns;		/* e: when the period began */
	u64 spent_ns;		/* e: what they have used of it at their level */
} all;

void realtime_start(cap_t notification, u64 bits)
{
	all.notification = notification;
	all.bits = bits;
}

static void change(struct realtime *realtime, u32 level)
{
	__atomic_store_n(&realtime->level, level, __ATOMIC_RELAXED);
	__atomic_store_n(&realtime->changed, true, __ATOMIC_RELEASE);
	(void)sys_notification_signal(all.notification, all.bits);
}

void realtime_begin(struct realtime *realtime, cap_t native)
{
	if (!realtime->listed) {
		realtime->listed = true;
		realtime->native = native;
		realtime->next = all.first;
		__atomic_store_n(&all.first, realtime, __ATOMIC_RELEASE);
	}
	change(realtime, LEVEL_SERVER);
}

bool realtime_end(struct realtime *realtime, u32 level)
{
	if (realtime->listed)
		change(realtime, level);
	return realtime->listed;
}

static u64 used(const struct realtime *realtime)
{
	struct thread_info info;

	return sys_thread_info(realtime->native, &info) ? 0 : info.guest_ns + info.native_ns;
}

/* What they have used since it was last looked at is part of this period's. */
static void account(void)
{
	for (struct realtime *r = all.first; r; r = r->next)
		if (r->given == LEVEL_SERVER) {
			u64 now = used(r);

			all.spent_ns += now - r->used_ns;
			r->used_ns = now;
		}
}

static void give(struct realtime *r)
{
	bool changed = __atomic_exchange_n(&r->changed, false, __ATOMIC_ACQUIRE);
	u32 level = __atomic_load_n(&r->level, __ATOMIC_RELAXED);

	if (level == LEVEL_SERVER && all.spent_ns >= RUNTIME_NS)
		level = LEVEL_USER;
	if (!changed && level == r->given)
		return;
	r->used_ns = used(r);
	r->given = level;
	(void)sys_thread_control(r->native, THREAD_SET_LEVEL, level);
}

u64 realtime_run(u64 now)
{
	bool any = false;
	u64 next;

	account();
	if (now - all.period_ns >= PERIOD_NS) {
		all.period_ns = now;
		all.spent_ns = 0;
	}
	for (struct realtime *r = __atomic_load_n(&all.first, __ATOMIC_ACQUIRE); r; r = r->next) {
		give(r);
		any |= __atomic_load_n(&r->level, __ATOMIC_RELAXED) == LEVEL_SERVER;
	}
	if (!any)
		return DEADLINE_NEVER;
	if (all.spent_ns >= RUNTIME_NS)
		return all.period_ns + PERIOD_NS;
	next = (RUNTIME_NS - all.spent_ns) / processors_count();
	return now + (next < STEP_NS ? STEP_NS : next);
}
