/* SPDX-License-Identifier: MIT */
/*
 * run.c - see run.h.
 *
 * The read ends of the two pipes are never closed here: the run program reads them through our
 * session, and they go with the machine.
 */
#include "servers/linux/run.h"

#include "libsys/archive.h"
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"
#include "proto/pipe.h"
#include "proto/run.h"
#include "servers/linux/pipes.h"
#include "servers/linux/servers.h"
#include "servers/linux/util.h"

enum { STATUS_SIGNAL = 128, COMMAND_MAX = 1 << 20, WORDS_MAX = 30 };

static struct {
	struct process *reaper;
	i32 pid;	   /* the command's */
	i32 status;	   /* as wait4 would report it; world lock */
	u32 ended; /* futex word: advanced when the command ends */
	bool over;
} run;

void run_process_ended(struct process *p)
{
	if (!run.pid || p->pid != run.pid)
		return;
	run.status = p->exit_status;
	run.over = true;
	__atomic_fetch_add(&run.ended, 1, __ATOMIC_SEQ_CST);
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&run.ended, 1, ~0u);
}

/* The command, NUL-terminated, from the run archive; NULL with a line in the log. */
static char *command_read(void)
{
	cap_t memory = grant_find("archive1");
	const struct archive_entry *entry;
	struct memory_info info;
	struct archive archive;
	char *command;
	i64 base;

	if (!memory || sys_memory_info(memory, &info)) {
		log_printf("run: there is no run archive");
		return NULL;
	}
	base = memory_map(memory, 0, info.size_bytes, PROTECT_READ);
	if (map_failed(base) || archive_open(&archive, (const void *)base, info.size_bytes)) {
		log_printf("run: the run archive cannot be read");
		return NULL;
	}
	entry = archive_find(&archive, "run");
	if (!entry || entry->size > COMMAND_MAX) {
		log_printf("run: the run archive holds no command");
		return NULL;
	}
	command = heap_alloc(entry->size + 1);
	if (command)
		memcpy(command, archive_data(&archive, entry), entry->size);
	return command;
}

/* fd 0 is /dev/null, 1 and 2 are pipes that the run program reads. */
static i64 files_make(struct lthread *t)
{
	struct pipe_create_out pipe[2];
	struct file *f;
	i64 error = file_open_path(t, "/dev/null", O_RDONLY, &f);

	if (!error && fd_install(t, f, 0, 0) != 0)
		error = -EMFILE;
	for (u32 i = 0; i < 2 && !error; i++) {
		error = BOUNDED(pipe_create(servers.pipe, 0, &pipe[i]));
		if (error)
			break;
		f = pipe_file(pipe[i].pipe, 1, 0);
		if (!f || fd_install(t, f, 0, 0) != i + 1)
			error = -EMFILE;
	}
	if (!error)
		error = BOUNDED(run_begin(servers.run, pipe[0].pipe, pipe[1].pipe, servers.pipe));
	return error;
}

/* The words after "program" among the start arguments, if it is there. */
static bool program_words(const char **argv)
{
	u32 n = 1, count = 0;

	while (start_argument(n) && strcmp(start_argument(n), "program"))
		n++;
	if (!start_argument(n) || !start_argument(n + 1))
		return false;
	while (count < WORDS_MAX && start_argument(++n))
		argv[count++] = start_argument(n);
	argv[count] = NULL;
	return true;
}

i64 run_start(void)
{
	static const char *const environment[] = {
		"HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		NULL
	};
	const char *argv[WORDS_MAX + 1] = { "/bin/sh", "-c" };
	struct lthread *reaper = process_first(NULL), *t;
	i64 error;

	if (!program_words(argv)) {
		argv[2] = command_read();
		if (!argv[2])
			return -ENOENT;
	}
	if (!reaper)
		return -ENOMEM;
	/* Process 1 has no program: children that end are nobody's business but ours. */
	run.reaper = reaper->process;
	run.reaper->sighand->action[SIGCHLD - 1].handler = SIG_IGN;
	memcpy(run.reaper->comm, "reaper", 7);
	world_lock();
	tid_set(1, NULL);
	world_unlock();
	t = process_first(run.reaper);
	if (!t)
		return -ENOMEM;
	run.pid = t->process->pid;
	error = files_make(t);
	if (!error)
		error = process_launch(t, argv[0], argv, environment);
	return error;
}

void run_reap(void)
{
	i32 status;

	while (!__atomic_load_n(&run.over, __ATOMIC_SEQ_CST)) {
		u32 seen = __atomic_load_n(&run.ended, __ATOMIC_SEQ_CST);

		if (!__atomic_load_n(&run.over, __ATOMIC_SEQ_CST))
			(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&run.ended, seen, ~0u,
					     DEADLINE_NEVER);
	}
	status = run.status & 0x7f ? STATUS_SIGNAL + (run.status & 0x7f) : run.status >> 8;
	status = (i32)run_exit(servers.run, (u64)status);
	log_printf("run: the exit status was not taken (%d)", status);
}
