/* SPDX-License-Identifier: MIT */
/* files.c - the rows of fs and vfs, each with a success and an error. */
#include "libsys/fs.h"
#include "libsys/string.h"
#include "proto/fs.h"
#include "proto/supervisor.h"
#include "proto/vfs.h"
#include "tests/programs/protocols/protocols.h"

enum { STALE = 0x7fffff };
/* A string and its length, as two arguments. */
#define S(text) text, sizeof(text) - 1

static cap_t fs;
static u64 top; /* the folder that these tests make */

static void nodes(void)
{
	struct fs_create_out made = { 0 };
	struct fs_lookup_out found = { 0 };
	struct fs_attributes a;

	row("fs.create");
	WANT(0, fs_create(fs, 0, S("protocols"), FS_DIRECTORY | 0755, 0, 0, &made));
	top = made.node;
	WANT(E_EXISTS, fs_create(fs, 0, S("protocols"), FS_DIRECTORY | 0755, 0, 0, &made));
	WANT(0, fs_create(fs, top, S("file"), FS_REGULAR | 0640, (u64)7 << 32 | 5, 0, &made));
	WANT(E_NOTDIR, fs_create(fs, made.node, S("x"), FS_REGULAR | 0640, 0, 0, &made));
	WANT(E_STALE, fs_create(fs, STALE, S("x"), FS_REGULAR | 0640, 0, 0, &made));
	WANT(E_TOOLONG, fs_create(fs, top, (void *)"x", 300, FS_REGULAR, 0, 0, &made));
	HOLDS(fs_create(fs, top, S("a/b"), FS_REGULAR, 0, 0, &made) < 0);
	HOLDS(fs_create(fs, top, S(""), FS_REGULAR, 0, 0, &made) < 0);
	HOLDS(fs_create(fs, top, S(".."), FS_REGULAR, 0, 0, &made) < 0);

	row("fs.lookup");
	WANT(0, fs_lookup(fs, top, S("file"), &found));
	HOLDS((u32)found.mode_links == (FS_REGULAR | 0640) && found.mode_links >> 32 == 1);
	HOLDS(found.owner == ((u64)7 << 32 | 5) && found.size == 0);
	u64 file = found.node;
	WANT(E_NOENT, fs_lookup(fs, top, S("none"), &found));
	WANT(E_NOTDIR, fs_lookup(fs, file, S("x"), &found));
	WANT(E_STALE, fs_lookup(fs, STALE, S("x"), &found));

	row("fs.stat");
	WANT(0, fs_stat(fs, file, &a, sizeof(a)));
	HOLDS(a.node == file && a.uid == 5 && a.gid == 7 && a.links == 1);
	WANT(E_STALE, fs_stat(fs, STALE, &a, sizeof(a)));

	row("fs.setattr");
	u64 mask = FS_SET_MODE | FS_SET_UID | FS_SET_MODIFIED;
	WANT(0, fs_setattr(fs, file, mask, 0600, 9, 0, 12345));
	WANT(0, fs_stat(fs, file, &a, sizeof(a)));
	HOLDS((a.mode & 07777) == 0600 && a.uid == 9 && a.gid == 7 && a.modified_ns == 12345);
	WANT(E_STALE, fs_setattr(fs, STALE, FS_SET_MODE, 0, 0, 0, 0));
	WANT(E_INVAL, fs_setattr(fs, file, 0x100, 0, 0, 0, 0));

	row("fs.resize");
	WANT(0, fs_resize(fs, file, 5000));
	WANT(0, fs_stat(fs, file, &a, sizeof(a)));
	HOLDS(a.size == 5000);
	WANT(E_ISDIR, fs_resize(fs, top, 1));
	WANT(E_STALE, fs_resize(fs, STALE, 1));

	row("fs.statfs");
	struct fs_statfs_out space = { 0 };
	WANT(0, fs_statfs(fs, &space));
	HOLDS(space.block_size && space.blocks > space.free_blocks && space.free_blocks);
	WANT(E_BADCAP, fs_statfs(BAD_CAP, &space));
}

static void names(void)
{
	struct fs_lookup_out file = { 0 }, found = { 0 };
	struct fs_symlink_out made = { 0 };
	struct fs_readlink_out link = { 0 };
	char target[64];

	WANT(0, fs_lookup(fs, top, S("file"), &file));
	row("fs.symlink");
	WANT(0, fs_symlink(fs, top, S("link"), S("to/there"), 0, &made));
	WANT(E_EXISTS, fs_symlink(fs, top, S("link"), S("x"), 0, &made));

	row("fs.readlink");
	WANT(0, fs_readlink(fs, made.node, target, sizeof(target), &link));
	HOLDS(link.length == 8 && !memcmp(target, "to/there", 8));
	WANT(E_INVAL, fs_readlink(fs, file.node, target, sizeof(target), &link));
	WANT(E_STALE, fs_readlink(fs, STALE, target, sizeof(target), &link));

	row("fs.link");
	WANT(0, fs_link(fs, top, S("second"), file.node));
	WANT(0, fs_lookup(fs, top, S("second"), &found));
	HOLDS(found.node == file.node && found.mode_links >> 32 == 2);
	WANT(E_EXISTS, fs_link(fs, top, S("link"), file.node));
	WANT(E_ISDIR, fs_link(fs, top, S("loop"), top));

	row("fs.rename");
	WANT(0, fs_rename(fs, top, S("second"), top, S("third"), 0));
	WANT(E_NOENT, fs_lookup(fs, top, S("second"), &found));
	WANT(E_EXISTS, fs_rename(fs, top, S("third"), top, S("link"), FS_RENAME_NEW));
	WANT(0, fs_rename(fs, top, S("third"), top, S("link"), FS_RENAME_EXCHANGE));
	WANT(0, fs_lookup(fs, top, S("link"), &found));
	HOLDS(found.node == file.node);
	WANT(E_NOENT, fs_rename(fs, top, S("none"), top, S("x"), 0));
	HOLDS(fs_rename(fs, 0, S("protocols"), top, S("inside"), 0) < 0);

	row("fs.readdir");
	static u8 entries[2048] __attribute__((aligned(8)));
	struct fs_readdir_out list = { 0 };
	u32 count = 0;
	WANT(0, fs_readdir(fs, top, 0, entries, sizeof(entries), &list));
	for (u64 at = 0; at < list.length; count++)
		at += ((struct fs_entry *)(entries + at))->record_length;
	WANT(5, count); /* . .. file link third */
	WANT(0, fs_readdir(fs, top, list.next, entries, sizeof(entries), &list));
	HOLDS(list.length == 0);
	WANT(E_NOTDIR, fs_readdir(fs, file.node, 0, entries, sizeof(entries), &list));
}

static void holds(void)
{
	struct fs_lookup_out file = { 0 };
	struct fs_open_out open = { 0 };
	struct fs_session_out session = { 0 };
	struct fs_attributes a;
	u8 byte = 7;

	row("fs.open");
	WANT(0, fs_lookup(fs, top, S("file"), &file));
	WANT(0, fs_open(fs, file.node, 1, &open));
	WANT(1, sys_memory_copy(open.contents, 100, (u64)&byte, 1, COPY_TO_MEMORY));
	WANT(E_RIGHTS, sys_memory_resize(open.contents, 1));
	WANT(E_STALE, fs_open(fs, STALE, 1, &open));

	row("fs.unlink");
	WANT(0, fs_unlink(fs, top, S("file"), 0));
	WANT(0, fs_unlink(fs, top, S("link"), 0));
	WANT(E_NOENT, fs_unlink(fs, top, S("file"), 0));
	WANT(E_ISDIR, fs_unlink(fs, 0, S("protocols"), 0));
	WANT(E_NOTEMPTY, fs_unlink(fs, 0, S("protocols"), FS_UNLINK_DIRECTORY));
	WANT(E_NOTDIR, fs_unlink(fs, top, S("third"), FS_UNLINK_DIRECTORY));

	/* Nameless it lives on until it is let go. */
	row("fs.close");
	WANT(0, fs_stat(fs, file.node, &a, sizeof(a)));
	HOLDS(a.links == 0);
	WANT(0, fs_close(fs, file.node));
	WANT(E_STALE, fs_stat(fs, file.node, &a, sizeof(a)));
	WANT(E_STALE, fs_close(fs, file.node));
	WANT(E_STATE, fs_close(fs, top));
	WANT(0, sys_cap_delete(open.contents));

	row("fs.session");
	WANT(0, fs_session(fs, top, &session));
	WANT(0, fs_lookup(session.session, 0, S("third"), &file));
	WANT(0, fs_lookup(session.session, 0, S(".."), &file));
	WANT(E_NOENT, fs_lookup(session.session, file.node, S("protocols"), &file));
	WANT(E_STALE, fs_session(fs, STALE, &session));
	WANT(0, sys_cap_delete(session.session));
}

static void nameless(void)
{
	struct fs_create_nameless_out made = { 0 };
	struct fs_create_out gone = { 0 };
	struct fs_attributes a;
	struct fs_lookup_out file = { 0 };
	static u8 entries[64] __attribute__((aligned(8)));
	struct fs_readdir_out list = { 0 };

	row("fs.create_nameless");
	WANT(0, fs_create_nameless(fs, top, FS_REGULAR | 0600, 0, FS_CREATE_LINKABLE, &made));
	WANT(0, fs_stat(fs, made.node, &a, sizeof(a)));
	HOLDS(a.links == 0 && a.mode == (FS_REGULAR | 0600));
	WANT(0, fs_link(fs, top, S("named"), made.node));
	WANT(0, fs_unlink(fs, top, S("named"), 0));
	WANT(E_NOENT, fs_link(fs, top, S("named"), made.node));
	WANT(0, fs_close(fs, made.node));
	WANT(E_STALE, fs_stat(fs, made.node, &a, sizeof(a)));
	WANT(E_INVAL, fs_create_nameless(fs, top, FS_DIRECTORY | 0700, 0, 0, &made));
	WANT(E_STALE, fs_create_nameless(fs, STALE, FS_REGULAR | 0600, 0, 0, &made));
	WANT(0, fs_lookup(fs, top, S("third"), &file));
	WANT(E_NOTDIR, fs_create_nameless(fs, file.node, FS_REGULAR | 0600, 0, 0, &made));

	/* A directory that was removed while it was held. */
	WANT(0, fs_create(fs, top, S("gone"), FS_DIRECTORY | 0755, 0, 0, &gone));
	WANT(0, fs_open(fs, gone.node, 0, &(struct fs_open_out){ 0 }));
	WANT(0, fs_unlink(fs, top, S("gone"), FS_UNLINK_DIRECTORY));
	WANT(E_NOENT, fs_create_nameless(fs, gone.node, FS_REGULAR | 0600, 0, 0, &made));
	WANT(E_NOENT, fs_readdir(fs, gone.node, 0, entries, sizeof(entries), &list));
	WANT(0, fs_lookup(fs, gone.node, S(".."), &file));
	HOLDS(file.node == top);
	WANT(0, fs_close(fs, gone.node));

	row("fs.accessed");
	WANT(0, fs_accessed(fs, top));
	WANT(E_STALE, fs_accessed(fs, STALE));
}

static void xattrs(void)
{
	struct fs_get_xattr_out got = { 0 };
	struct fs_list_xattr_out list = { 0 };
	static char value[65536], names[65536];
	u32 count = 0;

	row("fs.set_xattr");
	WANT(0, fs_set_xattr(fs, top, S("a"), S("one"), 0));
	WANT(E_EXISTS, fs_set_xattr(fs, top, S("a"), S("two"), FS_XATTR_CREATE));
	WANT(E_NOENT, fs_set_xattr(fs, top, S("b"), S("two"), FS_XATTR_REPLACE));
	WANT(0, fs_set_xattr(fs, top, S("a"), S("three"), FS_XATTR_REPLACE));
	WANT(0, fs_set_xattr(fs, top, S("long"), value, sizeof(value), 0));
	WANT(E_INVAL, fs_set_xattr(fs, top, S("a"), S("x"), 4));
	WANT(E_INVAL, fs_set_xattr(fs, top, S(""), S("x"), 0));
	WANT(E_STALE, fs_set_xattr(fs, STALE, S("a"), S("x"), 0));

	row("fs.get_xattr");
	WANT(0, fs_get_xattr(fs, top, S("a"), names, 5, &got));
	HOLDS(got.length == 5 && !memcmp(names, "three", 5));
	WANT(0, fs_get_xattr(fs, top, S("long"), names, 100, &got));
	HOLDS(got.length == sizeof(value) && names[0] == 't');
	WANT(E_NOENT, fs_get_xattr(fs, top, S("b"), names, 5, &got));
	WANT(E_INVAL, fs_get_xattr(fs, top, S("a\0b"), names, 5, &got));
	WANT(E_STALE, fs_get_xattr(fs, STALE, S("a"), names, 5, &got));

	row("fs.list_xattr");
	WANT(0, fs_list_xattr(fs, top, names, sizeof(names), &list));
	HOLDS(list.length == 2 + 5);
	WANT(E_STALE, fs_list_xattr(fs, STALE, names, sizeof(names), &list));

	row("fs.remove_xattr");
	WANT(0, fs_remove_xattr(fs, top, S("long")));
	WANT(E_NOENT, fs_remove_xattr(fs, top, S("long")));
	WANT(E_INVAL, fs_remove_xattr(fs, top, S("")));
	WANT(E_STALE, fs_remove_xattr(fs, STALE, S("a")));
	WANT(0, fs_list_xattr(fs, top, names, sizeof(names), &list));
	HOLDS(list.length == 2 && names[0] == 'a');

	/* Their names are no more than one answer can bring. */
	row("fs.set_xattr: full");
	while (count < 300) {
		for (u32 i = 0, n = count; i < 250; i++, n /= 7)
			value[i] = (char)('a' + n % 7);
		if (fs_set_xattr(fs, top, value, 250, value, 0, 0))
			break;
		count++;
	}
	HOLDS(count == 261);
	WANT(E_NOSPACE, fs_set_xattr(fs, top, value, 250, value, 0, 0));
}

/* A file system of two pages and three nodes, and what it refuses beyond. */
static void another(void)
{
	struct fs_create_out file = { 0 };
	struct fs_statfs_out space = { 0 };
	struct fs_make_out made = { 0 };
	struct fs_open_out open = { 0 };
	/* One page, so that a copy of it is whole: it would end early between two. */
	static u8 block[4096] __attribute__((aligned(4096)));

	row("fs.make");
	WANT(0, fs_make(fs, 8000, 3, 0755, 0, &made));
	HOLDS(made.number && made.root && made.session);
	WANT(0, fs_statfs(made.session, &space));
	HOLDS(space.blocks == 2 && space.free_blocks == 2 && space.nodes == 3 &&
	      space.free_nodes == 2 && space.number == made.number);
	WANT(0, fs_create(made.session, 0, S("a"), FS_REGULAR | 0644, 0, 0, &file));
	WANT(E_STALE, fs_link(fs, top, S("out"), file.node));
	WANT(0, fs_open(made.session, file.node, 1, &open));
	for (u64 at = 0; at < 2; at++)
		WANT(4096, sys_memory_copy(open.contents, 9 * at << 12, (u64)block, 4096,
					   COPY_TO_MEMORY | COPY_EXTEND));
	WANT(E_NOMEM, sys_memory_copy(open.contents, 5 << 12, (u64)block, 1, COPY_TO_MEMORY));
	WANT(0, fs_statfs(made.session, &space));
	HOLDS(space.free_blocks == 0 && space.free_nodes == 1);
	WANT(0, fs_create(made.session, 0, S("b"), FS_REGULAR | 0644, 0, 0, &file));
	WANT(E_NOSPACE, fs_create(made.session, 0, S("c"), FS_REGULAR | 0644, 0, 0, &file));
	WANT(E_INVAL, fs_make(fs, 8000, 3, 1 << 16, 0, &made));
	WANT(0, sys_cap_delete(open.contents));
	WANT(0, sys_cap_delete(made.session));

	/* No more than there are numbers; the protocol's next user finds them free again. */
	static cap_t many[64];
	u32 count = 0;
	while (count < 64 && fs_make(fs, 0, 0, 0, 0, &made) != E_NOSPACE)
		many[count++] = made.session;
	HOLDS(count >= 32 && count < 64); /* some are in use */
	while (count)
		WANT(0, sys_cap_delete(many[--count]));
}

static void name_space(void)
{
	cap_t vfs = grant_find("vfs");
	struct vfs_resolve_out found = { 0 };
	struct vfs_mounts_out mounts = { 0 };
	char paths[512];

	row("vfs.resolve");
	WANT(0, vfs_resolve(vfs, S("/protocols"), &found));
	HOLDS(((u32)found.mode & FS_TYPE_MASK) == FS_DIRECTORY && found.session);
	WANT(0, sys_cap_delete(found.session));
	WANT(E_NOENT, vfs_resolve(vfs, S("/none/there"), &found));

	row("vfs.mount");
	WANT(0, vfs_mount(vfs, S("/protocols"), fs));
	WANT(E_BUSY, vfs_mount(vfs, S("/protocols"), fs));
	WANT(E_NOENT, vfs_mount(vfs, S("/none"), fs));

	row("vfs.mounts");
	WANT(0, vfs_mounts(vfs, paths, sizeof(paths), &mounts));
	HOLDS(mounts.length == 2 + 11 && !strcmp(paths, "/") && !strcmp(paths + 2, "/protocols"));
	WANT(E_BADCAP, vfs_mounts(BAD_CAP, paths, sizeof(paths), &mounts));

	/* A mount is as lasting as the root: "/protocols" shows the root of the file system. */
	row("vfs: a mount outlives the server");
	WANT(0, supervisor_kill(grant_find("supervisor"), "vfs", 3));
	WANT(E_BUSY, vfs_mount(vfs, S("/protocols"), fs));
	WANT(0, vfs_resolve(vfs, S("/protocols/bin"), &found));
	WANT(0, sys_cap_delete(found.session));

	row("vfs.unmount");
	WANT(0, vfs_unmount(vfs, S("/protocols")));
	HOLDS(vfs_unmount(vfs, S("/protocols")) < 0);
}

void test_files(void)
{
	fs = grant_find("fs");
	nodes();
	names();
	holds();
	nameless();
	xattrs();
	another();
	name_space();
	WANT(0, fs_unlink(fs, top, S("third"), 0));
	WANT(0, fs_unlink(fs, 0, S("protocols"), FS_UNLINK_DIRECTORY));
}
