/* SPDX-License-Identifier: MIT */
/* locks - flock, and the record locks of processes and of open files. */
#include "tmpfs.h"

#include <sys/file.h>

static int lock(int fd, int command, short type, long start, long length)
{
	struct flock l = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
	};

	return fcntl(fd, command, &l);
}

/* What is in another's way: type, start, length and pid (0: none of ours) in one number. */
static long in_the_way(int fd, int command, short type, long start, long length)
{
	struct flock l = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
	};

	if (fcntl(fd, command, &l))
		return -1;
	if (l.l_type == F_UNLCK)
		return 0;
	return (l.l_type + 1) * 1000000 + l.l_start * 1000 + l.l_len;
}

/* As another process sees it. */
#define OTHER(question, expression)                                                                \
	do {                                                                                       \
		int pid_ = fork();                                                                 \
		if (!pid_) {                                                                       \
			int fd = open("l", O_RDWR);                                                \
			(void)fd;                                                                  \
			ASK("locks", question, expression);                                        \
			_exit(0);                                                                  \
		}                                                                                  \
		waitpid(pid_, NULL, 0);                                                            \
	} while (0)

static void records(void)
{
	int fd = open("l", O_RDWR), again, reader = open("l", O_RDONLY),
	    writer = open("l", O_WRONLY);

	ASK("locks", "write 10-19", lock(fd, F_SETLK, F_WRLCK, 10, 10));
	ASK("locks", "read 30-39", lock(fd, F_SETLK, F_RDLCK, 30, 10));
	OTHER("another: who has 0-14", in_the_way(fd, F_GETLK, F_WRLCK, 0, 15));
	OTHER("another: who has 0-9", in_the_way(fd, F_GETLK, F_WRLCK, 0, 10));
	OTHER("another: to read 30", in_the_way(fd, F_GETLK, F_RDLCK, 30, 1));
	OTHER("another: to write 30", in_the_way(fd, F_GETLK, F_WRLCK, 30, 1));
	OTHER("another: reads 30", lock(fd, F_SETLK, F_RDLCK, 30, 1));
	OTHER("another: writes 19", lock(fd, F_SETLK, F_WRLCK, 19, 1));
	OTHER("another: writes 20", lock(fd, F_SETLK, F_WRLCK, 20, 1));
	OTHER("another: unlocks what is mine", lock(fd, F_SETLK, F_UNLCK, 10, 10));
	ASK("locks", "mine is not in my way", in_the_way(fd, F_GETLK, F_WRLCK, 0, 100));
	ASK("locks", "a hole into it", lock(fd, F_SETLK, F_UNLCK, 13, 2));
	OTHER("the hole", in_the_way(fd, F_GETLK, F_WRLCK, 13, 2));
	OTHER("before the hole", in_the_way(fd, F_GETLK, F_WRLCK, 0, 14));
	OTHER("behind the hole", in_the_way(fd, F_GETLK, F_WRLCK, 13, 99));
	ASK("locks", "filled, and joined", lock(fd, F_SETLK, F_WRLCK, 12, 4));
	OTHER("joined", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	ASK("locks", "to read in the middle", lock(fd, F_SETLK, F_RDLCK, 12, 4));
	OTHER("in the middle", in_the_way(fd, F_GETLK, F_WRLCK, 12, 1));
	OTHER("in the middle, to read", in_the_way(fd, F_GETLK, F_RDLCK, 12, 3));
	ASK("locks", "to the end", lock(fd, F_SETLK, F_WRLCK, 100, 0));
	OTHER("far behind", in_the_way(fd, F_GETLK, F_WRLCK, 100000, 1));
	again = open("l", O_RDWR);
	ASK("locks", "another descriptor closes", close(again));
	OTHER("then nothing is locked", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	ASK("locks", "to write, opened to read", lock(reader, F_SETLK, F_WRLCK, 0, 1));
	ASK("locks", "to read, opened to write", lock(writer, F_SETLK, F_RDLCK, 0, 1));
	ASK("locks", "a length below nothing", lock(fd, F_SETLK, F_WRLCK, 20, -5));
	OTHER("a length below nothing: who", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	ASK("locks", "before the beginning", lock(fd, F_SETLK, F_WRLCK, 2, -5));
	ASK("locks", "a start before the beginning", lock(fd, F_SETLK, F_WRLCK, -2, 1));
	ASK("locks", "a type that is none", lock(fd, F_SETLK, 9, 0, 1));
	ASK("locks", "a wrong whence", ({
		    struct flock l = { .l_type = F_WRLCK, .l_whence = 7 };
		    fcntl(fd, F_SETLK, &l);
	    }));
	ASK("locks", "from the end", ({
		    struct flock l = {
			    .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -2, .l_len = 1
		    };
		    ftruncate(fd, 50);
		    lock(fd, F_SETLK, F_UNLCK, 0, 0);
		    fcntl(fd, F_SETLK, &l);
	    }));
	OTHER("from the end: who", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	ASK("locks", "get an unlock", in_the_way(fd, F_GETLK, F_UNLCK, 0, 0));
	lock(fd, F_SETLK, F_UNLCK, 0, 0);
	close(fd);
	close(reader);
	close(writer);
}

static int of_file(int fd, int command, short type, long start, long length, int pid)
{
	struct flock l = { .l_type = type, .l_start = start, .l_len = length, .l_pid = pid };

	return fcntl(fd, command, &l);
}

static void open_files(void)
{
	int a = open("l", O_RDWR), b = open("l", O_RDWR), c = dup(a);

	ASK("locks", "open file: write", of_file(a, F_OFD_SETLK, F_WRLCK, 0, 10, 0));
	ASK("locks", "open file: another of mine", of_file(b, F_OFD_SETLK, F_WRLCK, 5, 1, 0));
	ASK("locks", "open file: its duplicate", of_file(c, F_OFD_SETLK, F_WRLCK, 5, 1, 0));
	ASK("locks", "open file: a process's", lock(b, F_SETLK, F_RDLCK, 5, 1));
	ASK("locks", "open file: a pid", of_file(a, F_OFD_SETLK, F_WRLCK, 0, 10, 5));
	ASK("locks", "open file: who", ({
		    struct flock l = { .l_type = F_WRLCK };
		    fcntl(b, F_OFD_GETLK, &l) ?: l.l_pid;
	    }));
	OTHER("open file: in a child's way", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	/* A child has the same open file. */
	if (!fork()) {
		ASK("locks", "open file: the child's too",
		    of_file(a, F_OFD_SETLK, F_WRLCK, 20, 10, 0));
		_exit(0);
	}
	wait(NULL);
	OTHER("open file: and stays when it ends", in_the_way(fd, F_GETLK, F_WRLCK, 20, 1));
	close(a);
	OTHER("open file: while a duplicate is open", in_the_way(fd, F_GETLK, F_WRLCK, 20, 1));
	close(c);
	OTHER("open file: closed", in_the_way(fd, F_GETLK, F_WRLCK, 0, 0));
	close(b);
}

/* Two who wait for each other: the second is told. */
static void dead_lock(void)
{
	int fd = open("l", O_RDWR), ready[2], pid;
	char byte;

	pipe(ready);
	lock(fd, F_SETLK, F_WRLCK, 0, 1);
	pid = fork();
	if (!pid) {
		lock(fd, F_SETLK, F_WRLCK, 1, 1);
		write(ready[1], "x", 1);
		_exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) ? errno : 0);
	}
	read(ready[0], &byte, 1);
	until_asleep(pid);
	ASK("locks", "a circle", lock(fd, F_SETLKW, F_WRLCK, 1, 1));
	lock(fd, F_SETLK, F_UNLCK, 0, 0);
	row_status("locks", "the other goes on", pid);
	close(fd);
}

static void waits(void)
{
	int fd = open("l", O_RDWR), pid, p[2];
	char byte;

	pipe(p);
	/* A lock ends with its process, and who waits for it goes on. */
	pid = fork();
	if (!pid) {
		lock(fd, F_SETLK, F_WRLCK, 0, 0);
		write(p[1], "x", 1);
		until_asleep(getppid());
		_exit(0);
	}
	read(p[0], &byte, 1);
	ASK("locks", "waits for the end of a process", lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	waitpid(pid, NULL, 0);
	OTHER("not inherited by a child", lock(fd, F_SETLK, F_WRLCK, 0, 1));
	/* What an exec leaves: the record locks, but for those of files that it closes. */
	pid = fork();
	if (!pid) {
		char *const arguments[] = { "tmpfs", "waits", NULL };

		lock(open("l2", O_RDWR | O_CREAT, 0644), F_SETLK, F_WRLCK, 0, 0);
		lock(open("l3", O_RDWR | O_CREAT | O_CLOEXEC, 0644), F_SETLK, F_WRLCK, 0, 0);
		dup2(p[1], 1);
		execve("/proc/self/exe", arguments, NULL);
		_exit(1);
	}
	read(p[0], &byte, 1);
	ASK("locks", "after exec", in_the_way(open("l2", O_RDWR), F_GETLK, F_WRLCK, 0, 0));
	ASK("locks", "after exec, closed by it",
	    in_the_way(open("l3", O_RDWR), F_GETLK, F_WRLCK, 0, 0));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void flocks(void)
{
	int a = open("k", O_RDWR | O_CREAT, 0644), b = open("k", O_RDONLY), c = dup(a), pid, p[2];
	char byte;

	ASK("flock", "exclusive", flock(a, LOCK_EX));
	ASK("flock", "another description", flock(b, LOCK_EX | LOCK_NB));
	ASK("flock", "its duplicate", flock(c, LOCK_EX | LOCK_NB));
	ASK("flock", "to shared", flock(c, LOCK_SH));
	ASK("flock", "shared by another", flock(b, LOCK_SH | LOCK_NB));
	ASK("flock", "up, while shared", flock(a, LOCK_EX | LOCK_NB));
	ASK("flock", "lost by trying", flock(b, LOCK_EX | LOCK_NB));
	ASK("flock", "no record lock is in its way", lock(b, F_SETLK, F_RDLCK, 0, 0));
	ASK("flock", "unlock", flock(a, LOCK_UN) ?: flock(b, LOCK_UN));
	ASK("flock", "no operation", flock(a, 0));
	ASK("flock", "two operations", flock(a, LOCK_SH | LOCK_EX));
	ASK("flock", "no descriptor", flock(99, LOCK_EX));
	ASK("flock", "a directory", flock(open(".", O_RDONLY), LOCK_EX | LOCK_NB));
	ASK("flock", "a pipe", pipe(p) ?: flock(p[0], LOCK_EX | LOCK_NB));
	ASK("flock", "a path's descriptor", flock(open("k", O_PATH), LOCK_EX));
	flock(a, LOCK_EX);
	pid = fork();
	if (!pid) {
		close(a);
		close(c);
		_exit(flock(open("k", O_RDWR), LOCK_EX | LOCK_NB) ? errno : 0);
	}
	row_status("flock", "a child closes, it stays", pid);
	pid = fork();
	if (!pid)
		_exit(flock(a, LOCK_UN) ? 1 : 0);
	row_status("flock", "a child unlocks", pid);
	ASK("flock", "unlocked by the child", flock(b, LOCK_EX | LOCK_NB));
	close(b);
	pid = fork();
	if (!pid) {
		int own = open("k", O_RDWR);

		flock(own, LOCK_EX);
		write(p[1], "x", 1);
		until_asleep(getppid());
		_exit(0);
	}
	read(p[0], &byte, 1);
	ASK("flock", "waits for the end of a process", flock(a, LOCK_EX));
	waitpid(pid, NULL, 0);
}

void tmpfs_locks(void)
{
	file_make("l", "some text");
	records();
	open_files();
	waits();
	dead_lock();
	flocks();
}
