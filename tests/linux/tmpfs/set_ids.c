/* SPDX-License-Identifier: MIT */
/* set_ids - set-user and set-group bits: how they come, how they go, what they do to exec. */
#include "tmpfs.h"

#include <sys/auxv.h>

extern char **environ;

static void bits_make(const char *name, mode_t mode)
{
	file_make(name, "text");
	chmod(name, mode);
}

static void chowns(void)
{
	bits_make("a", 06755);
	ASK("chown", "root's, by root", chown("a", 0, 0));
	ASK("chown", "root's, by root: mode", mode_of("a"));
	bits_make("a", 02745);
	ASK("chown", "a lock bit", chown("a", 0, 0));
	ASK("chown", "a lock bit: mode", mode_of("a"));
	bits_make("a", 06755);
	ASK("chown", "nothing", chown("a", -1, -1));
	ASK("chown", "nothing: mode", mode_of("a"));
	mkdir("cd", 0755);
	chmod("cd", 06755);
	ASK("chown", "a directory", chown("cd", 1000, 1000));
	ASK("chown", "a directory: mode", mode_of("cd"));
	bits_make("b", 06755);
	chown("b", 1000, 1000);
	chmod("b", 06755);
	AS_NOBODY("chown", ASK("chown", "mine to my group", chown("b", -1, 1000)));
	ASK("chown", "mine to my group: mode", mode_of("b"));
}

static void writes(void)
{
	int fd;

	bits_make("w", 06777);
	fd = open("w", O_WRONLY);
	ASK("written", "by root", pwrite(fd, "x", 1, 0));
	ASK("written", "by root: mode", mode_of("w"));
	AS_NOBODY("written", ASK("written", "by nobody", pwrite(fd, "x", 1, 0)));
	ASK("written", "by nobody: mode", mode_of("w"));
	chmod("w", 06777);
	AS_NOBODY("written", ASK("written", "by nobody again", pwrite(fd, "x", 1, 0)));
	ASK("written", "by nobody again: mode", mode_of("w"));
	chmod("w", 06767);
	AS_NOBODY("written", ASK("written", "a lock bit", pwrite(fd, "x", 1, 0)));
	ASK("written", "a lock bit: mode", mode_of("w"));
	chmod("w", 06777);
	AS_NOBODY("written", ASK("written", "nothing by nobody", pwrite(fd, "x", 0, 0)));
	ASK("written", "nothing by nobody: mode", mode_of("w"));
	AS_NOBODY("written", ASK("written", "cut by nobody", truncate("w", 1)));
	ASK("written", "cut by nobody: mode", mode_of("w"));
	chmod("w", 06777);
	AS_NOBODY("written", ASK("written", "opened to be cut by nobody",
				 close(open("w", O_WRONLY | O_TRUNC))));
	ASK("written", "opened to be cut by nobody: mode", mode_of("w"));
	close(fd);
}

static void chmods(void)
{
	file_make("c", "");
	chown("c", 1000, 0);
	AS_NOBODY("chmod", ASK("chmod", "set-group of a group that is not mine", chmod("c", 02755));
		  ASK("chmod", "mode then", mode_of("c"));
		  ASK("chmod", "set-user", chmod("c", 04755));
		  ASK("chmod", "set-user: mode", mode_of("c")));
	ASK("chmod", "by root", chmod("c", 06755));
	ASK("chmod", "by root: mode", mode_of("c"));
	ASK("chmod", "bits beyond", chmod("c", 0170644));
	ASK("chmod", "bits beyond: mode", mode_of("c"));
	symlink("c", "cs");
	ASK("chmod", "through a link", chmod("cs", 0600));
	ASK("chmod", "a link itself",
	    (int)syscall(452, AT_FDCWD, "cs", 0600, AT_SYMLINK_NOFOLLOW) < 0);
}

/* What is made in a set-group directory belongs to its group. */
static void inherited(void)
{
	mkdir("sg", 0777);
	chown("sg", 0, 77);
	chmod("sg", 02777);
	AS_NOBODY("inherited", close(open("sg/f", O_CREAT | O_WRONLY, 02775)); mkdir("sg/d", 0755);
		  symlink("f", "sg/s"); mkfifo("sg/p", 0644);
		  close(open("sg/g", O_CREAT | O_WRONLY, 02770));
		  ASK_OK("inherited", "nameless", open("sg", O_TMPFILE | O_RDWR, 02755)));
	ASK("inherited", "a file: group", stat_of("sg/f").st_gid);
	ASK("inherited", "a file: mode", mode_of("sg/f"));
	ASK("inherited", "a file of 2770: mode", mode_of("sg/g"));
	ASK("inherited", "a directory: group", stat_of("sg/d").st_gid);
	ASK("inherited", "a directory: mode", mode_of("sg/d"));
	ASK("inherited", "a link: group", stat_of("sg/s").st_gid);
	ASK("inherited", "a fifo: group", stat_of("sg/p").st_gid);
	ASK("inherited", "by root", mkdir("sg/r", 0755) ?: (long)stat_of("sg/r").st_gid);
	ASK("inherited", "renamed into it", mkdir("out", 0755) ?: rename("out", "sg/out"));
	ASK("inherited", "renamed into it: group", stat_of("sg/out").st_gid);
	ASK("inherited", "a lower one", mkdir("sg/d/e", 0700) ?: (long)stat_of("sg/d/e").st_gid);
}

/* This program once more, to tell who it is. */
static void told(const char *question, const char *name, mode_t mode, int uid, int gid)
{
	char *const arguments[] = { (char *)name, "who", (char *)question, NULL };
	int pid;

	chown(name, (uid_t)uid, (gid_t)gid);
	chmod(name, mode);
	pid = fork();
	if (!pid) {
		be_nobody();
		execve(name, arguments, environ);
		ASK("exec", question, -1);
		_exit(1);
	}
	row_status("exec", question, pid);
}

/* Before main: the program of told() says who it is and ends. */
__attribute__((constructor)) static void who(int argc, char **argv)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	if (argc < 3 || strcmp(argv[1], "who"))
		return;
	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	dprintf(1, "exec: %s: users: %d %d %d\n", argv[2], r, e, s);
	dprintf(1, "exec: %s: groups: %d %d %d\n", argv[2], gr, ge, gs);
	dprintf(1, "exec: %s: secure: %lu\n", argv[2], getauxval(AT_SECURE));
	dprintf(1, "exec: %s: effective: %lu %lu\n", argv[2], getauxval(AT_EUID),
		getauxval(AT_EGID));
	_exit(0);
}

static void execs(void)
{
	static char buffer[1 << 16];
	int in = open("/proc/self/exe", O_RDONLY), out = open("me", O_CREAT | O_WRONLY, 0755);
	long n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			_exit(97);
	close(in);
	close(out);
	told("plain", "./me", 0755, 0, 0);
	told("set-user", "./me", 04755, 0, 0);
	told("set-group", "./me", 02755, 0, 77);
	told("both", "./me", 06755, 33, 77);
	told("set-user of my own", "./me", 04755, 1000, 1000);
	told("set-group, a lock bit", "./me", 02745, 1000, 77);
	told("not to be executed", "./me", 04744, 0, 0);
}

void tmpfs_set_ids(void)
{
	chowns();
	writes();
	chmods();
	inherited();
	execs();
}
