/* SPDX-License-Identifier: MIT */
/* times - which of a file's times goes forward by what, and who may set them. */
#include "tmpfs.h"

#include <dirent.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <utime.h>

/* Until the clock by which files are stamped has moved, and moved once more. */
static void tick(void)
{
	for (int i = 0; i < 2; i++) {
		struct timespec a, b;

		clock_gettime(CLOCK_REALTIME_COARSE, &a);
		do
			clock_gettime(CLOCK_REALTIME_COARSE, &b);
		while (a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec);
	}
}

static long later(struct timespec a, struct timespec b)
{
	return b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec > a.tv_nsec);
}

/* accessed 100, modified 10, changed 1 */
static long changes(struct stat a, struct stat b)
{
	return 100 * later(a.st_atim, b.st_atim) + 10 * later(a.st_mtim, b.st_mtim) +
	       later(a.st_ctim, b.st_ctim);
}

#define CHANGES(name, question, ...)                                                               \
	do {                                                                                       \
		struct stat before_ = stat_of(name);                                               \
		tick();                                                                            \
		__VA_ARGS__;                                                                       \
		ASK("times", question, changes(before_, stat_of(name)));                           \
	} while (0)

static void of_files(void)
{
	char buffer[16];
	int fd, other;

	file_make("f", "text");
	fd = open("f", O_RDWR);
	CHANGES("f", "read", pread(fd, buffer, 4, 0));
	CHANGES("f", "read again", pread(fd, buffer, 4, 0));
	CHANGES("f", "write", pwrite(fd, "more", 4, 0));
	CHANGES("f", "read after a write", pread(fd, buffer, 4, 0));
	CHANGES("f", "write nothing", pwrite(fd, "more", 0, 0));
	CHANGES("f", "write, then read at the end", pwrite(fd, "more", 4, 0);
		pread(fd, buffer, 4, 99));
	CHANGES("f", "chmod", fchmod(fd, 0600));
	CHANGES("f", "read after chmod", pread(fd, buffer, 4, 0));
	CHANGES("f", "chown to the same", fchown(fd, 0, 0));
	CHANGES("f", "chown to nobody", fchown(fd, -1, -1));
	CHANGES("f", "link", link("f", "g"));
	CHANGES("f", "unlink of the other name", unlink("g"));
	CHANGES("f", "rename", rename("f", "f2"); rename("f2", "f"));
	CHANGES("f", "longer", ftruncate(fd, 100));
	CHANGES("f", "ftruncate to the same size", ftruncate(fd, 100));
	CHANGES("f", "truncate to the same size", truncate("f", 100));
	CHANGES("f", "open", close(open("f", O_RDWR)));
	CHANGES("f", "open and cut", close(open("f", O_RDWR | O_TRUNC)));
	CHANGES("f", "open and cut what is empty", close(open("f", O_RDWR | O_TRUNC)));
	CHANGES("f", "allocate", syscall(SYS_fallocate, fd, 0, 0, 9000));
	CHANGES("f", "punch", syscall(SYS_fallocate, fd, 3, 0, 5000));
	CHANGES("f", "setxattr", setxattr("f", "trusted.x", "1", 1, 0));
	CHANGES("f", "getxattr", getxattr("f", "trusted.x", buffer, 1));
	CHANGES("f", "mapped, written", ({
			volatile char *m =
				mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			m[0] = 1;
			msync((void *)m, 4096, MS_SYNC);
			munmap((void *)m, 4096);
		}));
	pwrite(fd, "x", 1, 0);
	CHANGES("f", "mapped, read", ({
			volatile char *m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
			(void)m[0];
			munmap((void *)m, 4096);
		}));
	pwrite(fd, "x", 1, 0);
	other = open("f", O_RDONLY | O_NOATIME);
	CHANGES("f", "read without", read(other, buffer, 1));
	close(other);
	other = open("h", O_CREAT | O_RDWR, 0600);
	CHANGES("f", "sendfile out of it", sendfile(other, fd, NULL, 1));
	CHANGES("h", "sendfile into it", lseek(fd, 0, SEEK_SET); sendfile(other, fd, NULL, 1));
	symlink("f", "s");
	tick();
	CHANGES("s", "a link is read", readlink("s", buffer, 16));
	CHANGES("s", "a link is followed", close(open("s", O_RDONLY)));
}

static void of_directories(void)
{
	DIR *d;

	mkdir("d", 0755);
	CHANGES("d", "a name comes", file_make("d/x", ""));
	CHANGES("d", "listed", d = opendir("d"); readdir(d); closedir(d));
	CHANGES("d", "listed again", d = opendir("d"); readdir(d); closedir(d));
	CHANGES("d", "a look", access("d/x", F_OK));
	CHANGES("d", "a file in it changes", truncate("d/x", 5));
	CHANGES("d", "a name goes", unlink("d/x"));
	CHANGES("d", "a directory comes", mkdir("d/e", 0755));
	CHANGES("d", "renamed", rename("d", "d2"); rename("d2", "d"));
	CHANGES("d", "a name leaves it", rename("d/e", "e"));
	CHANGES("e", "moved to another", rename("e", "d/e"); rename("d/e", "e"));
	CHANGES("d", "a directory goes", mkdir("d/e", 0755); rmdir("d/e"));
	file_make("d/old", "");
	file_make("new", "");
	CHANGES("d", "a name is replaced", rename("new", "d/old"));
	CHANGES(".", "a name is replaced out of it", file_make("new2", "");
		rename("new2", "d/old"));
}

static int times_set(const char *name, long a_sec, long a_ns, long m_sec, long m_ns)
{
	struct timespec t[2] = { { a_sec, a_ns }, { m_sec, m_ns } };

	return utimensat(AT_FDCWD, name, t, 0);
}

static void settings(void)
{
	struct utimbuf old = { 1000, 2000 };
	struct stat s;

	file_make("u", "");
	ASK("utimensat", "both", times_set("u", 1, 2, 3, 4));
	s = stat_of("u");
	ASK("utimensat", "both: as set",
	    s.st_atim.tv_sec == 1 && s.st_atim.tv_nsec == 2 && s.st_mtim.tv_sec == 3 &&
		    s.st_mtim.tv_nsec == 4);
	ASK("utimensat", "changed is not what was modified", s.st_ctim.tv_sec > 1000000);
	ASK("utimensat", "in the far future", times_set("u", 5000000000, 0, 5000000000, 0));
	s = stat_of("u");
	ASK("utimensat", "changed is no later than now", s.st_ctim.tv_sec < 5000000000);
	ASK("utimensat", "before 1970", times_set("u", -100, 5, -1, 999999999));
	s = stat_of("u");
	ASK("utimensat", "before 1970: accessed", s.st_atim.tv_sec);
	ASK("utimensat", "before 1970: accessed, ns", s.st_atim.tv_nsec);
	ASK("utimensat", "before 1970: modified, ns", s.st_mtim.tv_nsec);
	CHANGES("u", "utimensat: omit both", times_set("u", 0, UTIME_OMIT, 0, UTIME_OMIT));
	CHANGES("u", "utimensat: now and omit", times_set("u", 0, UTIME_NOW, 0, UTIME_OMIT));
	CHANGES("u", "utimensat: omit and now", times_set("u", 0, UTIME_OMIT, 0, UTIME_NOW));
	CHANGES("u", "utimensat: no times", utimensat(AT_FDCWD, "u", NULL, 0));
	ASK("utimensat", "a wrong part of a second", times_set("u", 0, 1000000000, 0, 0));
	ASK("utimensat", "a wrong one beside omit", times_set("u", 0, UTIME_OMIT, 0, -5));
	ASK("utimensat", "what is not there", times_set("none", 0, 0, 0, 0));
	ASK("utimensat", "omit what is not there", times_set("none", 0, UTIME_OMIT, 0, UTIME_OMIT));
	ASK("utimensat", "a descriptor", futimens(open("u", O_RDONLY), NULL));
	ASK("utimensat", "an unknown flag", utimensat(AT_FDCWD, "u", NULL, 0x4000));
	symlink("u", "us");
	ASK("utimensat", "a link itself", ({
		    struct timespec t[2] = { { 7, 0 }, { 8, 0 } };
		    utimensat(AT_FDCWD, "us", t, AT_SYMLINK_NOFOLLOW);
	    }));
	ASK("utimensat", "a link itself: as set", stat_of("us").st_mtim.tv_sec);
	ASK("utimensat", "utime", utime("u", &old));
	ASK("utimensat", "utime: modified", stat_of("u").st_mtim.tv_sec);
	chmod("u", 0666);
	AS_NOBODY("utimensat",
		  ASK("utimensat", "nobody may write: now", utimensat(AT_FDCWD, "u", NULL, 0));
		  ASK("utimensat", "nobody may write: both now",
		      times_set("u", 0, UTIME_NOW, 0, UTIME_NOW));
		  ASK("utimensat", "nobody may write: one now",
		      times_set("u", 0, UTIME_NOW, 0, UTIME_OMIT));
		  ASK("utimensat", "nobody may write: a time", times_set("u", 1, 0, 1, 0));
		  ASK("utimensat", "nobody may write: omit",
		      times_set("u", 0, UTIME_OMIT, 0, UTIME_OMIT)));
	chmod("u", 0644);
	AS_NOBODY("utimensat", ASK("utimensat", "nobody: now", utimensat(AT_FDCWD, "u", NULL, 0));
		  ASK("utimensat", "nobody: a time", times_set("u", 1, 0, 1, 0));
		  ASK("utimensat", "nobody: omit", times_set("u", 0, UTIME_OMIT, 0, UTIME_OMIT)));
}

void tmpfs_times(void)
{
	of_files();
	of_directories();
	settings();
}
