/* SPDX-License-Identifier: MIT */
/*
 * start.c - the first processes, which nobody forks.
 */
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/string.h"
#include "servers/linux/exec.h"
#include "servers/linux/processors.h"
#include "servers/linux/run.h"
#include "servers/linux/system.h"
#include "servers/linux/times.h"
#include "servers/linux/twin.h"
#include "servers/linux/util.h"

static struct fs_context *fs_first(void)
{
	struct fs_context *fs = heap_alloc(sizeof(*fs));

	if (!fs)
		return NULL;
	fs->refs = 1;
	lock_rank_set(&fs->lock, RANK_PLACE);
	fs->umask = 022;
	fs->cwd = fs->root = (struct node){ &root_mount, root_mount.root };
	fs->path = string_save("/");
	fs->root_path = string_save("/");
	if (!fs->path || !fs->root_path || node_hold(fs->cwd, NULL) || node_hold(fs->root, NULL))
		return NULL;
	return fs;
}

/* Memory is there at start, or the system cannot start: what fails here is not taken apart. */
struct lthread *process_first(struct process *parent)
{
	struct process *p = process_alloc();
	struct lthread *t;
	i32 tid;

	if (!p)
		return NULL;
	limits_default(p);
	p->sighand = sighand_copy(NULL);
	p->files = files_create();
	p->fs = fs_first();
	p->exit_signal = SIGCHLD;
	t = thread_alloc(p);
	if (t)
		t->schedule.processors = processors_all();
	if (!t || !p->sighand || !p->files || !p->fs)
		return NULL;
	world_lock();
	tid = tid_reserve();
	t->tid = p->pid = p->group = p->session = tid;
	tid_set(tid, t);
	process_insert(p, parent);
	world_unlock();
	return t;
}

static i64 strings_add(struct arguments *a, const char *const *strings)
{
	i64 error = 0;

	for (; *strings && !error; strings++)
		error = arguments_add(a, *strings);
	return error;
}

i64 process_launch(struct lthread *t, const char *path, const char *const *argv,
		   const char *const *envp)
{
	struct arguments *a = arguments_take();
	struct twin *twin = twin_take();
	i64 error;

	if (!a || !twin)
		return -ENOMEM;
	t->twin = twin;
	t->state = twin->state;
	t->native = twin->native;
	twin->thread = t;
	times_begin(t);
	error = strings_add(a, argv);
	if (!error) {
		arguments_end_argv(a);
		error = strings_add(a, envp);
	}
	if (!error)
		error = program_exec(t, path, a);
	arguments_give_back(a);
	if (error)
		return error;
	world_lock();
	list_append(&t->process->threads, &t->member);
	t->process->thread_count = 1;
	world_unlock();
	twin_start(twin);
	return 0;
}
