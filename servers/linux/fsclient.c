/* SPDX-License-Identifier: MIT */
/*
 * fsclient.c - mounts that are trees of an fs server.
 *
 * The server knows types as numbers of its own and no permissions; this file translates, and keeps
 * the dentry cache honest about every change it asks for.
 */
#include "libsys/fs.h"
#include "libsys/sys.h"
#include "proto/fs.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/node.h"
#include "servers/linux/util.h"

enum { DEVICE_TMPFS = 0x20 }; /* st_dev of one beside the root; the root's own is 0x13 */

static const u16 type_to_linux[] = { 0,	      S_IFREG, S_IFDIR, S_IFLNK,
				     S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };

static u32 mode_to_linux(u64 mode)
{
	u32 type = (u32)(mode & FS_TYPE_MASK) >> 16;

	return (mode & FS_PERMISSIONS) | (type < 8 ? type_to_linux[type] : 0);
}

static u32 mode_from_linux(u32 mode)
{
	u32 type = 1;

	while (type < 8 && type_to_linux[type] != (mode & S_IFMT))
		type++;
	return (mode & FS_PERMISSIONS) | type << 16;
}

static u64 owner(u32 uid, u32 gid)
{
	return (u64)gid << 32 | uid;
}

static i64 remote_lookup(struct lthread *t, struct mount *m, u64 directory, const char *name,
			 u32 length, struct found *found)
{
	struct fs_lookup_out out = { 0 };
	i64 error = BOUNDED(fs_lookup(m->session, directory, name, length, &out));

	(void)t;
	if (error)
		return error;
	found->id = out.node;
	found->mode = mode_to_linux(out.mode_links);
	found->uid = (u32)out.owner;
	found->gid = (u32)(out.owner >> 32);
	return 0;
}

static i64 remote_stat(struct lthread *t, struct mount *m, u64 id, struct attributes *out)
{
	struct fs_attributes a;
	i64 error = BOUNDED(fs_stat(m->session, id, &a, sizeof(a)));

	(void)t;
	if (error)
		return error;
	*out = (struct attributes){
		.id = a.node,
		.links = a.links,
		.device = a.device,
		.size = a.size,
		.blocks = (a.resident_bytes + 511) / 512,
		.mode = mode_to_linux(a.mode),
		.uid = a.uid,
		.gid = a.gid,
		.accessed_ns = (i64)a.accessed_ns,
		.modified_ns = (i64)a.modified_ns,
		.changed_ns = (i64)a.changed_ns,
		.created_ns = (i64)a.created_ns,
	};
	return 0;
}

static i64 remote_readlink(struct lthread *t, struct mount *m, u64 id, char *buffer, u64 capacity)
{
	struct fs_readlink_out out = { 0 };
	i64 error = BOUNDED(fs_readlink(m->session, id, buffer, capacity, &out));

	(void)t;
	return error ? error : (i64)out.length;
}

static u32 entry_type(u32 mode)
{
	return (mode_to_linux(mode) & S_IFMT) >> 12;
}

enum { READDIR_BYTES = 4096 };

static i64 remote_readdir(struct lthread *t, struct mount *m, u64 directory, u64 cookie,
			  bool (*emit)(void *, const struct entry *), void *context)
{
	_Alignas(8) char buffer[READDIR_BYTES];
	struct fs_readdir_out out = { 0 };

	(void)t;
	for (;;) {
		i64 error = BOUNDED(fs_readdir(m->session, directory, cookie, buffer,
					       sizeof(buffer), &out));

		if (error)
			return error;
		if (!out.length)
			return 0;
		for (u64 at = 0; at + sizeof(struct fs_entry) <= out.length;) {
			const struct fs_entry *from = (const void *)(buffer + at);
			struct entry entry = {
				.id = from->node,
				.next = from->cookie,
				.type = entry_type(from->mode),
				.length = from->name_length,
				.name = from->name,
			};

			if (!from->record_length ||
			    at + sizeof(*from) + from->name_length > out.length)
				return -EIO;
			if (!emit(context, &entry))
				return 0;
			at += from->record_length;
		}
		cookie = out.next;
	}
}

static void forget(struct mount *m, u64 directory, const char *name, u32 length)
{
	dentry_forget((struct node){ m, directory }, name, length);
}

static i64 remote_create(struct mount *m, u64 directory, const char *name, u32 length, u32 mode,
			 u32 uid, u32 gid, u64 device, u64 *id)
{
	struct fs_create_out out = { 0 };
	i64 error = BOUNDED(fs_create(m->session, directory, name, length, mode_from_linux(mode),
				      owner(uid, gid), device, &out));

	forget(m, directory, name, length);
	if (!error)
		*id = out.node;
	return error;
}

static i64 remote_create_nameless(struct mount *m, u64 directory, u32 mode, u32 uid, u32 gid,
				  bool linkable, u64 *id)
{
	struct fs_create_nameless_out out = { 0 };
	i64 error = BOUNDED(fs_create_nameless(m->session, directory, mode_from_linux(mode),
					       owner(uid, gid), linkable, &out));

	if (!error)
		*id = out.node;
	return error;
}

static i64 remote_symlink(struct mount *m, u64 directory, const char *name, u32 length,
			  const char *target, u32 uid, u32 gid)
{
	struct fs_symlink_out out = { 0 };
	i64 error = BOUNDED(fs_symlink(m->session, directory, name, length, target, strlen(target),
				       owner(uid, gid), &out));

	forget(m, directory, name, length);
	return error;
}

static i64 remote_link(struct mount *m, u64 directory, const char *name, u32 length, u64 id)
{
	i64 error = BOUNDED(fs_link(m->session, directory, name, length, id));

	node_changed((struct node){ m, id });
	forget(m, directory, name, length);
	return error;
}

static i64 remote_unlink(struct mount *m, u64 directory, const char *name, u32 length, u32 flags)
{
	u64 how = flags & AT_REMOVEDIR ? FS_UNLINK_DIRECTORY : 0;
	i64 error = BOUNDED(fs_unlink(m->session, directory, name, length, how));

	forget(m, directory, name, length);
	return error;
}

/* A directory that goes to another one has another ".."; none of its names tells. */
static void forget_parent_of(struct mount *m, u64 directory, const char *name, u32 length)
{
	struct found found;

	if (!remote_lookup(NULL, m, directory, name, length, &found))
		forget(m, found.id, "..", 2);
}

static i64 remote_rename(struct mount *m, u64 directory, const char *name, u32 length,
			 u64 new_directory, const char *new_name, u32 new_length, u32 flags)
{
	u64 how = (flags & RENAME_NOREPLACE ? FS_RENAME_NEW : 0) |
		  (flags & RENAME_EXCHANGE ? FS_RENAME_EXCHANGE : 0);
	i64 error = BOUNDED(fs_rename(m->session, directory, name, length, new_directory, new_name,
				      new_length, how));

	forget(m, directory, name, length);
	forget(m, new_directory, new_name, new_length);
	if (!error && directory != new_directory) {
		forget_parent_of(m, new_directory, new_name, new_length);
		if (flags & RENAME_EXCHANGE)
			forget_parent_of(m, directory, name, length);
	}
	/* Linux calls a folder that would go below itself an invalid argument. */
	return error == -ELOOP ? -EINVAL : error;
}

static i64 remote_setattr(struct mount *m, u64 id, u32 mask, const struct attributes *to)
{
	i64 error = BOUNDED(fs_setattr(m->session, id, mask, to->mode & FS_PERMISSIONS,
				       owner(to->uid, to->gid), (u64)to->accessed_ns,
				       (u64)to->modified_ns));

	node_changed((struct node){ m, id });
	if (mask & (SET_MODE | SET_UID | SET_GID))
		dentry_forget_node((struct node){ m, id });
	return error;
}

static i64 remote_resize(struct mount *m, u64 id, u64 size)
{
	i64 error = BOUNDED(fs_resize(m->session, id, size));

	node_changed((struct node){ m, id });
	return error == -EINVAL ? -EFBIG : error;
}

static void remote_accessed(struct mount *m, u64 id)
{
	(void)BOUNDED(fs_accessed(m->session, id));
}

static i64 remote_hold(struct mount *m, u64 id, cap_t *contents)
{
	struct fs_open_out out = { 0 };
	i64 error = BOUNDED(fs_open(m->session, id, contents != NULL, &out));

	if (!error && contents)
		*contents = out.contents;
	return error;
}

static void remote_release(struct mount *m, u64 id)
{
	(void)BOUNDED(fs_close(m->session, id));
}

/* The server's numbers of both flags are Linux's; a name that is not there is no missing file. */
static i64 xattr_error(i64 error)
{
	return error == -ENOENT ? -ENODATA : error;
}

static i64 remote_xattr_set(struct mount *m, u64 id, const char *name, guest_t value, u64 length,
			    u32 flags)
{
	i64 error = BOUNDED(fs_set_xattr(m->session, id, name, strlen(name), (const void *)value,
					 length, flags));

	node_changed((struct node){ m, id });
	return xattr_error(error);
}

static i64 remote_xattr_get(struct mount *m, u64 id, const char *name, guest_t value, u64 room)
{
	struct fs_get_xattr_out out = { 0 };
	i64 error = BOUNDED(fs_get_xattr(m->session, id, name, strlen(name), (void *)value, room,
					 &out));

	return error ? xattr_error(error) : (i64)out.length;
}

static i64 remote_xattr_list(struct mount *m, u64 id, char *names, u64 room)
{
	struct fs_list_xattr_out out = { 0 };
	i64 error = BOUNDED(fs_list_xattr(m->session, id, names, room, &out));

	return error ? error : (i64)out.length;
}

static i64 remote_xattr_remove(struct mount *m, u64 id, const char *name)
{
	i64 error = BOUNDED(fs_remove_xattr(m->session, id, name, strlen(name)));

	node_changed((struct node){ m, id });
	return xattr_error(error);
}

static i64 remote_statfs(struct mount *m, struct l_statfs *out)
{
	struct fs_statfs_out a = { 0 };
	i64 error = BOUNDED(fs_statfs(m->session, &a));

	if (error)
		return error;
	*out = (struct l_statfs){
		.type = TMPFS_MAGIC,
		.bsize = (i64)a.block_size,
		.blocks = a.blocks,
		.bfree = a.free_blocks,
		.bavail = a.free_blocks,
		.files = a.nodes,
		.ffree = a.free_nodes,
		.namelen = 255,
		.frsize = (i64)a.block_size,
	};
	return 0;
}

static const struct mount_ops remote_ops = {
	.lookup = remote_lookup,
	.stat = remote_stat,
	.readlink = remote_readlink,
	.readdir = remote_readdir,
	.create = remote_create,
	.create_nameless = remote_create_nameless,
	.symlink = remote_symlink,
	.link = remote_link,
	.unlink = remote_unlink,
	.rename = remote_rename,
	.setattr = remote_setattr,
	.resize = remote_resize,
	.accessed = remote_accessed,
	.hold = remote_hold,
	.release = remote_release,
	.xattr_set = remote_xattr_set,
	.xattr_get = remote_xattr_get,
	.xattr_list = remote_xattr_list,
	.xattr_remove = remote_xattr_remove,
	.statfs = remote_statfs,
	.cached = true,
};

static struct filesystem first = {
	.ops = &remote_ops,
	.type = &tmpfs_type,
	.root = FS_ROOT,
	.device = 0x13,
	.refs = 1,
};

struct mount root_mount = {
	.refs = 1,
	.fs = &first,
	.ops = &remote_ops,
	.root = FS_ROOT,
	.device = 0x13,
	.source = "ramfs",
};

i64 tmpfs_make(struct filesystem *fs, u64 size, u64 nodes, u32 mode, u32 uid, u32 gid)
{
	struct fs_make_out out = { 0 };
	i64 error = BOUNDED(fs_make(root_mount.session, size, nodes, mode & FS_PERMISSIONS,
				    owner(uid, gid), &out));

	if (error)
		return error;
	fs->ops = &remote_ops;
	fs->session = out.session;
	fs->root = out.root;
	fs->device = DEVICE_TMPFS + (u32)out.number;
	return 0;
}

void tmpfs_end(struct filesystem *fs)
{
	dentry_forget_filesystem(fs);
	(void)sys_cap_delete(fs->session);
}

i64 root_begin(cap_t session)
{
	struct attributes a;
	i64 error;

	root_mount.session = first.session = session;
	error = remote_stat(NULL, &root_mount, FS_ROOT, &a);
	/* The root by its own number, so that nodes can be compared. */
	if (!error)
		root_mount.root = first.root = a.id;
	return error;
}
