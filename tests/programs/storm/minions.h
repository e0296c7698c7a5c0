/* SPDX-License-Identifier: MIT */
/* minions.h - numbers of calls for assembly; arena.c compares them with syscall.def. */
#ifndef TESTS_STORM_MINIONS_H
#define TESTS_STORM_MINIONS_H

#define CALL_THREAD_EXIT       27
#define CALL_ENDPOINT_CALL     35
#define CALL_ENDPOINT_RECEIVE  36
#define CALL_REPLY_RECEIVE     38
#define CALL_NOTIFICATION_WAIT 44

#endif
