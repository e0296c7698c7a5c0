/* SPDX-License-Identifier: MIT */
/*
 * mountstart.c - what is mounted from the start, and the nodes of /dev.
 */
#include "servers/linux/device.h"
#include "servers/linux/mount.h"
#include "servers/linux/proc.h"

#include "libsys/string.h"

struct filesystem dev_filesystem = { .type = &devtmpfs_type, .refs = 1, .options = ",mode=755" };
struct filesystem pts_filesystem = { .type = &devpts_type, .refs = 1,
				     .options = ",gid=5,mode=620,ptmxmode=000" };
struct mount *pts_mount;

/* Make a directory unless it is there; *id is its node. */
static i64 directory_make(struct mount *m, u64 parent, const char *name, u32 mode, u64 *id)
{
	u32 length = (u32)strlen(name);
	struct found found;
	i64 error = m->ops->create(m, parent, name, length, S_IFDIR | mode, 0, 0, 0, id);

	if (error != -EEXIST)
		return error;
	error = m->ops->lookup(NULL, m, parent, name, length, &found);
	*id = found.id;
	return error;
}

/* Mount a file system on a directory of another one, which is made; *out stays for good. */
static i64 mount_on(struct filesystem *fs, struct node parent, const char *name, u32 flags,
		    struct mount **out)
{
	struct node over = { .mount = parent.mount };
	i64 error = directory_make(parent.mount, parent.id, name, 0755, &over.id);

	if (!error)
		error = mount_make(fs, fs->root, 0, flags, fs->type->name, out);
	return error ? error : mount_attach(*out, over, 0);
}

static i64 devices_make(struct mount *m)
{
	i64 error = 0;
	u64 id;

	for (u32 i = 0; i < device_count && !error; i++) {
		const struct device *d = &device_list[i];

		error = m->ops->create(m, m->root, d->name, (u32)strlen(d->name), d->mode, 0, 0,
				       d->number, &id);
	}
	for (u32 i = 0; i < device_link_count && !error; i++) {
		const struct device_link *l = &device_links[i];

		error = m->ops->symlink(m, m->root, l->name, (u32)strlen(l->name), l->target, 0, 0);
	}
	return error;
}

i64 mounts_start(cap_t session)
{
	struct node root = { .mount = &root_mount };
	struct mount *m;
	i64 error = root_begin(session);
	u64 id;

	if (error)
		return error;
	root.id = root_mount.root;
	mounts_begin(&root_mount);
	error = directory_make(&root_mount, root.id, "tmp", 01777, &id);
	if (!error)
		error = tmpfs_make(&dev_filesystem, 0, 0, 0755, 0, 0);
	if (!error)
		error = mount_on(&dev_filesystem, root, "dev", MS_NOSUID, &m);
	if (!error)
		error = devices_make(m);
	if (!error)
		error = tmpfs_make(&pts_filesystem, 0, 0, 0755, 0, 0);
	if (!error)
		error = mount_on(&pts_filesystem, (struct node){ m, m->root }, "pts",
				 MS_NOSUID | MS_NOEXEC | MS_RELATIME, &pts_mount);
	if (!error)
		error = pts_mount->ops->create(pts_mount, pts_mount->root, "ptmx", 4, S_IFCHR, 0, 0,
					       DEVICE_PTMX, &id);
	if (!error)
		error = mount_on(&proc_filesystem, root, "proc", MS_RELATIME, &m);
	if (!error)
		error = mount_on(&sys_filesystem, root, "sys", MS_RELATIME, &m);
	return error;
}
