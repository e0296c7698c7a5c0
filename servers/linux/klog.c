/* SPDX-License-Identifier: MIT */
/*
 * klog.c - the system's log as Linux programs read it: syslog(2) and /dev/kmsg.
 *
 * The log is lines without time or level; Linux's level 6, information, is put before each.  The
 * kernel tells nobody but the log's port when there is more: who waits looks again each second.
 */
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/device.h"
#include "servers/linux/poll.h"
#include "servers/linux/proc.h"
#include "servers/linux/servers.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"

enum { LINE_MAX = 256, PREFIX = 3, SECOND_NS = 1000000000 };
enum { SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR, SYSLOG_CLEAR,
       SYSLOG_CONSOLE_OFF, SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL, SYSLOG_SIZE_UNREAD,
       SYSLOG_SIZE_BUFFER };

/* Positions count the bytes that the log has ever held; a, and only hints of where to go on. */
static u64 read_at, clear_at;

/* The line at *at, without its end; *at moves behind it.  0: there is no whole one yet. */
static u64 line_next(u64 *at, char line[LINE_MAX])
{
	struct inspect_log piece;
	u64 length = 0, from = *at;

	while (servers.inspect &&
	       sys_inspect_read(servers.inspect, INSPECT_LOG, from, (u64)&piece,
				sizeof(piece)) > 0) {
		u64 first = piece.cursor - piece.length;

		/* What stood between has been overwritten meanwhile: begin anew. */
		if (first != from)
			length = 0;
		for (u64 i = 0; i < piece.length; i++) {
			if (piece.text[i] == '\n' || length == LINE_MAX - 1) {
				*at = first + i + (piece.text[i] == '\n');
				line[length] = 0;
				return length + 1;
			}
			line[length++] = piece.text[i];
		}
		from = piece.cursor;
	}
	return 0;
}

static void lines_print(struct text *text, u64 at)
{
	char line[LINE_MAX];

	while (line_next(&at, line))
		text_print(text, "<6>%s\n", line);
}

static i64 text_out(guest_t to, u64 size, const struct text *text)
{
	u64 from = text->size > size ? text->size - size : 0;

	/* Whole lines only. */
	while (from && from < text->size && text->bytes[from - 1] != '\n')
		from++;
	return copy_out(to, text->bytes + from, text->size - from) ?: (i64)(text->size - from);
}

/* Wait until there is a line after *at. */
static i64 line_wait(struct lthread *t, u64 *at, char line[LINE_MAX], bool wait)
{
	u64 length;

	while (!(length = line_next(at, line))) {
		u32 seen = event_now(&t->event);

		if (!wait)
			return -EAGAIN;
		if (signal_pending(t) ||
		    event_wait(t, &t->event, seen, clock_now() + SECOND_NS) == -EINTR)
			return -ERESTARTSYS;
	}
	return (i64)length;
}

static i64 read_next(struct lthread *t, guest_t to, u64 size)
{
	struct text text = { 0 };
	char line[LINE_MAX];
	u64 at = __atomic_load_n(&read_at, __ATOMIC_RELAXED);
	i64 result = line_wait(t, &at, line, true);

	if (result < 0)
		return result;
	text_print(&text, "<6>%s\n", line);
	result = text.size > size ? -EINVAL : text_out(to, size, &text);
	if (result >= 0)
		__atomic_store_n(&read_at, at, __ATOMIC_RELAXED);
	text_free(&text);
	return result;
}

i64 linux_syslog(struct lthread *t, struct registers *r)
{
	bool open = r->rdi == SYSLOG_READ_ALL || r->rdi == SYSLOG_SIZE_BUFFER;
	i64 size = (i32)r->rdx, result = 0;
	struct text text = { 0 };

	if (!open && t->process->cred.euid)
		return -EPERM;
	if (r->rdi >= SYSLOG_READ && r->rdi <= SYSLOG_READ_CLEAR) {
		if (!r->rsi || size < 0)
			return -EINVAL;
		if (!size)
			return 0;
	}
	switch (r->rdi) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ:
		return read_next(t, r->rsi, (u64)size);
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		lines_print(&text, __atomic_load_n(&clear_at, __ATOMIC_RELAXED));
		result = text_out(r->rsi, (u64)size, &text);
		break;
	case SYSLOG_CLEAR:
		break;
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
		/* No log goes to a terminal, at whatever level. */
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		return size >= 1 && size <= 8 ? 0 : -EINVAL;
	case SYSLOG_SIZE_UNREAD:
		lines_print(&text, __atomic_load_n(&read_at, __ATOMIC_RELAXED));
		result = (i64)text.size;
		break;
	case SYSLOG_SIZE_BUFFER:
		lines_print(&text, 0);
		/* Room for what comes until it is read. */
		result = (i64)text.capacity * 2;
		break;
	default:
		return -EINVAL;
	}
	text_free(&text);
	if (r->rdi == SYSLOG_READ_CLEAR || r->rdi == SYSLOG_CLEAR) {
		char line[LINE_MAX];
		u64 at = clear_at;

		while (line_next(&at, line))
			__atomic_store_n(&clear_at, at, __ATOMIC_RELAXED);
	}
	return result;
}

/* --- /dev/kmsg: a record a read ------------------------------------------------------------ */

/* No seeking, so the position is the file's own: two that read at once may get the same record. */
static i64 kmsg_read(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	struct text text = { 0 };
	char line[LINE_MAX];
	u64 at = __atomic_load_n(&f->position, __ATOMIC_RELAXED);
	i64 result = line_wait(t, &at, line, !(f->flags & O_NONBLOCK));

	(void)position;
	if (result < 0)
		return result;
	text_print(&text, "6,%lu,0,-;%s\n", at, line);
	result = text.size > length ? -EINVAL : text_out(buffer, length, &text);
	if (result >= 0)
		__atomic_store_n(&f->position, at, __ATOMIC_RELAXED);
	text_free(&text);
	return result;
}

static i64 kmsg_write(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	char line[LINE_MAX], *text = line;
	u64 part = length < sizeof(line) - 1 ? length : sizeof(line) - 1;

	(void)t, (void)f, (void)position;
	if (copy_in(line, buffer, part))
		return -EFAULT;
	line[part] = 0;
	if (part && line[part - 1] == '\n')
		line[part - 1] = 0;
	/* A level in front means nothing here. */
	if (*text == '<' && strchr(text, '>'))
		text = strchr(text, '>') + 1;
	log_printf("%s", text);
	return (i64)length;
}

static u32 kmsg_poll(struct file *f, struct poll_table *table)
{
	char line[LINE_MAX];
	u64 at = f->position;

	(void)table;
	return POLLOUT | POLLWRNORM | (line_next(&at, line) ? POLLIN | POLLRDNORM : 0);
}

const struct file_ops kmsg_ops = {
	.read = kmsg_read,
	.write = kmsg_write,
	.poll = kmsg_poll,
};
