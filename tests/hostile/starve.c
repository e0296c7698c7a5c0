/* SPDX-License-Identifier: MIT */
/*
 * starve.c - one process takes all memory there is; its parent, which is small, goes on making
 * calls that copy into pages it has never touched.  No call may fail but by the memory itself, and
 * the large process is the one that goes.
 *
 *	starve pages	the child touches anonymous memory
 *	starve files	the child fills a file first, so that memory of two kinds is short
 *	starve names	as many files as can be are made first
 *	starve open	the child opens files and pipes and forks, which costs the system itself
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, CHUNK = 1 << 20, ROUNDS = 300 };

static char *anonymous(size_t length)
{
	char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void take_all(void)
{
	for (;;) {
		char *p = anonymous(CHUNK);

		if (!p)
			continue;
		for (int i = 0; i < CHUNK; i += PAGE)
			p[i] = 1;
	}
}

static void fill_file(void)
{
	static char block[65536];
	int fd = open("/tmp/filler", O_CREAT | O_WRONLY | O_TRUNC, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		;
}

static void make_files(void)
{
	char name[32];
	int fd = 0;

	for (int i = 0; fd >= 0; i++) {
		snprintf(name, sizeof(name), "/tmp/name-%d", i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd >= 0)
			close(fd);
	}
	if (errno != ENOSPC)
		printf("making files ended with %s\n", strerror(errno));
}

/* Descriptors, pipes with a byte in them, and children that do the same. */
static void open_all(void)
{
	for (;;) {
		int fds[2];

		while (!pipe(fds) && write(fds[1], "x", 1) == 1)
			;
		while (open("/tmp", O_RDONLY) >= 0)
			;
		if (fork() < 0)
			for (;;)
				pause();
	}
}

static int wrong;

static void right(const char *what, long result, long wanted)
{
	if (result == wanted)
		return;
	if (wrong++ < 5)
		printf("%s: %ld, %s\n", what, result, strerror(errno));
}

static void calls(int zero, const int *pipes, int file)
{
	static char page[PAGE];
	char *p = anonymous(PAGE), *q = anonymous(PAGE), *r = anonymous(PAGE), *s = anonymous(PAGE);

	if (!p || !q || !r || !s) {
		right("mmap", errno, ENOMEM);
	} else {
		right("read of a device", read(zero, p, PAGE), PAGE);
		right("write to a pipe", write(pipes[1], page, 100), 100);
		right("read of a pipe", read(pipes[0], q, 100), 100);
		right("read of a file", pread(file, r, 100, 0), 100);
		right("fstat", fstat(file, (struct stat *)s), 0);
	}
	munmap(p, PAGE);
	munmap(q, PAGE);
	munmap(r, PAGE);
	munmap(s, PAGE);
}

int main(int argc, char **argv)
{
	static char page[PAGE];
	int zero = open("/dev/zero", O_RDONLY), pipes[2], status = 0, file;
	int rounds = 0;
	pid_t child;

	file = open("/tmp/small", O_CREAT | O_RDWR | O_TRUNC, 0600);
	right("write of a file", write(file, page, sizeof(page)), sizeof(page));
	right("pipe", pipe(pipes), 0);
	right("arguments", argc, 2);
	if (!strcmp(argv[1], "names"))
		make_files();
	child = fork();
	if (!child) {
		setpgid(0, 0);
		if (!strcmp(argv[1], "open"))
			open_all();
		if (!strcmp(argv[1], "files"))
			fill_file();
		take_all();
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		calls(zero, pipes, file);
		/* These do not end by themselves. */
		if (!strcmp(argv[1], "open") && ++rounds > ROUNDS)
			kill(-child, SIGKILL);
	}
	/* Some may just have been born. */
	while (!kill(-child, SIGKILL))
		;
	unlink("/tmp/filler");
	printf("the large one ended by signal %d, wrong answers: %d\n", WTERMSIG(status), wrong);
	return wrong != 0;
}
