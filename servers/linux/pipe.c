/* SPDX-License-Identifier: MIT */
/*
 * pipe.c - pipes and FIFOs, kept by the pipe server; an open file description holds one end.
 *
 * A FIFO's node lies in a file system and its pipe at the pipe server; a table of the FIFOs that
 * somebody has open or is opening joins the two.
 */
#include "proto/pipe.h"

#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/pipes.h"
#include "servers/linux/poll.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { END_READ = 0, END_WRITE = 1, END_BOTH = 2, NO_WAIT = 1, SLOT_MASK = 0xffffff };
enum { FIFOS = 512 };

/* By file system and number: its users may see it through different mounts, which may go. */
struct fifo {
	const struct filesystem *fs;
	u64 id;
	u64 pipe;
	u32 users; /* opens that have not been released */
};

static struct {
	struct lock lock; /* guards fifo[] */
	struct fifo fifo[FIFOS];
	struct ready_words words;
} pipes = { .lock = LOCK_OF(RANK_FIFOS) };

i64 pipes_start(cap_t notification, u64 bits)
{
	struct pipe_words_out out = { 0 };
	i64 error = BOUNDED(pipe_words(servers.pipe, notification, bits, &out));

	return error ? error : ready_words_map(&pipes.words, out.words, out.armed);
}

static u64 window_length(u64 length)
{
	return length < WINDOW_MAX ? length : WINDOW_MAX;
}

static inline i64 take(struct lthread *t, struct file *f, void *to, u64 length, u64 flags)
{
	struct pipe_read_out out = { 0 };
	i64 error;

	if (f->flags & O_NONBLOCK)
		flags |= PIPE_TAKE_NO_WAIT;
	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = pipe_read(servers.pipe, f->pipe.number, to, window_length(length), flags,
				  &out);
	} while (error == E_CANCELLED);
	return error ? errno_from(error) : (i64)out.count;
}

i64 pipe_take(struct lthread *t, struct file *f, void *to, u64 length, u64 flags)
{
	return take(t, f, to, length, flags);
}

static i64 end_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	(void)position;
	return length ? take(t, f, (void *)buffer, length, 0) : 0;
}

i64 pipe_room(struct file *f)
{
	struct pipe_status_out out = { 0 };
	i64 error = BOUNDED(pipe_status(servers.pipe, f->pipe.number, &out));

	return error ? error : (i64)(out.capacity - out.bytes);
}

/* What one call to the server takes. */
static i64 write_part(struct lthread *t, struct file *f, guest_t buffer, u64 length)
{
	u64 flags = f->flags & O_NONBLOCK ? NO_WAIT : 0;
	struct pipe_write_out out = { 0 };
	i64 error;

	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = pipe_write(servers.pipe, f->pipe.number, (const void *)buffer,
				   window_length(length), flags, &out);
	} while (error == E_CANCELLED);
	if (error == E_PIPE)
		signal_self(t, SIGPIPE);
	return error ? errno_from(error) : (i64)out.written;
}

/* All of it, unless a signal comes or the readers go when a part has been taken. */
static i64 end_write(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	u64 done = 0;
	i64 part;

	(void)position;
	while (done < length) {
		part = write_part(t, f, buffer + done, length - done);
		if (part < 0)
			return done ? (i64)done : part;
		done += (u64)part;
		if (f->flags & O_NONBLOCK)
			break;
	}
	return (i64)done;
}

static u32 end_poll(struct file *f, struct poll_table *table)
{
	u64 word = 2 * (f->pipe.number & SLOT_MASK);
	u32 mask = 0;

	if (f->pipe.end != END_WRITE)
		mask = ready_words_poll(&pipes.words, word, table) & ~(u32)(POLLOUT | POLLWRNORM);
	if (f->pipe.end != END_READ) {
		u32 write = ready_words_poll(&pipes.words, word + 1, table);

		mask |= write & (POLLOUT | POLLWRNORM | POLLERR);
		if (write & POLLHUP)
			mask |= POLLERR;
	}
	return mask;
}

static i64 end_ioctl(struct lthread *t, struct file *f, u32 command, guest_t argument)
{
	struct pipe_status_out out = { 0 };
	i64 error;

	(void)t;
	if (command != FIONREAD)
		return -ENOTTY;
	error = BOUNDED(pipe_status(servers.pipe, f->pipe.number, &out));
	return error ? error : guest_put32(argument, (u32)out.bytes);
}

/* A pipe that nobody knows yet, or any more. */
static void unused_pipe_close(void *unused, u64 pipe)
{
	(void)unused;
	(void)BOUNDED(pipe_close_both(servers.pipe, pipe));
}

static bool fifo_is(const struct fifo *fifo, struct node node)
{
	return fifo->users && fifo->fs == node.mount->fs && fifo->id == node.id;
}

/* A user less; with the last one the pipe goes: the next to open the FIFO makes another. */
static void fifo_forget(struct node node)
{
	u64 pipe = 0;

	lock_acquire(&pipes.lock);
	for (u32 i = 0; i < FIFOS; i++) {
		struct fifo *fifo = &pipes.fifo[i];

		if (fifo_is(fifo, node) && !--fifo->users)
			pipe = fifo->pipe;
	}
	lock_release(&pipes.lock);
	if (pipe)
		give_back(unused_pipe_close, NULL, pipe);
}

static void end_release(struct file *f)
{
	u64 pipe = f->pipe.number;

	if (f->pipe.end == END_BOTH) {
		(void)BOUNDED(pipe_close(servers.pipe, pipe, END_READ));
		if (call_was_refused())
			return;
		f->pipe.end = END_WRITE;
	}
	(void)BOUNDED(pipe_close(servers.pipe, pipe, f->pipe.end));
	if (call_was_refused())
		return;
	if (f->node.mount)
		fifo_forget(f->node);
}

const struct file_ops pipe_ops = {
	.read = end_read,
	.write = end_write,
	.poll = end_poll,
	.ioctl = end_ioctl,
	.release = end_release,
};

/* The pipe behind a FIFO's node, one user more. */
static i64 fifo_find(struct node node, u64 *pipe)
{
	struct pipe_create_fifo_out made = { 0 };
	struct fifo *fifo = NULL, *free = NULL;
	i64 error = BOUNDED(pipe_create_fifo(servers.pipe, 0, &made));

	if (error)
		return error;
	lock_acquire(&pipes.lock);
	for (u32 i = 0; i < FIFOS && !fifo; i++) {
		if (!pipes.fifo[i].users)
			free = &pipes.fifo[i];
		else if (fifo_is(&pipes.fifo[i], node))
			fifo = &pipes.fifo[i];
	}
	if (!fifo && free) {
		*free = (struct fifo){ node.mount->fs, node.id, made.pipe, 0 };
		fifo = free;
	}
	if (fifo) {
		fifo->users++;
		*pipe = fifo->pipe;
	}
	lock_release(&pipes.lock);
	/* It was there already: the pipe just made is one too many. */
	if (!fifo || *pipe != made.pipe)
		give_back(unused_pipe_close, NULL, made.pipe);
	return fifo ? 0 : -ENFILE;
}

static i64 fifo_hold(struct lthread *t, u64 pipe, u32 end, u64 flags)
{
	i64 error;

	do {
		if (signal_pending(t))
			return -ERESTARTSYS;
		error = pipe_open_fifo(servers.pipe, pipe, end, flags);
	} while (error == E_CANCELLED);
	/* Without waiting a reader succeeds and a writer is told that nobody reads. */
	if (error == E_AGAIN)
		return -ENXIO;
	return errno_from(error);
}

i64 fifo_open(struct lthread *t, struct file *f)
{
	static const u32 end_of[] = { END_READ, END_WRITE, END_BOTH, END_BOTH };
	u32 end = end_of[f->flags & O_ACCMODE];
	u64 flags = f->flags & O_NONBLOCK ? NO_WAIT : 0, pipe;
	i64 error = fifo_find(f->node, &pipe);

	if (error)
		return error;
	if (end == END_BOTH) {
		error = BOUNDED(pipe_hold(servers.pipe, pipe, END_READ));
		if (!error)
			error = BOUNDED(pipe_hold(servers.pipe, pipe, END_WRITE));
	} else {
		error = fifo_hold(t, pipe, end, flags);
	}
	if (error) {
		fifo_forget(f->node);
		return error;
	}
	f->pipe.number = pipe;
	f->pipe.end = end;
	f->ops = &pipe_ops;
	return 0;
}

struct file *pipe_file(u64 number, u32 end, u32 flags)
{
	struct file *f = file_alloc(&pipe_ops, flags | (end == END_WRITE ? O_WRONLY : O_RDONLY),
				    S_IFIFO | 0600);

	if (f) {
		f->pipe.number = number;
		f->pipe.end = end;
	}
	return f;
}

i64 pipe_pair(u32 flags, struct file *end[2])
{
	struct pipe_create_out out = { 0 };
	i64 error = BOUNDED(pipe_create(servers.pipe, 0, &out));

	if (error)
		return error;
	end[0] = pipe_file(out.pipe, END_READ, flags);
	end[1] = pipe_file(out.pipe, END_WRITE, flags);
	if (end[0] && end[1])
		return 0;
	/* The files go without closing their ends: the pipe goes as a whole. */
	for (u32 i = 0; i < 2; i++)
		if (end[i])
			heap_free(end[i], sizeof(*end[i]));
	give_back(unused_pipe_close, NULL, out.pipe);
	return -ENOMEM;
}

static i64 pipe_make(struct lthread *t, guest_t to, u32 flags)
{
	struct file *end[2];
	i32 fds[2];
	i64 error;

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = pipe_pair(flags & O_NONBLOCK, end);
	if (error)
		return error;
	for (int i = 0; i < 2; i++) {
		i64 fd = fd_install(t, end[i], 0, flags);

		if (fd < 0) {
			file_put(end[i]);
			if (i == 0)
				file_put(end[1]);
			else
				(void)fd_close(t, (u32)fds[0]);
			return fd;
		}
		fds[i] = (i32)fd;
	}
	if (!copy_out(to, fds, sizeof(fds)))
		return 0;
	(void)fd_close(t, (u32)fds[0]);
	(void)fd_close(t, (u32)fds[1]);
	return -EFAULT;
}

i64 linux_pipe(struct lthread *t, struct registers *r)
{
	return pipe_make(t, r->rdi, 0);
}

i64 linux_pipe2(struct lthread *t, struct registers *r)
{
	return pipe_make(t, r->rdi, (u32)r->rsi);
}
