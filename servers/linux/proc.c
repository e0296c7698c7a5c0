/* SPDX-License-Identifier: MIT */
/*
 * proc.c - the tree of /proc: names and nodes.  Its entries are in proc.def.
 *
 * The entries of a thread's directory are those of a process's, with the thread in the number.
 */
#include "servers/linux/proc.h"

#include "libsys/text.h"
#include "servers/linux/clock.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/util.h"

const struct proc_entry proc_entries[PROC_KINDS] = {
#define PROC(kind, parent, name, mode, print, store)                                               \
	[PROC_##kind] = { name, PROC_##parent, mode, print, store },
#include "servers/linux/proc.def"
#undef PROC
	[PROC_FD_ENTRY] = { "", PROC_PID_FD, S_IFLNK | 0700, proc_no_text, proc_no_store },
	[PROC_FDINFO_ENTRY] = { "", PROC_PID_FDINFO, S_IFREG | 0444, proc_pid_fdinfo,
				proc_no_store },
};

i64 proc_no_text(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	(void)reader, (void)text, (void)s;
	return -EINVAL;
}

i64 proc_no_store(struct lthread *writer, i32 pid, i32 tid, char *text)
{
	(void)writer, (void)pid, (void)tid, (void)text;
	return -EIO;
}

/* The kind whose entries a directory shows. */
static enum proc_kind shown_in(enum proc_kind directory)
{
	return directory == PROC_TID ? PROC_PID : directory;
}

static bool is_in(enum proc_kind kind, enum proc_kind directory)
{
	return proc_entries[kind].parent == shown_in(directory) && proc_entries[kind].name[0] &&
	       !(directory == PROC_TID && kind == PROC_TASK);
}

static bool number_parse(const char *name, u32 length, u32 *value)
{
	*value = 0;
	for (u32 i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9' || *value > 100000)
			return false;
		*value = *value * 10 + (u32)(name[i] - '0');
	}
	return length && (name[0] != '0' || length == 1);
}

/* Is the process or thread there, and whose is it? */
static bool owner_of(u64 id, u32 *uid, u32 *gid)
{
	bool thread = PROC_ID_KIND(id) != PROC_FD_ENTRY && PROC_ID_KIND(id) != PROC_FDINFO_ENTRY;
	i32 pid = PROC_ID_PID(id), tid = thread ? (i32)PROC_ID_NUMBER(id) : 0;
	struct snapshot native;
	struct lthread *t;
	struct process *p;

	*uid = *gid = 0;
	if (!pid)
		return true;
	world_lock();
	p = process_find(pid);
	if (p && tid) {
		t = thread_find(tid);
		p = t && t->process == p ? p : NULL;
	}
	if (p) {
		*uid = p->cred.euid;
		*gid = p->cred.egid;
	}
	world_unlock();
	return p || (tid == 0 || tid == pid ? native_snapshot(&native, pid) : false);
}

static u32 mode_of(u64 id)
{
	enum proc_kind kind = PROC_ID_KIND(id);
	struct file *f;
	u32 mode;

	if (kind != PROC_FD_ENTRY)
		return proc_entries[kind].mode;
	f = proc_file_of(PROC_ID_PID(id), PROC_ID_NUMBER(id));
	if (!f)
		return S_IFLNK;
	mode = S_IFLNK | 0100 | ((f->flags & O_ACCMODE) != O_WRONLY ? 0400 : 0) |
	       (f->flags & O_ACCMODE ? 0200 : 0);
	file_put(f);
	return mode;
}

static i64 found_fill(u64 id, struct found *out)
{
	out->id = id;
	out->mode = mode_of(id);
	return owner_of(id, &out->uid, &out->gid) ? 0 : -ENOENT;
}

static u64 parent_of(u64 id)
{
	i32 pid = PROC_ID_PID(id);
	u32 number = PROC_ID_NUMBER(id);

	switch (PROC_ID_KIND(id)) {
	case PROC_ROOT:
	case PROC_PID:
		return PROC_ID(PROC_ROOT, 0, 0);
	case PROC_TASK:
		return PROC_ID(PROC_PID, pid, 0);
	case PROC_TID:
		return PROC_ID(PROC_TASK, pid, 0);
	case PROC_PID_FD:
	case PROC_PID_FDINFO:
		return PROC_ID(number ? PROC_TID : PROC_PID, pid, number);
	default:
		return PROC_ID(proc_entries[PROC_ID_KIND(id)].parent, pid, 0);
	}
}

/* Entries whose names are numbers: processes, threads, descriptors. */
static i64 lookup_number(u64 directory, u32 number, struct found *out)
{
	enum proc_kind kind = PROC_ID_KIND(directory);
	i32 pid = PROC_ID_PID(directory);
	struct file *f;

	if (kind == PROC_ROOT && number)
		return found_fill(PROC_ID(PROC_PID, number, 0), out);
	if (kind == PROC_TASK && number)
		return found_fill(PROC_ID(PROC_TID, pid, number), out);
	if (kind != PROC_PID_FD && kind != PROC_PID_FDINFO)
		return -ENOENT;
	f = proc_file_of(pid, number);
	if (!f)
		return -ENOENT;
	file_put(f);
	return found_fill(PROC_ID(kind == PROC_PID_FD ? PROC_FD_ENTRY : PROC_FDINFO_ENTRY, pid,
				  number), out);
}

static i64 proc_lookup(struct lthread *t, struct mount *m, u64 directory, const char *name,
		       u32 length, struct found *out)
{
	enum proc_kind kind = PROC_ID_KIND(directory);
	u32 number;

	(void)t, (void)m;
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return found_fill(parent_of(directory), out);
	if (number_parse(name, length, &number))
		return lookup_number(directory, number, out);
	for (u32 i = 1; i < PROC_KINDS; i++)
		if (is_in(i, kind) && string_equal(name, length, proc_entries[i].name))
			return found_fill(PROC_ID(i, PROC_ID_PID(directory),
						  PROC_ID_NUMBER(directory)), out);
	return -ENOENT;
}

/* Directories in a directory, for its count of links. */
static u32 directories_in(enum proc_kind kind)
{
	u32 count = 0;

	for (u32 i = 1; i < PROC_KINDS; i++)
		if (is_in(i, kind) && (proc_entries[i].mode & S_IFMT) == S_IFDIR)
			count++;
	return count;
}

static i64 proc_stat(struct lthread *t, struct mount *m, u64 id, struct attributes *out)
{
	i64 now = (i64)realtime_ns();
	struct found found;
	i64 error = found_fill(id, &found);

	(void)t, (void)m;
	*out = (struct attributes){
		.id = id,
		.links = (found.mode & S_IFMT) != S_IFDIR ? 1 :
			 2 + directories_in(PROC_ID_KIND(id)),
		.mode = found.mode,
		.uid = found.uid,
		.gid = found.gid,
		.accessed_ns = now,
		.modified_ns = now,
		.changed_ns = now,
	};
	return error;
}

static i64 proc_readlink(struct lthread *t, struct mount *m, u64 id, char *buffer, u64 capacity)
{
	char text[PATH_SIZE / 4];
	i64 error = proc_link_text(t, id, text, sizeof(text));
	u64 length;

	(void)m;
	if (error)
		return error;
	length = strlen(text);
	memcpy(buffer, text, length < capacity ? length : capacity);
	return (i64)length;
}

typedef bool (*emit_fn)(void *context, const struct entry *entry);

static bool emit_name(emit_fn emit, void *context, const char *name, u64 id, u64 next)
{
	struct entry entry = { .id = id, .next = next, .name = name, .length = (u32)strlen(name),
			       .type = (proc_entries[PROC_ID_KIND(id)].mode & S_IFMT) >> 12 };

	return emit(context, &entry);
}

/* The next number above `after` in the directory; 0 if there is none.  Descriptors: plus 1. */
static u32 number_next(u64 directory, u32 after)
{
	enum proc_kind kind = PROC_ID_KIND(directory);
	struct process *p;
	u32 best = kind == PROC_ROOT ? (u32)native_next((i32)after) : 0;

	world_lock();
	p = process_find(PROC_ID_PID(directory));
	if (kind == PROC_ROOT) {
		list_for_each (node, &process_list) {
			u32 pid = (u32)list_entry(node, struct process, all)->pid;

			if (pid > after && (!best || pid < best))
				best = pid;
		}
	} else if (kind == PROC_TASK && p) {
		list_for_each (node, &p->threads) {
			u32 tid = (u32)list_entry(node, struct lthread, member)->tid;

			if (tid > after && (!best || tid < best))
				best = tid;
		}
	} else if (p && p->files) {
		lock_acquire(&p->files->lock);
		for (u32 fd = after; fd < p->files->size && !best; fd++)
			if (p->files->file[fd])
				best = fd + 1;
		lock_release(&p->files->lock);
	}
	world_unlock();
	/* A process without threads is a zombie; a native one shows itself. */
	if (kind == PROC_TASK && !best && after < (u32)PROC_ID_PID(directory) && !(p && p->zombie))
		best = p ? 0 : (u32)PROC_ID_PID(directory);
	return best;
}

static u64 number_id(u64 directory, u32 number)
{
	i32 pid = PROC_ID_PID(directory);

	switch (PROC_ID_KIND(directory)) {
	case PROC_ROOT:
		return PROC_ID(PROC_PID, number, 0);
	case PROC_TASK:
		return PROC_ID(PROC_TID, pid, number);
	case PROC_PID_FD:
		return PROC_ID(PROC_FD_ENTRY, pid, number - 1);
	default:
		return PROC_ID(PROC_FDINFO_ENTRY, pid, number - 1);
	}
}

/* Cookies: 1 and 2 are the dots, then the fixed names, then 1,000 + a number. */
enum { COOKIE_NUMBERS = 1000 };

static i64 proc_readdir(struct lthread *t, struct mount *m, u64 directory, u64 cookie,
			emit_fn emit, void *context)
{
	enum proc_kind kind = PROC_ID_KIND(directory);
	bool numbers = kind == PROC_ROOT || kind == PROC_TASK || kind == PROC_PID_FD ||
		       kind == PROC_PID_FDINFO;
	u64 at = cookie;
	char name[16];
	u32 next;

	(void)t, (void)m;
	if (kind == PROC_ROOT && !cookie)
		natives_refresh();
	for (; at < 2; at++)
		if (!emit_name(emit, context, at ? ".." : ".",
			       at ? parent_of(directory) : directory, at + 1))
			return 0;
	for (; at < PROC_KINDS + 2; at++)
		if (is_in((enum proc_kind)(at - 2), kind) &&
		    !emit_name(emit, context, proc_entries[at - 2].name,
			       PROC_ID(at - 2, PROC_ID_PID(directory), PROC_ID_NUMBER(directory)),
			       at + 1))
			return 0;
	if (at < COOKIE_NUMBERS)
		at = COOKIE_NUMBERS;
	while (numbers && (next = number_next(directory, (u32)(at - COOKIE_NUMBERS)))) {
		text_format(name, sizeof(name), "%u",
			    kind == PROC_PID_FD || kind == PROC_PID_FDINFO ? next - 1 : next);
		at = COOKIE_NUMBERS + (u64)next;
		if (!emit_name(emit, context, name, number_id(directory, next), at))
			return 0;
	}
	return 0;
}

/* No name can be made: a look-up does not find it, and that is all. */
static i64 proc_create(struct mount *m, u64 directory, const char *name, u32 length, u32 mode,
		       u32 uid, u32 gid, u64 device, u64 *id)
{
	(void)m, (void)directory, (void)name, (void)length, (void)mode, (void)uid, (void)gid;
	(void)device, (void)id;
	return -ENOENT;
}

static i64 proc_hold(struct mount *m, u64 id, cap_t *contents)
{
	(void)m, (void)id, (void)contents;
	return 0;
}

static void proc_release(struct mount *m, u64 id)
{
	(void)m, (void)id;
}

static i64 proc_statfs(struct mount *m, struct l_statfs *out)
{
	(void)m;
	*out = (struct l_statfs){ .type = PROC_SUPER_MAGIC, .bsize = 4096, .namelen = 255,
				  .frsize = 4096 };
	return 0;
}

static const struct mount_ops proc_ops = {
	.lookup = proc_lookup,
	.stat = proc_stat,
	.readlink = proc_readlink,
	.readdir = proc_readdir,
	.create = proc_create,
	.hold = proc_hold,
	.release = proc_release,
	.statfs = proc_statfs,
	.open = proc_open,
};

/* There is one, however often it is mounted. */
static i64 proc_make(char *options, struct filesystem **out)
{
	if (*options)
		return -EINVAL;
	*out = filesystem_get(&proc_filesystem);
	return 0;
}

const struct filesystem_type proc_type = { .name = "proc", .make = proc_make };

struct filesystem proc_filesystem = {
	.ops = &proc_ops,
	.type = &proc_type,
	.root = PROC_ROOT,
	.device = 0x14,
	.refs = 1,
};
