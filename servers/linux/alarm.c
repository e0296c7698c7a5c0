/* SPDX-License-Identifier: MIT */
/*
 * alarm.c - see alarm.h.
 *
 * One timer serves all: the event thread's notification is armed for the earliest deadline, and
 * each time it fires every process is looked at.  Timers of processor time have no deadline on the
 * clock; the earliest moment at which one can be over is when all its threads run until then, and
 * there it is looked at again.
 */
#include "servers/linux/alarm.h"

#include "libsys/start.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/signal.h"
#include "servers/linux/times.h"
#include "servers/linux/uaccess.h"

#define SECOND_NS 1000000000ul
/* Processor time is not looked at more often than that. */
#define TICK_NS 4000000ul
/* Later than that is never: keeps sums of nanoseconds far from overflow. */
#define SECONDS_MAX 4000000000l

static const int timer_signal[ITIMERS] = { SIGALRM, SIGVTALRM, SIGPROF };
static const struct signal_info from_kernel = { .code = SI_KERNEL };

static struct {
	cap_t notification; /* c */
	u64 bits;	    /* c */
	u64 armed_ns;	    /* W: what the notification's timer stands at */
} alarm = { .armed_ns = DEADLINE_NEVER };

void alarms_start(cap_t notification, u64 bits)
{
	alarm.notification = notification;
	alarm.bits = bits;
}

void alarm_by(u64 deadline_ns)
{
	if (deadline_ns >= alarm.armed_ns)
		return;
	alarm.armed_ns = deadline_ns;
	(void)sys_notification_timer(alarm.notification, deadline_ns, alarm.bits);
}

/* The clocks that the timers of a process run on. */
static void clocks_read(const struct process *p, u64 now, u64 clock[ITIMERS])
{
	struct times times;

	process_times(p, &times);
	clock[ITIMER_REAL] = now;
	clock[ITIMER_VIRTUAL] = times.user_ns;
	clock[ITIMER_PROF] = times.user_ns + times.system_ns;
}

/* When a timer that still needs `left` of its clock can be over at the earliest. */
static u64 earliest(const struct process *p, u32 which, u64 left, u64 now)
{
	if (which != ITIMER_REAL) {
		left /= p->thread_count ? p->thread_count : 1;
		if (left < TICK_NS)
			left = TICK_NS;
	}
	return now + left;
}

static bool cpu_limited(const struct process *p)
{
	return p->limit[RLIMIT_CPU].cur != RLIM_INFINITY ||
	       p->limit[RLIMIT_CPU].max != RLIM_INFINITY;
}

/* Past the soft limit a signal every second, past the hard one the end; what is left till then. */
static u64 cpu_limit_run(struct process *p, u64 used)
{
	struct l_rlimit *limit = &p->limit[RLIMIT_CPU];
	u64 seconds = used / SECOND_NS, next;

	if (seconds >= limit->max) {
		process_exit_all(p, SIGKILL);
		return SECOND_NS;
	}
	if (seconds >= limit->cur) {
		(void)signal_process(p, SIGXCPU, &from_kernel);
		limit->cur = seconds + 1;
	}
	next = limit->cur < limit->max ? limit->cur : limit->max;
	if (next > (u64)SECONDS_MAX)
		next = (u64)SECONDS_MAX;
	return next * SECOND_NS - used;
}

/* Act on what is due in one process; when to look again. */
static u64 process_run(struct process *p, u64 now)
{
	bool timers = p->timer[ITIMER_VIRTUAL].at_ns || p->timer[ITIMER_PROF].at_ns;
	u64 clock[ITIMERS] = { now }, next = DEADLINE_NEVER, at;

	if (timers || cpu_limited(p))
		clocks_read(p, now, clock);
	for (u32 i = 0; i < ITIMERS; i++) {
		struct interval_timer *timer = &p->timer[i];

		if (timer->at_ns && timer->at_ns <= clock[i]) {
			timer->at_ns = timer->interval_ns ? clock[i] + timer->interval_ns : 0;
			(void)signal_process(p, timer_signal[i], &from_kernel);
		}
		if (!timer->at_ns)
			continue;
		at = earliest(p, i, timer->at_ns - clock[i], now);
		next = at < next ? at : next;
	}
	if (cpu_limited(p)) {
		at = earliest(p, ITIMER_PROF, cpu_limit_run(p, clock[ITIMER_PROF]), now);
		next = at < next ? at : next;
	}
	if (p->abandon_ns && p->abandon_ns <= now)
		process_abandon(p);
	return p->abandon_ns && p->abandon_ns < next ? p->abandon_ns : next;
}

void alarms_run(void)
{
	u64 next = DEADLINE_NEVER, now = clock_now();

	world_lock();
	alarm.armed_ns = DEADLINE_NEVER;
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (!p->zombie) {
			u64 at = process_run(p, now);

			next = at < next ? at : next;
		}
	}
	alarm_by(next);
	world_unlock();
}

void alarm_cpu_limit(const struct process *p)
{
	u64 clock[ITIMERS];

	if (!cpu_limited(p))
		return;
	clocks_read(p, clock_now(), clock);
	alarm_by(clock[ITIMER_REAL] + TICK_NS);
}

/* What is left of a timer, never 0 while it is set, and its interval. */
static struct interval_timer timer_left(const struct process *p, u32 which, u64 clock)
{
	struct interval_timer left = p->timer[which];

	if (left.at_ns)
		left.at_ns = left.at_ns > clock ? left.at_ns - clock : 1000;
	return left;
}

/* Set a timer to end after new.at_ns; how it stood. */
static struct interval_timer timer_set(struct process *p, u32 which, struct interval_timer new)
{
	u64 clock[ITIMERS] = { clock_now() };
	struct interval_timer old;

	world_lock();
	if (which != ITIMER_REAL)
		clocks_read(p, clock[ITIMER_REAL], clock);
	old = timer_left(p, which, clock[which]);
	if (new.at_ns) {
		alarm_by(earliest(p, which, new.at_ns, clock[ITIMER_REAL]));
		new.at_ns += clock[which];
	}
	p->timer[which] = new;
	world_unlock();
	return old;
}

i64 linux_alarm(struct lthread *t, struct registers *r)
{
	struct interval_timer new = { (u64)(u32)r->rdi * SECOND_NS, 0 };
	struct interval_timer old = timer_set(t->process, ITIMER_REAL, new);

	/* Rounded to the nearest second, but a timer that is set never reads 0. */
	if (old.at_ns && old.at_ns < SECOND_NS)
		return 1;
	return (i64)((old.at_ns + SECOND_NS / 2) / SECOND_NS);
}

static struct l_timeval timeval_of(u64 ns)
{
	return (struct l_timeval){ (i64)(ns / SECOND_NS), (i64)(ns % SECOND_NS / 1000) };
}

static i64 timeval_ns(const struct l_timeval *tv, u64 *ns)
{
	if (tv->sec < 0 || tv->usec < 0 || tv->usec > 999999)
		return -EINVAL;
	*ns = (u64)(tv->sec < SECONDS_MAX ? tv->sec : SECONDS_MAX) * SECOND_NS +
	      (u64)tv->usec * 1000;
	return 0;
}

i64 linux_setitimer(struct lthread *t, struct registers *r)
{
	struct l_itimerval value = { 0 };
	struct interval_timer new, old;
	i64 error;

	if (r->rsi && copy_in(&value, r->rsi, sizeof(value)))
		return -EFAULT;
	error = timeval_ns(&value.value, &new.at_ns) ?:
		timeval_ns(&value.interval, &new.interval_ns);
	if (!error && (u32)r->rdi >= ITIMERS)
		error = -EINVAL;
	if (error)
		return error;
	old = timer_set(t->process, (u32)r->rdi, new);
	value = (struct l_itimerval){ timeval_of(old.interval_ns), timeval_of(old.at_ns) };
	return r->rdx ? copy_out(r->rdx, &value, sizeof(value)) : 0;
}

i64 linux_getitimer(struct lthread *t, struct registers *r)
{
	u64 clock[ITIMERS];
	struct l_itimerval value;
	struct interval_timer left;

	if ((u32)r->rdi >= ITIMERS)
		return -EINVAL;
	world_lock();
	clocks_read(t->process, clock_now(), clock);
	left = timer_left(t->process, (u32)r->rdi, clock[(u32)r->rdi]);
	world_unlock();
	value = (struct l_itimerval){ timeval_of(left.interval_ns), timeval_of(left.at_ns) };
	return copy_out(r->rsi, &value, sizeof(value));
}
