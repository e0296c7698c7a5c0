/* SPDX-License-Identifier: MIT */
/*
 * proctext.c - texts that grow, and the open files that hold them.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/linux/poll.h"
#include "servers/linux/proc.h"
#include "servers/linux/uaccess.h"

enum { LINE_MAX = 512, TEXT_FIRST = 1024, TEXT_MAX = 1 << 20, STORE_MAX = 256 };

bool text_room(struct text *text, u64 bytes)
{
	u64 capacity = text->capacity ? text->capacity : TEXT_FIRST;
	char *larger;

	while (capacity < text->size + bytes)
		capacity *= 2;
	if (capacity == text->capacity)
		return true;
	if (capacity > TEXT_MAX)
		return false;
	larger = heap_alloc(capacity);
	if (!larger)
		return false;
	if (text->size)
		memcpy(larger, text->bytes, text->size);
	if (text->bytes)
		heap_free(text->bytes, text->capacity);
	text->bytes = larger;
	text->capacity = capacity;
	return true;
}

void text_print(struct text *text, const char *format, ...)
{
	va_list arguments;

	if (!text_room(text, LINE_MAX))
		return;
	va_start(arguments, format);
	text->size += text_vformat(text->bytes + text->size, LINE_MAX, format, arguments);
	va_end(arguments);
}

void text_file(struct file *f, const struct text *text)
{
	f->ops = &text_ops;
	f->text.bytes = text->bytes;
	f->text.size = text->size;
	f->text.capacity = text->capacity;
}

static i64 text_write_all(struct lthread *t, u64 id, struct text *text)
{
	const struct proc_entry *entry = &proc_entries[PROC_ID_KIND(id)];
	struct snapshot s = { 0 };
	i64 error;

	if (!PROC_ID_PID(id))
		return entry->print(t, text, &s);
	if (PROC_ID_KIND(id) == PROC_FDINFO_ENTRY) {
		s.pid = PROC_ID_PID(id);
		s.tid = (i32)PROC_ID_NUMBER(id);
		return entry->print(t, text, &s);
	}
	error = snapshot_take(&s, PROC_ID_PID(id), (i32)PROC_ID_NUMBER(id));
	if (error)
		return error;
	error = entry->print(t, text, &s);
	snapshot_put(&s);
	return error;
}

i64 proc_open(struct lthread *t, struct mount *m, u64 id, struct file *f)
{
	struct text text = { 0 };
	i64 error = 0;

	(void)m;
	text_file(f, &text);
	f->text.id = id;
	if ((f->flags & O_ACCMODE) != O_WRONLY)
		error = text_write_all(t, id, &text);
	text_file(f, &text);
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

static i64 text_write(struct lthread *t, struct file *f, guest_t buffer, u64 length, u64 *position)
{
	char text[STORE_MAX + 1];
	u64 id = f->text.id;
	i64 error;

	if (length > STORE_MAX)
		return -EINVAL;
	if (copy_in(text, buffer, length))
		return -EFAULT;
	text[length] = 0;
	error = proc_entries[PROC_ID_KIND(id)].store(t, PROC_ID_PID(id), (i32)PROC_ID_NUMBER(id),
						     text);
	if (error)
		return error;
	*position += length;
	return (i64)length;
}

static u32 text_poll(struct file *f, struct poll_table *table)
{
	(void)f, (void)table;
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

void text_free(struct text *text)
{
	if (text->bytes)
		heap_free(text->bytes, text->capacity);
	*text = (struct text){ 0 };
}

static void text_release(struct file *f)
{
	if (f->text.bytes)
		heap_free(f->text.bytes, f->text.capacity);
	f->text.bytes = NULL;
}

const struct file_ops text_ops = {
	.read = text_read,
	.write = text_write,
	.poll = text_poll,
	.release = text_release,
	.seekable = true,
};
