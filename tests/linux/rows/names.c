/* SPDX-License-Identifier: MIT */
/* names - calls that make, move and remove names, and that change what a name's file says. */
#include "rows.h"

#include <sys/time.h>
#include <utime.h>

static void file(const char *name)
{
	close(open(name, O_CREAT | O_WRONLY, 0644));
}

static void links(void)
{
	char to[64];

	file("f");
	ROW(link, "a file", "f", "g");
	ROW(link, "exists", "f", "g");
	ROW(link, "not there", "none", "h");
	ROW(link, "a directory", ".", "h");
	ROW(linkat, "a file", AT_FDCWD, "f", AT_FDCWD, "h", 0);
	ROW(linkat, "exists", AT_FDCWD, "f", AT_FDCWD, "h", 0);
	ROW(linkat, "unknown flag", AT_FDCWD, "f", AT_FDCWD, "i", 0x8000);
	ROW(name_to_handle_at, "how long", AT_FDCWD, "f", (int[2]){ 0 }, to, 0);
	ROW(name_to_handle_at, "not there", AT_FDCWD, "none", (int[2]){ 0 }, to, 0);
	ROW_OK(openat2, "a file", AT_FDCWD, "f", (long[3]){ O_RDONLY }, 24);
	ROW(openat2, "not there", AT_FDCWD, "none", (long[3]){ O_RDONLY }, 24);
	ROW(linkat, "bad descriptor", 99, "f", AT_FDCWD, "i", 0);
	ROW(symlink, "a name", "f", "s");
	ROW(symlink, "exists", "f", "s");
	ROW(symlink, "to nothing", "", "t");
	ROW(symlinkat, "a name", "f", AT_FDCWD, "u");
	ROW(symlinkat, "exists", "f", AT_FDCWD, "u");
	ROW(symlinkat, "bad descriptor", "f", 99, "v");
	ROW(readlink, "a link", "s", to, 64);
	ROW(readlink, "a file", "f", to, 64);
	ROW(readlink, "no room", "s", to, 0);
	ROW(readlink, "not there", "none", to, 64);
	ROW(readlinkat, "a link", AT_FDCWD, "s", to, 64);
	ROW(readlinkat, "a file", AT_FDCWD, "f", to, 64);
	ROW(readlinkat, "bad descriptor", 99, "s", to, 64);
	ROW(unlink, "a link", "s");
	ROW(unlink, "a directory", "/tmp");
	ROW(unlink, "not there", "s");
	ROW(unlinkat, "a file", AT_FDCWD, "g", 0);
	ROW(unlinkat, "not there", AT_FDCWD, "g", 0);
	ROW(unlinkat, "unknown flag", AT_FDCWD, "f", 1);
	ROW(unlinkat, "a file as a directory", AT_FDCWD, "f", AT_REMOVEDIR);
	ROW(unlinkat, "bad descriptor", 99, "f", 0);
}

static void renames(void)
{
	file("r1");
	mkdir("d1", 0755);
	mkdir("d2", 0755);
	file("d2/in");
	ROW(rename, "a file", "r1", "r2");
	ROW(rename, "not there", "r1", "r3");
	ROW(rename, "a file over a directory", "r2", "d1");
	ROW(rename, "a directory over a file", "d1", "r2");
	ROW(rename, "over a full directory", "d1", "d2");
	ROW(rename, "below itself", "d2", "d2/x");
	ROW(renameat, "a file", AT_FDCWD, "r2", AT_FDCWD, "r1");
	ROW(renameat, "not there", AT_FDCWD, "r2", AT_FDCWD, "r3");
	ROW(renameat, "bad descriptor", 99, "r1", AT_FDCWD, "r3");
	file("r2");
	ROW(renameat2, "does not replace", AT_FDCWD, "r1", AT_FDCWD, "r2", 1);
	ROW(renameat2, "exchanges", AT_FDCWD, "r1", AT_FDCWD, "d1", 2);
	ROW(renameat2, "exchange with none", AT_FDCWD, "r2", AT_FDCWD, "none", 2);
	ROW(renameat2, "both flags", AT_FDCWD, "r1", AT_FDCWD, "r2", 3);
	ROW(renameat2, "unknown flag", AT_FDCWD, "r1", AT_FDCWD, "r2", 0x80);
}

static void makes(void)
{
	ROW(mkdir, "a directory", "m", 0755);
	ROW(mkdir, "exists", "m", 0755);
	ROW(mkdir, "below nothing", "none/m", 0755);
	ROW(mkdirat, "a directory", AT_FDCWD, "m/n", 0755);
	ROW(mkdirat, "exists", AT_FDCWD, "m/n", 0755);
	ROW(mkdirat, "bad descriptor", 99, "o", 0755);
	ROW(rmdir, "not empty", "m");
	ROW(rmdir, "empty", "m/n");
	ROW(rmdir, "not there", "m/n");
	ROW(rmdir, "a dot", "m/.");
	file("ordinary");
	ROW(rmdir, "a file", "ordinary");
	ROW(mknod, "a FIFO", "fifo", S_IFIFO | 0600, 0);
	ROW(mknod, "a device", "null", S_IFCHR | 0600, 0x103);
	ROW(mknod, "exists", "fifo", S_IFIFO | 0600, 0);
	ROW(mknod, "a directory", "x", S_IFDIR | 0600, 0);
	ROW(mknodat, "a file", AT_FDCWD, "made", S_IFREG | 0600, 0);
	ROW(mknodat, "exists", AT_FDCWD, "made", S_IFREG | 0600, 0);
	ROW(mknodat, "bad descriptor", 99, "made2", S_IFREG | 0600, 0);
	CHILD(mknod, "as nobody", {
		be_nobody();
		ROW(mknod, "a device as nobody", "dev", S_IFCHR | 0600, 0x103);
		ROW(mkdir, "in root as nobody", "/forbidden", 0755);
		ROW(unlink, "in root as nobody", "/etc");
		ROW(symlink, "in root as nobody", "ordinary", "/forbidden");
		ROW(rename, "from root as nobody", "/etc", "etc");
	});
}

static void modes(void)
{
	struct stat st;
	int fd;

	file("mode");
	fd = open("mode", O_RDWR);
	ROW(chmod, "to 0600", "mode", 0600);
	ROW(chmod, "not there", "none", 0600);
	ROW(fchmod, "to 04755", fd, 04755);
	ROW(fchmod, "bad descriptor", 99, 0600);
	stat("mode", &st);
	SHOW(fchmod, "mode", st.st_mode);
	ROW(fchmodat, "to 0644", AT_FDCWD, "mode", 0644);
	ROW(fchmodat, "not there", AT_FDCWD, "none", 0600);
	ROW(fchmodat, "bad descriptor", 99, "mode", 0600);
	ROW(chown, "to 1000", "mode", 1000, 1000);
	ROW(chown, "not there", "none", 0, 0);
	ROW(fchown, "to 0", fd, 0, 0);
	ROW(fchown, "bad descriptor", 99, 0, 0);
	ROW(lchown, "only the group", "mode", -1, 7);
	ROW(lchown, "not there", "none", 0, 0);
	ROW(fchownat, "only the user", AT_FDCWD, "mode", 5, -1, 0);
	stat("mode", &st);
	SHOW(fchownat, "owner and group", st.st_uid * 100 + st.st_gid);
	ROW(fchownat, "unknown flag", AT_FDCWD, "mode", 0, 0, 0x8000);
	ROW(fchownat, "bad descriptor", 99, "mode", 0, 0, 0);
	CHILD(chmod, "as nobody", {
		be_nobody();
		ROW(chmod, "another's as nobody", "mode", 0777);
		ROW(fchmod, "another's as nobody", fd, 0777);
		ROW(chown, "another's as nobody", "mode", 1000, 1000);
		ROW(utimensat, "another's as nobody", AT_FDCWD, "mode", (struct timespec[2]){}, 0);
	});
	SHOW(umask, "what was before", umask(027));
	ROW(umask, "new", 022);
	close(fd);
}

static void times_of_files(void)
{
	struct utimbuf seconds = { 1000, 2000 };
	struct timeval micro[2] = { { 3000, 500000 }, { 4000, 1 } }, bad[2] = { { 1, 1000000 } };
	struct timespec nano[2] = { { 5000, 7 }, { 0, UTIME_OMIT } }, worse[2] = { { 1, -1 } };
	struct stat st;

	file("time");
	ROW(utime, "seconds", "time", &seconds);
	stat("time", &st);
	SHOW(utime, "both", st.st_atime * 10000 + st.st_mtime);
	ROW(utime, "now", "time", NULL);
	ROW(utime, "not there", "none", &seconds);
	ROW(utimes, "microseconds", "time", micro);
	ROW(utimes, "1,000,000 microseconds", "time", bad);
	ROW(utimes, "not there", "none", micro);
	stat("time", &st);
	SHOW(utimes, "nanoseconds", st.st_atim.tv_nsec + st.st_mtim.tv_nsec);
	ROW(futimesat, "microseconds", AT_FDCWD, "time", micro);
	ROW(futimesat, "not there", AT_FDCWD, "none", micro);
	ROW(futimesat, "bad descriptor", 99, "time", micro);
	ROW(utimensat, "one omitted", AT_FDCWD, "time", nano, 0);
	stat("time", &st);
	SHOW(utimensat, "both", st.st_atime * 10000 + st.st_mtime);
	ROW(utimensat, "-1 nanoseconds", AT_FDCWD, "time", worse, 0);
	ROW(utimensat, "unknown flag", AT_FDCWD, "time", nano, 0x8000);
	ROW(utimensat, "not there", AT_FDCWD, "none", nano, 0);
	ROW(utimensat, "bad descriptor", 99, "time", nano, 0);
}

void rows_names(void)
{
	links();
	renames();
	makes();
	modes();
	times_of_files();
}
