/* SPDX-License-Identifier: MIT */
/* refusals.c - errors that the rows of fs and vfs document, beyond those of files.c. */
#include "libsys/fs.h"
#include "libsys/string.h"
#include "proto/fs.h"
#include "proto/vfs.h"
#include "tests/programs/protocols/protocols.h"

enum { STALE = 0x7fffff };
#define S(text) text, sizeof(text) - 1

static cap_t fs;
static u64 top, file, gone; /* a folder, a file in it, a folder that was removed but is held */
static char long_name[300];

static void names_refused(void)
{
	struct fs_create_out made = { 0 };
	struct fs_symlink_out link = { 0 };
	struct fs_lookup_out found = { 0 };

	row("fs.create: refusals");
	WANT(E_NOENT, fs_create(fs, gone, S("x"), FS_REGULAR | 0640, 0, 0, &made));
	WANT(E_INVAL, fs_create(fs, top, S("x"), 0xf0000, 0, 0, &made));
	WANT(E_INVAL, fs_create(fs, top, S("a/b"), FS_REGULAR, 0, 0, &made));
	row("fs.lookup: refusals");
	WANT(E_TOOLONG, fs_lookup(fs, top, long_name, sizeof(long_name), &found));
	row("fs.symlink: refusals");
	WANT(E_NOTDIR, fs_symlink(fs, file, S("x"), S("to"), 0, &link));
	WANT(E_STALE, fs_symlink(fs, STALE, S("x"), S("to"), 0, &link));
	WANT(E_NOENT, fs_symlink(fs, gone, S("x"), S("to"), 0, &link));
	WANT(E_TOOLONG, fs_symlink(fs, top, long_name, sizeof(long_name), S("to"), 0, &link));
	row("fs.link: refusals");
	WANT(E_NOTDIR, fs_link(fs, file, S("x"), file));
	WANT(E_STALE, fs_link(fs, STALE, S("x"), file));
	WANT(E_STALE, fs_link(fs, top, S("x"), STALE));
	WANT(E_NOENT, fs_link(fs, gone, S("x"), file));
	WANT(E_TOOLONG, fs_link(fs, top, long_name, sizeof(long_name), file));
}

static void changes_refused(void)
{
	static u8 entries[64] __attribute__((aligned(8)));
	struct fs_create_out full = { 0 }, inside = { 0 };
	struct fs_readdir_out list = { 0 };
	struct fs_session_out session = { 0 };
	struct fs_symlink_out link = { 0 };

	WANT(0, fs_create(fs, top, S("full"), FS_DIRECTORY | 0755, 0, 0, &full));
	WANT(0, fs_create(fs, full.node, S("in"), FS_DIRECTORY | 0755, 0, 0, &inside));
	row("fs.rename: refusals");
	WANT(E_NOTDIR, fs_rename(fs, file, S("x"), top, S("y"), 0));
	WANT(E_NOTDIR, fs_rename(fs, top, S("full"), top, S("file"), 0));
	WANT(E_ISDIR, fs_rename(fs, top, S("file"), top, S("full"), 0));
	WANT(E_NOTEMPTY, fs_rename(fs, full.node, S("in"), top, S("full"), 0));
	WANT(E_LOOP, fs_rename(fs, top, S("full"), inside.node, S("x"), 0));
	WANT(E_STALE, fs_rename(fs, STALE, S("x"), top, S("y"), 0));
	WANT(E_INVAL, fs_rename(fs, top, S("file"), top, S("y"), 0x80));
	WANT(E_INVAL, fs_rename(fs, top, S("."), top, S("y"), 0));
	row("fs.unlink: refusals");
	WANT(E_STALE, fs_unlink(fs, STALE, S("x"), 0));
	WANT(E_INVAL, fs_unlink(fs, top, S("file"), 0x80));
	WANT(E_INVAL, fs_unlink(fs, top, S("."), FS_UNLINK_DIRECTORY));
	row("fs.resize, fs.readdir, fs.session: refusals");
	WANT(0, fs_symlink(fs, top, S("to"), S("file"), 0, &link));
	WANT(E_INVAL, fs_resize(fs, link.node, 1));
	WANT(0, fs_unlink(fs, top, S("to"), 0));
	WANT(E_RANGE, fs_resize(fs, file, (u64)1 << 48));
	WANT(E_STALE, fs_readdir(fs, STALE, 0, entries, sizeof(entries), &list));
	WANT(E_INVAL, fs_readdir(fs, top, 0, entries, 4, &list));
	WANT(E_NOTDIR, fs_session(fs, file, &session));
	WANT(0, fs_unlink(fs, full.node, S("in"), FS_UNLINK_DIRECTORY));
	WANT(0, fs_unlink(fs, top, S("full"), FS_UNLINK_DIRECTORY));
}

static void paths_refused(void)
{
	static char long_path[5000];
	cap_t vfs = grant_find("vfs");
	struct vfs_resolve_out found = { 0 };
	struct fs_symlink_out link = { 0 };

	memset(long_path, '/', sizeof(long_path));
	WANT(0, fs_symlink(fs, top, S("circle"), S("circle"), 0, &link));
	row("vfs: refusals");
	WANT(E_NOTDIR, vfs_resolve(vfs, S("/refusals/file/x"), &found));
	WANT(E_LOOP, vfs_resolve(vfs, S("/refusals/circle/x"), &found));
	WANT(E_TOOLONG, vfs_resolve(vfs, long_path, sizeof(long_path), &found));
	WANT(E_NOTDIR, vfs_mount(vfs, S("/refusals/file"), fs));
	WANT(E_NOENT, vfs_unmount(vfs, S("/none")));
	WANT(E_NOENT, vfs_unmount(vfs, S("/refusals")));
	WANT(E_INVAL, vfs_unmount(vfs, S("/")));
	WANT(0, fs_unlink(fs, top, S("circle"), 0));
}

void test_refusals(void)
{
	struct fs_create_out made = { 0 };
	struct fs_open_out held = { 0 };

	fs = grant_find("fs");
	memset(long_name, 'x', sizeof(long_name));
	WANT(0, fs_create(fs, 0, S("refusals"), FS_DIRECTORY | 0755, 0, 0, &made));
	top = made.node;
	WANT(0, fs_create(fs, top, S("file"), FS_REGULAR | 0640, 0, 0, &made));
	file = made.node;
	WANT(0, fs_create(fs, top, S("gone"), FS_DIRECTORY | 0755, 0, 0, &made));
	gone = made.node;
	WANT(0, fs_open(fs, gone, 0, &held));
	WANT(0, fs_unlink(fs, top, S("gone"), FS_UNLINK_DIRECTORY));
	names_refused();
	changes_refused();
	paths_refused();
	WANT(0, fs_close(fs, gone));
	WANT(0, fs_unlink(fs, top, S("file"), 0));
	WANT(0, fs_unlink(fs, 0, S("refusals"), FS_UNLINK_DIRECTORY));
}
