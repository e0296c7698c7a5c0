/* SPDX-License-Identifier: MIT */
/* files - calls on open files and on files by name. */
#include "rows.h"

#include <sys/uio.h>
#include <sys/vfs.h>

static char buffer[4096];

static void open_close(void)
{
	ROW(open, "creates", "a", O_CREAT | O_RDWR, 0640);
	ROW(open, "exists already", "a", O_CREAT | O_EXCL | O_RDWR, 0644);
	ROW(open, "not there", "none", O_RDONLY);
	ROW(open, "a directory to write", ".", O_WRONLY);
	ROW(open, "below a file", "a/b", O_RDONLY);
	ROW(open, "O_DIRECTORY on a file", "a", O_DIRECTORY);
	ROW(open, "empty path", "", O_RDONLY);
	ROW(open, "O_NOFOLLOW on a link", (symlink("a", "link"), "link"), O_NOFOLLOW);
	ROW(open, "links in a circle", (symlink("circle", "circle"), "circle"), O_RDONLY);
	memset(buffer, 'x', 300);
	ROW(open, "a name of 300", buffer, O_RDONLY);
	memset(buffer, '/', 4096);
	ROW(open, "a path of 4096", buffer, O_RDONLY);
	CHILD(open, "as nobody", {
		be_nobody();
		ROW(open, "a file of mode 0640 as nobody", "a", O_RDONLY);
	});
	ROW(openat, "creates", AT_FDCWD, "b", O_CREAT | O_WRONLY, 0600);
	ROW(openat, "from a bad descriptor", 99, "b", O_RDONLY);
	ROW(openat, "from a file", 3, "b", O_RDONLY);
	ROW(openat, "absolute path from a bad descriptor", 99, "/", O_RDONLY);
	ROW(creat, "truncates", "b", 0600);
	ROW(creat, "in no directory", "none/b", 0600);
	ROW(creat, "a directory", "/", 0600);
	ROW(close, "an open one", 5);
	ROW(close, "a closed one", 5);
	ROW(close, "-1", -1);
	for (int fd = 3; fd < 8; fd++)
		close(fd);
}

static void reading(void)
{
	int fd = open("r", O_CREAT | O_RDWR, 0600), write_only = open("r", O_WRONLY);
	int directory = open(".", O_RDONLY);
	struct iovec v[2] = { { buffer, 3 }, { buffer + 10, 3 } };
	struct iovec negative = { buffer, -1 };
	loff_t offset = 1;

	ROW(write, "5 bytes", fd, "hello", 5);
	ROW(write, "nothing", fd, "", 0);
	ROW(write, "read-only", directory, "x", 1);
	ROW(write, "bad descriptor", 99, "x", 1);
	ROW(lseek, "to 1", fd, 1L, SEEK_SET);
	ROW(lseek, "end - 2", fd, -2L, SEEK_END);
	ROW(lseek, "before 0", fd, -1L, SEEK_SET);
	ROW(lseek, "whence 9", fd, 0L, 9);
	ROW(lseek, "data", fd, 1L, SEEK_DATA);
	ROW(lseek, "hole", fd, 1L, SEEK_HOLE);
	ROW(lseek, "data beyond the end", fd, 100L, SEEK_DATA);
	ROW(lseek, "bad descriptor", 99, 0L, SEEK_SET);
	lseek(fd, 3, SEEK_SET);
	ROW(read, "the rest", fd, buffer, 100);
	ROW(read, "at the end", fd, buffer, 100);
	ROW(read, "write-only", write_only, buffer, 1);
	ROW(read, "a directory", directory, buffer, 1);
	ROW(read, "bad descriptor", 99, buffer, 1);
	ROW(pread64, "2 at 1", fd, buffer, 2, 1L);
	SHOW(pread64, "what was read", buffer[0] * 256 + buffer[1]);
	ROW(pread64, "beyond the end", fd, buffer, 2, 100L);
	ROW(pread64, "at -1", fd, buffer, 2, -1L);
	ROW(pread64, "bad descriptor", 99, buffer, 2, 0L);
	ROW(pwrite64, "2 at 6", fd, "ab", 2, 6L);
	ROW(pwrite64, "at -1", fd, "ab", 2, -1L);
	ROW(pwrite64, "bad descriptor", 99, "ab", 2, 0L);
	SHOW(pwrite64, "size", lseek(fd, 0, SEEK_END));
	lseek(fd, 0, SEEK_SET);
	ROW(readv, "3 and 3", fd, v, 2);
	ROW(readv, "-1 pieces", fd, v, -1);
	ROW(readv, "2000 pieces", fd, v, 2000);
	ROW(readv, "a negative length", fd, &negative, 1);
	ROW(readv, "bad descriptor", 99, v, 2);
	ROW(writev, "3 and 3", fd, v, 2);
	ROW(writev, "no piece", fd, v, 0);
	ROW(writev, "a negative length", fd, &negative, 1);
	ROW(writev, "bad descriptor", 99, v, 2);
	ROW(preadv, "at 1", fd, v, 2, 1L, 0L);
	ROW(preadv, "at -1", fd, v, 2, -1L, -1L);
	ROW(preadv, "bad descriptor", 99, v, 2, 0L, 0L);
	ROW(pwritev, "at 1", fd, v, 2, 1L, 0L);
	ROW(pwritev, "at -1", fd, v, 2, -1L, -1L);
	ROW(pwritev, "bad descriptor", 99, v, 2, 0L, 0L);
	lseek(write_only, 0, SEEK_SET);
	ROW(sendfile, "4 from 1", write_only, fd, &offset, 4);
	SHOW(sendfile, "offset", offset);
	ROW(sendfile, "to a read-only one", directory, fd, NULL, 4);
	ROW(sendfile, "from a write-only one", fd, write_only, NULL, 4);
	ROW(sendfile, "from a bad one", fd, 99, NULL, 4);
	offset = -1;
	ROW(sendfile, "from -1", write_only, fd, &offset, 4);
	close(fd);
	close(write_only);
	close(directory);
}

static void moving(void)
{
	int fd = open("m", O_CREAT | O_RDWR, 0600), other = open("m2", O_CREAT | O_RDWR, 0600);
	int a[2], b[2];
	struct iovec v[2] = { { buffer, 3 }, { buffer + 10, 3 } };
	loff_t from = 2, to = 0;

	pipe(a);
	pipe(b);
	write(fd, "0123456789", 10);
	lseek(fd, 0, SEEK_SET);
	ROW(copy_file_range, "5 from 2", fd, &from, other, &to, 5, 0);
	ROW(copy_file_range, "a flag", fd, NULL, other, NULL, 5, 1);
	ROW(copy_file_range, "bad descriptor", 99, NULL, other, NULL, 5, 0);
	ROW(splice, "a file to a pipe", fd, NULL, a[1], NULL, 6, 0);
	ROW(splice, "two files", fd, NULL, other, NULL, 6, 0);
	ROW(splice, "bad descriptor", fd, NULL, 99, NULL, 6, 0);
	ROW(tee, "a pipe to a pipe", a[0], b[1], 100, 0);
	ROW(tee, "a file", fd, b[1], 100, 0);
	ROW(tee, "bad descriptor", 99, b[1], 100, 0);
	ROW(vmsplice, "into a pipe", b[1], v, 2, 0);
	ROW(vmsplice, "a file", fd, v, 2, 0);
	ROW(vmsplice, "unknown flag", b[1], v, 2, 0x100);
	ROW(readahead, "a file", fd, 0L, 10);
	ROW(readahead, "a pipe", a[0], 0L, 10);
	ROW(sync_file_range, "a file", fd, 0L, 10L, 2);
	ROW(sync_file_range, "a pipe", a[0], 0L, 10L, 2);
	ROW(sync_file_range, "unknown flag", fd, 0L, 10L, 8);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	close(fd);
	close(other);
}

static void sizes(void)
{
	int fd = open("s", O_CREAT | O_RDWR, 0600), read_only = open("s", O_RDONLY);
	int pipes[2];

	ROW(truncate, "to 10000", "s", 10000L);
	ROW(truncate, "to -1", "s", -1L);
	ROW(truncate, "a directory", ".", 1L);
	ROW(truncate, "not there", "none", 1L);
	ROW(ftruncate, "to 100", fd, 100L);
	ROW(ftruncate, "to -1", fd, -1L);
	ROW(ftruncate, "read-only", read_only, 1L);
	ROW(ftruncate, "bad descriptor", 99, 1L);
	ROW(fallocate, "5000", fd, 0, 0L, 5000L);
	SHOW(fallocate, "size", lseek(fd, 0, SEEK_END));
	ROW(fallocate, "keeps the size", fd, FALLOC_FL_KEEP_SIZE, 0L, 9000L);
	SHOW(fallocate, "size kept", lseek(fd, 0, SEEK_END));
	ROW(fallocate, "length 0", fd, 0, 0L, 0L);
	ROW(fallocate, "read-only", read_only, 0, 0L, 1L);
	ROW(fallocate, "bad descriptor", 99, 0, 0L, 1L);
	ROW(fallocate, "unknown mode", fd, 0x4000, 0L, 1L);
	ROW(fsync, "a file", fd);
	ROW(fsync, "bad descriptor", 99);
	ROW(fdatasync, "a file", fd);
	ROW(fdatasync, "bad descriptor", 99);
	ROW(sync, "all");
	ROW(syncfs, "of a file", fd);
	ROW(syncfs, "bad descriptor", 99);
	ROW(fadvise64, "willneed", fd, 0L, 0L, 3);
	ROW(fadvise64, "unknown advice", fd, 0L, 0L, 99);
	ROW(fadvise64, "bad descriptor", 99, 0L, 0L, 3);
	pipe(pipes);
	ROW(fadvise64, "a pipe", pipes[0], 0L, 0L, 3);
	ROW(fsync, "a pipe", pipes[0]);
	ROW(lseek, "a pipe", pipes[0], 0L, SEEK_SET);
	ROW(ftruncate, "a pipe", pipes[1], 0L);
	ROW(pread64, "a pipe", pipes[0], buffer, 1, 0L);
	close(pipes[0]);
	ROW(fallocate, "a pipe", pipes[1], 0, 0L, 1L);
	close(pipes[1]);
	close(fd);
	close(read_only);
}

static void attributes(void)
{
	struct stat st;
	struct statx sx;
	struct statfs sf;
	int fd = open("t", O_CREAT | O_RDWR, 0640);

	symlink("t", "tl");
	write(fd, "12345", 5);
	ROW(stat, "a file", "t", &st);
	SHOW(stat, "mode", st.st_mode);
	SHOW(stat, "size", st.st_size);
	SHOW(stat, "links", st.st_nlink);
	ROW(stat, "not there", "none", &st);
	ROW(stat, "below a file", "t/x", &st);
	ROW(stat, "file with a slash", "t/", &st);
	ROW(lstat, "a link", "tl", &st);
	SHOW(lstat, "mode", st.st_mode);
	SHOW(lstat, "size", st.st_size);
	ROW(lstat, "not there", "none", &st);
	ROW(fstat, "a file", fd, &st);
	SHOW(fstat, "blocks of 512 in a page", st.st_blocks);
	ROW(fstat, "bad descriptor", 99, &st);
	ROW(newfstatat, "follows", AT_FDCWD, "tl", &st, 0);
	SHOW(newfstatat, "mode", st.st_mode);
	ROW(newfstatat, "AT_EMPTY_PATH", fd, "", &st, AT_EMPTY_PATH);
	ROW(newfstatat, "empty path", fd, "", &st, 0);
	ROW(newfstatat, "unknown flag", AT_FDCWD, "t", &st, 0x8000);
	ROW(newfstatat, "bad descriptor", 99, "t", &st, 0);
	ROW(statx, "a file", AT_FDCWD, "t", 0, 0x7ff, &sx);
	SHOW(statx, "mode", sx.stx_mode);
	SHOW(statx, "size", sx.stx_size);
	ROW(statx, "not there", AT_FDCWD, "none", 0, 0x7ff, &sx);
	ROW(statx, "unknown flag", AT_FDCWD, "t", 0x8000, 0x7ff, &sx);
	ROW(statx, "reserved mask", AT_FDCWD, "t", 0, 0x80000000u, &sx);
	ROW(statx, "bad descriptor", 99, "t", 0, 0x7ff, &sx);
	ROW(statfs, "a file", "t", &sf);
	SHOW(statfs, "longest name", sf.f_namelen);
	SHOW(statfs, "block size", sf.f_bsize);
	ROW(statfs, "not there", "none", &sf);
	ROW(fstatfs, "a file", fd, &sf);
	ROW(fstatfs, "bad descriptor", 99, &sf);
	ROW(access, "readable", "t", R_OK);
	ROW(access, "nobody may execute it", "t", X_OK);
	ROW(access, "mode 8", "t", 8);
	ROW(access, "not there", "none", F_OK);
	ROW(faccessat, "readable", AT_FDCWD, "t", R_OK);
	ROW(faccessat, "not there", AT_FDCWD, "none", F_OK);
	ROW(faccessat, "bad descriptor", 99, "t", F_OK);
	ROW(faccessat2, "of a link itself", AT_FDCWD, "tl", F_OK, AT_SYMLINK_NOFOLLOW);
	ROW(faccessat2, "unknown flag", AT_FDCWD, "t", F_OK, 0x8000);
	ROW(faccessat2, "bad descriptor", 99, "t", F_OK, 0);
	close(fd);
}

void rows_files(void)
{
	open_close();
	reading();
	moving();
	sizes();
	attributes();
}
