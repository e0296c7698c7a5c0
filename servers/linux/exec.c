/* SPDX-License-Identifier: MIT */
/*
 * exec.c - execve: find the program, build its image, and become it.
 *
 * Up to the point of no return only new things are made.  That point is reached when no other
 * thread of the process is left; what follows cannot fail.
 */
#include "servers/linux/exec.h"

#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/limits.h"
#include "servers/linux/mount.h"
#include "servers/linux/signal.h"
#include "servers/linux/twin.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { SCRIPT_DEPTH = 4, SCRIPT_LINE = 256 };

/* What an execve has gathered; everything in it is given back by found_put. */
struct candidate {
	struct file *file, *interpreter;
	struct elf_program program, interpreter_program;
	u32 mode, uid, gid; /* of the program itself, for set-id */
};

static void candidate_put(struct candidate *c)
{
	if (c->file)
		file_put(c->file);
	if (c->interpreter)
		file_put(c->interpreter);
}

/* Open a regular file that the process may execute; the walk is the caller's, it is large. */
static i64 program_open(struct lthread *t, struct walk *w, struct file **out)
{
	struct file *f;
	i64 error;

	if (w->magic)
		return -EACCES;
	if ((w->found.mode & S_IFMT) != S_IFREG)
		return -EACCES;
	error = permission_check(t, &w->found, X_OK, 0);
	if (!error && mount_flags(w->node.mount) & MS_NOEXEC)
		error = -EACCES;
	if (error)
		return error;
	f = file_alloc(&regular_ops, O_RDONLY, w->found.mode);
	if (!f)
		return -ENOMEM;
	error = node_hold(w->node, &f->contents);
	if (!error) {
		f->node = w->node;
		f->path = string_save(w->path);
		error = f->contents ? 0 : -EACCES;
	}
	if (error)
		file_put(f);
	else
		*out = f;
	return error;
}

static i64 file_bytes(struct file *f, u64 offset, void *to, u64 length)
{
	u64 done = 0;

	while (done < length) {
		i64 part = sys_memory_copy(f->contents, offset + done, (u64)to + done,
					   length - done, COPY_FROM_MEMORY);

		if (part < 0)
			return errno_from(part);
		if (!part)
			break;
		done += (u64)part;
	}
	return (i64)done;
}

static i64 elf_open(struct file *f, struct elf_program *program)
{
	u8 phdrs[ELF_PHDRS_MAX * ELF_PHDR_BYTES];
	u8 header[ELF_HEADER_BYTES];
	i64 got = file_bytes(f, 0, header, sizeof(header)), error;
	u64 bytes;

	if (got < 0)
		return got;
	error = elf_read_header(program, header, (u64)got);
	if (error)
		return error;
	bytes = (u64)program->phdr_count * ELF_PHDR_BYTES;
	got = file_bytes(f, program->phdr_offset, phdrs, bytes);
	if (got < 0)
		return got;
	return elf_read_phdrs(program, phdrs, (u64)got);
}

/*
 * "#! interpreter argument": the script's name takes the place of argv[0], with interpreter and
 * argument before it.  Answers 1 with the interpreter's path in path, 0 if this is no script.
 */
static i64 script_read(struct file *f, struct arguments *a)
{
	char line[SCRIPT_LINE + 1], *text = a->text, *path = a->path;
	char *interpreter, *argument, *end;
	u64 length;
	u32 count = 1;
	i64 got = file_bytes(f, 0, line, SCRIPT_LINE);

	if (got < 0)
		return got;
	if (got < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[got] = 0;
	end = strchr(line, '\n');
	if (!end) {
		if (got == SCRIPT_LINE)
			return -ENOEXEC;
		end = line + got;
	}
	while (end > line + 2 && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	interpreter = line + 2;
	while (*interpreter == ' ' || *interpreter == '\t')
		interpreter++;
	if (!*interpreter)
		return -ENOEXEC;
	argument = interpreter;
	while (*argument && *argument != ' ' && *argument != '\t')
		argument++;
	length = (u64)(argument - interpreter);
	memcpy(text, interpreter, length);
	text[length++] = 0;
	while (*argument == ' ' || *argument == '\t')
		argument++;
	if (*argument) {
		memcpy(text + length, argument, strlen(argument) + 1);
		length += strlen(argument) + 1;
		count++;
	}
	memcpy(text + length, path, strlen(path) + 1);
	length += strlen(path) + 1;
	string_copy(path, PATH_SIZE, text);
	return arguments_replace_first(a, text, length, count + 1) ?: 1;
}

/* Open the dynamic linker that the program asks for. */
static i64 interpreter_open(struct lthread *t, struct candidate *c, struct walk *w)
{
	char path[PATH_SIZE / 4];
	u64 length = c->program.interpreter_length;
	i64 got, error;

	if (length > sizeof(path))
		return -ENOEXEC;
	got = file_bytes(c->file, c->program.interpreter_offset, path, length);
	if (got != (i64)length || path[length - 1])
		return -ENOEXEC;
	error = walk_path(t, path, WALK_FOLLOW, w);
	if (!error)
		error = program_open(t, w, &c->interpreter);
	walk_end(w);
	if (error)
		return error;
	error = elf_open(c->interpreter, &c->interpreter_program);
	return error == -ENOEXEC ? -EIO : error;
}

/* From a path to a program that can be built, through scripts. */
static i64 find(struct lthread *t, struct arguments *a, struct candidate *c)
{
	struct walk *w = &a->walk;
	i64 error;

	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		error = walk_path(t, a->path, WALK_FOLLOW, w);
		if (!error)
			error = program_open(t, w, &c->file);
		walk_end(w);
		if (error)
			return error;
		error = script_read(c->file, a);
		if (error < 0)
			return error;
		if (error == 0) {
			c->mode = w->found.mode;
			if (mount_flags(c->file->node.mount) & MS_NOSUID)
				c->mode &= ~(u32)(S_ISUID | S_ISGID);
			c->uid = w->found.uid;
			c->gid = w->found.gid;
			error = elf_open(c->file, &c->program);
			if (!error && c->program.interpreter_length)
				error = interpreter_open(t, c, w);
			return error;
		}
		file_put(c->file);
		c->file = NULL;
	}
	return -ELOOP;
}

/* End the other threads of the process and wait until they have gone. */
static i64 threads_end(struct lthread *t)
{
	struct process *p = t->process;
	i64 error = 0;

	world_lock();
	if (p->group_exit || p->exec_by) {
		world_unlock();
		return -EAGAIN;
	}
	p->exec_by = t;
	if (p->thread_count > 1)
		process_abandon_later(p);
	list_for_each (node, &p->threads) {
		struct lthread *other = list_entry(node, struct lthread, member);

		if (other != t)
			thread_wake(other);
	}
	while (p->thread_count > 1 && !error) {
		u32 seen = event_now(&p->child_event);

		world_unlock();
		error = event_wait_killable(t, &p->child_event, seen);
		world_lock();
	}
	if (!error && t->tid != p->pid) {
		/* The process keeps its number, so the surviving thread takes it over. */
		tid_release(t->tid);
		t->tid = p->pid;
		tid_set(t->tid, t);
	}
	p->exec_by = NULL;
	if (!p->group_exit)
		p->abandon_ns = 0;
	world_unlock();
	return error;
}

i64 process_unshare_files(struct process *p)
{
	if (p->files->refs > 1) {
		struct files *files = files_copy(p->files), *old;

		if (!files)
			return -ENOMEM;
		old = p->files;
		world_lock();
		p->files = files;
		world_unlock();
		files_put(old);
	}
	return 0;
}

/*
 * A table of signal actions and files of one's own, where other processes share them.  The other
 * threads have gone: nobody uses the old ones in this process's name, or begins to share the new.
 * Without memory for it the process ends, since its threads cannot come back.
 */
static i64 unshare(struct lthread *t)
{
	struct process *p = t->process;
	struct sighand *sighand = NULL, *old = p->sighand;
	i64 error = process_unshare_files(p);

	if (!error && old->refs > 1) {
		sighand = sighand_copy(old);
		error = sighand ? 0 : -ENOMEM;
	}
	world_lock();
	if (error) {
		process_exit_all(p, SIGKILL);
	} else if (sighand) {
		p->sighand = sighand;
		sighand_put(old);
	}
	world_unlock();
	return error;
}

static void comm_set(struct lthread *t, const char *path)
{
	const char *base = path;

	for (const char *c = path; *c; c++)
		if (*c == '/' && c[1])
			base = c + 1;
	memset(t->comm, 0, sizeof(t->comm));
	string_copy(t->comm, sizeof(t->comm), base);
}

/* The point of no return: t runs in the new image, if it is bound to a view already. */
static void become(struct lthread *t, struct image *image, const char *path,
		   const struct image_credentials *cred, bool bound)
{
	struct process *p = t->process;
	struct mm *old = p->mm;
	struct guest_state *s = t->state;

	world_lock();
	/* What was chosen was for the old program: the new one may have other rights. */
	p->exit_signal = SIGCHLD;
	list_for_each (node, &p->children)
		list_entry(node, struct process, sibling)->exit_signal = SIGCHLD;
	p->mm = image->mm;
	p->cred.suid = p->cred.euid = cred->euid;
	p->cred.sgid = p->cred.egid = cred->egid;
	world_unlock();
	if (bound) {
		(void)twin_bind(t->twin, p->mm);
		fpu_reset();
	}
	vfork_release(p);
	if (old)
		mm_put(old);
	files_close_on_exec(t);
	world_lock();
	signal_exec(p);
	p->executed = true;
	world_unlock();
	t->altstack = (struct l_stack){ 0 };
	t->clear_child_tid = 0;
	t->robust_list = 0;
	comm_set(t, path);
	s->regs = (struct registers){ .rip = image->entry, .rsp = image->stack, .rflags = 0x202 };
	s->fs_base = s->gs_base = 0;
}

static void credentials_for(const struct lthread *t, const struct candidate *c,
			    struct image_credentials *cred)
{
	const struct process *p = t->process;
	u32 mode = t->traits.no_new_privs ? 0 : c->mode;

	*cred = (struct image_credentials){ p->cred.uid, p->cred.euid, p->cred.gid, p->cred.egid,
					    false };
	if (mode & S_ISUID)
		cred->euid = c->uid;
	if ((mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
		cred->egid = c->gid;
	cred->secure = cred->uid != cred->euid || cred->gid != cred->egid;
}

/* Run a->name. */
static i64 exec(struct lthread *t, struct arguments *a, bool bound)
{
	struct candidate c = { 0 };
	struct image_credentials cred;
	struct image image = { .stack_size = stack_size(t->process),
			       .arguments_limit = arguments_limit(t->process) };
	i64 error;

	string_copy(a->path, PATH_SIZE, a->name);
	error = find(t, a, &c);
	if (error)
		goto put;
	credentials_for(t, &c, &cred);
	error = image_build(&image, c.file, &c.program, c.interpreter, &c.interpreter_program, a,
			    a->name, &cred);
	if (error)
		goto put;
	error = bound ? threads_end(t) : 0;
	if (!error)
		error = unshare(t);
	if (error) {
		mm_put(image.mm);
		goto put;
	}
	become(t, &image, a->name, &cred, bound);
put:
	candidate_put(&c);
	return error;
}

i64 program_exec(struct lthread *t, const char *path, struct arguments *a)
{
	if (!string_copy(a->name, PATH_SIZE, path))
		return -ENAMETOOLONG;
	return exec(t, a, false);
}

i64 linux_execve(struct lthread *t, struct registers *r)
{
	struct arguments *a = arguments_take();
	i64 error;

	if (!a)
		return -ENOMEM;
	error = string_in(a->name, r->rdi, PATH_SIZE);
	if (error >= 0)
		error = error ? arguments_in(a, r->rsi, r->rdx) : -ENOENT;
	if (!error)
		error = exec(t, a, true);
	arguments_give_back(a);
	return error;
}
