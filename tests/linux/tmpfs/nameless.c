/* SPDX-License-Identifier: MIT */
/* nameless - files and directories that have lost their names, or never had one. */
#include "tmpfs.h"

#include <dirent.h>

static char *of_fd(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static long links_of_fd(int fd)
{
	struct stat s;

	return fstat(fd, &s) ? -1 : (long)s.st_nlink;
}

static void unlinked(void)
{
	char buffer[16] = "", *mapped;
	int fd, again;

	file_make("a", "text");
	fd = open("a", O_RDWR);
	ASK("unlinked", "while open", unlink("a"));
	ASK("unlinked", "links", links_of_fd(fd));
	ASK("unlinked", "written", pwrite(fd, "more", 4, 4));
	ASK("unlinked", "read", pread(fd, buffer, 16, 0));
	ASK("unlinked", "cut", ftruncate(fd, 6));
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	mapped[5] = 'X';
	ASK("unlinked", "mapped and read", pread(fd, buffer, 16, 0) == 6 && buffer[5] == 'X');
	ASK("unlinked", "chmod", fchmod(fd, 0600));
	ASK("unlinked", "chown", fchown(fd, 1, 1));
	ASK_OK("unlinked", "opened again by /proc", again = open(of_fd(fd), O_RDONLY));
	ASK("unlinked", "read again", read(again, buffer, 16));
	ASK("unlinked", "linked again",
	    linkat(AT_FDCWD, of_fd(fd), AT_FDCWD, "b", AT_SYMLINK_FOLLOW));
	ASK("unlinked", "linked again by descriptor", linkat(fd, "", AT_FDCWD, "b", AT_EMPTY_PATH));
	ASK("unlinked", "what /proc calls it", ({
		    long n = readlink(of_fd(fd), buffer, sizeof(buffer));
		    n > 0;
	    }));
	close(again);
	close(fd);
	ASK("unlinked", "read through the mapping", mapped[5]);
	munmap(mapped, 4096);
}

static void temporary(void)
{
	char path[128] = "";
	int fd, other;

	ASK_OK("O_TMPFILE", "opened", fd = open(".", O_TMPFILE | O_RDWR, 0640));
	ASK("O_TMPFILE", "links", links_of_fd(fd));
	ASK("O_TMPFILE", "mode", ({
		    struct stat s = { 0 };
		    fstat(fd, &s);
		    s.st_mode;
	    }));
	ASK("O_TMPFILE", "written", write(fd, "hello", 5));
	ASK("O_TMPFILE", "flags", fcntl(fd, F_GETFL) & (O_TMPFILE | O_ACCMODE));
	ASK("O_TMPFILE", "the directory's links", links_of("."));
	ASK("O_TMPFILE", "given a name",
	    linkat(AT_FDCWD, of_fd(fd), AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	ASK("O_TMPFILE", "its links then", links_of("named"));
	ASK("O_TMPFILE", "its size", stat_of("named").st_size);
	ASK("O_TMPFILE", "unlinked, and given one again",
	    unlink("named") ?: linkat(AT_FDCWD, of_fd(fd), AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	close(fd);
	fd = open(".", O_TMPFILE | O_WRONLY, 0600);
	ASK("O_TMPFILE", "by descriptor", linkat(fd, "", AT_FDCWD, "named2", AT_EMPTY_PATH));
	close(fd);
	ASK_OK("O_TMPFILE", "exclusive", other = open(".", O_TMPFILE | O_EXCL | O_RDWR, 0600));
	ASK("O_TMPFILE", "exclusive: given a name",
	    linkat(AT_FDCWD, of_fd(other), AT_FDCWD, "named3", AT_SYMLINK_FOLLOW));
	close(other);
	ASK("O_TMPFILE", "only to read", open(".", O_TMPFILE | O_RDONLY, 0600));
	ASK("O_TMPFILE", "and O_CREAT", open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600));
	ASK("O_TMPFILE", "in a file", open("named2", O_TMPFILE | O_RDWR, 0600));
	ASK("O_TMPFILE", "in what is not there", open("none", O_TMPFILE | O_RDWR, 0600));
	mkdir("closed", 0755);
	AS_NOBODY("O_TMPFILE", ASK("O_TMPFILE", "nobody, a directory of root's",
				   open("closed", O_TMPFILE | O_RDWR, 0600));
		  ASK_OK("O_TMPFILE", "nobody", fd = open(".", O_TMPFILE | O_RDWR, 0600));
		  ASK("O_TMPFILE", "nobody: by descriptor",
		      linkat(fd, "", AT_FDCWD, "named4", AT_EMPTY_PATH));
		  ASK("O_TMPFILE", "nobody: by /proc",
		      linkat(AT_FDCWD, of_fd(fd), AT_FDCWD, "named4", AT_SYMLINK_FOLLOW)));
	ASK("O_TMPFILE", "nobody: whose", stat_of("named4").st_uid);
	(void)path;
}

static void removed(void)
{
	char path[4096];
	long out[32];
	int fd;

	mkdir("r", 0755);
	mkdir("r/s", 0755);
	chdir("r/s");
	ASK("removed", "the current directory", rmdir("../s"));
	ASK("removed", "getcwd", syscall(SYS_getcwd, path, sizeof(path)));
	ASK("removed", "links", links_of("."));
	ASK_OK("removed", "opened", fd = open(".", O_RDONLY | O_DIRECTORY));
	ASK("removed", "listed", syscall(SYS_getdents64, fd, out, sizeof(out)));
	ASK("removed", "a file in it", open("x", O_CREAT | O_WRONLY, 0644));
	ASK("removed", "a directory in it", mkdir("x", 0755));
	ASK("removed", "a link in it", symlink("x", "y"));
	ASK("removed", "a name in it", link("..", "y"));
	ASK("removed", "removed once more", rmdir("."));
	ASK("removed", "what was not there", access("x", F_OK));
	ASK("removed", "stat of dot dot", stat_of("..").st_ino != 0);
	ASK("removed", "chdir dot", chdir("."));
	ASK("removed", "fchdir", fchdir(fd));
	ASK("removed", "dot dot removed too", rmdir("../../r"));
	ASK("removed", "links of dot dot", links_of(".."));
	ASK("removed", "to dot dot", chdir(".."));
	ASK("removed", "to dot dot: getcwd", syscall(SYS_getcwd, path, sizeof(path)));
	ASK("removed", "to dot dot again", chdir(".."));
	ASK("removed", "getcwd there", syscall(SYS_getcwd, path, sizeof(path)) > 0);
	ASK("removed", "by descriptor", mkdirat(fd, "x", 0755));
	ASK("removed", "by descriptor, dot dot", openat(fd, "../x", O_CREAT | O_WRONLY, 0600));
	close(fd);
}

void tmpfs_nameless(void)
{
	unlinked();
	temporary();
	removed();
}
