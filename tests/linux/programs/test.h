/* SPDX-License-Identifier: MIT */
/*
 * test.h - how the programs of this folder report: a line "ok NAME" or "FAILED NAME (why)" a case.
 *
 * They are ordinary static Linux programs.  Each runs on Linux as it does here, and what it expects
 * was seen there first; where Keel differs on purpose, the case says so and looks for KEEL.
 */
#ifndef TEST_H
#define TEST_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failed_cases;
static bool case_good;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (case_good && !(condition)) {                                                   \
			printf("FAILED %s (line %d: %s; errno %d)\n", case_name, __LINE__,         \
			       #condition, errno);                                                 \
			case_good = false;                                                         \
		}                                                                                  \
	} while (0)

#define CASE(name) static void case_##name(const char *case_name)
#define RUN(name) run_case(case_##name, #name)

static inline void run_case(void (*body)(const char *), const char *name)
{
	case_good = true;
	body(name);
	if (case_good)
		printf("ok %s\n", name);
	else
		failed_cases++;
	fflush(stdout);
}

/* A child that runs the statement and exits 0, unless it says otherwise. */
#define CHILD(...)                                                                                 \
	({                                                                                         \
		pid_t pid_ = fork();                                                               \
		if (!pid_) {                                                                       \
			__VA_ARGS__;                                                               \
			_exit(0);                                                                  \
		}                                                                                  \
		pid_;                                                                              \
	})

static inline int status_of(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static inline bool on_keel(void)
{
	return getenv("KEEL") != NULL;
}

#endif
