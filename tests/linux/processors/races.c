/* SPDX-License-Identifier: MIT */
/*
 * races - threads and processes that do at the same time what meets in one object: exec beside fork,
 * close beside read, kill beside exit, a signal beside a change of masks.  Each case ends only if
 * nothing was lost, and says so; it holds on Linux too.
 */
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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 4 };

static atomic_int stop, bad, seen, sent;

static void verdict(const char *name)
{
	printf("%s races: %s\n", atomic_load(&bad) ? "FAILED" : "ok", name);
	fflush(stdout);
	atomic_store(&bad, 0);
	atomic_store(&stop, 0);
	atomic_store(&seen, 0);
	atomic_store(&sent, 0);
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

/* --- exec in one thread, fork, vfork and exec in the others ---------------------------------- */

static void *forks_for_ever(void *unused)
{
	(void)unused;
	for (;;) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
	}
	return NULL;
}

static void *execs_too(void *unused)
{
	char *const argv[] = { "races", "exit", NULL };

	(void)unused;
	execv("/proc/self/exe", argv);
	return NULL;
}

static void exec_among_forks(void)
{
	pthread_t threads[MANY];

	for (int round = 0; round < 40; round++) {
		int status = -1;
		pid_t child = fork();

		if (!child) {
			/* A few rounds with two threads that want to be the one. */
			crowd(threads, MANY - 2, forks_for_ever);
			if (round % 2)
				crowd(threads, 1, execs_too);
			for (volatile int i = 0; i < round * 500; i++)
				;
			execs_too(NULL);
			pause();
		}
		EXPECT(waitpid(child, &status, 0) == child && status == 7 << 8);
	}
	verdict("exec ends the threads that fork, and comes to its end");
}

static void *vforks(void *unused)
{
	char *const argv[] = { "races", "exit", NULL };

	(void)unused;
	for (int i = 0; i < 25; i++) {
		int status = -1;
		pid_t child = vfork();

		if (!child) {
			execv("/proc/self/exe", argv);
			_exit(1);
		}
		EXPECT(waitpid(child, &status, 0) == child && status == 7 << 8);
	}
	return NULL;
}

static void vforks_together(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, vforks);
	gather(threads, MANY);
	verdict("vfork and exec in four threads");
}

/* --- descriptors ------------------------------------------------------------------------------ */

static int pipe_ends[2];

static void *opens_and_closes(void *number)
{
	unsigned low = 100 + (unsigned)(long)number * 8;

	for (int i = 0; i < 300; i++) {
		int fd = open("/dev/zero", O_RDONLY), copy = fcntl(fd, F_DUPFD, (int)low + i), at;

		EXPECT(fd >= 0 && copy >= 0);
		/* Descriptor 90 is everybody's. */
		at = dup2(fd, 90);
		EXPECT(at == 90 || (at < 0 && errno == EBUSY));
		close(fd);
		close(copy);
		if (i % 16 == 0)
			syscall(SYS_close_range, 90, 91, 0);
	}
	return NULL;
}

static void *reads(void *unused)
{
	char byte;
	long got;

	(void)unused;
	while (!atomic_load(&stop)) {
		got = read(90, &byte, 1);
		EXPECT((got == 1 && !byte) || (got < 0 && errno == EBADF));
	}
	return NULL;
}

static void close_beside_read(void)
{
	pthread_t threads[MANY], readers[2];
	int before = dup(0), after;

	close(before);
	crowd(readers, 2, reads);
	crowd(threads, MANY, opens_and_closes);
	gather(threads, MANY);
	atomic_store(&stop, 1);
	gather(readers, 2);
	close(90);
	after = dup(0);
	EXPECT(before == after);
	close(after);
	verdict("a descriptor is closed and replaced while others read it");
}

static void *writes(void *number)
{
	unsigned char letter = (unsigned char)(long)number, line[64];

	memset(line, letter, sizeof(line));
	for (int i = 0; i < 1000; i++)
		EXPECT(write(pipe_ends[1], line, sizeof(line)) == sizeof(line));
	return NULL;
}

static void pipe_of_many(void)
{
	pthread_t threads[MANY];
	unsigned char line[64];
	int count[MANY] = { 0 };

	EXPECT(!pipe(pipe_ends));
	crowd(threads, MANY, writes);
	for (int i = 0; i < MANY * 1000; i++) {
		unsigned got = 0;

		while (got < sizeof(line))
			got += (unsigned)read(pipe_ends[0], line + got, sizeof(line) - got);
		for (unsigned at = 1; at < sizeof(line); at++)
			EXPECT(line[at] == line[0]);
		if (line[0] < MANY)
			count[line[0]]++;
	}
	gather(threads, MANY);
	for (int i = 0; i < MANY; i++)
		EXPECT(count[i] == 1000);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	verdict("four writers' lines come out whole");
}

/* --- ends ------------------------------------------------------------------------------------- */

static void *kills_what_exits(void *number)
{
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();
		int status = -1;

		if (!child) {
			for (volatile int spin = 0; spin < i * 40; spin++)
				;
			_exit(3);
		}
		for (volatile int spin = 0; spin < (int)(long)number * 500; spin++)
			;
		EXPECT(!kill(child, SIGTERM));
		EXPECT(waitpid(child, &status, 0) == child);
		EXPECT(status == SIGTERM || status == 3 << 8);
	}
	return NULL;
}

static void kill_beside_exit(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, kills_what_exits);
	gather(threads, MANY);
	verdict("a child that is killed while it exits has one end");
}

static void *waits_for_any(void *unused)
{
	int status;

	(void)unused;
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		EXPECT(child > 0);
	}
	while (waitpid(-1, &status, 0) > 0)
		atomic_fetch_add(&seen, 1);
	EXPECT(errno == ECHILD);
	return NULL;
}

static void wait_by_many(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, waits_for_any);
	gather(threads, MANY);
	EXPECT(atomic_load(&seen) == MANY * 100);
	verdict("each child is waited for once, whoever waits");
}

static void *does_nothing(void *unused)
{
	return unused;
}

static void *threads_exit(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_t thread;

		if (!pthread_create(&thread, NULL, does_nothing, NULL))
			pthread_join(thread, NULL);
	}
	return NULL;
}

static void exit_group_among_clones(void)
{
	pthread_t threads[MANY];

	for (int round = 0; round < 40; round++) {
		int status = -1;
		pid_t child = fork();

		if (!child) {
			crowd(threads, MANY - 1, threads_exit);
			for (volatile int i = 0; i < round * 2000; i++)
				;
			if (round % 2)
				_exit(5);
			raise(SIGKILL);
		}
		EXPECT(waitpid(child, &status, 0) == child);
		EXPECT(status == (round % 2 ? 5 << 8 : SIGKILL));
	}
	verdict("exit_group and SIGKILL end threads that make threads");
}

/* --- signals ---------------------------------------------------------------------------------- */

static void count_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&seen, 1);
}

/* Ready for what the process is sent, and then not: it goes to somebody else. */
static void *turns_away(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	while (!atomic_load(&stop)) {
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		while (atomic_load(&seen) < atomic_load(&sent))
			sched_yield();
	}
	return NULL;
}

static void *sleeps(void *unused)
{
	char byte;

	(void)unused;
	while (read(pipe_ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	return NULL;
}

static void *unblocks(void *set)
{
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
	return NULL;
}

/* Its threads are ready to take a signal, and mostly not there any more. */
static void *comes_and_goes(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	while (!atomic_load(&stop)) {
		pthread_t thread;

		if (!pthread_create(&thread, NULL, unblocks, &set))
			pthread_join(thread, NULL);
		while (atomic_load(&seen) < atomic_load(&sent))
			sched_yield();
	}
	return NULL;
}

static void signal_is_taken(const char *name, void *(*other)(void *), int rounds)
{
	struct sigaction action = { .sa_handler = count_signal };
	pthread_t threads[MANY - 1], sleeper;
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	EXPECT(!pipe(pipe_ends));
	crowd(threads, MANY - 1, other);
	crowd(&sleeper, 1, sleeps);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= rounds; i++) {
		atomic_store(&sent, i);
		kill(getpid(), SIGUSR1);
		while (atomic_load(&seen) < i)
			sched_yield();
	}
	atomic_store(&stop, 1);
	gather(threads, MANY - 1);
	EXPECT(write(pipe_ends[1], "x", 1) == 1);
	gather(&sleeper, 1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	verdict(name);
}

/* Handlers are set while signals come: each is caught by one of them, or ignored. */
static void *sets_handlers(void *unused)
{
	struct sigaction handler = { .sa_handler = count_signal }, ignore = { .sa_handler = SIG_IGN };

	(void)unused;
	while (!atomic_load(&stop)) {
		sigaction(SIGUSR2, &handler, NULL);
		sigaction(SIGUSR2, &ignore, NULL);
	}
	return NULL;
}

static void handlers_beside_signals(void)
{
	pthread_t threads[2];

	signal(SIGUSR2, SIG_IGN);
	crowd(threads, 2, sets_handlers);
	for (int i = 0; i < 3000; i++)
		kill(getpid(), SIGUSR2);
	atomic_store(&stop, 1);
	gather(threads, 2);
	signal(SIGUSR2, SIG_IGN);
	verdict("handlers change while signals come");
}

static void *moves_groups(void *unused)
{
	(void)unused;
	for (int i = 0; i < 60; i++) {
		int status = -1, go[2];
		pid_t child;
		char byte;

		EXPECT(!pipe2(go, O_CLOEXEC));
		child = fork();
		if (!child) {
			setpgid(0, 0);
			close(go[1]);
			_exit(read(go[0], &byte, 1) ? 1 : 2);
		}
		setpgid(child, child);
		close(go[0]);
		EXPECT(getpgid(child) == child);
		EXPECT(!kill(-child, SIGKILL));
		EXPECT(waitpid(child, &status, 0) == child && status == SIGKILL);
		close(go[1]);
	}
	return NULL;
}

static void groups_together(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, moves_groups);
	gather(threads, MANY);
	verdict("groups are made by parent and child at once, and killed");
}

/* --- futexes ---------------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn, turns;

static void *takes_turns(void *number)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != (int)(long)number)
			pthread_cond_wait(&turned, &mutex);
		turn = (turn + 1) % MANY;
		turns++;
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void condition(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, takes_turns);
	gather(threads, MANY);
	EXPECT(turns == MANY * 500);
	verdict("a condition variable passes the turn round");
}

/* --- terminals -------------------------------------------------------------------------------- */

static void *opens_terminals(void *unused)
{
	(void)unused;
	for (int i = 0; i < 30; i++) {
		int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
		char name[64], line[8] = "";

		EXPECT(master >= 0 && !grantpt(master) && !unlockpt(master));
		EXPECT(!ptsname_r(master, name, sizeof(name)));
		slave = open(name, O_RDWR | O_NOCTTY);
		EXPECT(slave >= 0);
		EXPECT(write(master, "ab\n", 3) == 3);
		EXPECT(read(slave, line, sizeof(line)) == 3 && !memcmp(line, "ab\n", 3));
		close(i % 2 ? master : slave);
		close(i % 2 ? slave : master);
	}
	return NULL;
}

static void terminals_together(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, opens_terminals);
	gather(threads, MANY);
	verdict("terminals are opened, used and closed in four threads");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 7;
	exec_among_forks();
	vforks_together();
	close_beside_read();
	pipe_of_many();
	kill_beside_exit();
	wait_by_many();
	exit_group_among_clones();
	signal_is_taken("a signal reaches who does not block it", turns_away, 1000);
	signal_is_taken("a signal outlives the thread that was to take it", comes_and_goes, 300);
	handlers_beside_signals();
	groups_together();
	condition();
	terminals_together();
	return 0;
}
