/* SPDX-License-Identifier: MIT */
/*
 * stretch - calls whose work grows with a process's memory, so that the longest stretch of ring 0
 * without a preemption point shows; tests/groups/71-preemption reads it from the last line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 64 << 20, FILE_SIZE = 32 << 20, PROCESSES = 200 };

static void need(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static void touch(char *at, size_t length, size_t step)
{
	for (size_t i = 0; i < length; i += step)
		at[i]++;
}

static void fork_and(void (*child)(char *), char *at)
{
	pid_t pid = fork();
	int status;

	need(pid >= 0, "fork");
	if (!pid) {
		if (child)
			child(at);
		_exit(0);
	}
	need(waitpid(pid, &status, 0) == pid && !status, "waitpid");
}

static void touch_all(char *at)
{
	touch(at, SIZE, PAGE);
}

/* The parent writes while the pages are the child's, too. */
static void fork_and_write(char *at)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		for (;;)
			pause();
	touch_all(at);
	kill(pid, SIGKILL);
	need(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void anonymous(void)
{
	char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(at != MAP_FAILED, "mmap");
	touch_all(at);
	fork_and(NULL, at);
	fork_and(touch_all, at);
	fork_and_write(at);
	need(!mprotect(at, SIZE, PROT_READ), "mprotect");
	need(!mprotect(at, SIZE, PROT_READ | PROT_WRITE), "mprotect");
	touch_all(at);
	for (size_t i = 0; i < SIZE; i += 2 * PAGE)
		need(!mprotect(at + i, PAGE, PROT_READ), "mprotect of every other page");
	fork_and(NULL, at);
	need(!mprotect(at, SIZE, PROT_READ | PROT_WRITE), "mprotect of many");
	at = mremap(at, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	need(at != MAP_FAILED && at[5 * PAGE] == 3, "mremap");
	need(!munmap(at, 2 * SIZE), "munmap");
}

static void of_a_file(void)
{
	static char block[65536];
	int fd = open("/tmp/stretch", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *at;

	need(fd >= 0, "open");
	for (int i = 0; i < FILE_SIZE / (int)sizeof(block); i++)
		need(write(fd, block, sizeof(block)) == sizeof(block), "write");
	at = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(at != MAP_FAILED, "mmap of a file");
	touch(at, FILE_SIZE, PAGE);
	need(!ftruncate(fd, 100), "ftruncate");
	need(!munmap(at, FILE_SIZE), "munmap of a file");
	need(!unlink("/tmp/stretch"), "unlink");
	close(fd);
}

static void processes(void)
{
	static pid_t pid[PROCESSES];
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		need(pid[i] >= 0, "fork of many");
		if (!pid[i])
			for (;;)
				pause();
	}
	for (int i = 0; i < PROCESSES; i++)
		need(!kill(pid[i], SIGKILL) && waitpid(pid[i], &status, 0) == pid[i], "kill");
}

int main(void)
{
	char line[80];
	FILE *counters;

	anonymous();
	of_a_file();
	processes();
	counters = fopen("/proc/keel", "r");
	need(counters != NULL, "/proc/keel");
	while (fgets(line, sizeof(line), counters))
		if (!strncmp(line, "longest_", 8) || !strncmp(line, "violations", 10))
			fputs(line, stdout);
	return 0;
}
