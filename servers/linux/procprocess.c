/* SPDX-License-Identifier: MIT */
/*
 * procprocess.c - the files of /proc/PID, but for those about memory (procmaps.c).
 */
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/mount.h"
#include "servers/linux/oom.h"
#include "servers/linux/priority.h"
#include "servers/linux/processors.h"
#include "servers/linux/proc.h"
#include "servers/linux/servers.h"
#include "servers/linux/uaccess.h"

enum { TICK_NS = 10000000, PRIORITY_ZERO = 20, EXIT_CODE_UNKNOWN = 0, PF_KTHREAD = 0x200000,
       PF_FORKED = 0x400000 };

i64 proc_pid_stat(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	const struct mm *mm = proc_may_look(reader, s->pid) ? NULL : s->mm;
	const struct schedule *schedule = &s->schedule;

	text_print(text, "%d (%s) %c %d %d %d %u %d %u ", s->tid, s->comm, s->state, s->ppid,
		   s->group, s->session, s->tty, s->foreground,
		   s->native ? PF_KTHREAD : PF_FORKED);
	text_print(text, "%lu 0 0 0 %lu %lu %lu %lu %d %d %u 0 %lu ", s->space.minor_faults,
		   s->own.user_ns / TICK_NS, s->own.system_ns / TICK_NS,
		   s->children.user_ns / TICK_NS, s->children.system_ns / TICK_NS,
		   policy_is_realtime(schedule->policy) ? -1 - schedule->priority :
							  PRIORITY_ZERO + schedule->nice,
		   schedule->nice, s->threads, s->started_ns / TICK_NS);
	text_print(text, "%lu %lu %lu %lu %lu %lu 0 0 %lu %lu %lu %lu ",
		   s->space.region_pages * PAGE_SIZE, s->space.resident_pages,
		   s->limit[RLIMIT_RSS].cur, mm ? mm->code_start : 0, mm ? mm->code_end : 0,
		   mm ? mm->stack_top : 0, s->pending, s->blocked, s->ignored, s->caught);
	text_print(text, "0 0 0 %d %u %d %d 0 0 0 %lu %lu ", SIGCHLD, s->processor,
		   schedule->priority, schedule->policy, mm ? mm->data_start : 0,
		   mm ? mm->data_end : 0);
	text_print(text, "%lu %lu %lu %lu %lu %d\n", mm ? mm->brk_start : 0,
		   mm ? mm->arguments : 0, mm ? mm->arguments_end : 0, mm ? mm->environment : 0,
		   mm ? mm->environment_end : 0, EXIT_CODE_UNKNOWN);
	return 0;
}

static const char *state_name(char state)
{
	return state == 'R' ? "R (running)" : state == 'S' ? "S (sleeping)" :
	       state == 'T' ? "T (stopped)" : "Z (zombie)";
}

static void status_memory(struct text *text, const struct snapshot *s)
{
	struct memory_parts parts;

	if (!s->mm)
		return;
	memory_parts(s, &parts);
	text_print(text, "VmSize:\t%8lu kB\nVmLck:\t%8u kB\nVmPin:\t%8u kB\nVmRSS:\t%8lu kB\n",
		   s->space.region_pages * 4, 0, 0, s->space.resident_pages * 4);
	text_print(text, "RssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		   parts.resident_anonymous * 4, parts.resident_file * 4,
		   parts.resident_shared * 4);
	text_print(text, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8lu kB\n",
		   parts.data * 4, parts.stack * 4, parts.code * 4, parts.library * 4);
	text_print(text, "VmPTE:\t%8lu kB\nVmSwap:\t%8u kB\n", s->space.table_pages * 4, 0);
}

i64 proc_pid_status(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	const struct credentials *c = &s->cred;
	char mask[PROCESSORS_TEXT], list[PROCESSORS_TEXT];

	(void)reader;
	text_print(text, "Name:\t%s\n", s->comm);
	if (!s->native && s->state != 'Z')
		text_print(text, "Umask:\t%04o\n", s->umask);
	text_print(text, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
		   state_name(s->state), s->pid, s->tid, s->ppid);
	text_print(text, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid,
		   c->euid, c->suid, c->euid, c->gid, c->egid, c->sgid, c->egid);
	text_print(text, "FDSize:\t%u\nGroups:\t", s->files);
	for (u32 i = 0; i < c->group_count; i++)
		text_print(text, "%u ", c->groups[i]);
	text_print(text, " \n");
	status_memory(text, s);
	text_print(text, "Threads:\t%u\nSigQ:\t%u/%lu\nSigPnd:\t%016lx\nShdPnd:\t%016lx\n",
		   s->threads, s->signals_queued, s->limit[RLIMIT_SIGPENDING].cur, s->pending,
		   s->shared_pending);
	text_print(text, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", s->blocked,
		   s->ignored, s->caught);
	text_print(text, "NoNewPrivs:\t%u\n", (u32)s->no_new_privs);
	processors_mask_text(mask, s->schedule.processors);
	processors_list_text(list, s->schedule.processors);
	text_print(text, "Seccomp:\t0\nCpus_allowed:\t%s\nCpus_allowed_list:\t%s\n", mask, list);
	text_print(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		   s->own.voluntary, s->own.involuntary);
	return 0;
}

i64 proc_pid_comm(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader;
	text_print(text, "%s\n", s->comm);
	return 0;
}

/* A process may name its own threads. */
i64 proc_pid_comm_store(struct lthread *writer, i32 pid, i32 tid, char *text)
{
	u64 length = strlen(text);
	i64 error = -EINVAL;
	struct lthread *t;

	if (length > COMM_SIZE - 1)
		length = COMM_SIZE - 1;
	world_lock();
	t = thread_find(tid ? tid : pid);
	if (t && t->process == writer->process && t->process->pid == pid) {
		memset(t->comm, 0, sizeof(t->comm));
		memcpy(t->comm, text, length);
		error = 0;
	}
	world_unlock();
	return error;
}

/* Strings in the program's own memory. */
static void strings(struct text *text, const struct mm *mm, u64 from, u64 to)
{
	while (from < to && text_room(text, PAGE_SIZE)) {
		u64 part = to - from < PAGE_SIZE ? to - from : PAGE_SIZE;
		i64 got = sys_space_copy(mm->space, from, (u64)(text->bytes + text->size), part,
					 SPACE_COPY_READ);

		if (got <= 0)
			return;
		text->size += (u64)got;
		from += (u64)got;
	}
}

i64 proc_pid_cmdline(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader;
	if (s->mm)
		strings(text, s->mm, s->mm->arguments, s->mm->arguments_end);
	return 0;
}

i64 proc_pid_environ(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	i64 error = proc_may_look(reader, s->pid);

	if (!error && s->mm)
		strings(text, s->mm, s->mm->environment, s->mm->environment_end);
	return error;
}

i64 proc_pid_auxv(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	i64 error = proc_may_look(reader, s->pid);

	if (!error && s->mm)
		strings(text, s->mm, s->mm->auxv, s->mm->auxv_end);
	return error;
}

static void limit_column(struct text *text, u64 value)
{
	if (value == RLIM_INFINITY)
		text_print(text, "%-20s ", "unlimited");
	else
		text_print(text, "%-20lu ", value);
}

i64 proc_pid_limits(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	static const struct {
		const char *name, *units;
	} row[RLIMITS] = {
		{ "Max cpu time", "seconds" },	     { "Max file size", "bytes" },
		{ "Max data size", "bytes" },	     { "Max stack size", "bytes" },
		{ "Max core file size", "bytes" },   { "Max resident set", "bytes" },
		{ "Max processes", "processes" },    { "Max open files", "files" },
		{ "Max locked memory", "bytes" },    { "Max address space", "bytes" },
		{ "Max file locks", "locks" },	     { "Max pending signals", "signals" },
		{ "Max msgqueue size", "bytes" },    { "Max nice priority", NULL },
		{ "Max realtime priority", NULL },   { "Max realtime timeout", "us" },
	};

	(void)reader;
	text_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit",
		   "Units");
	for (u32 i = 0; i < RLIMITS; i++) {
		text_print(text, "%-25s ", row[i].name);
		limit_column(text, s->limit[i].cur);
		limit_column(text, s->limit[i].max);
		if (row[i].units)
			text_print(text, "%-10s", row[i].units);
		text_print(text, "\n");
	}
	return 0;
}

/* Nobody has said who logged in: as on a Linux without audit. */
i64 proc_pid_loginuid(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	text_print(text, "%u", ~0u);
	return 0;
}

i64 proc_pid_wchan(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)s;
	text_print(text, "0");
	return 0;
}

/* --- what the end of memory would mean ------------------------------------------------------ */

i64 proc_pid_oom_score(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct budget_info guests = { 0 };
	i64 score = 0;

	(void)reader;
	if (s->mm && !sys_budget_info(servers.guests, &guests) && guests.limit_bytes) {
		score = 1000 + s->oom_adjust +
			(i64)(s->space.memory_in_overlay * PAGE_SIZE * 1000 / guests.limit_bytes);
		score = s->oom_adjust == OOM_NEVER || score < 0 ? 0 : score * 2 / 3;
	}
	text_print(text, "%ld\n", score);
	return 0;
}

i64 proc_pid_oom_adjust(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader;
	text_print(text, "%d\n", s->oom_adjust);
	return 0;
}

/* Anybody may make itself more likely to go; only root the other way. */
i64 proc_pid_oom_store(struct lthread *writer, i32 pid, i32 tid, char *text)
{
	bool negative = *text == '-';
	struct process *p;
	i64 error = 0;
	i32 value = 0;

	(void)tid;
	text += negative;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9' && value <= -OOM_NEVER; text++)
		value = value * 10 + (*text - '0');
	if ((*text && *text != '\n') || value > -OOM_NEVER)
		return -EINVAL;
	value = negative ? -value : value;
	world_lock();
	p = process_find(pid);
	if (!p)
		error = -ESRCH;
	else if (value < p->oom_adjust && writer->process->cred.euid)
		error = -EACCES;
	else
		p->oom_adjust = value;
	world_unlock();
	return error;
}

/* --- descriptors and mounts ----------------------------------------------------------------- */

i64 proc_pid_fdinfo(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct file *f;
	i64 error = proc_may_look(reader, s->pid);

	if (error)
		return error;
	f = proc_file_of(s->pid, (u32)s->tid);
	if (!f)
		return -ENOENT;
	text_print(text, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n", f->position,
		   f->flags | O_LARGEFILE, f->node.mount ? f->node.mount->id : 0, f->node.id);
	file_put(f);
	return 0;
}

/* The mounts that a process sees. */
static i64 mounts(struct lthread *t, struct text *text, enum mount_text kind, i32 pid)
{
	struct node root = { 0 };
	struct process *p;

	world_lock();
	p = process_find(pid);
	if (p && p->fs) {
		lock_acquire(&p->fs->lock);
		root = p->fs->root;
		mount_get(root.mount);
		lock_release(&p->fs->lock);
	}
	world_unlock();
	if (!root.mount)
		return -EINVAL;
	mounts_print(t, text, kind, root);
	mount_put(root.mount);
	return 0;
}

i64 proc_pid_mounts(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	return mounts(reader, text, MOUNTS, s->pid);
}

i64 proc_pid_mountinfo(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	return mounts(reader, text, MOUNT_INFO, s->pid);
}

i64 proc_pid_mountstats(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	return mounts(reader, text, MOUNT_STATS, s->pid);
}
