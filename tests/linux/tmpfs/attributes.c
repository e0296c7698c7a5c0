/* SPDX-License-Identifier: MIT */
/* attributes - extended attributes: kinds, flags, limits, who may see and set them. */
#include "tmpfs.h"

#include <sys/xattr.h>

static void plain(const char *name)
{
	char b[64] = "";
	char topic[16];

	snprintf(topic, sizeof(topic), "xattr of %s", name);
#define X(question, expression) ASK(topic, question, expression)
	X("none yet", listxattr(name, b, sizeof(b)));
	X("user", setxattr(name, "user.a", "one", 3, 0));
	X("trusted", setxattr(name, "trusted.a", "two", 3, 0));
	X("security", setxattr(name, "security.a", "three", 5, 0));
	X("got", getxattr(name, "trusted.a", b, sizeof(b)));
	X("got: what", !memcmp(b, "two", 3));
	X("how long", getxattr(name, "security.a", NULL, 0));
	X("no room", getxattr(name, "security.a", b, 2));
	X("not there", getxattr(name, "trusted.none", b, sizeof(b)));
	X("create what is there", setxattr(name, "trusted.a", "x", 1, XATTR_CREATE));
	X("replace what is there", setxattr(name, "trusted.a", "longer", 6, XATTR_REPLACE));
	X("replace what is not there", setxattr(name, "trusted.b", "x", 1, XATTR_REPLACE));
	X("create what is not there", setxattr(name, "trusted.b", "", 0, XATTR_CREATE));
	X("empty", getxattr(name, "trusted.b", b, sizeof(b)));
	X("both flags", setxattr(name, "trusted.a", "x", 1, 3));
	X("an unknown flag", setxattr(name, "trusted.a", "x", 1, 4));
	X("how long the list is", listxattr(name, NULL, 0));
	X("no room for the list", listxattr(name, b, 3));
	X("removed", removexattr(name, "trusted.a"));
	X("removed again", removexattr(name, "trusted.a"));
	X("an ACL", setxattr(name, "system.posix_acl_access", "x", 1, 0) < 0);
	X("no kind", setxattr(name, "nokind", "x", 1, 0));
	X("an unknown kind", setxattr(name, "other.a", "x", 1, 0));
	X("get an unknown kind", getxattr(name, "other.a", b, 1));
	X("a kind without a name", setxattr(name, "trusted.", "x", 1, 0));
	X("no name", setxattr(name, "", "x", 1, 0));
	X("get without a name", getxattr(name, "", b, 1));
#undef X
}

static void limits(void)
{
	char *volatile wild = (char *)8;
	static char name[300] = "trusted.", value[70000];

	memset(name + 8, 'n', 280);
	name[255] = 0;
	ASK("xattr", "a name of 255", setxattr("f", name, "x", 1, 0));
	name[255] = 'n';
	name[256] = 0;
	ASK("xattr", "a name of 256", setxattr("f", name, "x", 1, 0));
	ASK("xattr", "get a name of 256", getxattr("f", name, value, 1));
	ASK("xattr", "a value of 65,536", setxattr("f", "trusted.big", value, 65536, 0));
	ASK("xattr", "a value of 65,537", setxattr("f", "trusted.bigger", value, 65537, 0));
	ASK("xattr", "got", getxattr("f", "trusted.big", value, 65536));
	ASK("xattr", "got with more room", getxattr("f", "trusted.big", value, 70000));
	ASK("xattr", "wild name", setxattr("f", wild, "x", 1, 0));
	ASK("xattr", "wild value", setxattr("f", "trusted.w", wild, 1, 0));
	ASK("xattr", "wild place", getxattr("f", "trusted.big", wild, 65536));
	ASK("xattr", "not there", setxattr("none", "trusted.a", "x", 1, 0));
	ASK("xattr", "a hundred", ({
		    long n = 0;
		    for (int i = 0; i < 100; i++) {
			    snprintf(name, sizeof(name), "trusted.n%d", i);
			    n += !setxattr("d", name, name, strlen(name), 0);
		    }
		    n;
	    }));
	ASK("xattr", "a hundred: listed", listxattr("d", value, sizeof(value)));
	ASK("xattr", "a hundred: the last", getxattr("d", "trusted.n99", value, 64));
}

static void forms(void)
{
	int fd = open("f", O_RDONLY), path = open("f", O_PATH);
	char b[64];

	symlink("f", "s");
	ASK("xattr", "through a link",
	    setxattr("s", "trusted.s", "1", 1, 0) ?: getxattr("f", "trusted.s", b, 1));
	ASK("xattr", "of a link, user", lsetxattr("s", "user.a", "1", 1, 0));
	ASK("xattr", "of a link, trusted", lsetxattr("s", "trusted.l", "12", 2, 0));
	ASK("xattr", "of a link, got", lgetxattr("s", "trusted.l", b, 64));
	ASK("xattr", "of a link, not of its file", getxattr("s", "trusted.l", b, 64));
	ASK("xattr", "of a link, listed", llistxattr("s", b, 64));
	ASK("xattr", "of a link, removed", lremovexattr("s", "trusted.l"));
	ASK("xattr", "of a descriptor", fsetxattr(fd, "trusted.f", "123", 3, 0));
	ASK("xattr", "of a descriptor, got", fgetxattr(fd, "trusted.f", b, 64));
	ASK("xattr", "of a descriptor, removed", fremovexattr(fd, "trusted.f"));
	ASK("xattr", "of a path's descriptor", fsetxattr(path, "trusted.f", "1", 1, 0));
	ASK("xattr", "of a path's descriptor, got", fgetxattr(path, "trusted.f", b, 1));
	ASK("xattr", "of a pipe", ({
		    int p[2];
		    pipe(p);
		    fsetxattr(p[0], "user.a", "1", 1, 0);
	    }));
	mkfifo("p", 0666);
	chmod("p", 0666);
	ASK("xattr", "of a fifo, user", setxattr("p", "user.a", "1", 1, 0));
	ASK("xattr", "of a fifo, got", getxattr("p", "user.a", b, 1));
	ASK("xattr", "of a fifo, trusted", setxattr("p", "trusted.a", "1", 1, 0));
	ASK("xattr", "with another name of the file",
	    link("f", "f2") ?: getxattr("f2", "trusted.s", b, 1));
	close(fd);
	close(path);
}

static void nobody(void)
{
	char b[256];

	file_make("r", "");
	setxattr("r", "user.a", "1", 1, 0);
	setxattr("r", "trusted.a", "1", 1, 0);
	setxattr("r", "security.a", "1", 1, 0);
	file_make("m", "");
	chown("m", 1000, 1000);
	setxattr("m", "trusted.a", "1", 1, 0);
	mkdir("st", 0777);
	chmod("st", 01777);
	file_make("w", "");
	chmod("w", 0222);
	setxattr("w", "user.a", "1", 1, 0);
	AS_NOBODY(
		"xattr", ASK("xattr", "nobody: get user", getxattr("r", "user.a", b, 9));
		ASK("xattr", "nobody: get trusted", getxattr("r", "trusted.a", b, 9));
		ASK("xattr", "nobody: get security", getxattr("r", "security.a", b, 9));
		ASK("xattr", "nobody: set user", setxattr("r", "user.b", "1", 1, 0));
		ASK("xattr", "nobody: list", listxattr("r", b, 256));
		ASK("xattr", "nobody: set mine, user", setxattr("m", "user.b", "1", 1, 0));
		ASK("xattr", "nobody: set mine, trusted", setxattr("m", "trusted.b", "1", 1, 0));
		ASK("xattr", "nobody: get mine, trusted", getxattr("m", "trusted.a", b, 9));
		ASK("xattr", "nobody: set mine, security", setxattr("m", "security.b", "1", 1, 0));
		ASK("xattr", "nobody: remove mine", removexattr("m", "user.b"));
		ASK("xattr", "nobody: sticky directory, user", setxattr("st", "user.b", "1", 1, 0));
		ASK("xattr", "nobody: get what cannot be read", getxattr("w", "user.a", b, 9));
		ASK("xattr", "nobody: set what cannot be read",
		    setxattr("w", "user.b", "1", 1, 0)));
}

void tmpfs_attributes(void)
{
	file_make("f", "");
	mkdir("d", 0755);
	plain("f");
	plain("d");
	limits();
	forms();
	nobody();
}
