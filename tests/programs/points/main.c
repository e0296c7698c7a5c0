/* SPDX-License-Identifier: MIT */
/*
 * points - do all that ramfs offers, round after round, while it dies at each of its crash points;
 * every answer must be right.  Switches the machine off at the end.
 */
#include "libsys/fs.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "proto/fs.h"
#include "proto/supervisor.h"

enum { ROUNDS = 40, ERRORS_TOLD = 10, POWER_OFF = 1, SETTLE_NS = 1500000000 };

#define S(text) text, sizeof(text) - 1

static cap_t fs;
static u64 top; /* the directory of all this */
static u32 round_number, errors;

static void judge(bool right, const char *what, i64 got)
{
	if (!right && errors++ < ERRORS_TOLD)
		log_printf("round %u: %.100s gives %ld", round_number, what, got);
}

#define WANT(wanted, call)                                                                         \
	do {                                                                                       \
		i64 got_ = (i64)(call);                                                            \
		judge(got_ == (i64)(wanted), #call, got_);                                         \
	} while (0)
#define HOLDS(condition) judge(condition, #condition, 0)

static u64 look(cap_t session, u64 directory, const char *name)
{
	struct fs_lookup_out out = { 0 };

	return fs_lookup(session, directory, name, strlen(name), &out) ? 0 : out.node;
}

static u32 links(u64 node)
{
	struct fs_attributes a = { 0 };

	return fs_stat(fs, node, &a, sizeof(a)) ? 99 : a.links;
}

static u64 create(u64 directory, const char *name, u64 mode)
{
	struct fs_create_out out = { 0 };

	WANT(0, fs_create(fs, directory, name, strlen(name), mode, 0, 0, &out));
	HOLDS(look(fs, directory, name) == out.node);
	return out.node;
}

static void names(void)
{
	u64 d = create(top, "d", FS_DIRECTORY | 0755), e = create(top, "e", FS_DIRECTORY | 0755);
	u64 f = create(d, "f", FS_REGULAR | 0644), g = create(d, "g", FS_REGULAR | 0644);
	struct fs_symlink_out link = { 0 };
	struct fs_readlink_out target = { 0 };
	char text[16];

	WANT(0, fs_symlink(fs, e, S("s"), S("to/there"), 0, &link));
	WANT(0, fs_readlink(fs, link.node, text, sizeof(text), &target));
	HOLDS(target.length == 8 && !memcmp(text, "to/there", 8));
	WANT(0, fs_link(fs, e, S("f2"), f));
	HOLDS(links(f) == 2);
	WANT(0, fs_rename(fs, d, S("f"), e, S("f3"), 0));
	HOLDS(!look(fs, d, "f") && look(fs, e, "f3") == f && links(f) == 2);
	WANT(0, fs_rename(fs, d, S("g"), e, S("f3"), 0)); /* over one of its names */
	HOLDS(links(f) == 1 && links(g) == 1 && look(fs, e, "f3") == g);
	WANT(0, fs_rename(fs, e, S("f3"), e, S("f2"), 0)); /* over its last name */
	HOLDS(links(f) == 99 && look(fs, e, "f2") == g);
	WANT(0, fs_rename(fs, e, S("f2"), top, S("d"), FS_RENAME_EXCHANGE));
	HOLDS(look(fs, top, "d") == g && look(fs, e, "f2") == d && links(e) == 3);
	WANT(0, fs_rename(fs, e, S("f2"), top, S("d"), FS_RENAME_EXCHANGE));
	create(e, "empty", FS_DIRECTORY | 0755);
	WANT(0, fs_rename(fs, top, S("d"), e, S("empty"), 0)); /* a directory over an empty one */
	HOLDS(look(fs, e, "empty") == d && links(e) == 3);
	WANT(0, fs_unlink(fs, e, S("empty"), FS_UNLINK_DIRECTORY));
	WANT(0, fs_unlink(fs, e, S("s"), 0));
	WANT(0, fs_unlink(fs, e, S("f2"), 0));
	HOLDS(links(g) == 99 && links(link.node) == 99);
	WANT(0, fs_unlink(fs, top, S("e"), FS_UNLINK_DIRECTORY));
}

/* What is held without a name, and what it is held in. */
static void nameless(void)
{
	struct fs_create_nameless_out made = { 0 };
	struct fs_open_out open = { 0 };
	u64 d = create(top, "d", FS_DIRECTORY | 0755), e = create(d, "e", FS_DIRECTORY | 0755);

	WANT(0, fs_open(fs, e, 0, &open));
	WANT(0, fs_open(fs, e, 0, &open));
	WANT(0, fs_unlink(fs, d, S("e"), FS_UNLINK_DIRECTORY));
	WANT(0, fs_unlink(fs, top, S("d"), FS_UNLINK_DIRECTORY));
	HOLDS(links(e) == 0 && links(d) == 0 && look(fs, e, "..") == d && look(fs, d, "..") == top);
	WANT(0, fs_close(fs, e));
	HOLDS(links(d) == 0);
	WANT(0, fs_close(fs, e));
	HOLDS(links(e) == 99 && links(d) == 99);

	WANT(0, fs_create_nameless(fs, top, FS_REGULAR | 0600, 0, FS_CREATE_LINKABLE, &made));
	HOLDS(links(made.node) == 0);
	WANT(0, fs_link(fs, top, S("named"), made.node));
	WANT(0, fs_unlink(fs, top, S("named"), 0));
	WANT(E_NOENT, fs_link(fs, top, S("named"), made.node));
	WANT(0, fs_close(fs, made.node));
	HOLDS(links(made.node) == 99);
}

static void contents(cap_t session)
{
	struct fs_create_out file = { 0 };
	struct fs_open_out open = { 0 };
	struct fs_attributes a = { 0 };
	char text[8] = "";

	WANT(0, fs_create(session, 0, S("points.file"), FS_REGULAR | 0600, 0, 0, &file));
	WANT(0, fs_open(session, file.node, 1, &open));
	WANT(5,
	     sys_memory_copy(open.contents, 4000, (u64) "bytes", 5, COPY_TO_MEMORY | COPY_EXTEND));
	WANT(0, fs_resize(session, file.node, 4003));
	WANT(0, fs_resize(session, file.node, 9000));
	WANT(0,
	     fs_setattr(session, file.node, FS_SET_MODE | FS_SET_UID | FS_SET_GID | FS_SET_MODIFIED,
			0640, (u64)7 << 32 | 6, 0, 12345));
	WANT(0, fs_stat(session, file.node, &a, sizeof(a)));
	HOLDS(a.size == 9000 && a.uid == 6 && a.gid == 7 && a.mode == (FS_REGULAR | 0640) &&
	      a.modified_ns == 12345 && a.links == 1);
	WANT(0, sys_cap_delete(open.contents));
	WANT(0, fs_close(session, file.node));
	WANT(0, fs_open(session, file.node, 1, &open));
	WANT(5, sys_memory_copy(open.contents, 4000, (u64)text, 5, COPY_FROM_MEMORY));
	HOLDS(!memcmp(text, "byt\0\0", 5));
	WANT(0, sys_cap_delete(open.contents));
	WANT(0, fs_unlink(session, 0, S("points.file"), 0));
	WANT(0, fs_close(session, file.node));
	WANT(E_STALE, fs_stat(session, file.node, &a, sizeof(a)));
}

static void xattrs(void)
{
	static char value[3000];
	struct fs_get_xattr_out got = { 0 };
	u64 f = create(top, "x", FS_REGULAR | 0600);

	memset(value, 'v', sizeof(value));
	WANT(0, fs_set_xattr(fs, f, S("a"), value, sizeof(value), FS_XATTR_CREATE));
	WANT(0, fs_set_xattr(fs, f, S("b"), S("two"), FS_XATTR_CREATE));
	WANT(0, fs_set_xattr(fs, f, S("a"), S("one"), FS_XATTR_REPLACE));
	WANT(0, fs_get_xattr(fs, f, S("a"), value, sizeof(value), &got));
	HOLDS(got.length == 3 && !memcmp(value, "one", 3));
	WANT(0, fs_remove_xattr(fs, f, S("b")));
	WANT(E_NOENT, fs_get_xattr(fs, f, S("b"), value, sizeof(value), &got));
	WANT(0, fs_unlink(fs, top, S("x"), 0));
}

/* A file system of its own, left full when its session goes. */
static void another(void)
{
	struct fs_make_out made = { 0 };
	struct fs_session_out part = { 0 };
	struct fs_create_out d = { 0 };
	char name[16];

	WANT(0, fs_make(fs, 1 << 20, 20, 0755, 0, &made));
	contents(made.session);
	WANT(0, fs_create(made.session, 0, S("d"), FS_DIRECTORY | 0755, 0, 0, &d));
	WANT(0, fs_session(made.session, d.node, &part));
	HOLDS(look(part.session, 0, "..") == d.node);
	WANT(0, sys_cap_delete(part.session));
	for (u32 i = 0; i < 10; i++) {
		struct fs_create_out file = { 0 };

		text_format(name, sizeof(name), "file%u", i);
		WANT(0, fs_create(made.session, d.node, name, strlen(name), FS_REGULAR | 0600, 0, 0,
				  &file));
		HOLDS(look(made.session, d.node, name) == file.node);
	}
	WANT(0, sys_cap_delete(made.session));
}

/* A name of 199 bytes. */
static void numbered(char *name, u32 number)
{
	memset(name, 'n', 199);
	name[0] = (char)('a' + number % 26);
	name[1] = (char)('a' + number / 26);
	name[199] = 0;
}

/* Until no record fits behind the last one: names then come out of what is free. */
static void full(void)
{
	static char value[65536];
	struct fs_create_out file = { 0 };
	/* So long that no such record has been freed before. */
	char name[200] = "";
	u32 count = 0;

	WANT(0, fs_create(fs, top, S("full"), FS_REGULAR | 0600, 0, 0, &file));
	for (u32 length = sizeof(value); length > 100; count++) {
		text_format(name, sizeof(name), "value%u", count);
		if (fs_set_xattr(fs, file.node, name, strlen(name), value, length, 0))
			length /= 2;
	}
	HOLDS(count > 100);
	WANT(0, fs_remove_xattr(fs, file.node, S("value7")));
	for (u32 i = 0; i < 30; i++) {
		numbered(name, i);
		create(top, name, FS_REGULAR | 0600);
	}
	for (u32 i = 0; i < 30; i++) {
		numbered(name, i);
		WANT(0, fs_unlink(fs, top, name, strlen(name), 0));
	}
	WANT(0, fs_unlink(fs, top, S("full"), 0));
	HOLDS(links(file.node) == 99);
}

int main(void)
{
	i64 alarm = sys_notification_create(CAP_SELF_BUDGET);
	struct fs_create_out made = { 0 };

	fs = grant_find("fs");
	sys_notification_wait((cap_t)alarm, 1, clock_now() + SETTLE_NS);
	WANT(0, fs_create(fs, 0, S("points"), FS_DIRECTORY | 0755, 0, 0, &made));
	top = made.node;
	for (round_number = 0; round_number < ROUNDS; round_number++) {
		names();
		nameless();
		contents(fs);
		xattrs();
		another();
	}
	full();
	HOLDS(links(top) == 2);
	log_printf("%u rounds, %u errors", round_number, errors);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
