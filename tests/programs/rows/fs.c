/* SPDX-License-Identifier: MIT */
/* fs.c - the rows of the fs protocol, against ramfs. */
#include "tests/programs/rows/rows.h"

#include "libsys/fs.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "proto/fs.h"

static cap_t fs;
static u64 top; /* the directory that the rows work in */

static u64 made(u64 directory, const char *name, u64 mode)
{
	struct fs_create_out out = { 0 };

	if (fs_create(fs, directory, name, strlen(name), mode, 5 | 6ul << 32, 0, &out))
		return 0;
	return out.node;
}

static error_t look(cap_t session, u64 directory, const char *name, struct fs_lookup_out *out)
{
	return fs_lookup(session, directory, name, strlen(name), out);
}

static void names(void)
{
	struct fs_lookup_out found = { 0 };
	struct fs_create_out out = { 0 };
	u64 f = made(top, "f", FS_REGULAR | 0640);

	expect("fs.create: again", fs_create(fs, top, "f", 1, FS_REGULAR, 0, 0, &out), E_EXISTS);
	expect("fs.create: in a file", fs_create(fs, f, "x", 1, FS_REGULAR, 0, 0, &out), E_NOTDIR);
	expect("fs.create: a symlink", fs_create(fs, top, "l", 1, FS_SYMLINK, 0, 0, &out), E_INVAL);
	expect("fs.lookup", look(fs, top, "f", &found), 0);
	expect_true("fs.lookup: node", found.node == f && found.owner == (5 | 6ul << 32));
	expect_true("fs.lookup: mode and links",
		    found.mode_links == (FS_REGULAR | 0640 | 1ul << 32) && found.size == 0);
	expect("fs.lookup: no name", look(fs, top, "g", &found), E_NOENT);
	expect("fs.lookup: in a file", look(fs, f, "g", &found), E_NOTDIR);
	expect("fs.lookup: a stale node", look(fs, f + (1ul << 32), "g", &found), E_STALE);
	expect("fs.lookup: a name too long", fs_lookup(fs, top, "", 256, &found), E_TOOLONG);
	expect("fs.lookup: a wild name", fs_lookup(fs, top, (void *)8, 5, &found), E_FAULT);
	expect("fs.link", fs_link(fs, top, "h", 1, f), 0);
	expect("fs.link: again", fs_link(fs, top, "h", 1, f), E_EXISTS);
	expect("fs.link: a directory", fs_link(fs, top, "d", 1, top), E_ISDIR);
	expect("fs.unlink", fs_unlink(fs, top, "h", 1, 0), 0);
	expect("fs.unlink: again", fs_unlink(fs, top, "h", 1, 0), E_NOENT);
	expect("fs.unlink: no directory", fs_unlink(fs, top, "f", 1, 1), E_NOTDIR);
	expect("fs.rename", fs_rename(fs, top, "f", 1, top, "g", 1, 0), 0);
	expect("fs.rename: gone", fs_rename(fs, top, "f", 1, top, "g", 1, 0), E_NOENT);
	expect("fs.rename: flags", fs_rename(fs, top, "g", 1, top, "f", 1, 4), E_INVAL);
	expect("fs.unlink: the file", fs_unlink(fs, top, "g", 1, 0), 0);
}

static void symlinks(void)
{
	struct fs_symlink_out link = { 0 };
	struct fs_readlink_out length = { 0 };
	char target[16];

	expect("fs.symlink", fs_symlink(fs, top, "l", 1, "to/here", 7, 0, &link), 0);
	expect("fs.symlink: again", fs_symlink(fs, top, "l", 1, "x", 1, 0, &link), E_EXISTS);
	expect("fs.readlink", fs_readlink(fs, link.node, target, sizeof(target), &length), 0);
	expect_true("fs.readlink: target", length.length == 7 && !memcmp(target, "to/here", 7));
	expect("fs.readlink: cut", fs_readlink(fs, link.node, target, 2, &length), 0);
	expect_true("fs.readlink: whole length", length.length == 7);
	expect("fs.readlink: no symlink", fs_readlink(fs, top, target, 8, &length), E_INVAL);
	expect("fs.unlink: symlink", fs_unlink(fs, top, "l", 1, 0), 0);
}

static void contents(void)
{
	struct fs_attributes a = { 0 };
	struct fs_open_out out = { 0 };
	u64 f = made(top, "f", FS_REGULAR | 0600);
	char back[8] = { 0 };

	expect("fs.open", fs_open(fs, f, 1, &out), 0);
	expect("fs.open: write beyond the end",
	       sys_memory_copy(out.contents, 4, (u64)"data", 4, COPY_TO_MEMORY | COPY_EXTEND), 4);
	expect("fs.open: read back",
	       sys_memory_copy(out.contents, 0, (u64)back, 8, COPY_FROM_MEMORY), 8);
	expect_true("fs.open: a hole reads as zero", !memcmp(back, "\0\0\0\0data", 8));
	expect("fs.open: no right to resize", sys_memory_resize(out.contents, 1), E_RIGHTS);
	expect("fs.stat", fs_stat(fs, f, &a, sizeof(a)), 0);
	expect_true("fs.stat: size", a.size == 8 && a.links == 1 && a.mode == (FS_REGULAR | 0600));
	expect("fs.stat: stale", fs_stat(fs, f + (1ul << 32), &a, sizeof(a)), E_STALE);
	expect("fs.resize", fs_resize(fs, f, 3), 0);
	expect("fs.resize: a directory", fs_resize(fs, top, 3), E_ISDIR);
	expect("fs.setattr", fs_setattr(fs, f, FS_SET_MODE | FS_SET_MODIFIED, 0755, 0, 0, 77), 0);
	expect("fs.setattr: mask", fs_setattr(fs, f, 1 << 10, 0, 0, 0, 0), E_INVAL);
	expect("fs.stat: after both", fs_stat(fs, f, &a, sizeof(a)), 0);
	expect_true("fs.setattr: seen", a.mode == (FS_REGULAR | 0755) && a.modified_ns == 77);
	expect_true("fs.resize: seen", a.size == 3);
	expect("fs.unlink: held", fs_unlink(fs, top, "f", 1, 0), 0);
	expect("fs.stat: held without a name", fs_stat(fs, f, &a, sizeof(a)), 0);
	expect("fs.close", fs_close(fs, f), 0);
	expect("fs.close: gone", fs_close(fs, f), E_STALE);
	expect("fs.close: not held", fs_close(fs, top), E_STATE);
	sys_cap_delete(out.contents);
}

static void sessions(void)
{
	static u8 entries[4096];
	struct fs_session_out session = { 0 };
	struct fs_readdir_out list = { 0 };
	struct fs_lookup_out found = { 0 }, up = { 0 };
	struct fs_statfs_out space = { 0 };
	struct fs_create_out out = { 0 };
	u64 d = made(top, "d", FS_DIRECTORY | 0755);

	expect("fs.readdir", fs_readdir(fs, top, 0, entries, sizeof(entries), &list), 0);
	expect_true("fs.readdir: three entries", list.length == 3 * 32);
	expect("fs.readdir: a small window", fs_readdir(fs, top, 0, entries, 8, &list), E_INVAL);
	expect("fs.statfs", fs_statfs(fs, &space), 0);
	expect_true("fs.statfs: sizes",
		    space.block_size == 4096 && space.free_blocks <= space.blocks);
	expect("fs.session", fs_session(fs, d, &session), 0);
	expect("fs.session: its root", look(session.session, FS_ROOT, ".", &found), 0);
	expect_true("fs.session: is the directory", found.node == d);
	expect("fs.session: confined", look(session.session, FS_ROOT, "..", &up), 0);
	expect_true("fs.session: no way up", up.node == d);
	expect("fs.session: a node outside", look(session.session, top, "d", &up), E_STALE);
	expect("fs.session: creates", fs_create(session.session, FS_ROOT, "x", 1, FS_REGULAR, 0, 0,
						&out), 0);
	expect("fs.session: of a file", fs_session(fs, out.node, &session), E_NOTDIR);
	expect("fs.unlink: not empty", fs_unlink(fs, top, "d", 1, 1), E_NOTEMPTY);
	expect("fs.unlink: within", fs_unlink(fs, d, "x", 1, 0), 0);
	expect("fs.unlink: directory", fs_unlink(fs, top, "d", 1, 1), 0);
}

void fs_rows(void)
{
	fs = grant_find("fs");
	top = made(FS_ROOT, "rows", FS_DIRECTORY | 0700);
	expect_true("fs.create", top != 0);
	names();
	symlinks();
	contents();
	sessions();
	expect("fs.unlink: all", fs_unlink(fs, FS_ROOT, "rows", 4, 1), 0);
}
