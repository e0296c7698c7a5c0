/* SPDX-License-Identifier: MIT */
/* holes - sparse files: what is there, where it is told, and how it comes and goes. */
#include "tmpfs.h"

#include <sys/resource.h>
#include <sys/statfs.h>

#define MIB (1l << 20)

static long blocks_of(int fd)
{
	struct stat s;

	return fstat(fd, &s) ? -1 : s.st_blocks;
}

static long size_of(int fd)
{
	struct stat s;

	return fstat(fd, &s) ? -1 : s.st_size;
}

static void seeks(void)
{
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);

	ASK("holes", "data in an empty file", lseek(fd, 0, SEEK_DATA));
	ASK("holes", "hole in an empty file", lseek(fd, 0, SEEK_HOLE));
	pwrite(fd, "x", 1, MIB);
	ASK("holes", "size", size_of(fd));
	ASK("holes", "blocks", blocks_of(fd));
	ASK("holes", "first data", lseek(fd, 0, SEEK_DATA));
	ASK("holes", "first hole", lseek(fd, 0, SEEK_HOLE));
	ASK("holes", "data within data", lseek(fd, MIB, SEEK_DATA));
	ASK("holes", "hole from data on", lseek(fd, MIB, SEEK_HOLE));
	ASK("holes", "data at the end", lseek(fd, MIB + 1, SEEK_DATA));
	ASK("holes", "hole at the end", lseek(fd, MIB + 1, SEEK_HOLE));
	ASK("holes", "data beyond", lseek(fd, 2 * MIB, SEEK_DATA));
	ASK("holes", "before the beginning", lseek(fd, -1, SEEK_DATA));
	pwrite(fd, "y", 1, 3 * 4096 + 7);
	ASK("holes", "data in the middle of a hole", lseek(fd, 5, SEEK_DATA));
	ASK("holes", "hole behind it", lseek(fd, 3 * 4096, SEEK_HOLE));
	ASK("holes", "data behind it", lseek(fd, 4 * 4096, SEEK_DATA));
	ftruncate(fd, 3 * MIB);
	ASK("holes", "data in the last hole", lseek(fd, 2 * MIB, SEEK_DATA));
	ASK("holes", "where the position is", lseek(fd, 0, SEEK_CUR));
	ASK("holes", "an unknown whence", lseek(fd, 0, 9));
	ASK("holes", "beyond what a file can be", lseek(fd, -1ul >> 1, SEEK_SET) > 0);
	ASK("holes", "over the limit", lseek(fd, 1, SEEK_CUR) < 0);
	ASK("holes", "zeroes read", ({
		    char b[64] = "x";
		    pread(fd, b, 64, 2 * MIB) == 64 && !memcmp(b, (char[64]){ 0 }, 64);
	    }));
	ASK("holes", "reading fills nothing", blocks_of(fd));
	close(fd);
}

static int allocate(int fd, int mode, long at, long length)
{
	return (int)syscall(SYS_fallocate, fd, mode, at, length);
}

static void allocations(void)
{
	int fd = open("allocated", O_RDWR | O_CREAT, 0644), reader, p[2];
	char byte = 1;

	ASK("fallocate", "plain", allocate(fd, 0, 0, 3 * 4096));
	ASK("fallocate", "plain: size", size_of(fd));
	ASK("fallocate", "plain: blocks", blocks_of(fd));
	ASK("fallocate", "without the size", allocate(fd, 1, 3 * 4096, 2 * 4096));
	ASK("fallocate", "without the size: size", size_of(fd));
	ASK("fallocate", "without the size: blocks", blocks_of(fd));
	pwrite(fd, "abc", 3, 4096);
	ASK("fallocate", "over what is there", allocate(fd, 0, 0, 4096 * 2));
	ASK("fallocate", "over what is there: kept", pread(fd, &byte, 1, 4097) == 1 && byte == 'b');
	ASK("fallocate", "a hole", allocate(fd, 3, 4096, 4096));
	ASK("fallocate", "a hole: zero", pread(fd, &byte, 1, 4097) == 1 && byte == 0);
	ASK("fallocate", "a hole: size", size_of(fd));
	ASK("fallocate", "a hole: blocks", blocks_of(fd));
	pwrite(fd, "0123456789", 10, 0);
	pwrite(fd, "0123456789", 10, 2 * 4096);
	ASK("fallocate", "a hole within pages", allocate(fd, 3, 5, 2 * 4096));
	ASK("fallocate", "a hole within pages: before", pread(fd, &byte, 1, 4) == 1 && byte == '4');
	ASK("fallocate", "a hole within pages: in it", pread(fd, &byte, 1, 5) == 1 && !byte);
	ASK("fallocate", "a hole within pages: behind",
	    pread(fd, &byte, 1, 2 * 4096 + 5) == 1 && byte == '5');
	ASK("fallocate", "a hole within pages: its end",
	    pread(fd, &byte, 1, 2 * 4096 + 4) == 1 && !byte);
	ASK("fallocate", "a hole beyond the end", allocate(fd, 3, MIB, MIB));
	ASK("fallocate", "a hole beyond the end: size", size_of(fd));
	ASK("fallocate", "a hole that moves the size", allocate(fd, 2, 0, 4096));
	ASK("fallocate", "collapse", allocate(fd, 8, 0, 4096));
	ASK("fallocate", "zero", allocate(fd, 0x10, 0, 4096));
	ASK("fallocate", "insert", allocate(fd, 0x20, 0, 4096));
	ASK("fallocate", "unshare", allocate(fd, 0x40, 0, 4096));
	ASK("fallocate", "an unknown mode", allocate(fd, 0x1000, 0, 4096));
	ASK("fallocate", "no length", allocate(fd, 0, 0, 0));
	ASK("fallocate", "before the beginning", allocate(fd, 0, -1, 1));
	ASK("fallocate", "too far", allocate(fd, 0, (long)(-1ul >> 1), 1));
	reader = open("allocated", O_RDONLY);
	ASK("fallocate", "to read only", allocate(reader, 0, 0, 1));
	pipe(p);
	ASK("fallocate", "a pipe", allocate(p[1], 0, 0, 1));
	ASK("fallocate", "a directory", allocate(open(".", O_RDONLY), 0, 0, 1));
	close(reader);
	close(fd);
}

static void limits(void)
{
	struct rlimit limit = { 8192, 8192 };
	char block[8192] = "";
	int fd = open("limited", O_RDWR | O_CREAT | O_TRUNC, 0644);

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	ASK("RLIMIT_FSIZE", "up to it", pwrite(fd, block, 8192, 4096));
	ASK("RLIMIT_FSIZE", "at it", pwrite(fd, block, 1, 8192));
	ASK("RLIMIT_FSIZE", "nothing at it", pwrite(fd, block, 0, 8192));
	ASK("RLIMIT_FSIZE", "ftruncate to it", ftruncate(fd, 8192));
	ASK("RLIMIT_FSIZE", "ftruncate beyond", ftruncate(fd, 8193));
	ASK("RLIMIT_FSIZE", "truncate beyond", truncate("limited", 8193));
	ASK("RLIMIT_FSIZE", "fallocate beyond", allocate(fd, 0, 0, 8193));
	ASK("RLIMIT_FSIZE", "fallocate beyond, size kept", allocate(fd, 1, 0, 8193));
	ASK("RLIMIT_FSIZE", "append", ({
		    int a = open("limited", O_WRONLY | O_APPEND);
		    long n = write(a, block, 1);
		    close(a);
		    n;
	    }));
	CHILD(RLIMIT_FSIZE, "its signal", signal(SIGXFSZ, SIG_DFL); pwrite(fd, block, 1, 8192));
	CHILD(RLIMIT_FSIZE, "its signal at ftruncate", signal(SIGXFSZ, SIG_DFL);
	      if (ftruncate(fd, 9000)) _exit(1));
	close(fd);
}

void tmpfs_holes(void)
{
	struct statfs s;

	seeks();
	allocations();
	ASK("statfs", "type", statfs(".", &s) ?: (long)s.f_type);
	ASK("statfs", "block size", s.f_bsize);
	ASK("statfs", "fragment size", s.f_frsize);
	ASK("statfs", "longest name", s.f_namelen);
	ASK("statfs", "blocks free",
	    s.f_blocks >= s.f_bfree && s.f_bfree == s.f_bavail && s.f_bfree > 0);
	ASK("statfs", "files free", s.f_files > s.f_ffree && s.f_ffree > 0);
	ASK("statfs", "of what is not there", statfs("none", &s));
	limits();
}
