/* SPDX-License-Identifier: MIT */
/*
 * relay - run a program on a pseudo-terminal of its own, as script(1) does without a file: what is
 * typed here goes to its master, what the program writes comes here, and so does a change of size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t resized;

static void on_resize(int signal)
{
	(void)signal;
	resized = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static int pair_open(char *name, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, name, size))
		die("pair");
	return master;
}

static void child(const char *name, char **command)
{
	int slave;

	setsid();
	slave = open(name, O_RDWR);
	if (slave < 0 || dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
		_exit(126);
	if (slave > 2)
		close(slave);
	execvp(command[0], command);
	_exit(127);
}

/* false: the side that was read has ended. */
static int carry(int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes)), done = 0, m;

	if (n < 0 && errno == EINTR)
		return 1;
	while (done < n) {
		m = write(to, bytes + done, (size_t)(n - done));
		if (m < 0 && errno != EINTR)
			return 0;
		done += m > 0 ? m : 0;
	}
	return n > 0;
}

int main(int argc, char **argv)
{
	struct termios was, raw;
	struct winsize size;
	sigset_t before, resize;
	char name[64];
	int master, status = 0;
	pid_t pid;

	if (argc < 2 || tcgetattr(0, &was) || ioctl(0, TIOCGWINSZ, &size))
		die("relay");
	master = pair_open(name, sizeof(name));
	if (tcsetattr(master, TCSANOW, &was) || ioctl(master, TIOCSWINSZ, &size))
		die("settings");
	/* It comes while nothing is in hand: not between the look at `resized` and the wait. */
	sigemptyset(&resize);
	sigaddset(&resize, SIGWINCH);
	sigprocmask(SIG_BLOCK, &resize, &before);
	sigaction(SIGWINCH, &(struct sigaction){ .sa_handler = on_resize }, NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		child(name, argv + 1);
	}
	raw = was;
	cfmakeraw(&raw);
	tcsetattr(0, TCSADRAIN, &raw);
	for (;;) {
		struct pollfd fds[] = { { 0, POLLIN, 0 }, { master, POLLIN, 0 } };

		if (ppoll(fds, 2, NULL, &before) < 0 && errno != EINTR)
			break;
		if (resized) {
			resized = 0;
			if (!ioctl(0, TIOCGWINSZ, &size))
				ioctl(master, TIOCSWINSZ, &size);
			continue;
		}
		if (fds[1].revents && !carry(master, 1))
			break;
		if (fds[0].revents && !carry(0, master))
			break;
	}
	tcsetattr(0, TCSADRAIN, &was);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
