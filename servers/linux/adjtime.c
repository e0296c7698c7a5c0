/* SPDX-License-Identifier: MIT */
/*
 * adjtime.c - what the clock says of itself: that nobody keeps it in step.  Its rate is not to be
 * changed; clock_settime sets it.
 */
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/uaccess.h"

#define SECOND_NS 1000000000ul

/* The values of a Linux clock that no daemon has ever adjusted. */
static i64 adjust(struct lthread *t, guest_t at)
{
	struct l_timex x;
	u64 now = realtime_ns();
	u32 modes;

	if (copy_in(&x, at, sizeof(x)))
		return -EFAULT;
	modes = x.modes;
	if (modes && modes != ADJ_OFFSET_SS_READ)
		return t->process->cred.euid ? -EPERM : -EOPNOTSUPP;
	x = (struct l_timex){
		.modes = modes,
		.maxerror = 16000000,
		.esterror = 16000000,
		.status = STA_UNSYNC,
		.constant = 2,
		.precision = 1,
		.tolerance = 32768000,
		.time = { (i64)(now / SECOND_NS), (i64)(now % SECOND_NS / 1000) },
		.tick = 10000,
	};
	return copy_out(at, &x, sizeof(x)) ?: TIME_ERROR;
}

i64 linux_adjtimex(struct lthread *t, struct registers *r)
{
	return adjust(t, r->rdi);
}

i64 linux_clock_adjtime(struct lthread *t, struct registers *r)
{
	switch ((u32)r->rdi) {
	case CLOCK_REALTIME:
		return adjust(t, r->rsi);
	case CLOCK_MONOTONIC:
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
