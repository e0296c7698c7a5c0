/* SPDX-License-Identifier: MIT */
/* races.h - crowds of threads, and how a case of them is judged. */
#ifndef RACES_H
#define RACES_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 4 };

static atomic_int stop, bad;

static void verdict(const char *name)
{
	printf("%s races: %s\n", atomic_load(&bad) ? "FAILED" : "ok", name);
	fflush(stdout);
	atomic_store(&bad, 0);
	atomic_store(&stop, 0);
}

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition) && !atomic_fetch_add(&bad, 1))                                    \
			printf("# line %d: %s (%s)\n", __LINE__, #condition, strerror(errno));     \
	} while (0)

static void crowd(pthread_t *threads, int count, void *(*run)(void *))
{
	for (long i = 0; i < count; i++)
		EXPECT(!pthread_create(&threads[i], NULL, run, (void *)i));
}

static void gather(pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

#endif
