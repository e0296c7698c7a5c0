/* SPDX-License-Identifier: MIT */
/*
 * helper.c - threads that leave nothing behind: stacks and message pages are made once, and go to
 * the next thread when their last one's capability is gone.  A thread whose destruction has
 * returned runs nowhere.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { HELPERS = 16 };
_Static_assert(HELPERS * MESSAGE_PAGE_SIZE == PAGE_SIZE, "one frame has their message pages");

static struct thread *helpers[HELPERS];
static cap_t pages;

void helpers_make(void)
{
	pages = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	i64 at = TRY(memory_map(pages, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));

	HOLDS(!map_failed(at));
	for (u32 i = 0; i < HELPERS; i++) {
		helpers[i] = thread_stack_create();
		HOLDS(helpers[i]);
		helpers[i]->page = (struct message_page *)(at + i * MESSAGE_PAGE_SIZE);
	}
}

static _Noreturn void helper_main(struct thread *thread)
{
	thread->entry(thread->argument);
	thread_exit(0);
}

error_t helper_create(const struct thread_options *options, struct thread **out)
{
	struct thread_args args = {
		.table = CAP_SELF_TABLE,
		.space = CAP_SELF_SPACE,
		.entry = (u64)helper_main,
		.message_memory = pages,
		.exit_notification = options->exit_notification,
		.exit_bits = options->exit_bits,
		.level = options->level ? options->level : LEVEL_SERVER,
		.flags = THREAD_SUSPENDED,
	};
	struct cap_info info;
	struct thread *t;
	u32 i = 0;
	i64 cap;

	while (i < HELPERS && helpers[i]->cap && !sys_cap_info(helpers[i]->cap, &info))
		i++;
	if (i == HELPERS)
		return E_FULL;
	t = helpers[i];
	*t = (struct thread){ .page = t->page,
			      .entry = options->entry,
			      .argument = options->argument,
			      .holds = (u32 *)&t->held };
	memset(t->page, 0, sizeof(*t->page));
	args.message_offset = (u64)i * MESSAGE_PAGE_SIZE;
	args.argument = (u64)t;
	args.stack = (u64)t - 8;
	string_copy(args.name, sizeof(args.name), options->name);
	cap = sys_thread_create(CAP_SELF_BUDGET, &args);
	if (cap < 0)
		return cap;
	/* It starts only now, so that it finds its own capability in place. */
	t->cap = (cap_t)cap;
	*out = t;
	return options->flags & THREAD_SUSPENDED ? 0 :
						   sys_thread_control(t->cap, THREAD_RESUME, 0);
}
