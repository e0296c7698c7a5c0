/* SPDX-License-Identifier: MIT */
/* directories - the current directory, reading directories, extended attributes, mounts. */
#include "rows.h"

static char buffer[4096];

static void current(void)
{
	int fd = open(".", O_RDONLY), other = open("x", O_CREAT | O_RDWR, 0644);

	mkdir("d", 0755);
	ROW(chdir, "a directory", "d");
	ROW(getcwd, "its length", buffer, sizeof(buffer));
	ROW(getcwd, "no room", buffer, 4);
	ROW(chdir, "not there", "none");
	ROW(chdir, "a file", "../x");
	ROW(fchdir, "a directory", fd);
	ROW(fchdir, "a file", other);
	ROW(fchdir, "bad descriptor", 99);
	rmdir("d");
	mkdir("closed", 0700);
	CHILD(chdir, "as nobody", {
		be_nobody();
		ROW(chdir, "a directory of mode 0700", "closed");
		ROW(chroot, "as nobody", ".");
	});
	mkdir("gone", 0755);
	chdir("gone");
	rmdir("../gone");
	ROW(getcwd, "it was removed", buffer, sizeof(buffer));
	ROW(mkdir, "in a removed directory", "in it", 0755);
	SHOW(chdir, "out of a removed directory",
	     syscall(SYS_chdir, "..") == 0 && !rmdir("closed"));
	chdir("/tmp/rows.directories");
	close(fd);
	close(other);
	unlink("x");
}

static void entries(void)
{
	int fd, other;
	long names = 0, got;

	mkdir("e", 0755);
	chdir("e");
	for (char name[2] = "a"; name[0] < 'f'; name[0]++)
		close(open(name, O_CREAT | O_WRONLY, 0644));
	fd = open(".", O_RDONLY);
	other = open("a", O_RDONLY);
	got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
	for (long at = 0; at < got; at += *(unsigned short *)(buffer + at + 16))
		names++;
	SHOW(getdents64, "names", names);
	ROW(getdents64, "at the end", fd, buffer, sizeof(buffer));
	lseek(fd, 0, SEEK_SET);
	ROW(getdents64, "no room for one", fd, buffer, 8);
	ROW(getdents64, "a file", other, buffer, sizeof(buffer));
	ROW(getdents64, "bad descriptor", 99, buffer, sizeof(buffer));
	close(fd);
	close(other);
	chdir("..");
}

static void attributes(void)
{
	int fd = open("x", O_CREAT | O_RDWR, 0644);

	ROW(setxattr, "user.a", "x", "user.a", "1", 1, 0);
	ROW(setxattr, "trusted.a", "x", "trusted.a", "1", 1, 0);
	ROW(lsetxattr, "no such kind", "x", "nosuch.a", "1", 1, 0);
	ROW(lsetxattr, "user.a", "x", "user.a", "1", 1, 0);
	ROW(lsetxattr, "trusted.b", "x", "trusted.b", "1", 1, 0);
	ROW(fsetxattr, "no such kind", fd, "nosuch.a", "1", 1, 0);
	ROW(fsetxattr, "user.a", fd, "user.a", "1", 1, 0);
	ROW(fsetxattr, "trusted.c", fd, "trusted.c", "1", 1, 0);
	ROW(getxattr, "user.a", "x", "user.a", buffer, 10);
	ROW(getxattr, "trusted.a", "x", "trusted.a", buffer, 10);
	ROW(lgetxattr, "not there", "x", "trusted.none", buffer, 10);
	ROW(lgetxattr, "user.a", "x", "user.a", buffer, 10);
	ROW(lgetxattr, "trusted.a", "x", "trusted.a", buffer, 10);
	ROW(fgetxattr, "not there", fd, "trusted.none", buffer, 10);
	ROW(fgetxattr, "user.a", fd, "user.a", buffer, 10);
	ROW(fgetxattr, "trusted.a", fd, "trusted.a", buffer, 10);
	ROW(listxattr, "names", "x", buffer, 100);
	ROW(listxattr, "not there", "none", buffer, 100);
	ROW(llistxattr, "names", "x", buffer, 100);
	ROW(llistxattr, "not there", "none", buffer, 100);
	ROW(flistxattr, "names", fd, buffer, 100);
	ROW(flistxattr, "bad descriptor", 99, buffer, 100);
	ROW(removexattr, "user.a", "x", "user.a");
	ROW(removexattr, "user.a again", "x", "user.a");
	ROW(lremovexattr, "trusted.b", "x", "trusted.b");
	ROW(lremovexattr, "no such kind", "x", "nosuch.a");
	ROW(fremovexattr, "trusted.c", fd, "trusted.c");
	ROW(fremovexattr, "bad descriptor", 99, "trusted.c");
	close(fd);
}

static void mounts(void)
{
	mkdir("mnt", 0755);
	ROW(mount, "tmpfs", "none", "mnt", "tmpfs", 0, NULL);
	ROW(mount, "unknown kind", "none", "mnt", "nosuchfs", 0, NULL);
	ROW(mount, "not there", "none", "nowhere", "tmpfs", 0, NULL);
	ROW(umount2, "tmpfs", "mnt", 0);
	ROW(umount2, "nothing there", "mnt", 0);
	ROW(umount2, "unknown flag", "mnt", 0x100000);
	CHILD(mount, "as nobody", {
		be_nobody();
		ROW(mount, "tmpfs as nobody", "none", "mnt", "tmpfs", 0, NULL);
		ROW(umount2, "as nobody", "mnt", 0);
	});
	CHILD(chroot, "in a child", {
		ROW(chroot, "not there", "none");
		ROW(chroot, "a directory", "mnt");
	});
}

void rows_directories(void)
{
	current();
	entries();
	attributes();
	mounts();
}
