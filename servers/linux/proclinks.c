/* SPDX-License-Identifier: MIT */
/*
 * proclinks.c - what the links of /proc lead to, and who may follow them.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/proc.h"

i64 proc_may_look(struct lthread *t, i32 pid)
{
	const struct credentials *c = &t->process->cred;
	struct process *p;
	i64 error = 0;

	world_lock();
	p = process_find(pid);
	if (p && p != t->process && c->euid) {
		const struct credentials *of = &p->cred;

		if (c->euid != of->uid || c->euid != of->euid || c->euid != of->suid ||
		    c->egid != of->gid || c->egid != of->egid || c->egid != of->sgid)
			error = -EACCES;
	}
	world_unlock();
	return error;
}

struct file *proc_file_of(i32 pid, u32 fd)
{
	struct file *f = NULL;
	struct process *p;

	world_lock();
	p = process_find(pid);
	if (p && p->files) {
		lock_acquire(&p->files->lock);
		if (fd < p->files->size && p->files->file[fd])
			f = file_ref(p->files->file[fd]);
		lock_release(&p->files->lock);
	}
	world_unlock();
	return f;
}

/* A path from the root of all as the reader sees it; what lies outside its root stays as it is. */
static void path_seen(struct lthread *t, char *path)
{
	struct fs_context *fs = t->process->fs;
	const char *seen;

	lock_acquire(&fs->lock);
	seen = path_from_root(fs, path);
	lock_release(&fs->lock);
	if (seen && seen != path)
		memmove(path, seen, strlen(seen) + 1);
}

/* What an open file is called. */
static i64 file_name(struct lthread *t, struct file *f, char *to, u64 size)
{
	static const char deleted[] = " (deleted)";
	struct attributes a;
	i64 error;

	if (!f->path) {
		if (f->ops == &pipe_ops)
			text_format(to, size, "pipe:[%lu]", f->pipe.number & 0xffffff);
		else
			string_copy(to, size,
				    f->ops == &tty_ops ? "/dev/console" : "anon_inode:[file]");
		return 0;
	}
	error = string_copy(to, size, f->path) ? 0 : -ENAMETOOLONG;
	if (!error)
		path_seen(t, to);
	if (!error && f->node.mount && !node_stat(t, f->node, &a) && !a.links &&
	    strlen(to) + sizeof(deleted) <= size)
		memcpy(to + strlen(to), deleted, sizeof(deleted));
	return error;
}

static i64 fd_text(struct lthread *t, u64 id, char *to, u64 size)
{
	struct file *f = proc_file_of(PROC_ID_PID(id), PROC_ID_NUMBER(id));
	i64 error;

	if (!f)
		return -ENOENT;
	error = file_name(t, f, to, size);
	file_put(f);
	return error;
}

/* exe, cwd, root */
static i64 place_text(struct lthread *t, u64 id, char *to, u64 size)
{
	enum proc_kind kind = PROC_ID_KIND(id);
	struct process *p;
	bool found = false, fits = true;

	world_lock();
	p = process_find(PROC_ID_PID(id));
	if (p && kind == PROC_PID_EXE && p->mm && p->mm->exe) {
		found = true;
		fits = string_copy(to, size, p->mm->exe);
	}
	if (p && kind != PROC_PID_EXE && p->fs) {
		found = true;
		lock_acquire(&p->fs->lock);
		fits = string_copy(to, size,
				   kind == PROC_PID_CWD ? p->fs->path : p->fs->root_path);
		lock_release(&p->fs->lock);
	}
	world_unlock();
	if (!found)
		return -ENOENT;
	if (!fits)
		return -ENAMETOOLONG;
	path_seen(t, to);
	return 0;
}

i64 proc_link_text(struct lthread *t, u64 id, char *to, u64 size)
{
	i64 error;

	switch (PROC_ID_KIND(id)) {
	case PROC_SELF:
		text_format(to, size, "%d", t->process->pid);
		return 0;
	case PROC_THREAD_SELF:
		text_format(to, size, "%d/task/%d", t->process->pid, t->tid);
		return 0;
	case PROC_MOUNTS:
		string_copy(to, size, "self/mounts");
		return 0;
	default:
		error = proc_may_look(t, PROC_ID_PID(id));
		if (error)
			return error;
		return PROC_ID_KIND(id) == PROC_FD_ENTRY ? fd_text(t, id, to, size) :
							   place_text(t, id, to, size);
	}
}

/* Where a process stands, or its root. */
static i64 place_of(i32 pid, bool root, struct node *place, char *path)
{
	struct process *p;
	i64 error = -ENOENT;

	world_lock();
	p = process_find(pid);
	if (p && p->fs) {
		lock_acquire(&p->fs->lock);
		*place = root ? p->fs->root : p->fs->cwd;
		mount_get(place->mount);
		string_copy(path, PATH_SIZE, root ? p->fs->root_path : p->fs->path);
		lock_release(&p->fs->lock);
		error = 0;
	}
	world_unlock();
	return error;
}

i64 proc_magic_link(struct lthread *t, u64 id, struct file **out, struct node *place, char *path)
{
	i64 error;

	*out = NULL;
	switch (PROC_ID_KIND(id)) {
	case PROC_FD_ENTRY:
		error = proc_may_look(t, PROC_ID_PID(id));
		if (!error)
			*out = proc_file_of(PROC_ID_PID(id), PROC_ID_NUMBER(id));
		return error ? error : *out ? 0 : -ENOENT;
	case PROC_PID_CWD:
	case PROC_PID_ROOT:
		error = proc_may_look(t, PROC_ID_PID(id));
		return error ? error :
			       place_of(PROC_ID_PID(id), PROC_ID_KIND(id) == PROC_PID_ROOT, place,
					path);
	default:
		return 0;
	}
}
