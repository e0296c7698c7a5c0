/* SPDX-License-Identifier: MIT */
/*
 * argv.c - argument and environment strings on their way from the old program to the new.
 *
 * Buffers are large, mostly untouched, and kept in a pool: pages are there once touched.
 */
#include "libsys/heap.h"
#include "servers/linux/exec.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { STRING_MAX = 128 << 10 }; /* one argument, with its end */

static struct {
	struct lock lock; /* guards free */
	struct arguments *free;
} pool = { .lock = LOCK_OF(RANK_ARGUMENTS) };

struct arguments *arguments_take(void)
{
	struct arguments *a;

	lock_acquire(&pool.lock);
	a = pool.free;
	if (a)
		pool.free = a->next_free;
	lock_release(&pool.lock);
	if (!a) {
		a = heap_alloc(sizeof(*a));
		if (!a)
			return NULL;
		a->bytes = pages_alloc(ARGUMENTS_USUAL);
		a->capacity = ARGUMENTS_USUAL;
		if (!a->bytes) {
			heap_free(a, sizeof(*a));
			return NULL;
		}
	}
	a->used = a->environment = 0;
	a->argc = a->envc = 0;
	return a;
}

void arguments_give_back(struct arguments *a)
{
	/* A large buffer is rare; it does not stay. */
	if (a->capacity > ARGUMENTS_USUAL) {
		pages_free(a->bytes, a->capacity);
		heap_free(a, sizeof(*a));
		return;
	}
	lock_acquire(&pool.lock);
	a->next_free = pool.free;
	pool.free = a;
	lock_release(&pool.lock);
}

/* Room for so many bytes more: a larger buffer, if there may be one. */
static i64 grow(struct arguments *a, u64 more)
{
	char *bytes;

	if (more <= a->capacity - a->used)
		return 0;
	if (more > ARGUMENTS_MAX - a->used)
		return -E2BIG;
	bytes = pages_alloc(ARGUMENTS_MAX);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, a->bytes, a->used);
	pages_free(a->bytes, a->capacity);
	a->bytes = bytes;
	a->capacity = ARGUMENTS_MAX;
	return 0;
}

i64 arguments_add(struct arguments *a, const char *text)
{
	u64 length = strlen(text) + 1;
	i64 error = grow(a, length);

	if (error)
		return error;
	memcpy(a->bytes + a->used, text, length);
	a->used += length;
	if (a->environment)
		a->envc++;
	else
		a->argc++;
	return 0;
}

void arguments_end_argv(struct arguments *a)
{
	a->environment = a->used;
}

/* One NULL-terminated vector of strings; a NULL vector is an empty one. */
static i64 vector_in(struct arguments *a, guest_t vector, u32 *count)
{
	u64 string, room;
	i64 length;

	for (*count = 0; vector; (*count)++) {
		if (guest_get64(&string, vector + (u64)*count * 8))
			return -EFAULT;
		if (!string)
			break;
		room = a->capacity - a->used;
		length = string_in(a->bytes + a->used, string,
				   room < STRING_MAX ? room : STRING_MAX);
		if (length == -ENAMETOOLONG && room < STRING_MAX) {
			length = grow(a, STRING_MAX) ?:
				 string_in(a->bytes + a->used, string, STRING_MAX);
		}
		if (length < 0)
			return length == -ENAMETOOLONG ? -E2BIG : length;
		a->used += (u64)length + 1;
		/* Pointers count too, or empty strings cost nothing. */
		if (a->used + (*count + 1) * 8ul > ARGUMENTS_MAX)
			return -E2BIG;
	}
	return 0;
}

i64 arguments_in(struct arguments *a, guest_t argv, guest_t envp)
{
	i64 error = vector_in(a, argv, &a->argc);

	if (error)
		return error;
	if (!a->argc) {
		/* Programs count on having a name. */
		error = arguments_add(a, "");
		if (error)
			return error;
	}
	a->environment = a->used;
	return vector_in(a, envp, &a->envc);
}

i64 arguments_replace_first(struct arguments *a, const char *text, u64 length, u32 count)
{
	u64 old = strlen(a->bytes) + 1;
	i64 error = length > old ? grow(a, length - old) : 0;

	if (error)
		return error;
	memmove(a->bytes + length, a->bytes + old, a->used - old);
	memcpy(a->bytes, text, length);
	a->used = a->used - old + length;
	a->environment = a->environment - old + length;
	a->argc += count - 1;
	return 0;
}
