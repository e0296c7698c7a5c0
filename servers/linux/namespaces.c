/* SPDX-License-Identifier: MIT */
/*
 * namespaces.c - what there is to say about namespaces: there is one of each kind.
 *
 * unshare undoes what clone shared, and nothing else; it answers as a kernel built without
 * namespaces does.
 */
#include "servers/linux/calls.h"
#include "servers/linux/exec.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/util.h"

#define CLONE_NEW                                                                                  \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
#define CLONE_PARTS (CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)
/* Shared by threads alone, which cannot part. */
#define CLONE_WHOLE (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

i64 linux_unshare(struct lthread *t, struct registers *r)
{
	struct process *p = t->process;
	struct fs_context *fs;
	u64 flags = r->rdi;

	if (flags & ~(u64)(CLONE_NEW | CLONE_PARTS | CLONE_WHOLE))
		return -EINVAL;
	/* Descriptors and the place in the tree are a process's here: its threads cannot part. */
	if (flags & (CLONE_WHOLE | CLONE_FILES | CLONE_FS) && p->thread_count > 1)
		return -EINVAL;
	if (flags & CLONE_NEW)
		return p->cred.euid && !(flags & CLONE_NEWUSER) ? -EPERM : -EINVAL;
	if (flags & CLONE_FILES && process_unshare_files(p))
		return -ENOMEM;
	if (flags & CLONE_FS && p->fs->refs > 1) {
		struct fs_context *old = p->fs;

		fs = fs_copy(old);
		if (!fs)
			return -ENOMEM;
		world_lock();
		p->fs = fs;
		world_unlock();
		fs_put(old);
	}
	return 0;
}

/* No file names a namespace. */
i64 linux_setns(struct lthread *t, struct registers *r)
{
	struct file *f = file_get(t, (i32)r->rdi);

	if (!f)
		return -EBADF;
	file_put(f);
	return -EINVAL;
}
