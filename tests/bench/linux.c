/* SPDX-License-Identifier: MIT */
/*
 * linux.c - the rows of the table that are Linux calls: one static program, for Keel and for Linux.
 *
 * It counts with RDTSC, which under `-icount shift=0` counts instructions, all of them: the
 * program's own, the kernel's and every server's.  The number of address-space switches comes from
 * /proc/keel (0 where there is none, as on Linux).  One line a row: name, ticks of one operation,
 * switches of one operation in hundredths.
 *
 * `linux ROW` marks what belongs to that row, for tests/bench/profile.
 *
 * Large mappings are kept from huge pages, so that Linux has pages of 4 KiB there as Keel has.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long u64;
enum { PAGE = 4096, LARGE = 64 << 20, PAGES = LARGE / PAGE };

static u64 ticks(void)
{
	unsigned low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static void need(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

/* The first number of /proc/keel: space_switches. */
static u64 switches(void)
{
	static char text[256];
	int fd = open("/proc/keel", O_RDONLY);
	long n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return strtoul(text + strcspn(text, "0123456789"), NULL, 10);
}

static u64 began, switched, reading;
static const char *profiled = "";

/* What comes from here to stop belongs to the row. */
static void start(const char *name)
{
	u64 first = switches();

	switched = switches();
	reading = switched - first; /* what asking costs by itself */
	if (!strcmp(name, profiled))
		__asm__ volatile("nopl 0x4c617073(%rax)"); /* see laps.c */
	began = ticks();
}

/* Ticks since start, and to *loads how often the space was switched. */
static u64 stop(u64 *loads)
{
	u64 spent = ticks() - began, seen;

	__asm__ volatile("nopl 0x53746f70(%rax)");
	seen = switches() - switched;
	*loads += seen > reading ? seen - reading : 0;
	return spent;
}

static void row(const char *name, u64 spent, u64 loads, u64 rounds)
{
	loads = loads * 100 / rounds;
	printf("%s %lu %lu.%02lu\n", name, spent / rounds, loads / 100, loads % 100);
	fflush(stdout);
}

static void end(const char *name, u64 rounds)
{
	u64 loads = 0, spent = stop(&loads);

	row(name, spent, loads, rounds);
}

static void null_call(void)
{
	enum { ROUNDS = 2000 };

	getppid();
	start("null_call");
	for (int i = 0; i < ROUNDS; i++)
		getppid();
	end("null_call", ROUNDS);
}

/* --- processes --- */

static void fork_wait(char **argv)
{
	pid_t pid = fork();
	int status;

	need(pid >= 0, "fork");
	if (!pid && argv)
		execv(argv[0], argv);
	if (!pid)
		_exit(argv != NULL);
	need(waitpid(pid, &status, 0) == pid && !status, "waitpid");
}

static void forks(const char *name, int rounds, char **argv)
{
	fork_wait(argv);
	start(name);
	for (int i = 0; i < rounds; i++)
		fork_wait(argv);
	end(name, rounds);
}

static char *large_map(void)
{
	char *at = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(at != MAP_FAILED, "mmap");
	(void)madvise(at, LARGE, MADV_NOHUGEPAGE);
	return at;
}

static void touch(char *at)
{
	for (u64 i = 0; i < LARGE; i += PAGE)
		*(volatile char *)(at + i) = 1;
}

/* One writes to all pages while the other waits: they are the pages of both. */
static void cow(char *at, int child)
{
	int go[2];
	pid_t pid;
	char byte;

	need(!pipe(go), "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0 ? child : !child) {
		const char *name = child ? "cow_child" : "cow_parent";

		start(name);
		touch(at);
		end(name, PAGES);
	}
	if (!pid) {
		close(go[1]);
		need(child || read(go[0], &byte, 1) == 0, "read");
		_exit(0);
	}
	close(go[1]);
	close(go[0]);
	need(waitpid(pid, NULL, 0) == pid, "waitpid");
}

/* The first fork after all pages were written: a later one would find most of the work done. */
static void large(void)
{
	enum { ROUNDS = 5 };
	u64 touched = 0, forked = 0, loads[2] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		char *at = large_map();

		start("first_touch");
		touch(at);
		touched += stop(&loads[0]);
		start("fork_64m");
		fork_wait(NULL);
		forked += stop(&loads[1]);
		munmap(at, LARGE);
	}
	row("first_touch", touched, loads[0], ROUNDS * PAGES);
	touched = loads[0] = 0;
	for (int i = 0; i < ROUNDS; i++) {
		char *at = large_map();

		usleep(200000);
		start("first_touch_idle");
		touch(at);
		touched += stop(&loads[0]);
		munmap(at, LARGE);
	}
	row("first_touch_idle", touched, loads[0], ROUNDS * PAGES);
	row("fork_64m", forked, loads[1], ROUNDS);
	for (int child = 0; child < 2; child++) {
		char *at = large_map();

		touch(at);
		cow(at, child);
		munmap(at, LARGE);
	}
}

static void mmap_touch_munmap(void)
{
	enum { ROUNDS = 500 };

	for (int i = -1; i < ROUNDS; i++) {
		char *at;

		if (!i)
			start("mmap_munmap");
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		need(at != MAP_FAILED, "mmap");
		*(volatile char *)at = 1;
		munmap(at, PAGE);
	}
	end("mmap_munmap", ROUNDS);
}

/* --- threads --- */

enum { TURNS = 300 };
static int turn;
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE = 128 }; /* musl has no linux/futex.h */

static void futex(int operation, int value)
{
	syscall(SYS_futex, &turn, operation | FUTEX_PRIVATE, value, NULL, NULL, 0);
}

/* Wait until it is `mine`, and hand it on. */
static void take_turn(int mine)
{
	while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
		futex(FUTEX_WAIT, !mine);
	__atomic_store_n(&turn, !mine, __ATOMIC_SEQ_CST);
	futex(FUTEX_WAKE, 1);
}

static void *other_player(void *argument)
{
	for (int i = 0; i <= TURNS; i++)
		take_turn(1);
	return argument;
}

static void futex_round_trip(void)
{
	pthread_t other;

	need(!pthread_create(&other, NULL, other_player, NULL), "pthread_create");
	for (int i = 0; i <= TURNS; i++) {
		if (i == 1)
			start("futex_round_trip");
		take_turn(0);
	}
	end("futex_round_trip", TURNS);
	pthread_join(other, NULL);
}

static void *nothing(void *argument)
{
	return argument;
}

static void thread_create_join(void)
{
	enum { ROUNDS = 100 };

	for (int i = -1; i < ROUNDS; i++) {
		pthread_t thread;

		if (!i)
			start("thread_create_join");
		need(!pthread_create(&thread, NULL, nothing, NULL), "pthread_create");
		pthread_join(thread, NULL);
	}
	end("thread_create_join", ROUNDS);
}

/* --- pipes and files --- */

static void pipe_round_trip(void)
{
	enum { ROUNDS = 200 };
	int there[2], back[2];
	char byte = 0;
	pid_t pid;

	need(!pipe(there) && !pipe(back), "pipe");
	pid = fork();
	if (!pid) {
		for (int i = 0; i <= ROUNDS; i++)
			need(read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1,
			     "child");
		_exit(0);
	}
	for (int i = 0; i <= ROUNDS; i++) {
		if (i == 1)
			start("pipe_round_trip");
		need(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "pipe");
	}
	end("pipe_round_trip", ROUNDS);
	waitpid(pid, NULL, 0);
}

static void files(void)
{
	enum { ROUNDS = 256 };
	static char buffer[PAGE] __attribute__((aligned(PAGE)));
	int fd = open("/tmp/bench", O_RDWR | O_CREAT, 0600);

	need(fd >= 0, "/tmp/bench");
	start("tmpfs_write_4k");
	for (int i = 0; i < ROUNDS; i++)
		need(write(fd, buffer, PAGE) == PAGE, "write");
	end("tmpfs_write_4k", ROUNDS);
	lseek(fd, 0, SEEK_SET);
	start("tmpfs_read_4k");
	for (int i = 0; i < ROUNDS; i++)
		need(read(fd, buffer, PAGE) == PAGE, "read");
	end("tmpfs_read_4k", ROUNDS);
	close(fd);
	unlink("/tmp/bench");
}

int main(int argc, char **argv)
{
	char *again[] = { argv[0], "child", NULL };

	if (argc > 1 && !strcmp(argv[1], "child"))
		return 0;
	if (argc > 1)
		profiled = argv[1];
	null_call();
	forks("fork_exit_wait", 50, NULL);
	forks("fork_exec", 50, again);
	futex_round_trip();
	thread_create_join();
	mmap_touch_munmap();
	pipe_round_trip();
	files();
	large();
	return 0;
}
