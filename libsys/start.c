/* SPDX-License-Identifier: MIT */
/*
 * start.c - from the first instruction to main: relocate the image, move to a stack of our own.
 *
 * Until start_first() has returned, no pointer that the linker stored in the image is valid.
 */
#include "libsys/start.h"

#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/thread.h"

struct start_info *start_info;

enum { TAG_RELA = 7, TAG_RELA_SIZE = 8, RELOCATION_RELATIVE = 8 };

struct dynamic {
	i64 tag;
	u64 value;
};

struct relocation {
	u64 offset, info, addend;
};

extern const struct dynamic _DYNAMIC[] __attribute__((visibility("hidden")));

static void image_relocate(u64 base)
{
	const struct relocation *relocation = NULL;
	u64 count = 0;

	for (const struct dynamic *d = _DYNAMIC; d->tag; d++) {
		if (d->tag == TAG_RELA)
			relocation = (const struct relocation *)(base + d->value);
		else if (d->tag == TAG_RELA_SIZE)
			count = d->value / sizeof(*relocation);
	}
	for (u64 i = 0; relocation && i < count; i++) {
		if ((u32)relocation[i].info != RELOCATION_RELATIVE)
			thread_exit(E_NOTSUP);
		*(u64 *)(base + relocation[i].offset) = base + relocation[i].addend;
	}
}

/* Called by _start on the stack that the program was handed; returns the stack of main. */
u64 start_first(struct start_info *info)
{
	struct thread *thread;

	if (info->magic != START_MAGIC)
		thread_exit(E_INVAL);
	image_relocate(info->image_base);
	start_info = info;
	thread = thread_stack_create();
	if (!thread)
		thread_exit(E_NOMEM);
	thread->page = (struct message_page *)info->message_area;
	return (u64)thread;
}

_Noreturn void start_main(void)
{
	thread_exit(main());
}

cap_t grant_find(const char *name)
{
	for (u32 i = 0; i < start_info->grant_count && i < START_GRANTS; i++)
		if (strncmp(start_info->grant[i].name, name, START_NAME) == 0)
			return start_info->grant[i].cap;
	return CAP_NONE;
}

const char *start_argument(u32 n)
{
	u32 bytes = start_info->argument_bytes;
	const char *end = start_info->arguments + (bytes < START_ARGS ? bytes : START_ARGS - 1);
	const char *word = start_info->arguments;

	for (; word < end; word += strlen(word) + 1)
		if (n-- == 0)
			return word;
	return NULL;
}

const char *start_option(const char *name)
{
	size_t length = strlen(name);
	const char *word;

	for (u32 i = 1; (word = start_argument(i)); i++) {
		if (strncmp(word, name, length) != 0)
			continue;
		if (word[length] == '=')
			return word + length + 1;
		if (!word[length])
			return word + length;
	}
	return NULL;
}

u64 clock_now(void)
{
	const struct clock_parameters *clock = &start_info->clock;
	u32 low, high;

	if (!clock->usable)
		return sys_clock_read();
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned __int128)(((u64)high << 32 | low) - clock->base_tsc) * clock->mult >>
	       clock->shift;
}
