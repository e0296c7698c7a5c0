/* SPDX-License-Identifier: MIT */
/* session - sessions and their terminals: who has one, who may read and write, who is told. */
#include "test.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master, slave, report[2];
static volatile int got;

static void note(int signal)
{
	got = signal;
}

static void handle(int signal)
{
	struct sigaction action = { .sa_handler = note };

	sigaction(signal, &action, NULL);
}

static void pair_open(void)
{
	char path[32];
	int number = 0, off = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	ioctl(master, TIOCSPTLCK, &off);
	ioctl(master, TIOCGPTN, &number);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	(void)!pipe(report);
}

static void pair_close(void)
{
	close(slave);
	close(master);
	close(report[0]);
	close(report[1]);
}

/* A session of its own, with the terminal. */
static void lead(void)
{
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
}

static void tell(char what)
{
	(void)!write(report[1], &what, 1);
}

static char told(void)
{
	char what = 0;

	return read(report[0], &what, 1) == 1 ? what : 0;
}

#define EXPECT(condition) ((condition) ? (void)0 : _exit(__LINE__ & 0x7f))

CASE(no_terminal_without_asking)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		int group;

		setsid();
		EXPECT(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
		EXPECT(ioctl(slave, TIOCGPGRP, &group) < 0 && errno == ENOTTY);
		EXPECT(ioctl(slave, TIOCGSID, &group) < 0 && errno == ENOTTY);
		EXPECT(!ioctl(slave, TIOCSCTTY, 0));
		EXPECT(!ioctl(slave, TIOCGPGRP, &group) && group == getpid());
		EXPECT(!ioctl(slave, TIOCGSID, &group) && group == getpid());
		EXPECT(!ioctl(master, TIOCGPGRP, &group) && group == getpid());
		EXPECT(open("/dev/tty", O_RDWR) >= 0);
	});
	CHECK(status_of(pid) == 0);
	pair_close();
}

CASE(a_leader_gets_what_it_opens)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		char path[32];
		int group = 0;
		int number = 0;

		setsid();
		ioctl(master, TIOCGPTN, &number);
		snprintf(path, sizeof(path), "/dev/pts/%d", number);
		close(slave);
		slave = open(path, O_RDWR);
		EXPECT(slave >= 0);
		EXPECT(!ioctl(slave, TIOCGPGRP, &group) && group == getpid());
	});
	CHECK(status_of(pid) == 0);
	pair_close();
}

CASE(a_terminal_has_one_session)
{
	pid_t owner, other;

	pair_open();
	owner = CHILD({
		lead();
		tell('o');
		pause();
	});
	CHECK(told() == 'o');
	other = CHILD({
		setsid();
		EXPECT(ioctl(slave, TIOCSCTTY, 0) < 0 && errno == EPERM);
	});
	CHECK(status_of(other) == 0);
	/* Nor can who leads no session have one. */
	other = CHILD({ EXPECT(ioctl(slave, TIOCSCTTY, 0) < 0 && errno == EPERM); });
	CHECK(status_of(other) == 0);
	/* The superuser may take it by force. */
	other = CHILD({
		int session = 0;

		setsid();
		EXPECT(!ioctl(slave, TIOCSCTTY, 1));
		EXPECT(!ioctl(slave, TIOCGSID, &session) && session == getpid());
	});
	CHECK(status_of(other) == 0);
	kill(owner, SIGKILL);
	status_of(owner);
	pair_close();
}

CASE(keys_reach_the_foreground)
{
	static const char keys[] = "\003\034\032";
	static const int signals[] = { SIGINT, SIGQUIT, SIGTSTP };

	for (int i = 0; i < 3; i++) {
		pid_t pid;

		pair_open();
		pid = CHILD({
			lead();
			handle(signals[i]);
			tell('r');
			while (!got)
				sleep_ms(1);
			_exit(got == signals[i] ? 9 : 1);
		});
		CHECK(told() == 'r' && write(master, keys + i, 1) == 1);
		CHECK(status_of(pid) == 9 << 8);
		pair_close();
	}
}

CASE(signals_from_the_master)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		lead();
		handle(SIGINT);
		tell('r');
		while (!got)
			sleep_ms(1);
	});
	CHECK(told() == 'r');
	CHECK(ioctl(master, TIOCSIG, SIGUSR1) < 0 && errno == EINVAL);
	CHECK(!ioctl(master, TIOCSIG, SIGINT));
	CHECK(status_of(pid) == 0);
	pair_close();
}

CASE(window_size)
{
	struct winsize size = { 40, 100, 7, 9 }, now = { 0 };
	pid_t pid;

	pair_open();
	CHECK(!ioctl(slave, TIOCGWINSZ, &now) && !now.ws_row && !now.ws_col);
	pid = CHILD({
		lead();
		handle(SIGWINCH);
		tell('r');
		while (!got)
			sleep_ms(1);
		EXPECT(!ioctl(slave, TIOCGWINSZ, &now));
		EXPECT(now.ws_row == 40 && now.ws_col == 100 && now.ws_xpixel == 7);
	});
	CHECK(told() == 'r' && !ioctl(master, TIOCSWINSZ, &size));
	CHECK(status_of(pid) == 0);
	size = (struct winsize){ 65535, 65535, 65535, 65535 };
	CHECK(!ioctl(slave, TIOCSWINSZ, &size) && !ioctl(master, TIOCGWINSZ, &now));
	CHECK(now.ws_row == 65535 && now.ws_ypixel == 65535);
	pair_close();
}

/* A job beside the foreground: what happens to it is what its leader's wait says. */
static int background(void (*job)(void))
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		pid_t child;

		lead();
		child = fork();
		if (!child) {
			setpgid(0, 0);
			job();
			_exit(0);
		}
		setpgid(child, child);
		if (waitpid(child, &status, WUNTRACED) != child)
			_exit(1);
		if (WIFSTOPPED(status)) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
			_exit(WSTOPSIG(status));
		}
		_exit(100 + WEXITSTATUS(status));
	}
	return WEXITSTATUS(status_of(pid));
}

static void job_reads(void)
{
	char byte;

	(void)!read(slave, &byte, 1);
}

static void job_reads_ignoring(void)
{
	char byte;

	signal(SIGTTIN, SIG_IGN);
	_exit(read(slave, &byte, 1) < 0 && errno == EIO ? 3 : 4);
}

static void job_writes(void)
{
	_exit(write(slave, "x", 1) == 1 ? 3 : 4);
}

static void job_writes_to_tostop(void)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_lflag |= TOSTOP;
	signal(SIGTTOU, SIG_IGN);
	tcsetattr(slave, TCSANOW, &t);
	signal(SIGTTOU, SIG_DFL);
	job_writes();
}

static void job_sets(void)
{
	struct termios t;

	tcgetattr(slave, &t);
	tcsetattr(slave, TCSANOW, &t);
}

static void job_sets_blocking(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, NULL);
	_exit(tcsetpgrp(slave, getpgrp()) ? 4 : tcgetpgrp(slave) == getpgrp() ? 3 : 5);
}

static void job_takes_foreground(void)
{
	tcsetpgrp(slave, getpgrp());
}

CASE(jobs_in_the_background)
{
	pair_open();
	CHECK(background(job_reads) == SIGTTIN);
	CHECK(background(job_reads_ignoring) == 103);
	CHECK(background(job_writes) == 103);
	CHECK(background(job_writes_to_tostop) == SIGTTOU);
	CHECK(background(job_sets) == SIGTTOU);
	CHECK(background(job_sets_blocking) == 103);
	CHECK(background(job_takes_foreground) == SIGTTOU);
	pair_close();
}

/* A group whose parents have all left the session cannot be continued: it is not stopped either. */
CASE(orphans_cannot_stop)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		pid_t middle;

		lead();
		middle = fork();
		if (!middle) {
			middle = getpid();
			setpgid(0, 0);
			if (fork())
				_exit(0);
			while (getppid() == middle)
				sleep_ms(1);
			char byte;
			tell(read(slave, &byte, 1) < 0 && errno == EIO ? 'e' : 'x');
			_exit(0);
		}
		waitpid(middle, NULL, 0);
		pause();
	});
	CHECK(told() == 'e');
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	pair_close();
}

CASE(foreground_rules)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		int group = 0;

		lead();
		EXPECT(tcsetpgrp(slave, 999999) < 0 && errno == ESRCH);
		EXPECT(tcsetpgrp(slave, -1) < 0 && errno == EINVAL);
		EXPECT(tcsetpgrp(slave, getppid()) < 0);
		EXPECT(tcsetpgrp(slave, getpid()) == 0);
		EXPECT(ioctl(master, TIOCGPGRP, &group) == 0 && group == getpid());
	});
	CHECK(status_of(pid) == 0);
	pair_close();
}

/* The end of the master: the leader of the session hears SIGHUP. */
CASE(hang_up_by_the_master)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		char byte;

		close(master);
		lead();
		handle(SIGHUP);
		tell('r');
		while (!got)
			sleep_ms(1);
		EXPECT(got == SIGHUP);
		EXPECT(read(slave, &byte, 1) == 0);
		EXPECT(write(slave, "x", 1) < 0 && errno == EIO);
		EXPECT(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
	});
	CHECK(told() == 'r');
	close(master);
	CHECK(status_of(pid) == 0);
	close(slave);
	close(report[0]);
	close(report[1]);
}

/* The end of the leader: the foreground hears SIGHUP, the terminal is free. */
CASE(the_end_of_the_leader)
{
	pid_t pid, other;

	pair_open();
	pid = CHILD({
		lead();
		if (!fork()) {
			handle(SIGHUP);
			tell('r');
			while (!got)
				sleep_ms(1);
			tell(got == SIGHUP && open("/dev/tty", O_RDWR) < 0 ? 'h' : 'x');
			_exit(0);
		}
		while (told() != 'r')
			;
	});
	CHECK(status_of(pid) == 0);
	CHECK(told() == 'h');
	other = CHILD({
		setsid();
		EXPECT(!ioctl(slave, TIOCSCTTY, 0));
	});
	CHECK(status_of(other) == 0);
	pair_close();
}

CASE(giving_it_up)
{
	pid_t pid;

	pair_open();
	pid = CHILD({
		pid_t child;

		lead();
		/* One member gives up only its own. */
		child = CHILD({
			EXPECT(!ioctl(slave, TIOCNOTTY));
			EXPECT(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
		});
		EXPECT(status_of(child) == 0);
		child = open("/dev/tty", O_RDWR);
		EXPECT(child >= 0);
		handle(SIGHUP);
		EXPECT(!ioctl(slave, TIOCNOTTY));
		EXPECT(got == SIGHUP);
		EXPECT(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
		EXPECT(ioctl(slave, TIOCNOTTY) < 0 && errno == ENOTTY);
	});
	CHECK(status_of(pid) == 0);
	pair_close();
}

CASE(vhangup_takes_it_from_all)
{
	pid_t pid;
	char byte;

	pair_open();
	pid = CHILD({
		lead();
		handle(SIGHUP);
		EXPECT(!vhangup());
		EXPECT(got == SIGHUP);
		EXPECT(read(slave, &byte, 1) == 0);
	});
	CHECK(status_of(pid) == 0);
	/* Ours of before is lost as well. */
	CHECK(read(slave, &byte, 1) == 0);
	CHECK(write(slave, "x", 1) < 0 && errno == EIO);
	pair_close();
}

int main(void)
{
	setbuf(stdout, NULL);
	RUN(no_terminal_without_asking);
	RUN(a_leader_gets_what_it_opens);
	RUN(a_terminal_has_one_session);
	RUN(keys_reach_the_foreground);
	RUN(signals_from_the_master);
	RUN(window_size);
	RUN(jobs_in_the_background);
	RUN(orphans_cannot_stop);
	RUN(foreground_rules);
	RUN(hang_up_by_the_master);
	RUN(the_end_of_the_leader);
	RUN(giving_it_up);
	RUN(vhangup_takes_it_from_all);
	return failed_cases != 0;
}
