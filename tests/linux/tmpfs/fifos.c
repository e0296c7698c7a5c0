/* SPDX-License-Identifier: MIT */
/* fifos - opening them, who waits for whom, what goes through in one piece. */
#include "tmpfs.h"

#include <poll.h>

static void opens(void)
{
	char b[16];
	int r, w, rw;

	mkfifo("p", 0644);
	ASK("fifo", "mode", mode_of("p"));
	ASK("fifo", "made again", mkfifo("p", 0644));
	ASK("fifo", "to write, nobody reads", open("p", O_WRONLY | O_NONBLOCK));
	ASK_OK("fifo", "to read, not waiting", r = open("p", O_RDONLY | O_NONBLOCK));
	ASK("fifo", "read, nobody ever wrote", read(r, b, 16));
	ASK("fifo", "poll, nobody ever wrote", ({
		    struct pollfd f = { r, POLLIN, 0 };
		    poll(&f, 1, 0) * 1000 + f.revents;
	    }));
	ASK_OK("fifo", "to write, somebody reads", w = open("p", O_WRONLY | O_NONBLOCK));
	ASK("fifo", "read, nothing there", read(r, b, 16));
	ASK("fifo", "written", write(w, "hello", 5));
	ASK("fifo", "read", read(r, b, 3));
	close(w);
	ASK("fifo", "poll, the writer is gone", ({
		    struct pollfd f = { r, POLLIN, 0 };
		    poll(&f, 1, 0) * 1000 + f.revents;
	    }));
	ASK("fifo", "the rest", read(r, b, 16));
	ASK("fifo", "the end", read(r, b, 16));
	ASK_OK("fifo", "written to again", w = open("p", O_WRONLY));
	ASK("fifo", "no end any more", read(r, b, 16));
	close(r);
	signal(SIGPIPE, SIG_IGN);
	ASK("fifo", "the reader is gone", write(w, "x", 1));
	CHILD(fifo, "its signal", signal(SIGPIPE, SIG_DFL); write(w, "x", 1));
	close(w);
	ASK_OK("fifo", "to read and write", rw = open("p", O_RDWR));
	ASK("fifo", "write to oneself", write(rw, "self", 4));
	ASK("fifo", "read from oneself", read(rw, b, 16));
	ASK("fifo", "write, close, what is left", ({
		    write(rw, "lost", 4);
		    close(rw);
		    r = open("p", O_RDONLY | O_NONBLOCK);
		    long n = read(r, b, 16);
		    close(r);
		    n;
	    }));
	ASK("fifo", "seek", lseek(open("p", O_RDWR), 0, SEEK_CUR));
	ASK("fifo", "a path's descriptor", close(open("p", O_PATH)));
}

static void meetings(void)
{
	char b[16];
	int pid, fd;

	mkfifo("m", 0600);
	pid = fork();
	if (!pid) {
		fd = open("m", O_WRONLY);
		_exit(write(fd, "meet", 4) != 4);
	}
	fd = open("m", O_RDONLY);
	ASK("fifo", "a reader and a writer meet", read(fd, b, 16));
	row_status("fifo", "the writer", pid);
	close(fd);
	/* The writer comes, writes and goes before the reader has returned from its open. */
	pid = fork();
	if (!pid) {
		fd = open("m", O_RDONLY);
		_exit(read(fd, b, 16) != 5);
	}
	fd = open("m", O_WRONLY);
	write(fd, "short", 5);
	close(fd);
	row_status("fifo", "a writer that goes at once", pid);
	/* Nameless while open. */
	fd = open("m", O_RDWR);
	unlink("m");
	ASK("fifo", "without a name", write(fd, "a", 1) + read(fd, b, 16));
	ASK("fifo", "without a name: links", ({
		    struct stat s;
		    fstat(fd, &s);
		    (long)s.st_nlink;
	    }));
	close(fd);
}

static void interrupted(int signal)
{
	(void)signal;
}

static void interruptions(void)
{
	struct sigaction action = { .sa_handler = interrupted };

	mkfifo("i", 0600);
	sigaction(SIGUSR1, &action, NULL);
	ASK("fifo", "an open interrupted", ({
		    int parent = getpid(), pid = fork();
		    if (!pid) {
			    until_asleep(parent);
			    kill(parent, SIGUSR1);
			    _exit(0);
		    }
		    int fd = open("i", O_RDONLY), e = errno;
		    waitpid(pid, NULL, 0);
		    errno = e;
		    fd;
	    }));
	/* One that was killed while it waited is not there for the next. */
	int pid = fork();
	if (!pid)
		_exit(open("i", O_RDONLY) < 0);
	until_asleep(pid);
	kill(pid, SIGKILL);
	row_status("fifo", "killed while it waits", pid);
	ASK("fifo", "nobody waits then", open("i", O_WRONLY | O_NONBLOCK));
	pid = fork();
	if (!pid)
		_exit(open("i", O_WRONLY) < 0);
	until_asleep(pid);
	kill(pid, SIGKILL);
	row_status("fifo", "a writer killed while it waits", pid);
	ASK("fifo", "no writer waits then", ({
		    char b;
		    int fd = open("i", O_RDONLY | O_NONBLOCK);
		    read(fd, &b, 1);
	    }));
}

/* Writes of at most PIPE_BUF bytes are not mixed. */
static void pieces(void)
{
	enum { WRITERS = 3, EACH = 40, PIECE = 3000 };
	static char piece[PIECE];
	long whole = 0;
	int fd;

	mkfifo("a", 0600);
	fd = open("a", O_RDWR);
	for (int i = 0; i < WRITERS; i++)
		if (!fork()) {
			memset(piece, 'a' + i, PIECE);
			for (int n = 0; n < EACH; n++)
				write(fd, piece, PIECE);
			_exit(0);
		}
	for (int n = 0; n < WRITERS * EACH; n++) {
		long got = 0;
		int same = 1;

		while (got < PIECE)
			got += read(fd, piece + got, (size_t)(PIECE - got));
		for (int i = 1; i < PIECE; i++)
			same &= piece[i] == piece[0];
		whole += same;
	}
	while (wait(NULL) > 0)
		;
	ASK("fifo", "pieces in one", whole);
	close(fd);
	fd = open("a", O_RDWR | O_NONBLOCK);
	ASK("fifo", "full", ({
		    long total = 0, n;
		    while ((n = write(fd, piece, 1024)) > 0)
			    total += n;
		    total;
	    }));
	ASK("fifo", "no room for a piece", ({
		    char b[100];
		    read(fd, b, 100);
		    write(fd, piece, 200);
	    }));
	close(fd);
}

/* More often than there can be pipes at once. */
static void many(void)
{
	long opened = 0;

	mkfifo("many", 0600);
	for (int i = 0; i < 5000; i++) {
		int fd = open("many", O_RDWR);

		opened += fd >= 0;
		close(fd);
	}
	ASK("fifo", "opened 5,000 times", opened);
}

void tmpfs_fifos(void)
{
	many();
	opens();
	meetings();
	interruptions();
	pieces();
}
