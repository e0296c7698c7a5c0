/* SPDX-License-Identifier: MIT */
/*
 * proc.c - the tree of /proc: names, nodes and links; the files' texts are in procfiles.c.
 *
 * A node's number is what it shows: kind in bits 0-7, process in bits 8-31, descriptor above.
 */
#include "servers/linux/proc.h"

#include "libsys/text.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/poll.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

#define ID(kind, pid, fd) ((u64)(fd) << 32 | (u64)(pid) << 8 | (kind))
#define ID_KIND(id)	  ((enum proc_file)((id) & 0xff))
#define ID_PID(id)	  ((i32)((id) >> 8 & 0xffffff))
#define ID_FD(id)	  ((u32)((id) >> 32))

static const struct name {
	const char *name;
	enum proc_file kind;
	u32 mode;
} names[] = {
	{ "self", PROC_SELF, S_IFLNK | 0777 },
	{ "meminfo", PROC_MEMINFO, S_IFREG | 0444 },
	{ "cpuinfo", PROC_CPUINFO, S_IFREG | 0444 },
	{ "uptime", PROC_UPTIME, S_IFREG | 0444 },
	{ "keel", PROC_KEEL, S_IFREG | 0444 },
	{ "mounts", PROC_MOUNTS, S_IFLNK | 0777 },
	{ "stat", PROC_STAT, S_IFREG | 0444 },
	{ "version", PROC_VERSION, S_IFREG | 0444 },
	{ "loadavg", PROC_LOADAVG, S_IFREG | 0444 },
	{ "filesystems", PROC_FILESYSTEMS, S_IFREG | 0444 },
	{ "stat", PROC_PID_STAT, S_IFREG | 0444 },
	{ "status", PROC_PID_STATUS, S_IFREG | 0444 },
	{ "cmdline", PROC_PID_CMDLINE, S_IFREG | 0444 },
	{ "maps", PROC_PID_MAPS, S_IFREG | 0444 },
	{ "comm", PROC_PID_COMM, S_IFREG | 0444 },
	{ "statm", PROC_PID_STATM, S_IFREG | 0444 },
	{ "environ", PROC_PID_ENVIRON, S_IFREG | 0400 },
	{ "limits", PROC_PID_LIMITS, S_IFREG | 0444 },
	{ "mounts", PROC_PID_MOUNTS, S_IFREG | 0444 },
	{ "mountinfo", PROC_PID_MOUNTINFO, S_IFREG | 0444 },
	{ "mountstats", PROC_PID_MOUNTSTATS, S_IFREG | 0400 },
	{ "exe", PROC_PID_EXE, S_IFLNK | 0777 },
	{ "cwd", PROC_PID_CWD, S_IFLNK | 0777 },
	{ "root", PROC_PID_ROOT, S_IFLNK | 0777 },
	{ "fd", PROC_PID_FD, S_IFDIR | 0500 },
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static u32 mode_of(enum proc_file kind)
{
	for (u32 i = 0; i < NAMES; i++)
		if (names[i].kind == kind)
			return names[i].mode;
	return kind == PROC_PID_FD_ENTRY ? S_IFLNK | 0700 : S_IFDIR | 0555;
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

/* The process's open file, with a reference; NULL if there is no such process or descriptor. */
static struct file *file_of(i32 pid, u32 fd)
{
	struct file *f = NULL;
	struct process *p;

	lock_acquire(&world);
	p = process_find(pid);
	if (p && p->files) {
		lock_acquire(&p->files->lock);
		if (fd < p->files->size && p->files->file[fd])
			f = file_ref(p->files->file[fd]);
		lock_release(&p->files->lock);
	}
	lock_release(&world);
	return f;
}

/* Is the process there, and whose is it? */
static bool process_owner(i32 pid, u32 *uid, u32 *gid)
{
	struct process *p;

	*uid = *gid = 0;
	if (!pid)
		return true;
	lock_acquire(&world);
	p = process_find(pid);
	if (p) {
		*uid = p->cred.euid;
		*gid = p->cred.egid;
	}
	lock_release(&world);
	return p != NULL;
}

static i64 found_fill(u64 id, struct found *out)
{
	out->id = id;
	out->mode = mode_of(ID_KIND(id));
	return process_owner(ID_PID(id), &out->uid, &out->gid) ? 0 : -ENOENT;
}

static i64 proc_lookup(struct lthread *t, struct mount *m, u64 directory, const char *name,
		       u32 length, struct found *out)
{
	enum proc_file kind = ID_KIND(directory);
	i32 pid = ID_PID(directory);
	struct file *f;
	u32 number;

	(void)t, (void)m;
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return found_fill(kind == PROC_PID_FD ? ID(PROC_PID, pid, 0) : PROC_ROOT, out);
	if (kind == PROC_PID_FD) {
		if (!number_parse(name, length, &number))
			return -ENOENT;
		f = file_of(pid, number);
		if (!f)
			return -ENOENT;
		file_put(f);
		return found_fill(ID(PROC_PID_FD_ENTRY, pid, number), out);
	}
	if (kind == PROC_ROOT && number_parse(name, length, &number) && number)
		return found_fill(ID(PROC_PID, number, 0), out);
	for (u32 i = 0; i < NAMES; i++)
		if ((names[i].kind > PROC_PID) == (kind == PROC_PID) &&
		    string_equal(name, length, names[i].name))
			return found_fill(ID(names[i].kind, pid, 0), out);
	return -ENOENT;
}

static i64 proc_stat(struct lthread *t, struct mount *m, u64 id, struct attributes *out)
{
	i64 now = (i64)realtime_ns();
	struct found found;
	i64 error = found_fill(id, &found);

	(void)t, (void)m;
	*out = (struct attributes){
		.id = id,
		.links = (found.mode & S_IFMT) == S_IFDIR ? 2 : 1,
		.mode = found.mode,
		.uid = found.uid,
		.gid = found.gid,
		.accessed_ns = now,
		.modified_ns = now,
		.changed_ns = now,
	};
	return error;
}

/* A path from the root of all as the reader sees it; what lies outside its root, as it is. */
static i64 path_text(struct lthread *t, const char *path, char *to, u64 size)
{
	const char *seen = path_from_root(t->process->fs, path);

	return string_copy(to, size, seen ? seen : path) ? 0 : -ENAMETOOLONG;
}

/* What an open file is called. */
static i64 file_name(struct lthread *t, struct file *f, char *to, u64 size)
{
	if (f->path)
		return path_text(t, f->path, to, size);
	if (f->ops == &pipe_ops)
		text_format(to, size, "pipe:[%lu]", f->pipe.number & 0xffffff);
	else
		string_copy(to, size, f->ops == &tty_ops ? "/dev/console" : "anon_inode:[file]");
	return 0;
}

static i64 link_text(struct lthread *t, u64 id, char *to, u64 size)
{
	struct process *p;
	struct file *f;
	i64 error = -ENOENT;

	switch (ID_KIND(id)) {
	case PROC_SELF:
		text_format(to, size, "%d", t->process->pid);
		return 0;
	case PROC_MOUNTS:
		string_copy(to, size, "self/mounts");
		return 0;
	case PROC_PID_FD_ENTRY:
		f = file_of(ID_PID(id), ID_FD(id));
		if (!f)
			return -ENOENT;
		error = file_name(t, f, to, size);
		file_put(f);
		return error;
	default:
		break;
	}
	lock_acquire(&world);
	p = process_find(ID_PID(id));
	if (p && ID_KIND(id) == PROC_PID_EXE && p->mm && p->mm->exe)
		error = path_text(t, p->mm->exe, to, size);
	if (p && ID_KIND(id) != PROC_PID_EXE && p->fs) {
		lock_acquire(&p->fs->lock);
		error = path_text(t, ID_KIND(id) == PROC_PID_CWD ? p->fs->path : p->fs->root_path,
				  to, size);
		lock_release(&p->fs->lock);
	}
	lock_release(&world);
	return error;
}

static i64 proc_readlink(struct lthread *t, struct mount *m, u64 id, char *buffer, u64 capacity)
{
	char text[PATH_SIZE / 4];
	i64 error = link_text(t, id, text, sizeof(text));
	u64 length;

	(void)m;
	if (error)
		return error;
	length = strlen(text);
	memcpy(buffer, text, length < capacity ? length : capacity);
	return (i64)length;
}

/* Where a process stands, or its root. */
static i64 place_of(i32 pid, bool root, struct node *place, char *path)
{
	struct process *p;
	i64 error = -ENOENT;

	lock_acquire(&world);
	p = process_find(pid);
	if (p && p->fs) {
		lock_acquire(&p->fs->lock);
		*place = root ? p->fs->root : p->fs->cwd;
		mount_get(place->mount);
		string_copy(path, PATH_SIZE, root ? p->fs->root_path : p->fs->path);
		lock_release(&p->fs->lock);
		error = 0;
	}
	lock_release(&world);
	return error;
}

i64 proc_magic_link(struct lthread *t, u64 id, struct file **out, struct node *place, char *path)
{
	(void)t;
	*out = NULL;
	switch (ID_KIND(id)) {
	case PROC_PID_FD_ENTRY:
		*out = file_of(ID_PID(id), ID_FD(id));
		return *out ? 0 : -ENOENT;
	case PROC_PID_CWD:
	case PROC_PID_ROOT:
		return place_of(ID_PID(id), ID_KIND(id) == PROC_PID_ROOT, place, path);
	default:
		return 0;
	}
}

typedef bool (*emit_fn)(void *context, const struct entry *entry);

static bool emit_name(emit_fn emit, void *context, const char *name, u64 id, u64 next)
{
	struct entry entry = { .id = id, .next = next, .name = name, .length = (u32)strlen(name),
			       .type = (mode_of(ID_KIND(id)) & S_IFMT) >> 12 };

	return emit(context, &entry);
}

/* The next process number after `after`; 0 if there is none. */
static i32 pid_next(i32 after)
{
	i32 best = 0;

	lock_acquire(&world);
	list_for_each (node, &process_list) {
		i32 pid = list_entry(node, struct process, all)->pid;

		if (pid > after && (!best || pid < best))
			best = pid;
	}
	lock_release(&world);
	return best;
}

/* Cookies: 1 and 2 are the dots, then the fixed names, then 1,000 + a number. */
enum { COOKIE_NUMBERS = 1000 };

static i64 proc_readdir(struct lthread *t, struct mount *m, u64 directory, u64 cookie,
			emit_fn emit, void *context)
{
	enum proc_file kind = ID_KIND(directory);
	i32 pid = ID_PID(directory), next;
	u64 at = cookie;
	char name[16];

	(void)t, (void)m;
	for (; at < 2; at++)
		if (!emit_name(emit, context, at ? ".." : ".", directory, at + 1))
			return 0;
	for (; at < NAMES + 2 && kind != PROC_PID_FD; at++) {
		const struct name *n = &names[at - 2];

		if ((n->kind > PROC_PID) == (kind == PROC_PID) &&
		    !emit_name(emit, context, n->name, ID(n->kind, pid, 0), at + 1))
			return 0;
	}
	if (at < COOKIE_NUMBERS)
		at = COOKIE_NUMBERS;
	while (kind == PROC_ROOT && (next = pid_next((i32)(at - COOKIE_NUMBERS)))) {
		text_format(name, sizeof(name), "%d", next);
		at = COOKIE_NUMBERS + (u64)next;
		if (!emit_name(emit, context, name, ID(PROC_PID, next, 0), at))
			return 0;
	}
	for (; kind == PROC_PID_FD && at < COOKIE_NUMBERS + FILES_MAX; at++) {
		struct file *f = file_of(pid, (u32)(at - COOKIE_NUMBERS));

		if (!f)
			continue;
		file_put(f);
		text_format(name, sizeof(name), "%lu", at - COOKIE_NUMBERS);
		if (!emit_name(emit, context, name,
			       ID(PROC_PID_FD_ENTRY, pid, at - COOKIE_NUMBERS), at + 1))
			return 0;
	}
	return 0;
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

/* The text is written when the file is opened, so that reading it in parts tears nothing. */
static i64 proc_open(struct lthread *t, struct mount *m, u64 id, struct file *f)
{
	struct text text = { 0 };
	i64 error;

	(void)m;
	if ((f->flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	error = proc_file_write(t, &text, ID_KIND(id), ID_PID(id));
	f->ops = &text_ops;
	f->text.bytes = text.bytes;
	f->text.size = text.size;
	f->text.capacity = text.capacity;
	return error == -ESRCH ? -ENOENT : error;
}

static i64 text_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	(void)t;
	if (*position >= f->text.size)
		return 0;
	if (length > f->text.size - *position)
		length = f->text.size - *position;
	if (copy_out(buffer, f->text.bytes + *position, length))
		return -EFAULT;
	*position += length;
	return (i64)length;
}

static u32 text_poll(struct file *f, struct poll_table *table)
{
	(void)f, (void)table;
	return POLLIN | POLLRDNORM;
}

static void text_release(struct file *f)
{
	if (f->text.bytes)
		heap_free(f->text.bytes, f->text.capacity);
}

const struct file_ops text_ops = {
	.read = text_read,
	.poll = text_poll,
	.release = text_release,
	.seekable = true,
};

static const struct mount_ops proc_ops = {
	.lookup = proc_lookup,
	.stat = proc_stat,
	.readlink = proc_readlink,
	.readdir = proc_readdir,
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
