/* SPDX-License-Identifier: MIT */
/* names - what rename and link do, and what stays reachable without a name. */
#include "tmpfs.h"

#include <sys/sysmacros.h>

static int rename2(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void renames_of_files(void)
{
	char buffer[8] = "";
	int fd;

	file_make("a", "a");
	file_make("b", "b");
	link("a", "a2");
	ASK("rename", "onto itself", rename("a", "a"));
	ASK("rename", "onto its other name", rename("a", "a2"));
	ASK("rename", "onto its other name: links", links_of("a"));
	fd = open("b", O_RDONLY);
	ASK("rename", "over an open file", rename("a", "b"));
	ASK("rename", "over an open file: what it holds",
	    read(fd, buffer, 8) == 1 && *buffer == 'b');
	close(fd);
	ASK("rename", "over a file: links", links_of("b"));
	ASK("rename", "what is not there", rename("none", "x"));
	ASK("rename", "an empty name", rename("", "x"));
	ASK("rename", "to an empty name", rename("b", ""));
	ASK("rename", "a file, with a slash behind", rename("b/", "x"));
	ASK("rename", "to a name with a slash behind", rename("b", "x/"));
	ASK("rename", "into what is not there", rename("b", "none/x"));
	ASK("rename", "into a file", rename("b", "a2/x"));
	symlink("b", "s");
	ASK("rename", "a symbolic link", rename("s", "s2"));
	ASK("rename", "a symbolic link: it is one",
	    S_ISLNK(mode_of("s2")) && S_ISREG(mode_of("b")));
	ASK("rename", "over a symbolic link", rename("b", "s2"));
	ASK("rename", "over a symbolic link: it is gone", S_ISREG(mode_of("s2")));
	symlink("nowhere", "s3");
	ASK("rename", "over a link to nothing, slash", rename("s2", "s3/"));
}

static void renames_of_directories(void)
{
	mkdir("d", 0755);
	mkdir("d/e", 0755);
	mkdir("empty", 0755);
	file_make("f", "f");
	ASK("rename", "a directory over a file", rename("d", "f"));
	ASK("rename", "a file over a directory", rename("f", "empty"));
	ASK("rename", "a directory over a full one", rename("empty", "d"));
	ASK("rename", "a directory over an empty one", rename("d", "empty"));
	ASK("rename", "links of what it lies in", links_of("."));
	ASK("rename", "into itself", rename("empty", "empty/x"));
	ASK("rename", "into what lies in it", rename("empty", "empty/e/x"));
	ASK("rename", "over what it lies in", rename("empty/e", "empty"));
	ASK("rename", "a directory with slashes", rename("empty/", "d/"));
	ASK("rename", "a directory to another one", rename("d/e", "e"));
	ASK("rename", "links of the old one", links_of("d"));
	ASK("rename", "dot", rename("d/.", "x"));
	ASK("rename", "dot dot", rename("d/..", "x"));
	ASK("rename", "to dot", rename("d", "e/."));
	ASK("rename", "to dot dot", rename("d", "e/.."));
	ASK("rename", "the root", rename("/", "x"));
}

static void renames_with_flags(void)
{
	mkdir("xd", 0755);
	mkdir("xd/in", 0755);
	mkdir("ye", 0755);
	file_make("xd/f", "f");
	file_make("y", "y");
	ASK("renameat2", "noreplace, free", rename2("y", "z", 1));
	ASK("renameat2", "noreplace, taken", rename2("z", "xd", 1));
	ASK("renameat2", "noreplace, itself", rename2("z", "z", 1));
	ASK("renameat2", "exchange a file and a directory", rename2("z", "xd", 2));
	ASK("renameat2", "exchange: what they are",
	    S_ISREG(mode_of("xd")) && S_ISDIR(mode_of("z")));
	ASK("renameat2", "exchange with what is not there", rename2("z", "none", 2));
	ASK("renameat2", "exchange what is not there", rename2("none", "z", 2));
	ASK("renameat2", "exchange with itself", rename2("z", "z", 2));
	ASK("renameat2", "exchange with what lies in it", rename2("z", "z/in", 2));
	ASK("renameat2", "exchange with what it lies in", rename2("z/in", "z", 2));
	ASK("renameat2", "exchange across directories", rename2("z/in", "xd", 2));
	ASK("renameat2", "exchange: links of the upper", links_of("z"));
	ASK("renameat2", "exchange two full directories", rename2("z", "xd", 2));
	ASK("renameat2", "exchange, slash behind a file", rename2("xd/in/", "xd", 2));
	ASK("renameat2", "noreplace and exchange", rename2("z", "n", 3));
	ASK("renameat2", "whiteout and exchange", rename2("z", "xd", 6));
	ASK("renameat2", "an unknown flag", rename2("z", "n", 8));
	ASK("renameat2", "whiteout", rename2("xd", "moved", 4));
	ASK("renameat2", "what a whiteout leaves",
	    S_ISCHR(mode_of("xd")) && stat_of("xd").st_rdev == makedev(0, 0));
}

static void links(void)
{
	char path[64];
	int fd;

	file_make("la", "a");
	mkdir("ld", 0755);
	symlink("la", "ls");
	ASK("link", "a name", link("la", "lb"));
	ASK("link", "a taken name", link("la", "lb"));
	ASK("link", "a directory", link("ld", "lx"));
	ASK("link", "dot", link("ld/.", "lx"));
	ASK("link", "with a slash behind", link("la", "lx/"));
	ASK("link", "a symbolic link", link("ls", "ls2"));
	ASK("link", "a symbolic link: links", links_of("ls"));
	ASK("link", "followed", linkat(AT_FDCWD, "ls", AT_FDCWD, "lf", AT_SYMLINK_FOLLOW));
	ASK("link", "followed: links", links_of("la"));
	fd = open("la", O_RDONLY);
	ASK("link", "a descriptor", linkat(fd, "", AT_FDCWD, "lfd", AT_EMPTY_PATH));
	ASK("link", "a descriptor without the flag", linkat(fd, "", AT_FDCWD, "lfe", 0));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASK("link", "by /proc, followed",
	    linkat(AT_FDCWD, path, AT_FDCWD, "lpf", AT_SYMLINK_FOLLOW));
	ASK("link", "by /proc", linkat(AT_FDCWD, path, AT_FDCWD, "lp", 0));
	ASK("link", "links", links_of("la"));
	ASK("unlink", "a directory", unlink("ld"));
	ASK("unlink", "a file, with a slash behind", unlink("la/"));
	ASK("unlink", "a link to a file, with a slash", unlink("ls/"));
	ASK("unlink", "dot", unlink("."));
	ASK("rmdir", "a file", rmdir("la"));
	ASK("rmdir", "dot", rmdir("."));
	ASK("rmdir", "dot dot", rmdir("ld/.."));
	ASK("rmdir", "with a slash behind", rmdir("ld/"));
	ASK("rmdir", "the root", rmdir("/"));
	close(fd);
}

static void makes(void)
{
	ASK("mkdir", "with a slash behind", mkdir("md/", 0777));
	ASK("mkdir", "mode", mode_of("md"));
	ASK("mkdir", "more bits", mkdir("md2", 07777));
	ASK("mkdir", "more bits: mode", mode_of("md2"));
	ASK("mkdir", "over a link to nothing", symlink("none", "ml") ?: mkdir("ml", 0755));
	ASK("mkdir", "dot", mkdir("md/.", 0755));
	ASK("mkdir", "dot dot", mkdir("..", 0755));
	ASK("mknod", "a file with a slash", mknod("mf/", S_IFREG | 0644, 0));
	ASK("mknod", "a device", mknod("mc", S_IFCHR | 06640, makedev(9, 77)));
	ASK("mknod", "a device: mode", mode_of("mc"));
	ASK("mknod", "a device: number", stat_of("mc").st_rdev == makedev(9, 77));
	ASK("mknod", "a device: opened", open("mc", O_RDONLY));
	ASK("mknod", "a directory", mknod("mx", S_IFDIR | 0755, 0));
	ASK("mknod", "no type at all", mknod("mr", 0600, 0));
	ASK("mknod", "no type at all: mode", mode_of("mr"));
	ASK("mknod", "a link", mknod("mx", S_IFLNK | 0755, 0));
	ASK("open", "creates through a link to nothing",
	    close(open("ml", O_CREAT | O_WRONLY, 0600)));
	ASK("open", "creates what the link names", mode_of("none"));
	ASK("open", "exclusively through a link", open("ml", O_CREAT | O_EXCL | O_WRONLY, 0600));
	ASK("open", "creates with a slash", open("mx/", O_CREAT | O_WRONLY, 0600));
	ASK("open", "creates a directory", open("md", O_CREAT | O_RDONLY, 0600));
	ASK("open", "O_DIRECTORY on a file", open("mr", O_RDONLY | O_DIRECTORY));
	ASK("open", "O_NOFOLLOW on a link", open("ml", O_RDONLY | O_NOFOLLOW));
	ASK("open", "O_CREAT and O_DIRECTORY", open("mq", O_CREAT | O_DIRECTORY | O_RDWR, 0600));
	ASK("open", "mode without right, for writing", close(open("m0", O_CREAT | O_RDWR, 0)));
	ASK("open", "a socket's name", mknod("msock", S_IFSOCK | 0666, 0) ?: open("msock", O_RDWR));
	ASK("symlink", "of the greatest length", ({
		    static char target[4097];
		    memset(target, 'x', 4096);
		    target[4095] = 0;
		    symlink(target, "mlong");
	    }));
	ASK("symlink", "its size", stat_of("mlong").st_size);
	ASK("symlink", "too long", ({
		    static char target[4098];
		    memset(target, 'x', 4096);
		    symlink(target, "mlonger");
	    }));
	ASK("symlink", "mode", mode_of("mlong"));
	ASK("symlink", "size of a short one", stat_of("ml").st_size);
}

void tmpfs_names(void)
{
	renames_of_files();
	renames_of_directories();
	renames_with_flags();
	links();
	makes();
}
