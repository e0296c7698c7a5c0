/* SPDX-License-Identifier: MIT */
/*
 * matrix - what a signal does to a call that waits, for every cell of
 *
 *	{signal before the call, while it waits, after it has moved part of its bytes}
 *	x {SA_RESTART, without} x {each call below}
 *
 * A line a cell: the call's result, how often the handler ran, and what else there is to say.
 * Which lines are right was recorded on Linux: matrix.linux.
 *
 * The other side is a child.  It never sleeps for a guess: it looks at the state of the caller in
 * /proc until that waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum when { BEFORE, WAITING, PARTIAL };
enum { LARGE = 1 << 20 };

/* What both sides see. */
static struct shared {
	volatile int ready, handled, done, futex;
} *shared;

static pid_t caller, other;
static int fds[2], pty_master = -1, pty_slave = -1;
static pid_t waited; /* the child of the wait calls */
static char buffer[LARGE];
static struct timespec left;
static const char *const file = "/tmp/matrix-file", *const fifo = "/tmp/matrix-fifo";

static void handler(int signal)
{
	(void)signal;
	shared->handled++;
}

/* --- the calls: made by the caller, completed by the other side --- */

static long read_fd(void) { return read(fds[0], buffer, 100); }
static long write_fd(void) { return write(fds[1], buffer, LARGE); }
static void write_some(void) { (void)!write(fds[1], "some", 4); }

/* Take what a large write has to give. */
static void read_all(void)
{
	long n, sum = 0;

	while (!shared->done && sum < LARGE && (n = read(fds[0], buffer, sizeof(buffer))) > 0)
		sum += n;
}

static void pipe_begin(void) { (void)!pipe(fds); }
static void fds_end(void) { close(fds[0]); close(fds[1]); }

static void fifo_begin(void)
{
	mkfifo(fifo, 0600);
	fds[0] = open(fifo, O_RDONLY | O_NONBLOCK);
	fds[1] = open(fifo, O_WRONLY);
	fcntl(fds[0], F_SETFL, 0);
}
static void fifo_end(void) { fds_end(); unlink(fifo); }

static void name_begin(void) { mkfifo(fifo, 0600); }
static void name_end(void) { unlink(fifo); }
static long open_read(void) { int fd = open(fifo, O_RDONLY); return fd < 0 ? fd : (close(fd), 0); }
static void open_write(void) { close(open(fifo, O_WRONLY)); }

static void pty_raw(int min)
{
	struct termios termios;

	tcgetattr(pty_slave, &termios);
	cfmakeraw(&termios);
	termios.c_cc[VMIN] = (cc_t)min;
	tcsetattr(pty_slave, TCSANOW, &termios);
	tcflush(pty_slave, TCIOFLUSH);
}
static void tty_begin(void) { pty_raw(10); fds[0] = pty_slave; fds[1] = pty_master; }
static void master_begin(void) { pty_raw(1); fds[0] = pty_master; fds[1] = pty_slave; }
static void nothing(void) { }
static void ten(void) { (void)!write(fds[1], "0123456789", 10); }

static long futex_wait(void)
{
	return syscall(SYS_futex, &shared->futex, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static void futex_begin(void) { shared->futex = 0; }
static void futex_wake(void)
{
	shared->futex = 1;
	syscall(SYS_futex, &shared->futex, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* A child that ends when it is told. */
static void child_begin(void)
{
	pipe_begin();
	waited = fork();
	if (!waited) {
		char c;

		signal(SIGUSR1, SIG_IGN);
		close(fds[1]);
		(void)!read(fds[0], &c, 1);
		_exit(3);
	}
}
static long wait_child(void)
{
	int status = 0;
	pid_t pid = wait4(waited, &status, 0, NULL);

	return pid < 0 ? pid : pid == waited && WEXITSTATUS(status) == 3 ? 0 : 1;
}
static long waitid_child(void)
{
	siginfo_t info = { 0 };
	int result = waitid(P_PID, (id_t)waited, &info, WEXITED);

	return result ? result : info.si_status == 3 && info.si_code == CLD_EXITED ? 0 : 1;
}
static void child_end(void)
{
	fds_end();
	kill(waited, SIGKILL);
	waitpid(waited, NULL, 0);
}

static long sleep_call(void)
{
	struct timespec ts = { 0, 400000000 };

	left = (struct timespec){ 9, 0 };
	return nanosleep(&ts, &left);
}
static long sleep_until(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += 400000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}
static long poll_call(void)
{
	struct pollfd p = { fds[0], POLLIN, 0 };

	return poll(&p, 1, 20000);
}
static long select_call(void)
{
	fd_set set;
	struct timeval tv = { 20, 0 };

	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	return select(fds[0] + 1, &set, NULL, NULL, &tv);
}

static void file_begin(void) { fds[0] = open(file, O_CREAT | O_RDWR, 0600); fds[1] = -1; }
static void file_end(void) { close(fds[0]); unlink(file); }
static long flock_call(void) { return flock(fds[0], LOCK_EX); }
static void flock_hold(void) { fds[1] = open(file, O_RDWR); flock(fds[1], LOCK_EX); }
static void flock_drop(void) { flock(fds[1], LOCK_UN); }
static long record_call(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

	return fcntl(fds[0], F_SETLKW, &l);
}
static void record_hold(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

	fds[1] = open(file, O_RDWR);
	fcntl(fds[1], F_SETLK, &l);
}
static void record_drop(void)
{
	struct flock l = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_len = 10 };

	fcntl(fds[1], F_SETLK, &l);
}

static long suspend_call(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}
static long pause_call(void) { return pause(); }
static long take_call(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &(struct timespec){ 20, 0 });
}
static void signal_other(void) { kill(caller, SIGUSR2); }
static void usr2_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
}
static void signal_again(void) { kill(caller, SIGUSR1); }

static const struct row {
	const char *name;
	void (*begin)(void);	  /* before there is another side */
	void (*hold)(void);	  /* the other side, before the call */
	long (*call)(void);
	void (*part)(void);	  /* the other side: let part of the bytes go; NULL: none move */
	void (*complete)(void);	  /* the other side: let the call end */
	void (*end)(void);
	int pty;
} rows[] = {
	{ "pipe read", pipe_begin, nothing, read_fd, NULL, write_some, fds_end, 0 },
	{ "pipe write", pipe_begin, nothing, write_fd, nothing, read_all, fds_end, 0 },
	{ "fifo read", fifo_begin, nothing, read_fd, NULL, write_some, fifo_end, 0 },
	{ "fifo write", fifo_begin, nothing, write_fd, nothing, read_all, fifo_end, 0 },
	{ "fifo open", name_begin, nothing, open_read, NULL, open_write, name_end, 0 },
	{ "tty read", tty_begin, nothing, read_fd, write_some, ten, nothing, 1 },
	{ "pty master read", master_begin, nothing, read_fd, NULL, write_some, nothing, 1 },
	{ "futex", futex_begin, nothing, futex_wait, NULL, futex_wake, nothing, 0 },
	{ "wait4", child_begin, nothing, wait_child, NULL, write_some, child_end, 0 },
	{ "waitid", child_begin, nothing, waitid_child, NULL, write_some, child_end, 0 },
	{ "nanosleep", nothing, nothing, sleep_call, NULL, nothing, nothing, 0 },
	{ "clock_nanosleep", nothing, nothing, sleep_until, NULL, nothing, nothing, 0 },
	{ "poll", pipe_begin, nothing, poll_call, NULL, write_some, fds_end, 0 },
	{ "select", pipe_begin, nothing, select_call, NULL, write_some, fds_end, 0 },
	{ "flock", file_begin, flock_hold, flock_call, NULL, flock_drop, file_end, 0 },
	{ "record lock", file_begin, record_hold, record_call, NULL, record_drop, file_end, 0 },
	{ "sigsuspend", nothing, nothing, suspend_call, NULL, signal_again, nothing, 0 },
	{ "pause", nothing, nothing, pause_call, NULL, signal_again, nothing, 0 },
	{ "sigtimedwait", usr2_blocked, nothing, take_call, NULL, signal_other, nothing, 0 },
};

/* --- one cell --- */

static char state_of(pid_t pid)
{
	char path[64], text[512], *after;
	int fd;
	long n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	after = strrchr(text, ')');
	return after ? after[2] : '?';
}

/* Until the caller waits, several looks long; or has finished. */
static void until_waiting(void)
{
	for (int seen = 0; seen < 20 && !shared->done;) {
		seen = state_of(caller) == 'S' ? seen + 1 : 0;
		sched_yield();
	}
}

static void other_side(const struct row *row, enum when when)
{
	row->hold();
	shared->ready = 1;
	until_waiting();
	if (when == PARTIAL) {
		row->part();
		until_waiting();
	}
	if (when != BEFORE) {
		kill(caller, SIGUSR1);
		while (!shared->handled)
			sched_yield();
		until_waiting();
	}
	if (!shared->done)
		row->complete();
	_exit(0);
}

static void cell(const struct row *row, enum when when, int flags)
{
	static const char *const names[] = { "before", "waiting", "partial" };
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	long result;
	int error;

	if (when == PARTIAL && !row->part)
		return;
	sigaction(SIGUSR1, &action, NULL);
	*shared = (struct shared){ 0 };
	row->begin();
	other = fork();
	if (!other)
		other_side(row, when);
	while (!shared->ready)
		sched_yield();
	if (when == BEFORE)
		raise(SIGUSR1);
	errno = 0;
	result = row->call();
	error = result < 0 ? errno : 0;
	shared->done = 1;
	printf("%s, %s, %s: ", row->name, names[when], flags ? "SA_RESTART" : "no SA_RESTART");
	if (result < 0)
		printf("%s", strerrorname_np(error ? error : (int)-result));
	else if (result > 65536)
		printf("%s", result == LARGE ? "all" : "part");
	else
		printf("%ld", result);
	printf(", handled %d", shared->handled);
	if (row->call == sleep_call && result < 0)
		printf(", left %s", left.tv_sec == 0 && left.tv_nsec > 0 ? "some" : "wrong");
	printf("\n");
	fflush(stdout);
	waitpid(other, NULL, 0);
	row->end();
}

int main(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	caller = getpid();
	alarm(100);
	pty_master = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty_master >= 0 && !grantpt(pty_master) && !unlockpt(pty_master))
		pty_slave = open(ptsname(pty_master), O_RDWR | O_NOCTTY);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int cells = 0; cells < 6 && (!rows[i].pty || pty_slave >= 0); cells++)
			cell(&rows[i], (enum when)(cells / 2), cells % 2 ? 0 : SA_RESTART);
	return 0;
}
