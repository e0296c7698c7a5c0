/* SPDX-License-Identifier: MIT */
/*
 * alarm.h - what happens to processes at a time: interval timers, the limit of processor time, and
 * the moment when a process that has to end no longer waits for servers.
 */
#ifndef LINUX_ALARM_H
#define LINUX_ALARM_H

#include "servers/linux/task.h"

/* Where alarms_run sets its timer. */
void alarms_start(cap_t notification, u64 bits);
/* Act on what is due and set the timer for what comes next; the event thread calls it. */
void alarms_run(void);

/* All below need the world lock.  See to it that alarms_run is called at that time or before. */
void alarm_by(u64 deadline_ns);
/* p has a processor limit, perhaps a new one. */
void alarm_cpu_limit(const struct process *p);

#endif
