/* SPDX-License-Identifier: MIT */
/* moves - bytes from one descriptor to another: sendfile, splice, tee, copy_file_range. */
#include "tmpfs.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

static char b[70000];

static int file_of(const char *name, long size)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (long i = 0; i < size; i++)
		b[i] = (char)('a' + i % 26);
	pwrite(fd, b, (size_t)size, 0);
	return fd;
}

static void sends(void)
{
	int in = file_of("in", 10000), out = file_of("out", 0), p[2], append;
	off_t at = 100;

	pipe(p);
	ASK("sendfile", "a file to a file", sendfile(out, in, NULL, 5000));
	ASK("sendfile", "position of the source", lseek(in, 0, SEEK_CUR));
	ASK("sendfile", "position of the target", lseek(out, 0, SEEK_CUR));
	ASK("sendfile", "with an offset", sendfile(out, in, &at, 50));
	ASK("sendfile", "with an offset: it moves", at);
	ASK("sendfile", "with an offset: the position does not", lseek(in, 0, SEEK_CUR));
	ASK("sendfile", "more than there is", sendfile(out, in, NULL, 99999));
	ASK("sendfile", "at the end", sendfile(out, in, NULL, 10));
	ASK("sendfile", "to a pipe", ({
		    at = 0;
		    sendfile(p[1], in, &at, 300);
	    }));
	ASK("sendfile", "to a pipe: what", read(p[0], b, 400) == 300 && b[27] == 'b');
	ASK("sendfile", "out of a pipe", write(p[1], "x", 1) + sendfile(out, p[0], NULL, 1));
	append = open("out", O_WRONLY | O_APPEND);
	ASK("sendfile", "to append", ({
		    at = 0;
		    sendfile(append, in, &at, 10);
	    }));
	ASK("sendfile", "before the beginning", ({
		    at = -1;
		    sendfile(out, in, &at, 10);
	    }));
	ASK("sendfile", "nothing", sendfile(out, in, NULL, 0));
	ASK("sendfile", "out of what is opened to write", sendfile(out, append, NULL, 1));
	ASK("sendfile", "a wild offset", sendfile(out, in, (off_t *)8, 1));
	close(in);
	close(out);
	close(append);
	close(p[0]);
	close(p[1]);
}

static void ranges(void)
{
	int in = file_of("rin", 10000), out = file_of("rout", 0), append, p[2];
	off_t from = 0, to = 5;

	pipe(p);
	ASK("copy_file_range", "by position", copy_file_range(in, NULL, out, NULL, 100, 0));
	ASK("copy_file_range", "positions",
	    lseek(in, 0, SEEK_CUR) * 1000 + lseek(out, 0, SEEK_CUR));
	ASK("copy_file_range", "by offset", copy_file_range(in, &from, out, &to, 100, 0));
	ASK("copy_file_range", "offsets", from * 1000 + to);
	ASK("copy_file_range", "beyond the end", ({
		    from = 9990;
		    copy_file_range(in, &from, out, NULL, 100, 0);
	    }));
	ASK("copy_file_range", "at the end", copy_file_range(in, &from, out, NULL, 100, 0));
	ASK("copy_file_range", "a flag", copy_file_range(in, NULL, out, NULL, 1, 1));
	ASK("copy_file_range", "onto itself, apart", ({
		    from = 0;
		    to = 20000;
		    copy_file_range(in, &from, in, &to, 50, 0);
	    }));
	ASK("copy_file_range", "onto itself, over", ({
		    from = 0;
		    to = 10;
		    copy_file_range(in, &from, in, &to, 50, 0);
	    }));
	ASK("copy_file_range", "to a pipe", ({
		    from = 0;
		    copy_file_range(in, &from, p[1], NULL, 5, 0);
	    }));
	ASK("copy_file_range", "a directory",
	    copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 5, 0));
	append = open("rout", O_WRONLY | O_APPEND);
	ASK("copy_file_range", "to append", ({
		    from = 0;
		    copy_file_range(in, &from, append, NULL, 5, 0);
	    }));
	ASK("copy_file_range", "before the beginning", ({
		    from = -5;
		    copy_file_range(in, &from, out, NULL, 5, 0);
	    }));
	ASK("copy_file_range", "nothing", copy_file_range(in, NULL, out, NULL, 0, 0));
	close(in);
	close(out);
	close(append);
	close(p[0]);
	close(p[1]);
}

static void splices(void)
{
	int in = file_of("sin", 10000), out = file_of("sout", 0), p[2], q[2];
	off_t at = 1000;

	pipe(p);
	pipe(q);
	ASK("splice", "a file to a pipe", splice(in, NULL, p[1], NULL, 500, 0));
	ASK("splice", "position", lseek(in, 0, SEEK_CUR));
	ASK("splice", "a pipe to a file", splice(p[0], NULL, out, NULL, 300, 0));
	ASK("splice", "with an offset", splice(in, &at, p[1], NULL, 100, 0));
	ASK("splice", "with an offset: it moves", at);
	ASK("splice", "a pipe to a pipe", splice(p[0], NULL, q[1], NULL, 1000, 0));
	ASK("splice", "what came", read(q[0], b, 1000));
	ASK("splice", "what came: all right", b[0] == 'a' + 300 % 26 && b[200] == 'a' + 1000 % 26);
	ASK("splice", "an empty pipe, not waiting",
	    splice(p[0], NULL, out, NULL, 10, SPLICE_F_NONBLOCK));
	ASK("splice", "two files", splice(in, NULL, out, NULL, 10, 0));
	ASK("splice", "an offset of a pipe", splice(in, NULL, p[1], &at, 10, 0));
	ASK("splice", "a pipe to itself", splice(p[0], NULL, p[1], NULL, 10, 0));
	ASK("splice", "nothing", splice(in, NULL, p[1], NULL, 0, 0));
	ASK("splice", "an unknown flag", splice(in, NULL, p[1], NULL, 1, 0x100));
	ASK("splice", "at the end of the file", ({
		    at = 10000;
		    splice(in, &at, p[1], NULL, 1, 0);
	    }));
	ASK("splice", "the wrong end", splice(in, NULL, p[0], NULL, 1, 0));
	ASK("splice", "no descriptor", splice(99, NULL, p[1], NULL, 1, 0));
	ASK("tee", "a pipe to another",
	    write(p[1], "twice", 5) == 5 ? tee(p[0], q[1], 100, 0) : -2);
	ASK("tee", "what came", read(q[0], b, 100));
	ASK("tee", "what stays", read(p[0], b, 100));
	ASK("tee", "an empty pipe, not waiting", tee(p[0], q[1], 10, SPLICE_F_NONBLOCK));
	ASK("tee", "a file", tee(in, q[1], 10, 0));
	ASK("tee", "to itself", tee(p[0], p[1], 10, 0));
	ASK("vmsplice", "into a pipe", ({
		    struct iovec v[2] = { { b, 10 }, { b + 100, 20 } };
		    vmsplice(p[1], v, 2, 0);
	    }));
	ASK("vmsplice", "what came", read(p[0], b, 100));
	ASK("vmsplice", "out of a pipe", ({
		    struct iovec v = { b, 3 };
		    write(p[1], "abc", 3);
		    vmsplice(p[0], &v, 1, 0);
	    }));
	ASK("vmsplice", "a file", ({
		    struct iovec v = { b, 3 };
		    vmsplice(in, &v, 1, 0);
	    }));
	close(p[1]);
	ASK("splice", "the writer is gone", splice(p[0], NULL, out, NULL, 10, 0));
}

static void others(void)
{
	int fd = file_of("o", 100), p[2];

	pipe(p);
	ASK("readahead", "a file", syscall(SYS_readahead, fd, 0, 100));
	ASK("readahead", "a pipe", syscall(SYS_readahead, p[0], 0, 100));
	ASK("readahead", "opened to write", syscall(SYS_readahead, open("o", O_WRONLY), 0, 100));
	ASK("sync_file_range", "a file", sync_file_range(fd, 0, 100, 7));
	ASK("sync_file_range", "a pipe", sync_file_range(p[0], 0, 100, 7));
	ASK("sync_file_range", "an unknown flag", sync_file_range(fd, 0, 100, 8));
	ASK("sync_file_range", "before the beginning", sync_file_range(fd, -1, 100, 0));
	ASK("fadvise", "a file", posix_fadvise(fd, 0, 0, 3));
	ASK("fadvise", "a pipe", posix_fadvise(p[0], 0, 0, 3));
	ASK("fadvise", "unknown", posix_fadvise(fd, 0, 0, 9));
	ASK("fsync", "a file", fsync(fd));
	ASK("fsync", "a directory", fsync(open(".", O_RDONLY)));
	ASK("fsync", "a pipe", fsync(p[0]));
	ASK("syncfs", "a file", syncfs(fd));
	ASK("syncfs", "no descriptor", syncfs(99));
	ASK("preadv2", "a file", ({
		    struct iovec v = { b, 10 };
		    preadv2(fd, &v, 1, 5, 0);
	    }));
	ASK("preadv2", "at the position", ({
		    struct iovec v = { b, 10 };
		    preadv2(fd, &v, 1, -1, 0);
	    }));
	ASK("preadv2", "the position then", lseek(fd, 0, SEEK_CUR));
	ASK("preadv2", "an unknown flag", ({
		    struct iovec v = { b, 10 };
		    preadv2(fd, &v, 1, 5, 0x4000);
	    }));
	ASK("pwritev2", "appended", ({
		    struct iovec v = { b, 10 };
		    pwritev2(fd, &v, 1, 0, 0x10);
	    }));
	ASK("pwritev2", "the size then", stat_of("o").st_size);
}

void tmpfs_moves(void)
{
	signal(SIGPIPE, SIG_IGN);
	sends();
	ranges();
	splices();
	others();
}
