/* SPDX-License-Identifier: MIT */
/*
 * times.c - times, getrusage, and the sums behind them.
 */
#include "servers/linux/times.h"

#include "libsys/start.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/uaccess.h"

enum { TICKS_PER_SECOND = 100 };

void times_add(struct times *to, const struct times *from)
{
	to->user_ns += from->user_ns;
	to->system_ns += from->system_ns;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	to->faults += from->faults;
}

static void native_times(const struct lthread *t, struct times *out)
{
	struct thread_info info;

	*out = (struct times){ 0 };
	if (sys_thread_info(t->native, &info))
		return;
	out->user_ns = info.guest_ns;
	out->system_ns = info.native_ns;
	out->voluntary = info.voluntary_switches;
	out->involuntary = info.involuntary_switches;
}

void times_begin(struct lthread *t)
{
	native_times(t, &t->before);
}

void thread_times(const struct lthread *t, struct times *out)
{
	native_times(t, out);
	out->user_ns -= t->before.user_ns;
	out->system_ns -= t->before.system_ns;
	out->voluntary -= t->before.voluntary;
	out->involuntary -= t->before.involuntary;
}

void times_add_thread(struct times *to, const struct lthread *t)
{
	struct times times;

	thread_times(t, &times);
	times_add(to, &times);
}

static struct times ended; /* W: of threads that have ended, all together */

void times_end(struct lthread *t)
{
	struct times times;

	thread_times(t, &times);
	times_add(&t->process->dead_threads, &times);
	times_add(&ended, &times);
}

void times_of_all(struct times *out)
{
	*out = ended;
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		list_for_each (member, &p->threads)
			times_add_thread(out, list_entry(member, struct lthread, member));
	}
}

void process_times(const struct process *p, struct times *out)
{
	*out = p->dead_threads;
	list_for_each (node, (struct list *)&p->threads)
		times_add_thread(out, list_entry(node, struct lthread, member));
}

static struct l_timeval timeval_of(u64 ns)
{
	return (struct l_timeval){ (i64)(ns / 1000000000), (i64)(ns % 1000000000 / 1000) };
}

void rusage_fill(struct l_rusage *out, const struct times *times)
{
	*out = (struct l_rusage){
		.utime = timeval_of(times->user_ns),
		.stime = timeval_of(times->system_ns),
		.minflt = (i64)times->faults,
		.nvcsw = (i64)times->voluntary,
		.nivcsw = (i64)times->involuntary,
	};
}

i64 linux_getrusage(struct lthread *t, struct registers *r)
{
	struct l_rusage usage;
	struct times times;

	world_lock();
	switch ((i32)r->rdi) {
	case RUSAGE_SELF:
		process_times(t->process, &times);
		break;
	case RUSAGE_CHILDREN:
		times = t->process->dead_children;
		break;
	case RUSAGE_THREAD:
		thread_times(t, &times);
		break;
	default:
		world_unlock();
		return -EINVAL;
	}
	world_unlock();
	rusage_fill(&usage, &times);
	return copy_out(r->rsi, &usage, sizeof(usage));
}

i64 linux_times(struct lthread *t, struct registers *r)
{
	const u64 tick_ns = 1000000000 / TICKS_PER_SECOND;
	struct times own, children;
	struct l_tms tms;

	world_lock();
	process_times(t->process, &own);
	children = t->process->dead_children;
	world_unlock();
	tms = (struct l_tms){
		.utime = (i64)(own.user_ns / tick_ns),
		.stime = (i64)(own.system_ns / tick_ns),
		.cutime = (i64)(children.user_ns / tick_ns),
		.cstime = (i64)(children.system_ns / tick_ns),
	};
	if (r->rdi && copy_out(r->rdi, &tms, sizeof(tms)))
		return -EFAULT;
	return (i64)(clock_now() / tick_ns);
}
