/* SPDX-License-Identifier: MIT */
/* walks - long names, long paths, links upon links, deep directories. */
#include "tmpfs.h"

static char long_name[300], long_path[5000];

static char *name_of(unsigned length)
{
	memset(long_name, 'n', length);
	long_name[length] = 0;
	return long_name;
}

/* "./././x", so many bytes long. */
static char *path_of(unsigned length)
{
	memset(long_path, '/', length);
	long_path[0] = '.';
	long_path[length - 1] = 'x';
	long_path[length] = 0;
	return long_path;
}

static void lengths(void)
{
	file_make("x", "");
	ASK("lengths", "a name of 255", mkdir(name_of(255), 0755));
	ASK("lengths", "a name of 256", mkdir(name_of(256), 0755));
	ASK("lengths", "a look at a name of 256", access(name_of(256), F_OK));
	ASK("lengths", "a rename to a name of 256", rename("x", name_of(256)));
	ASK("lengths", "a path of 4095", access(path_of(4095), F_OK));
	ASK("lengths", "a path of 4096", access(path_of(4096), F_OK));
	ASK("lengths", "below a file", access("x/y", F_OK));
	ASK("lengths", "below a file, a name of 256", ({
		    snprintf(long_path, sizeof(long_path), "x/%s", name_of(256));
		    access(long_path, F_OK);
	    }));
	ASK("lengths", "a file and a dot", access("x/.", F_OK));
	ASK("lengths", "a file and a slash", access("x/", F_OK));
	ASK("lengths", "no path", access("", F_OK));
}

static void chains(void)
{
	char from[16], to[16];

	file_make("l0", "end");
	for (int i = 1; i <= 42; i++) {
		snprintf(from, sizeof(from), "l%d", i - 1);
		snprintf(to, sizeof(to), "l%d", i);
		symlink(from, to);
	}
	ASK("links", "40 of them", access("l40", F_OK));
	ASK("links", "41 of them", access("l41", F_OK));
	ASK("links", "41, not followed", faccessat(AT_FDCWD, "l41", F_OK, AT_SYMLINK_NOFOLLOW));
	symlink("itself", "itself");
	ASK("links", "to itself", access("itself", F_OK));
	ASK("links", "to itself, created", open("itself", O_CREAT | O_WRONLY, 0644));
	mkdir("d", 0755);
	symlink("../d/up", "d/up");
	ASK("links", "around", access("d/up/x", F_OK));
	symlink("l0/", "slash");
	ASK("links", "to a file with a slash", access("slash", F_OK));
	symlink("d/", "directory");
	ASK("links", "to a directory with a slash", access("directory/.", F_OK));
	ASK("links", "a directory's, removed", rmdir("directory"));
	ASK("links", "a directory's with a slash, removed", rmdir("directory/"));
	ASK("links", "read", readlink("l7", from, sizeof(from)));
	ASK("links", "read in part", readlink("l42", from, 2));
	ASK("links", "read, no room", readlink("l42", from, 0));
	ASK("links", "read a file", readlink("l0", from, sizeof(from)));
}

enum { LEVELS = 4000 };

static void depths(void)
{
	static char path[8192];
	long made = 0, left = 0;
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	while (made < LEVELS && !mkdir("deep", 0755) && !chdir("deep"))
		made++;
	ASK("depth", "levels made", made);
	ASK("depth", "getcwd", syscall(SYS_getcwd, path, sizeof(path)));
	file_make("bottom", "");
	ASK("depth", "a file there", access("bottom", F_OK));
	unlink("bottom");
	while (left < LEVELS && !chdir("..") && !rmdir("deep"))
		left++;
	ASK("depth", "levels removed", left);
	ASK("depth", "back at the top", ({
		    struct stat a, b;
		    !stat(".", &a) && !fstat(fd, &b) && a.st_ino == b.st_ino;
	    }));
	close(fd);
}

static void other_calls(void)
{
	struct {
		unsigned bytes, type;
		unsigned char handle[128];
	} handle = { .bytes = 0 };
	struct {
		unsigned long flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };
	int mount_id;

	ASK("faccessat2", "an unknown flag", syscall(SYS_faccessat2, AT_FDCWD, "x", 0, 0x4000));
	ASK("faccessat2", "a mode that is none", syscall(SYS_faccessat2, AT_FDCWD, "x", 8, 0));
	ASK("name_to_handle_at", "how long",
	    syscall(SYS_name_to_handle_at, AT_FDCWD, "x", &handle, &mount_id, 0));
	ASK_OK("openat2", "a file", syscall(SYS_openat2, AT_FDCWD, "x", &how, sizeof(how)));
}

void tmpfs_walks(void)
{
	lengths();
	chains();
	depths();
	other_calls();
}
