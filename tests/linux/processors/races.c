/* SPDX-License-Identifier: MIT */
/*
 * races - threads and processes that do at the same time what meets in one object: exec beside
 * fork, close beside read, kill beside exit.  Each case ends only if nothing was lost, and says so;
 * it holds on Linux too.  tidings.c has signals, futexes and terminals.
 */
#include "races.h"

/* --- exec in one thread, fork, vfork and exec in the others ----------------------------------- */

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
static atomic_int collected;

static void *opens_and_closes(void *number)
{
	unsigned low = 100 + (unsigned)(long)number * 8;

	for (int i = 0; i < 300; i++) {
		int fd = open("/dev/zero", O_RDONLY), copy = fcntl(fd, F_DUPFD, (int)low + i), at;

		EXPECT(fd >= 0 && copy >= 0);
		/* Descriptor 90 is everybody's. */
		at = dup2(fd, 90);
		EXPECT(at == 90 || (at < 0 && errno == EBUSY));
		EXPECT(!ioctl(copy, FIOCLEX) && fcntl(copy, F_GETFD) == FD_CLOEXEC);
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
		atomic_fetch_add(&collected, 1);
	EXPECT(errno == ECHILD);
	return NULL;
}

static void wait_by_many(void)
{
	pthread_t threads[MANY];

	crowd(threads, MANY, waits_for_any);
	gather(threads, MANY);
	EXPECT(atomic_load(&collected) == MANY * 100);
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

/* --- stops ------------------------------------------------------------------------------------ */

static atomic_long *counted;

/* Who is made makes the next one: one that does not stop goes on for good. */
static void *passes_on(void *unused)
{
	pthread_t next;

	atomic_fetch_add(counted, 1);
	pthread_detach(pthread_self());
	while (pthread_create(&next, NULL, passes_on, NULL))
		;
	return unused;
}

/* Between two looks that are far apart nothing has been counted, sooner or later. */
static int stands_still(void)
{
	for (int tries = 0; tries < 100; tries++) {
		long before = atomic_load(counted);

		for (int i = 0; i < 300; i++)
			sched_yield();
		if (atomic_load(counted) == before)
			return 1;
	}
	return 0;
}

static void stop_among_clones(void)
{
	pthread_t threads[MANY];

	counted = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int round = 0; round < 40; round++) {
		int status = -1;
		long before = atomic_load(counted);
		pid_t child = fork();

		if (!child) {
			crowd(threads, MANY - 1, passes_on);
			for (;;)
				pause();
		}
		while (atomic_load(counted) < before + round)
			sched_yield();
		kill(child, SIGSTOP);
		EXPECT(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
		EXPECT(stands_still());
		before = atomic_load(counted);
		kill(child, SIGCONT);
		while (atomic_load(counted) < before + 10)
			sched_yield();
		kill(child, SIGKILL);
		EXPECT(waitpid(child, &status, 0) == child && status == SIGKILL);
	}
	verdict("a stop reaches threads that are just being made");
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
	stop_among_clones();
	return 0;
}
