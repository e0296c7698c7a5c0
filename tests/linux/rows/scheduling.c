/* SPDX-License-Identifier: MIT */
/* scheduling - nice values, policies, real-time priorities, processors. */
#include "rows.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>

/* struct sched_attr, which the C library does not have. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t clamp_least, clamp_most;
};

static void nice_values(void)
{
	ROW(getpriority, "mine", PRIO_PROCESS, 0);
	ROW(getpriority, "unknown kind", 9, 0);
	ROW(getpriority, "no such process", PRIO_PROCESS, 99999);
	ROW(setpriority, "unknown kind", 9, 0, 0);
	ROW(setpriority, "no such process", PRIO_PROCESS, 99999, 0);
	CHILD(setpriority, "in a child", {
		ROW(setpriority, "5", PRIO_PROCESS, 0, 5);
		ROW(getpriority, "after 5", PRIO_PROCESS, 0);
		ROW(setpriority, "more than there is", PRIO_PROCESS, 0, 100);
		ROW(getpriority, "after 100", PRIO_PROCESS, 0);
		ROW(setpriority, "less than there is", PRIO_PROCESS, 0, -100);
		ROW(getpriority, "after -100", PRIO_PROCESS, 0);
		ROW(setpriority, "0", PRIO_PROCESS, 0, 0);
		be_nobody();
		ROW(setpriority, "3 as nobody", PRIO_PROCESS, 0, 3);
		ROW(setpriority, "back as nobody", PRIO_PROCESS, 0, 0);
		ROW(setpriority, "another's as nobody", PRIO_PROCESS, getppid(), 10);
		ROW(getpriority, "after all", PRIO_PROCESS, 0);
	});
}

static void policies(void)
{
	struct sched_param none = { 0 }, five = { 5 }, got = { 9 };
	struct timespec quantum;

	ROW(sched_getscheduler, "mine", 0);
	ROW(sched_getscheduler, "-1", -1);
	ROW(sched_getscheduler, "no such thread", 99999);
	ROW(sched_getparam, "mine", 0, &got);
	SHOW(sched_getparam, "value", got.sched_priority);
	ROW(sched_getparam, "nowhere", 0, NULL);
	ROW(sched_getparam, "no such thread", 99999, &got);
	ROW(sched_setparam, "0", 0, &none);
	ROW(sched_setparam, "5", 0, &five);
	ROW(sched_setparam, "nothing", 0, NULL);
	ROW(sched_setparam, "no such thread", 99999, &none);
	ROW(sched_setscheduler, "unknown", 0, 99, &none);
	ROW(sched_setscheduler, "other with 5", 0, SCHED_OTHER, &five);
	ROW(sched_setscheduler, "real-time with 0", 0, SCHED_FIFO, &none);
	ROW(sched_setscheduler, "nothing", 0, SCHED_OTHER, NULL);
	ROW(sched_setscheduler, "no such thread", 99999, SCHED_OTHER, &none);
	CHILD(sched_setscheduler, "in a child", {
		ROW(sched_setscheduler, "batch", 0, SCHED_BATCH, &none);
		ROW(sched_getscheduler, "batch", 0);
		ROW(sched_setscheduler, "idle", 0, SCHED_IDLE, &none);
		ROW(sched_getscheduler, "idle", 0);
		ROW(sched_setscheduler, "other", 0, SCHED_OTHER, &none);
		be_nobody();
		ROW(sched_setscheduler, "real-time as nobody", 0, SCHED_RR, &five);
		ROW(sched_setscheduler, "another's as nobody", getppid(), SCHED_OTHER, &none);
	});
	ROW(sched_get_priority_max, "other", SCHED_OTHER);
	ROW(sched_get_priority_max, "real-time", SCHED_RR);
	ROW(sched_get_priority_max, "unknown", 99);
	ROW(sched_get_priority_min, "other", SCHED_OTHER);
	ROW(sched_get_priority_min, "real-time", SCHED_FIFO);
	ROW(sched_get_priority_min, "unknown", 99);
	ROW(sched_rr_get_interval, "mine", 0, &quantum);
	SHOW(sched_rr_get_interval, "less than a second", quantum.tv_sec == 0);
	ROW(sched_rr_get_interval, "no such thread", 99999, &quantum);
	ROW(sched_rr_get_interval, "-1", -1, &quantum);
}

/* One who comes from fork begins as the policy says, unless it is told to begin anew. */
static void real_time(void)
{
	struct sched_param five = { 5 }, none = { 0 }, hundred = { 100 }, got = { 9 };

	ROW(sched_setscheduler, "fifo 5", 0, SCHED_FIFO, &five);
	ROW(sched_getscheduler, "fifo 5", 0);
	ROW(sched_getparam, "of fifo", 0, &got);
	SHOW(sched_getparam, "of fifo is", got.sched_priority);
	ROW(sched_setscheduler, "fifo 100", 0, SCHED_FIFO, &hundred);
	ROW(sched_setparam, "0 of fifo", 0, &none);
	ROW(sched_setparam, "5 of fifo", 0, &five);
	ROW(setpriority, "of fifo", PRIO_PROCESS, 0, 7);
	ROW(getpriority, "of fifo", PRIO_PROCESS, 0);
	ROW(sched_setscheduler, "rr 5", 0, SCHED_RR, &five);
	CHILD(sched_getscheduler, "of a child", {
		ROW(sched_getscheduler, "of a child of rr", 0);
		ROW(sched_setscheduler, "other, in that child", 0, SCHED_OTHER, &none);
		ROW(getpriority, "and its nice value", PRIO_PROCESS, 0);
	});
	ROW(sched_setscheduler, "rr, children begin anew", 0, SCHED_RR | SCHED_RESET_ON_FORK,
	    &five);
	ROW(sched_getscheduler, "rr, children begin anew", 0);
	CHILD(sched_getscheduler, "of a child that begins anew", {
		ROW(sched_getscheduler, "begins anew", 0);
		ROW(getpriority, "begins anew", PRIO_PROCESS, 0);
		ROW(sched_getparam, "begins anew", 0, &got);
		SHOW(sched_getparam, "begins anew with", got.sched_priority);
	});
	ROW(sched_setscheduler, "other", 0, SCHED_OTHER, &none);
	ROW(getpriority, "after fifo", PRIO_PROCESS, 0);
	ROW(setpriority, "-5, children begin anew", PRIO_PROCESS, 0, -5);
	ROW(sched_setscheduler, "other, children begin anew", 0, SCHED_OTHER | SCHED_RESET_ON_FORK,
	    &none);
	CHILD(getpriority, "of a child that begins anew", {
		ROW(getpriority, "-5 begins anew", PRIO_PROCESS, 0);
		ROW(sched_getscheduler, "other begins anew", 0);
	});
}

/* What the limits let somebody do who is not root. */
static void as_nobody(void)
{
	struct sched_param five = { 5 }, six = { 6 }, none = { 0 };
	struct rlimit to_five = { 5, 5 }, to_zero = { 0, 0 }, of_twelve = { 8, 15 },
		      of_five = { 15, 15 };

	setrlimit(RLIMIT_RTPRIO, &to_five);
	setrlimit(RLIMIT_NICE, &of_twelve);
	setpriority(PRIO_PROCESS, 0, 10);
	be_nobody();
	ROW(sched_setscheduler, "fifo 6 beyond the limit", 0, SCHED_FIFO, &six);
	ROW(sched_setscheduler, "fifo 5 within the limit", 0, SCHED_FIFO, &five);
	ROW(sched_setparam, "6 beyond the limit", 0, &six);
	ROW(sched_setscheduler, "rr 5 within the limit", 0, SCHED_RR, &five);
	setrlimit(RLIMIT_RTPRIO, &to_zero);
	ROW(sched_setscheduler, "fifo 5 without a limit", 0, SCHED_FIFO, &five);
	ROW(sched_setscheduler, "rr 5 as before", 0, SCHED_RR, &five);
	ROW(sched_setscheduler, "other, children begin anew, as nobody", 0,
	    SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
	ROW(sched_setscheduler, "that taken back", 0, SCHED_OTHER, &none);
	ROW(sched_setscheduler, "idle as nobody", 0, SCHED_IDLE | SCHED_RESET_ON_FORK, &none);
	ROW(sched_setscheduler, "idle, back, beyond the limit", 0,
	    SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
	setrlimit(RLIMIT_NICE, &of_five);
	ROW(sched_setscheduler, "idle, back, within the limit", 0,
	    SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
	ROW(setpriority, "5 within the limit", PRIO_PROCESS, 0, 5);
	ROW(setpriority, "4 beyond the limit", PRIO_PROCESS, 0, 4);
	ROW(setpriority, "another's as nobody, its group", PRIO_PGRP, 0, 19);
	ROW(setpriority, "all of a user's", PRIO_USER, 0, 19);
	ROW(getpriority, "all of a user's", PRIO_USER, 0);
}

static void attributes(void)
{
	struct attributes a = { .size = sizeof(a), .policy = SCHED_RR, .priority = 7 };
	struct { struct attributes a; char more[8]; } large = { .a.size = sizeof(large) };

	ROW(sched_setattr, "rr 7", 0, &a, 0);
	memset(&a, 0x55, sizeof(a));
	ROW(sched_getattr, "rr 7", 0, &a, sizeof(a), 0);
	SHOW(sched_getattr, "size", a.size);
	SHOW(sched_getattr, "policy", a.policy);
	SHOW(sched_getattr, "priority", a.priority);
	SHOW(sched_getattr, "nice", a.nice);
	SHOW(sched_getattr, "flags are", a.flags);
	a = (struct attributes){ .size = 48, .policy = SCHED_BATCH, .nice = 50, .flags = 1 };
	ROW(sched_setattr, "batch, 50, anew, first size", 0, &a, 0);
	a.size = 0;
	ROW(sched_setattr, "size 0", 0, &a, 0);
	ROW(sched_getattr, "first size", 0, &a, 48, 0);
	SHOW(sched_getattr, "first size is", a.size);
	SHOW(sched_getattr, "nice of batch", a.nice);
	SHOW(sched_getattr, "flags of batch", a.flags);
	a = (struct attributes){ .size = sizeof(a), .policy = SCHED_OTHER, .flags = 8, .nice = 3 };
	ROW(sched_setattr, "the policy kept", 0, &a, 0);
	ROW(sched_getscheduler, "kept", 0);
	ROW(getpriority, "the policy kept", PRIO_PROCESS, 0);
	a = (struct attributes){ .size = sizeof(a), .policy = SCHED_OTHER, .flags = 16, .nice = 9 };
	ROW(sched_setattr, "the values kept", 0, &a, 0);
	ROW(sched_getscheduler, "not kept", 0);
	ROW(getpriority, "the values kept", PRIO_PROCESS, 0);
	a.size = 47;
	ROW(sched_setattr, "size 47", 0, &a, 0);
	SHOW(sched_setattr, "the size it has instead", a.size);
	a.size = 5000;
	ROW(sched_setattr, "size 5000", 0, &a, 0);
	ROW(sched_setattr, "longer, zeros", 0, &large, 0);
	large.more[7] = 1;
	ROW(sched_setattr, "longer, not zeros", 0, &large, 0);
	SHOW(sched_setattr, "the size instead", large.a.size);
	a = (struct attributes){ .size = sizeof(a), .policy = -1 };
	ROW(sched_setattr, "policy -1", 0, &a, 0);
	a.policy = 99;
	ROW(sched_setattr, "policy 99", 0, &a, 0);
	a = (struct attributes){ .size = sizeof(a), .flags = 1 << 20 };
	ROW(sched_setattr, "unknown flag", 0, &a, 0);
	a.flags = 0;
	ROW(sched_setattr, "flags of the call", 0, &a, 1);
	ROW(sched_setattr, "nothing", 0, NULL, 0);
	ROW(sched_setattr, "-1", -1, &a, 0);
	ROW(sched_setattr, "no such thread", 999999, &a, 0);
	ROW(sched_getattr, "size 47", 0, &a, 47, 0);
	ROW(sched_getattr, "size 5000", 0, &a, 5000, 0);
	ROW(sched_getattr, "flags", 0, &a, sizeof(a), 1);
	ROW(sched_getattr, "nothing", 0, NULL, sizeof(a), 0);
	ROW(sched_getattr, "-1", -1, &a, sizeof(a), 0);
	ROW(sched_getattr, "no such thread", 999999, &a, sizeof(a), 0);
}

static void processors(void)
{
	unsigned long first = 1, mask[32], none = 0;
	unsigned cpu = 99, node = 99;

	memset(mask, 0xff, sizeof(mask));
	ROW(sched_setaffinity, "all that could be", 0, sizeof(mask), mask);
	ROW(sched_setaffinity, "one byte", 0, 1, &first);
	ROW(sched_getaffinity, "after one byte", 0, 8, mask);
	SHOW(sched_getaffinity, "the first alone", mask[0]);
	SHOW(sched_getaffinity, "the rest is as it was", mask[1] == ~0ul);
	ROW(sched_getaffinity, "size 128", 0, 128, mask);
	ROW(sched_getaffinity, "size 0", 0, 0, mask);
	ROW(sched_getaffinity, "size 12", 0, 12, mask);
	ROW(sched_getaffinity, "-1", -1, 8, mask);
	ROW(sched_setaffinity, "-1", -1, 8, mask);
	ROW(sched_setaffinity, "size 0", 0, 0, &first);
	ROW(sched_setaffinity, "empty", 0, 8, &none);
	ROW(getcpu, "where", &cpu, &node, NULL);
	SHOW(getcpu, "the first", cpu);
	SHOW(getcpu, "node", node);
	ROW(getcpu, "nowhere to tell", NULL, NULL, NULL);
	ROW(getcpu, "a bad place", 8, NULL, NULL);
	CHILD(sched_getaffinity, "a child has it", {
		ROW(sched_getaffinity, "of a child", 0, 8, mask);
		SHOW(sched_getaffinity, "the child's", mask[0]);
		be_nobody();
		ROW(sched_setaffinity, "one's own as nobody", 0, 8, &first);
		ROW(sched_setaffinity, "another's as nobody", getppid(), 8, &first);
		ROW(sched_getaffinity, "another's as nobody", getppid(), 8, mask);
	});
}

void rows_scheduling(void)
{
	nice_values();
	policies();
	CHILD(sched_setscheduler, "real time", real_time());
	CHILD(sched_setscheduler, "as nobody", as_nobody());
	CHILD(sched_setattr, "attributes", attributes());
	CHILD(sched_setaffinity, "processors", processors());
}
