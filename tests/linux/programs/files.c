/* SPDX-License-Identifier: MIT */
/* files - descriptors, pipes, readiness, locks, clocks, permissions. */
#include "test.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

CASE(append_ignores_the_position)
{
	int fd = open("/tmp/append", O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0644);
	struct stat s;

	CHECK(write(fd, "abc", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "def", 3) == 3);
	CHECK(!fstat(fd, &s) && s.st_size == 6 && (s.st_mode & 07777) == 0644 && s.st_nlink == 1);
	CHECK(!unlink("/tmp/append") && !fstat(fd, &s) && s.st_nlink == 0);
	CHECK(write(fd, "g", 1) == 1);
	close(fd);
}

CASE(errors_of_paths)
{
	close(open("/tmp/plain", O_CREAT | O_WRONLY, 0600));
	CHECK(access("/nonexistent", F_OK) == -1 && errno == ENOENT);
	CHECK(open("/tmp/plain/x", O_RDONLY) == -1 && errno == ENOTDIR);
	CHECK(open("/tmp", O_WRONLY) == -1 && errno == EISDIR);
	CHECK(mkdir("/tmp", 0700) == -1 && errno == EEXIST);
	CHECK(open("/tmp/plain", O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
	CHECK(!symlink("loop", "/tmp/loop") && open("/tmp/loop", O_RDONLY) == -1 && errno == ELOOP);
	CHECK(rmdir("/tmp/plain") == -1 && errno == ENOTDIR);
	CHECK(open((char *)8, O_RDONLY) == -1 && errno == EFAULT);
	CHECK(write(99, "x", 1) == -1 && errno == EBADF);
	unlink("/tmp/loop");
	unlink("/tmp/plain");
}

CASE(duplicates_share_a_position)
{
	int fd = open("/tmp/dup", O_RDWR | O_CREAT | O_TRUNC, 0600), other = dup(fd);

	CHECK(write(fd, "12345", 5) == 5 && lseek(other, 0, SEEK_CUR) == 5);
	CHECK(dup2(fd, 40) == 40 && fcntl(40, F_GETFD) == 0);
	CHECK(fcntl(fd, F_DUPFD_CLOEXEC, 50) == 50 && fcntl(50, F_GETFD) == FD_CLOEXEC);
	CHECK(!close(other) && close(other) == -1 && errno == EBADF);
	close(fd);
	close(40);
	close(50);
	unlink("/tmp/dup");
}

CASE(poll_of_pipes)
{
	struct pollfd fds;
	pid_t child;
	char byte;
	int p[2];

	CHECK(!pipe(p));
	fds = (struct pollfd){ p[0], POLLIN, 0 };
	CHECK(poll(&fds, 1, 0) == 0 && poll(&fds, 1, 20) == 0);
	child = CHILD(sleep_ms(50); if (write(p[1], "q", 1) != 1) _exit(1));
	CHECK(poll(&fds, 1, 5000) == 1 && fds.revents == POLLIN);
	CHECK(status_of(child) == 0 && read(p[0], &byte, 1) == 1);
	fds = (struct pollfd){ p[1], POLLOUT, 0 };
	CHECK(poll(&fds, 1, 0) == 1 && fds.revents == POLLOUT);
	close(p[1]);
	fds = (struct pollfd){ p[0], POLLIN, 0 };
	CHECK(poll(&fds, 1, 1000) == 1 && fds.revents & POLLHUP && read(p[0], &byte, 1) == 0);
	fds.fd = 99;
	CHECK(poll(&fds, 1, 0) == 1 && fds.revents == POLLNVAL);
	close(p[0]);
}

CASE(select_of_pipes)
{
	struct timeval none = { 0, 0 }, second = { 1, 0 };
	fd_set set;
	int p[2];

	CHECK(!pipe(p));
	FD_ZERO(&set);
	FD_SET(p[0], &set);
	CHECK(select(p[0] + 1, &set, NULL, NULL, &none) == 0 && !FD_ISSET(p[0], &set));
	CHECK(write(p[1], "x", 1) == 1);
	FD_SET(p[0], &set);
	CHECK(select(p[0] + 1, &set, NULL, NULL, &second) == 1 && FD_ISSET(p[0], &set));
	close(p[0]);
	close(p[1]);
}

CASE(broken_and_full_pipes)
{
	static char block[65536];
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK(!pipe2(p, O_NONBLOCK));
	CHECK(read(p[0], block, 1) == -1 && errno == EAGAIN);
	CHECK(write(p[1], block, sizeof(block)) == sizeof(block));
	CHECK(write(p[1], block, 1) == -1 && errno == EAGAIN);
	close(p[0]);
	CHECK(write(p[1], "x", 1) == -1 && errno == EPIPE);
	close(p[1]);
}

CASE(record_locks)
{
	int fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
	struct flock lock = { .l_type = F_WRLCK, .l_len = 10 }, other = { .l_type = F_RDLCK };

	CHECK(!fcntl(fd, F_SETLK, &lock));
	CHECK(!status_of(CHILD(_exit(fcntl(fd, F_SETLK, &other) != -1 || errno != EAGAIN))));
	other.l_start = 10;
	CHECK(status_of(CHILD(_exit(fcntl(fd, F_SETLK, &other) ? 1 : 0))) == 0);
	close(fd);
	unlink("/tmp/locked");
}

CASE(clocks_agree)
{
	struct timespec fast, call;
	long difference;

	clock_gettime(CLOCK_MONOTONIC, &fast); /* by the vDSO, where there is one */
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &call);
	difference = (call.tv_sec - fast.tv_sec) * 1000000000 + call.tv_nsec - fast.tv_nsec;
	CHECK(difference >= 0 && difference < 100000000);
	clock_gettime(CLOCK_REALTIME, &fast);
	CHECK(fast.tv_sec > 1600000000);
}

static void ordinary_user(void)
{
	if (setgid(1000) || setuid(1000))
		_exit(1);
	if (getuid() != 1000 || geteuid() != 1000 || getegid() != 1000)
		_exit(2);
	if (open("/tmp/secret", O_RDONLY) != -1 || errno != EACCES)
		_exit(3);
	if (kill(1, 0) != -1 || errno != EPERM)
		_exit(4);
	if (setuid(0) != -1 || errno != EPERM)
		_exit(5);
	if (unlink("/tmp/secret") != -1 || errno != EPERM)
		_exit(6);
	if (chmod("/tmp/secret", 0666) != -1 || errno != EPERM)
		_exit(7);
}

CASE(permissions_of_others)
{
	close(open("/tmp/secret", O_CREAT | O_WRONLY, 0600));
	CHECK(status_of(CHILD(ordinary_user())) == 0);
	unlink("/tmp/secret");
}

int main(void)
{
	RUN(append_ignores_the_position);
	RUN(errors_of_paths);
	RUN(duplicates_share_a_position);
	RUN(poll_of_pipes);
	RUN(select_of_pipes);
	RUN(broken_and_full_pipes);
	RUN(record_locks);
	RUN(clocks_agree);
	RUN(permissions_of_others);
	return failed_cases != 0;
}
