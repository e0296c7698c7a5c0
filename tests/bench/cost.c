/* SPDX-License-Identifier: MIT */
/*
 * cost.c - what a sleeping thread and a sleeping process take of all memory there is.
 *
 * The difference of free memory for each of UNITS: what the kernel, the personality and the pages
 * that a process copies on its way to sleep take, all together.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNITS = 64, STACK = 4096 };

static volatile int begun;

static long free_kb(void)
{
	char text[1024], *at;
	int fd = open("/proc/keel", O_RDONLY);
	long n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "free_kb ");
	return at ? atol(at + 8) : -1;
}

static int sleeper(void *argument)
{
	(void)argument;
	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return 0;
}

static void until_begun(volatile int *count)
{
	while (*count < UNITS)
		sched_yield();
}

int main(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	volatile int *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *stacks = mmap(NULL, UNITS * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before, threads, processes;

	/* All that is made here goes at the end, and nobody else with it. */
	setpgid(0, 0);
	/* The first process ever made may make what serves all others, too. */
	if (!fork())
		_exit(0);
	wait(NULL);
	memset(stacks, 0, UNITS * STACK);
	*shared = 0;
	before = free_kb();
	for (int i = 0; i < UNITS; i++)
		clone(sleeper, stacks + (i + 1) * STACK, flags, NULL);
	until_begun(&begun);
	threads = before - free_kb();
	printf("sleeping_thread %ld -\n", threads * 1024 / UNITS);
	before = free_kb();
	for (int i = 0; i < UNITS; i++)
		if (!fork()) {
			__atomic_fetch_add(shared, 1, __ATOMIC_SEQ_CST);
			for (;;)
				pause();
		}
	until_begun(shared);
	processes = before - free_kb();
	printf("sleeping_process %ld -\n", processes * 1024 / UNITS);
	fflush(stdout);
	kill(0, SIGKILL);
}
