/* SPDX-License-Identifier: MIT */
/*
 * latency - a nice process that keeps the servers of pipes and files busy, others that compute, and
 * one with nice -10 that uses the same pipe server, the same file, and the same tables of processes
 * every two milliseconds: how long each of its calls takes, in nanoseconds.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 300, CASES = 3, COMPUTING = 4, BLOCK = 65536, PAUSE_NS = 2000000 };

static const char *const name[CASES] = { "a pipe", "a file", "processes" };
static long taken[CASES][ROUNDS];
static int pipes[2], file;
static char block[BLOCK];

static void must(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	kill(0, SIGKILL);
}

static pid_t child(void (*body)(void), int nice_value)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(!setpriority(PRIO_PROCESS, 0, nice_value), "setpriority");
	body();
	_exit(0);
}

static void computes(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void keeps_busy(void)
{
	int own[2], copy = open("/tmp/shared", O_RDWR);

	must(!pipe(own) && copy >= 0, "pipe, open");
	for (;;) {
		pid_t pid;

		for (int i = 0; i < 4; i++) {
			must(write(own[1], block, BLOCK) == BLOCK, "write");
			must(read(own[0], block, BLOCK) == BLOCK, "read");
			must(pwrite(copy, block, BLOCK, i * BLOCK) == BLOCK, "pwrite");
		}
		pid = fork();
		if (!pid)
			_exit(0);
		must(pid > 0 && waitpid(pid, NULL, 0) == pid, "fork, waitpid");
	}
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void calls(int which)
{
	char path[32], text[256];
	struct stat st;
	int fd;

	switch (which) {
	case 0:
		must(write(pipes[1], "x", 1) == 1 && read(pipes[0], text, 1) == 1, "pipe");
		break;
	case 1:
		must(pwrite(file, "x", 1, 0) == 1 && pread(file, text, 1, BLOCK) == 1, "file");
		must(!stat("/tmp/shared", &st), "stat");
		break;
	default:
		snprintf(path, sizeof(path), "/proc/%d/stat", getppid());
		fd = open(path, O_RDONLY);
		must(fd >= 0 && read(fd, text, sizeof(text)) > 0 && !close(fd), "/proc");
		must(getpgid(0) >= 0 && !kill(getpid(), 0), "kill");
	}
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	const struct timespec pause = { 0, PAUSE_NS };
	pid_t all[COMPUTING + 1];

	must(!pipe(pipes), "pipe");
	file = open("/tmp/shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(file >= 0 && !ftruncate(file, 4 * BLOCK), "open");
	for (int i = 0; i < COMPUTING; i++)
		all[i] = child(computes, 0);
	all[COMPUTING] = child(keeps_busy, 19);
	must(!setpriority(PRIO_PROCESS, 0, -10), "setpriority");
	for (int i = 0; i < ROUNDS; i++) {
		for (int which = 0; which < CASES; which++) {
			long began = now();

			calls(which);
			taken[which][i] = now() - began;
		}
		nanosleep(&pause, NULL);
	}
	for (int i = 0; i <= COMPUTING; i++) {
		kill(all[i], SIGKILL);
		waitpid(all[i], NULL, 0);
	}
	for (int which = 0; which < CASES; which++) {
		long *t = taken[which];

		qsort(t, ROUNDS, sizeof(*t), compare);
		printf("beside a nice process, %s: %d times, p50 %ld p99 %ld max %ld ns\n",
		       name[which], ROUNDS, t[ROUNDS / 2], t[ROUNDS - 1 - ROUNDS / 100],
		       t[ROUNDS - 1]);
	}
	return 0;
}
