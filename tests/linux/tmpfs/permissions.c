/* SPDX-License-Identifier: MIT */
/* permissions - what somebody who is not root may do, by mode, owner and group. */
#include "tmpfs.h"

static void files(void)
{
	char name[32];

	/* One file for each of the nine bits, for nobody as owner, as group, and as other. */
	for (int who = 0; who < 3; who++)
		for (int bits = 0; bits < 8; bits++) {
			snprintf(name, sizeof(name), "f%d%d", who, bits);
			file_make(name, "text");
			chown(name, who == 0 ? 1000 : 0, who == 1 ? 1000 : 0);
			chmod(name, (mode_t)(bits << (6 - 3 * who)));
		}
	AS_NOBODY(
		"access", for (int who = 0; who < 3; who++) for (int bits = 0; bits < 8; bits++) {
			static const char *const of[] = { "owner", "group", "other" };
			char question[48];
			long result = 0;

			snprintf(name, sizeof(name), "f%d%d", who, bits);
			for (int want = 1; want < 8; want++)
				result = result * 10 + !access(name, want);
			for (int how = O_RDONLY; how <= O_RDWR; how++) {
				int fd = open(name, how);

				result = result * 10 + (fd >= 0);
				close(fd);
			}
			result = result * 10 + !truncate(name, 4);
			snprintf(question, sizeof(question), "%s, mode %d", of[who], bits);
			ASK("access", question, result);
		});
	ASK("access", "root, no right at all", access("f00", R_OK | W_OK));
	ASK("access", "root, to execute what nobody may", access("f00", X_OK));
	ASK("access", "root, to execute", access("f01", X_OK));
	ASK("access", "root, to search", mkdir("none", 0) ?: access("none", X_OK));
}

static void directories(void)
{
	for (int bits = 0; bits < 8; bits++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d", bits);
		mkdir(name, 0755);
		snprintf(name, sizeof(name), "d%d/in", bits);
		file_make(name, "text");
		chmod(name, 0666);
		snprintf(name, sizeof(name), "d%d", bits);
		chmod(name, (mode_t)(0700 | bits));
	}
	AS_NOBODY(
		"directory", for (int bits = 0; bits < 8; bits++) {
			char in[32], new[32], name[32], question[32];
			int fd;

			snprintf(name, sizeof(name), "d%d", bits);
			snprintf(in, sizeof(in), "d%d/in", bits);
			snprintf(new, sizeof(new), "d%d/new", bits);
			snprintf(question, sizeof(question), "mode %d, ", bits);
#define OF(what, expression)                                                                       \
	({                                                                                         \
		char q_[64];                                                                       \
		snprintf(q_, sizeof(q_), "%s%s", question, what);                                  \
		ASK("directory", q_, expression);                                                  \
	})
			OF("list", (fd = open(name, O_RDONLY)) < 0 ? -1 : close(fd));
			OF("enter", chdir(name) ?: chdir(".."));
			OF("look", access(in, F_OK));
			OF("look for nothing", access(new, F_OK));
			OF("open", (fd = open(in, O_RDWR)) < 0 ? -1 : close(fd));
			OF("create",
			   (fd = open(new, O_CREAT | O_WRONLY, 0600)) < 0 ? -1 : close(fd));
			OF("mkdir what is there", mkdir(in, 0755));
			OF("rename", rename(in, new));
			OF("remove", unlink(new));
			OF("remove the directory", rmdir(name));
		});
}

static void sticky(void)
{
	mkdir("sticky", 01777);
	chmod("sticky", 01777);
	file_make("sticky/roots", "");
	file_make("sticky/mine", "");
	chown("sticky/mine", 1000, 1000);
	mkdir("sticky/d", 0777);
	mkdir("own", 0777);
	chmod("own", 01777);
	chown("own", 1000, 1000);
	file_make("own/roots", "");
	AS_NOBODY("sticky", ASK("sticky", "remove root's", unlink("sticky/roots"));
		  ASK("sticky", "rename root's", rename("sticky/roots", "sticky/x"));
		  ASK("sticky", "rename over root's", rename("sticky/mine", "sticky/roots"));
		  ASK("sticky", "exchange with root's",
		      (int)syscall(SYS_renameat2, AT_FDCWD, "sticky/mine", AT_FDCWD, "sticky/roots",
				   2));
		  ASK("sticky", "remove root's directory", rmdir("sticky/d"));
		  ASK("sticky", "link root's", link("sticky/roots", "sticky/l"));
		  ASK("sticky", "create", mknod("sticky/new", S_IFREG | 0600, 0));
		  ASK("sticky", "remove what is mine", unlink("sticky/mine"));
		  ASK("sticky", "remove root's, the directory is mine", unlink("own/roots")));
}

static void owners(void)
{
	file_make("o", "");
	file_make("n", "");
	chown("n", 1000, 1000);
	AS_NOBODY("owner", ASK("owner", "chmod root's", chmod("o", 0666));
		  ASK("owner", "chown root's", chown("o", 1000, 1000));
		  ASK("owner", "chown root's, nothing", chown("o", -1, -1));
		  ASK("owner", "chmod mine", chmod("n", 0600));
		  ASK("owner", "give mine away", chown("n", 1001, -1));
		  ASK("owner", "to another group", chown("n", -1, 0));
		  ASK("owner", "to my group", chown("n", -1, 1000));
		  ASK("owner", "to myself", chown("n", 1000, 1000));
		  ASK("owner", "a device", mknod("dev", S_IFCHR | 0666, 0x103));
		  ASK("owner", "a fifo", mknod("fifo", S_IFIFO | 0666, 0));
		  ASK("owner", "O_NOATIME on root's", open("o", O_RDONLY | O_NOATIME)));
	/* The supplementary groups count too, and the owner's bits hide the group's. */
	file_make("g", "");
	chown("g", 0, 77);
	chmod("g", 0060);
	CHILD(owner, "a further group", {
		gid_t groups[] = { 5, 77 };
		syscall(SYS_setgroups, 2, groups);
		syscall(SYS_setresgid, 1000, 1000, 1000);
		syscall(SYS_setresuid, 1000, 1000, 1000);
		ASK("owner", "a further group writes", access("g", R_OK | W_OK));
		ASK("owner", "a further group as new group", chown("n", -1, 77));
	});
	CHILD(owner, "real and effective", {
		chmod("n", 0600);
		syscall(SYS_setresuid, 1000, 0, 0);
		ASK("owner", "access by the real user", access("o", W_OK));
		ASK("owner", "faccessat by the effective user",
		    faccessat(AT_FDCWD, "o", W_OK, AT_EACCESS));
		ASK("owner", "access of what the real user owns", access("n", W_OK));
	});
}

void tmpfs_permissions(void)
{
	files();
	directories();
	sticky();
	owners();
}
