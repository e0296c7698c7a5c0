/* SPDX-License-Identifier: MIT */
/*
 * tidings - what threads tell each other at the same time: signals beside changes of masks and the
 * ends of threads, groups, futexes, terminals.  As in races.c each case ends only if nothing was
 * lost.
 */
#include "races.h"

static atomic_int seen, sent;
static int pipe_ends[2];

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

static void signal_is_turned_away(void)
{
	struct sigaction action = { .sa_handler = count_signal };
	pthread_t threads[MANY - 1], sleeper;
	sigset_t set;

	atomic_store(&seen, 0);
	atomic_store(&sent, 0);
	sigaction(SIGUSR1, &action, NULL);
	EXPECT(!pipe(pipe_ends));
	crowd(threads, MANY - 1, turns_away);
	crowd(&sleeper, 1, sleeps);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 1000; i++) {
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
	verdict("a signal reaches who does not block it");
}

static atomic_int go;

/* Takes signals until it ends, at once: the C library would block them before. */
static void *ends(void *set)
{
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
	atomic_fetch_add(&go, 1);
	while (atomic_load(&go) < 2)
		;
	syscall(SYS_exit, 0);
	return NULL;
}

static void *sleeps_unblocked(void *set)
{
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
	return sleeps(NULL);
}

/* Who is there first is asked first; it is about to end. */
static void signal_outlives(void)
{
	struct sigaction action = { .sa_handler = count_signal };
	sigset_t set;

	atomic_store(&seen, 0);
	sigaction(SIGUSR1, &action, NULL);
	EXPECT(!pipe(pipe_ends));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 300; i++) {
		pthread_t first, sleeper;

		atomic_store(&go, 0);
		pthread_create(&first, NULL, ends, &set);
		while (!atomic_load(&go))
			sched_yield();
		pthread_create(&sleeper, NULL, sleeps_unblocked, &set);
		atomic_store(&go, 2);
		for (volatile int spin = 0; spin < i * 30; spin++)
			;
		kill(getpid(), SIGUSR1);
		while (atomic_load(&seen) < i)
			sched_yield();
		EXPECT(write(pipe_ends[1], "x", 1) == 1);
		pthread_join(first, NULL);
		pthread_join(sleeper, NULL);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	verdict("a signal outlives the thread that was to take it");
}

/* Handlers are set while signals come: each is caught by one of them, or ignored. */
static void *sets_handlers(void *unused)
{
	struct sigaction handler = { .sa_handler = count_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

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

int main(void)
{
	signal_is_turned_away();
	signal_outlives();
	handlers_beside_signals();
	groups_together();
	condition();
	terminals_together();
	return 0;
}
