/* SPDX-License-Identifier: MIT */
/*
 * thread.c - stacks, message pages and the making of threads.
 *
 * Message pages come 16 to a frame of pinned memory.  The first frame is the one that the program
 * was started with; its first piece belongs to the first thread.
 */
#include "libsys/thread.h"

#include "libsys/heap.h"
#include "libsys/lock.h"
#include "libsys/start.h"
#include "libsys/string.h"

enum { PAGES_PER_FRAME = PAGE_SIZE / MESSAGE_PAGE_SIZE };

static struct {
	struct lock lock;
	cap_t memory; /* the frame that pieces are taken from now */
	u64 address;
	u32 used; /* pieces taken of it */
} pages = { .lock = LOCK_OF(LOCK_RANK_PAGES) };

static error_t frame_create(void)
{
	i64 memory = memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE);
	i64 address;

	if (memory < 0)
		return memory;
	address = memory_map(memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	if (address > -4096 && address < 0) {
		sys_cap_delete(memory);
		return address;
	}
	pages.memory = memory;
	pages.address = address;
	pages.used = 0;
	return 0;
}

/* Take the next free message page; where it lies goes to *memory and *offset. */
static error_t page_take(struct message_page **page, cap_t *memory, u64 *offset)
{
	error_t error = 0;

	lock_acquire(&pages.lock);
	if (!pages.memory) {
		pages.memory = start_info->message_memory;
		pages.address = start_info->message_area & ~PAGE_MASK;
		pages.used = (start_info->message_area & PAGE_MASK) / MESSAGE_PAGE_SIZE + 1;
	}
	if (pages.used == PAGES_PER_FRAME)
		error = frame_create();
	if (!error) {
		*memory = pages.memory;
		*offset = (u64)pages.used++ * MESSAGE_PAGE_SIZE;
		*page = (struct message_page *)(pages.address + *offset);
	}
	lock_release(&pages.lock);
	return error;
}

struct thread *thread_stack_create(void)
{
	u64 block = (u64)pages_alloc(2 * THREAD_STACK);
	u64 base = (block + THREAD_STACK - 1) & ~(u64)(THREAD_STACK - 1);
	struct thread *thread;

	if (!block)
		return NULL;
	/* What lies outside the aligned block goes back, and with it the guard page. */
	sys_space_unmap(CAP_SELF_SPACE, block, base + PAGE_SIZE - block);
	if (base != block)
		sys_space_unmap(CAP_SELF_SPACE, base + THREAD_STACK, block + THREAD_STACK - base);
	else
		sys_space_unmap(CAP_SELF_SPACE, base + THREAD_STACK, THREAD_STACK);
	thread = (struct thread *)(base + THREAD_STACK) - 1;
	thread->holds = (u32 *)&thread->held;
	return thread;
}

static _Noreturn void thread_main(struct thread *thread)
{
	thread->entry(thread->argument);
	thread_exit(0);
}

error_t thread_create(const struct thread_options *options, struct thread **out)
{
	struct thread_args args = {
		.table = CAP_SELF_TABLE,
		.space = CAP_SELF_SPACE,
		.entry = (u64)thread_main,
		.exit_notification = options->exit_notification,
		.exit_bits = options->exit_bits,
		.level = options->level ? options->level : LEVEL_SERVER,
		.flags = options->flags | THREAD_SUSPENDED,
	};
	struct thread *thread = thread_stack_create();
	error_t error;
	i64 cap;

	if (!thread)
		return E_NOMEM;
	error = page_take(&thread->page, &args.message_memory, &args.message_offset);
	if (error)
		return error;
	thread->entry = options->entry;
	thread->argument = options->argument;
	args.argument = (u64)thread;
	args.stack = (u64)thread - 8; /* as after a call, whose return address is never used */
	string_copy(args.name, sizeof(args.name), options->name ? options->name : "thread");
	cap = sys_thread_create(CAP_SELF_BUDGET, &args);
	if (cap < 0)
		return cap;
	/* The thread starts only now, so that it finds its own capability in place. */
	thread->cap = cap;
	if (out)
		*out = thread;
	if (!(options->flags & THREAD_SUSPENDED))
		return sys_thread_control(cap, THREAD_RESUME, 0);
	return 0;
}
