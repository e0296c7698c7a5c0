/* SPDX-License-Identifier: MIT */
/* descriptors - copies, pipes, locks, control, waiting for several. */
#include "rows.h"

#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <termios.h>

static int ends[2];

static void copies(void)
{
	struct rlimit limit = { 20, 20 };

	ROW(dup, "the lowest free one", 0);
	ROW(dup, "bad descriptor", 99);
	ROW(dup2, "to 10", 0, 10);
	ROW(dup2, "to itself", 0, 0);
	ROW(dup2, "bad to itself", 99, 99);
	ROW(dup2, "bad descriptor", 99, 10);
	ROW(dup2, "to -1", 0, -1);
	ROW(dup3, "to 11", 0, 11, O_CLOEXEC);
	ROW(dup3, "to itself", 0, 0, 0);
	ROW(dup3, "unknown flag", 0, 11, O_APPEND);
	ROW(dup3, "bad descriptor", 99, 11, 0);
	ROW(fcntl, "F_GETFD", 11, F_GETFD);
	ROW(close_range, "3 to 50", 3, 50, 0);
	ROW(close_range, "last before first", 10, 5, 0);
	ROW(close_range, "unknown flag", 3, 50, 0x80);
	ROW(fcntl, "F_DUPFD from 7", 0, F_DUPFD, 7);
	ROW(fcntl, "F_DUPFD from -1", 0, F_DUPFD, -1);
	ROW(fcntl, "F_GETFL", ends[1], F_GETFL);
	ROW(fcntl, "unknown", 0, 12345);
	ROW(fcntl, "bad descriptor", 99, F_GETFL);
	close(7);
	CHILD(dup, "none left", {
		setrlimit(RLIMIT_NOFILE, &limit);
		while (dup(0) >= 0)
			;
		ROW(dup, "no descriptor left", 0);
		ROW(open, "no descriptor left", ".", O_RDONLY);
		ROW(pipe, "no descriptor left", ends);
		ROW(fcntl, "no descriptor left", 0, F_DUPFD, 0);
		ROW(dup2, "beyond the limit", 0, 20);
	});
}

static void pipes(void)
{
	char byte;

	ROW(pipe, "two ends", ends);
	ROW(read, "nothing in it, not to wait", (fcntl(ends[0], F_SETFL, O_NONBLOCK), ends[0]),
	    &byte, 1);
	ROW(write, "into the wrong end", ends[0], "x", 1);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	ROW(write, "nobody reads", ends[1], "x", 1);
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
	ROW(pipe2, "O_CLOEXEC", ends, O_CLOEXEC);
	ROW(pipe2, "unknown flag", ends, O_APPEND);
}

static void sockets(void)
{
	int two[2];

	ROW(socket, "family 99", 99, 1, 0);
	ROW_OK(socket, "AF_UNIX", AF_UNIX, SOCK_STREAM, 0);
	ROW(socketpair, "family 99", 99, 1, 0, two);
	ROW_OK(socketpair, "AF_UNIX", AF_UNIX, SOCK_STREAM, 0, two);
	close_range(5, 20, 0);
}

static void locking(void)
{
	int fd = open("lock", O_CREAT | O_RDWR, 0600), again = open("lock", O_RDWR);
	struct flock all = { .l_type = F_WRLCK }, bad = { .l_type = 77 }, test = all;

	ROW(flock, "exclusive", fd, LOCK_EX);
	ROW(flock, "by another opening", again, LOCK_SH | LOCK_NB);
	ROW(flock, "unlock", fd, LOCK_UN);
	ROW(flock, "unknown operation", fd, 16);
	ROW(flock, "bad descriptor", 99, LOCK_EX);
	ROW(fcntl, "F_SETLK", fd, F_SETLK, &all);
	ROW(fcntl, "F_SETLK unknown type", fd, F_SETLK, &bad);
	CHILD(fcntl, "another process", {
		ROW(fcntl, "F_SETLK of another process", fd, F_SETLK, &all);
		ROW(fcntl, "F_GETLK", fd, F_GETLK, &test);
		SHOW(fcntl, "F_GETLK type", test.l_type);
	});
	close(fd);
	close(again);
}

static void control(void)
{
	struct termios termios;
	struct winsize size;
	int count = -1, fd = open("file", O_CREAT | O_RDWR, 0600), one = 1;

	write(ends[1], "four", 4);
	ROW(ioctl, "FIONREAD", ends[0], FIONREAD, &count);
	SHOW(ioctl, "FIONREAD says", count);
	ROW(ioctl, "FIONBIO", ends[0], FIONBIO, &one);
	ROW(ioctl, "FIOCLEX", ends[0], FIOCLEX);
	ROW(ioctl, "TCGETS of a file", fd, TCGETS, &termios);
	ROW(ioctl, "TIOCGWINSZ of a pipe", ends[0], TIOCGWINSZ, &size);
	ROW(ioctl, "unknown", fd, 0x1234);
	ROW(ioctl, "bad descriptor", 99, FIONREAD, &count);
	close(fd);
}

static void waiting(void)
{
	struct pollfd p = { ends[0], POLLIN, 0 }, closed = { 99, POLLIN, 0 };
	struct timespec zero = { 0, 0 }, bad = { 0, -1 };
	struct timeval now = { 0, 0 }, worse = { -1, 0 };
	fd_set set;

	ROW(poll, "readable", &p, 1, 0);
	SHOW(poll, "events", p.revents);
	ROW(poll, "a closed one", &closed, 1, 0);
	SHOW(poll, "events of a closed one", closed.revents);
	ROW(poll, "nothing, at once", NULL, 0, 0);
	ROW(poll, "too many", &p, 1 << 30, 0);
	ROW(ppoll, "readable", &p, 1, &zero, NULL, 8);
	ROW(ppoll, "-1 nanoseconds", &p, 1, &bad, NULL, 8);
	ROW(ppoll, "mask of 4 bytes", &p, 1, &zero, &set, 4);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	ROW(select, "readable", ends[0] + 1, &set, NULL, NULL, &now);
	ROW(select, "-1 descriptors", -1, &set, NULL, NULL, &now);
	ROW(select, "-1 seconds", ends[0] + 1, &set, NULL, NULL, &worse);
	FD_SET(50, &set);
	ROW(select, "a closed one", 51, &set, NULL, NULL, &now);
	FD_ZERO(&set);
	FD_SET(ends[1], &set);
	ROW(pselect6, "writable", ends[1] + 1, NULL, &set, NULL, &zero, NULL);
	ROW(pselect6, "-1 nanoseconds", ends[1] + 1, NULL, &set, NULL, &bad, NULL);
	ROW(pselect6, "-1 descriptors", -1, NULL, &set, NULL, &zero, NULL);
}

void rows_descriptors(void)
{
	/* The first free descriptor is the same everywhere. */
	close_range(3, 1000, 0);
	pipes();
	copies();
	pipe2(ends, 0);
	sockets();
	locking();
	control();
	waiting();
}
