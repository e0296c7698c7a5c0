/* SPDX-License-Identifier: MIT */
/*
 * vfs - the name space of native programs: a table of mounts, and look-ups that end in a referral.
 *
 * A walk keeps (mount, directory); whoever asked gets the session of the file system that owns the
 * result and goes on there.
 *
 * Mounts outlive the server: the table lies in the depot, and init keeps a copy of each session
 * beside it.  An entry counts once `used` is set, which is the last store of a mount and the first
 * of an unmount.
 */
#include "libsys/depot.h"
#include "libsys/fs.h"
#include "libsys/serve.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/fs.h"
#include "proto/vfs.h"

enum { MOUNTS_MAX = 16, MOUNT_PATH = 256, LINKS_MAX = 40, PATH_SIZE = 4096 };
enum { KEY_MOUNTS = 1, KEY_SESSION = 16 };

struct mount {
	u32 used;
	u32 parent;	/* the mount that holds the directory it covers */
	u64 covers;	/* that directory's node */
	char path[MOUNT_PATH];
};

static struct mount *mounts;	  /* in the depot; [0] is the root, which the grants give */
static cap_t session[MOUNTS_MAX]; /* CAP_NONE: free */

/* Where a walk stands. */
struct place {
	u32 mount;
	u64 node;
	u64 mode;
	u64 parent; /* the directory in which it was found, for symlinks */
};

/* What is left of the path, in a buffer that symlinks are spliced into. */
static char walk_path[2 * PATH_SIZE];

static void cross_down(struct place *at)
{
	for (u32 i = 1; i < MOUNTS_MAX; i++) {
		if (session[i] && mounts[i].parent == at->mount &&
		    mounts[i].covers == at->node) {
			*at = (struct place){ .mount = i, .mode = FS_DIRECTORY };
			i = 0; /* something may be mounted upon it in turn */
		}
	}
}

static error_t root_node(u32 mount, u64 *node)
{
	struct fs_lookup_out out;
	error_t error = fs_lookup(session[mount], FS_ROOT, ".", 1, &out);

	*node = out.node;
	return error;
}

/* ".." at the root of a mount is ".." of the directory that it covers. */
static error_t cross_up(struct place *at)
{
	while (at->mount) {
		u64 root;
		error_t error = root_node(at->mount, &root);

		if (error)
			return error;
		if (at->node != root && at->node != FS_ROOT)
			break;
		at->node = mounts[at->mount].covers;
		at->mount = mounts[at->mount].parent;
	}
	return 0;
}

static error_t step(struct place *at, const char *name, u64 length)
{
	struct fs_lookup_out out;
	error_t error;

	if (length > FS_NAME_MAX)
		return E_TOOLONG;
	if ((at->mode & FS_TYPE_MASK) != FS_DIRECTORY)
		return E_NOTDIR;
	if (string_equal(name, length, "..")) {
		error = cross_up(at);
		if (error)
			return error;
	}
	error = fs_lookup(session[at->mount], at->node, name, length, &out);
	if (error)
		return error;
	at->parent = at->node;
	at->node = out.node;
	at->mode = (u32)out.mode_links;
	cross_down(at);
	return 0;
}

/* Put a symlink's target before what is left; the walk goes on from its directory. */
static error_t splice(struct place *at, u64 *rest)
{
	char target[FS_TARGET_MAX];
	struct fs_readlink_out out;
	u64 tail = strlen(walk_path + *rest);
	error_t error = fs_readlink(session[at->mount], at->node, target, sizeof(target),
				    &out);

	if (error)
		return error;
	if (out.length + 1 + tail + 1 > sizeof(walk_path))
		return E_TOOLONG;
	memmove(walk_path + out.length + 1, walk_path + *rest, tail + 1);
	memcpy(walk_path, target, out.length);
	walk_path[out.length] = '/';
	*rest = 0;
	at->node = at->parent;
	at->mode = FS_DIRECTORY;
	if (out.length && target[0] == '/')
		*at = (struct place){ .mode = FS_DIRECTORY };
	return 0;
}

/* Walk the path in walk_path from the root. */
static error_t walk(struct place *at)
{
	u64 rest = 0;
	u32 links = 0;

	*at = (struct place){ .mode = FS_DIRECTORY };
	if (!session[0])
		return E_NOENT;
	for (;;) {
		const char *name;
		u64 length = 0;
		error_t error;

		while (walk_path[rest] == '/')
			rest++;
		name = walk_path + rest;
		while (name[length] && name[length] != '/')
			length++;
		if (!length)
			return 0;
		error = step(at, name, length);
		if (error)
			return error;
		rest += length;
		if ((at->mode & FS_TYPE_MASK) == FS_SYMLINK) {
			if (++links > LINKS_MAX)
				return E_LOOP;
			error = splice(at, &rest);
			if (error)
				return error;
		}
	}
}

static error_t path_read(struct request *rq, u32 window, u64 length)
{
	error_t error = request_read(rq, window, 0, walk_path, length);

	walk_path[length] = 0;
	return error ? error : strlen(walk_path) == length ? 0 : E_NOENT;
}

static error_t op_resolve(struct request *rq, const struct vfs_resolve_in *in,
			  struct vfs_resolve_out *out)
{
	struct place at;
	error_t error = path_read(rq, VFS_RESOLVE_PATH, in->path_length);

	if (!error)
		error = walk(&at);
	if (error)
		return error;
	out->node = at.node;
	out->mode = at.mode;
	out->session = session[at.mount];
	return 0;
}

static struct mount *mount_named(const char *path)
{
	for (u32 i = 0; i < MOUNTS_MAX; i++)
		if (session[i] && strcmp(mounts[i].path, path) == 0)
			return &mounts[i];
	return NULL;
}

static void session_close(u32 i)
{
	(void)depot_drop(KEY_SESSION + i);
	sys_cap_delete(session[i]);
	session[i] = CAP_NONE;
}

static error_t op_mount(struct request *rq, const struct vfs_mount_in *in)
{
	char path[MOUNT_PATH];
	struct place at;
	u32 i = 1;
	error_t error = path_read(rq, VFS_MOUNT_PATH, in->path_length);

	if (error)
		return error;
	if (!string_copy(path, sizeof(path), walk_path))
		return E_NOSPACE;
	if (mount_named(path))
		return E_BUSY;
	error = walk(&at);
	if (error)
		return error;
	if ((at.mode & FS_TYPE_MASK) != FS_DIRECTORY)
		return E_NOTDIR;
	while (i < MOUNTS_MAX && session[i])
		i++;
	if (i == MOUNTS_MAX)
		return E_NOSPACE;
	memset(mounts[i].path, 0, sizeof(mounts[i].path));
	string_copy(mounts[i].path, sizeof(mounts[i].path), path);
	mounts[i].parent = at.mount;
	mounts[i].covers = at.node;
	session[i] = request_take(rq, 0);
	error = depot_keep(KEY_SESSION + i, session[i]);
	if (error)
		session_close(i);
	else
		__atomic_store_n(&mounts[i].used, 1, __ATOMIC_RELEASE);
	return error;
}

static error_t op_unmount(struct request *rq, const struct vfs_unmount_in *in)
{
	struct mount *mount;
	error_t error = path_read(rq, VFS_UNMOUNT_PATH, in->path_length);

	if (error)
		return error;
	mount = mount_named(walk_path);
	if (!mount)
		return E_NOENT;
	for (u32 i = 0; i < MOUNTS_MAX; i++)
		if (session[i] && i && mounts[i].parent == (u32)(mount - mounts))
			return E_INVAL;
	if (mount == &mounts[0])
		return E_INVAL;
	__atomic_store_n(&mount->used, 0, __ATOMIC_RELEASE);
	session_close((u32)(mount - mounts));
	return 0;
}

static error_t op_mounts(struct request *rq, const struct vfs_mounts_in *in,
			 struct vfs_mounts_out *out)
{
	u64 used = 0;

	for (u32 i = 0; i < MOUNTS_MAX; i++) {
		u64 length = strlen(mounts[i].path) + 1;
		error_t error;

		if (!session[i] || used + length > in->paths_capacity)
			continue;
		error = request_write(rq, VFS_MOUNTS_PATHS, used, mounts[i].path, length);
		if (error)
			return error;
		used += length;
	}
	out->length = used;
	return 0;
}

static const struct vfs_ops ops = {
	.resolve = op_resolve,
	.mount = op_mount,
	.unmount = op_unmount,
	.mounts = op_mounts,
};

static error_t dispatch(struct request *rq)
{
	return vfs_dispatch(&ops, rq);
}

/* What a predecessor left: an entry without its session, or that makes no sense, is none. */
static void adopt(u32 i)
{
	struct mount *mount = &mounts[i];
	bool sound = mount->used && mount->parent < MOUNTS_MAX && mounts[mount->parent].used &&
		     mount->path[0] == '/' && !mount->path[MOUNT_PATH - 1];

	if (sound && depot_take(KEY_SESSION + i, &session[i]) == 0)
		return;
	mount->used = 0;
	session[i] = CAP_NONE;
	(void)depot_drop(KEY_SESSION + i);
}

static error_t start(void)
{
	cap_t memory;
	void *at;
	bool fresh;
	error_t error =
		depot_map(KEY_MOUNTS, MOUNTS_MAX * sizeof(*mounts), 0, &at, &memory, &fresh);

	if (error)
		return error;
	mounts = at;
	mounts[0].used = 1;
	session[0] = grant_find("fs");
	string_copy(mounts[0].path, sizeof(mounts[0].path), "/");
	for (u32 i = 1; i < MOUNTS_MAX && !fresh; i++)
		adopt(i);
	return depot_ready();
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };
	error_t error = start();

	if (error) {
		log_printf("the mounts cannot be kept: %s", error_name(error));
		return (int)error;
	}
	return (int)serve(&service);
}
