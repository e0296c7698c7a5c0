/* SPDX-License-Identifier: MIT */
/*
 * clock.c - clocks and sleeping.
 */
#include "servers/linux/clock.h"

#include "libsys/sys.h"
#include "proto/clock.h"
#include "servers/linux/calls.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/times.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"
#include "servers/linux/vdso.h"

#define SECOND_NS 1000000000ul
/* Later than that is never: keeps sums of nanoseconds far from overflow. */
#define SECONDS_MAX 4000000000l

static u64 offset_ns;

u64 realtime_ns(void)
{
	return clock_now() + __atomic_load_n(&offset_ns, __ATOMIC_RELAXED);
}

i64 clock_start(void)
{
	struct clock_offset_out out = { 0 };
	i64 error = BOUNDED(clock_offset(servers.clock, &out));

	if (!error) {
		offset_ns = out.offset_ns;
		vdso_realtime_set(offset_ns);
	}
	return error;
}

static struct l_timespec timespec_of(u64 ns)
{
	return (struct l_timespec){ (i64)(ns / SECOND_NS), (i64)(ns % SECOND_NS) };
}

static i64 clock_value(struct lthread *t, u32 id, u64 *ns)
{
	struct times times;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = realtime_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		world_lock();
		process_times(t->process, &times);
		world_unlock();
		break;
	case CLOCK_THREAD_CPUTIME_ID:
		thread_times(t, &times);
		break;
	default:
		return -EINVAL;
	}
	*ns = times.user_ns + times.system_ns;
	return 0;
}

i64 linux_clock_gettime(struct lthread *t, struct registers *r)
{
	struct l_timespec ts;
	u64 ns;
	i64 error = clock_value(t, (u32)r->rdi, &ns);

	if (error)
		return error;
	ts = timespec_of(ns);
	return copy_out(r->rsi, &ts, sizeof(ts));
}

i64 linux_clock_getres(struct lthread *t, struct registers *r)
{
	struct l_timespec ts = { 0, 1 };
	u64 ns;
	i64 error = clock_value(t, (u32)r->rdi, &ns);

	return error || !r->rsi ? error : copy_out(r->rsi, &ts, sizeof(ts));
}

i64 linux_gettimeofday(struct lthread *t, struct registers *r)
{
	u64 ns = realtime_ns();
	struct l_timeval tv = { (i64)(ns / SECOND_NS), (i64)(ns % SECOND_NS / 1000) };

	(void)t;
	if (r->rdi && copy_out(r->rdi, &tv, sizeof(tv)))
		return -EFAULT;
	return r->rsi ? guest_put64(r->rsi, 0) : 0;
}

i64 linux_time(struct lthread *t, struct registers *r)
{
	u64 seconds = realtime_ns() / SECOND_NS;

	(void)t;
	if (r->rdi && guest_put64(r->rdi, seconds))
		return -EFAULT;
	return (i64)seconds;
}

static i64 realtime_set(struct lthread *t, i64 seconds, i64 ns)
{
	i64 error;

	if (t->process->cred.euid)
		return -EPERM;
	if (seconds < 0 || seconds > SECONDS_MAX || ns < 0 || ns >= (i64)SECOND_NS)
		return -EINVAL;
	error = BOUNDED(clock_set(servers.clock, (u64)seconds * SECOND_NS + (u64)ns));
	return error ? error : clock_start();
}

i64 linux_clock_settime(struct lthread *t, struct registers *r)
{
	struct l_timespec ts;

	if ((u32)r->rdi != CLOCK_REALTIME)
		return -EINVAL;
	return copy_in(&ts, r->rsi, sizeof(ts)) ?: realtime_set(t, ts.sec, ts.nsec);
}

i64 linux_settimeofday(struct lthread *t, struct registers *r)
{
	struct l_timeval tv;

	if (!r->rdi)
		return 0;
	return copy_in(&tv, r->rdi, sizeof(tv)) ?: realtime_set(t, tv.sec, tv.usec * 1000);
}

/* Sleep until a deadline; what is left goes to `remaining` if a signal ends it. */
static i64 sleep_until(struct lthread *t, u64 deadline, guest_t remaining)
{
	struct l_timespec left;
	i64 result = event_wait(t, &t->event, event_now(&t->event), deadline);
	u64 now = clock_now();

	if (result != -EINTR)
		return 0;
	t->restart_deadline_ns = deadline;
	t->restart_remaining = remaining;
	left = timespec_of(deadline > now ? deadline - now : 0);
	if (remaining && copy_out(remaining, &left, sizeof(left)))
		return -EFAULT;
	return -ERESTART_BLOCK;
}

static i64 timespec_in(guest_t from, u64 *ns)
{
	struct l_timespec ts;

	if (copy_in(&ts, from, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (i64)SECOND_NS)
		return -EINVAL;
	if (ts.sec > SECONDS_MAX)
		ts.sec = SECONDS_MAX;
	*ns = (u64)ts.sec * SECOND_NS + (u64)ts.nsec;
	return 0;
}

i64 linux_nanosleep(struct lthread *t, struct registers *r)
{
	u64 ns;
	i64 error = timespec_in(r->rdi, &ns);

	return error ? error : sleep_until(t, clock_now() + ns, r->rsi);
}

i64 linux_clock_nanosleep(struct lthread *t, struct registers *r)
{
	u32 id = (u32)r->rdi;
	u64 ns;
	i64 error = timespec_in(r->rdx, &ns), result;

	if (error)
		return error;
	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME)
		return -EINVAL;
	if (!(r->rsi & TIMER_ABSTIME))
		return sleep_until(t, clock_now() + ns, r->r10);
	if (id == CLOCK_REALTIME)
		ns = ns > offset_ns ? ns - offset_ns : 0;
	result = event_wait(t, &t->event, event_now(&t->event), ns);
	return result == -EINTR ? -ERESTARTNOHAND : 0;
}

i64 linux_restart_syscall(struct lthread *t, struct registers *r)
{
	u64 deadline = t->restart_deadline_ns;

	(void)r;
	t->restart_deadline_ns = 0;
	return deadline ? sleep_until(t, deadline, t->restart_remaining) : -EINTR;
}

i64 linux_sched_yield(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	(void)sys_thread_yield();
	return 0;
}
