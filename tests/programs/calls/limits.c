/* SPDX-License-Identifier: MIT */
/* limits.c - what each call says when memory, room or range runs out. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

enum { GUEST_AT = 0x400000 };

static void idle(void *argument)
{
	(void)argument;
	thread_exit(0);
}

/* A budget of nothing: whatever would be charged to it is refused. */
static void empty_budget(void)
{
	cap_t none = MAKE(sys_budget_create(CAP_SELF_BUDGET, 0, 0));
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t guest = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	struct thread_args t = { .table = CAP_SELF_TABLE, .space = CAP_SELF_SPACE,
				 .entry = (u64)idle, .flags = THREAD_SUSPENDED };

	row("each call that makes something, without memory");
	WANT(E_NOMEM, sys_table_create(none));
	WANT(E_NOMEM, sys_budget_create(none, 0, 0));
	WANT(E_NOMEM, sys_budget_create(CAP_SELF_BUDGET, (u64)1 << 50, BUDGET_RESERVED));
	WANT(E_NOMEM, sys_memory_create(none, PAGE_SIZE, 0));
	WANT(E_RANGE, sys_memory_create(CAP_SELF_BUDGET, (u64)1 << 48, MEMORY_PINNED));
	WANT(E_NOTSUP, sys_memory_clone(none, memory));
	WANT(E_NOMEM, sys_space_create(none, SPACE_NATIVE));
	WANT(E_NOMEM, sys_space_create(none, SPACE_GUEST));
	WANT(E_NOMEM, sys_view_create(none, guest, CAP_SELF_SPACE));
	WANT(E_NOMEM, sys_thread_create(none, &t));
	WANT(E_NOMEM, sys_endpoint_create(none));
	WANT(E_NOMEM, sys_notification_create(none));
	WANT(E_NOMEM, sys_ioport_create(none, grant_find("ports"), 0, 1));
	WANT(0, sys_object_destroy(guest));
	WANT(0, sys_object_destroy(memory));
	WANT(0, sys_object_destroy(none));
}

/* A space whose budget is used up: every change that needs a record fails and changes nothing. */
static void full_space(void)
{
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0)), filler, space;
	struct map_args a = { .address = GUEST_AT, .length = 4 * PAGE_SIZE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	struct remap_args r = { .address = GUEST_AT, .length = 4 * PAGE_SIZE,
				.new_address = 0, .new_length = 8 * PAGE_SIZE };
	struct budget_info info = { 0 };
	i64 made;

	row("a space whose budget is used up");
	space = MAKE(sys_space_create(budget, SPACE_GUEST));
	WANT(GUEST_AT, sys_space_map(space, &a));
	filler = MAKE(sys_table_create(CAP_SELF_BUDGET));
	for (u64 size = 64 * PAGE_SIZE; size; size = size > PAGE_SIZE ? size / 2 : 0)
		while ((made = memory_create_pinned(budget, size)) >= 0)
			WANT(0, sys_cap_copy(filler, (cap_t)made, RIGHTS_ALL, 0) > 0 ?
					sys_cap_delete((cap_t)made) : 1);
	while ((made = sys_notification_create(budget)) >= 0)
		WANT(0, sys_cap_copy(filler, (cap_t)made, RIGHTS_ALL, 0) > 0 ?
				sys_cap_delete((cap_t)made) : 1);
	WANT(0, sys_budget_info(budget, &info));
	/* What is left is less than the largest of these objects, but may do for a region. */
	do
		a.address += 64 * PAGE_SIZE;
	while (sys_space_map(space, &a) >= 0);
	WANT(E_NOMEM, sys_space_map(space, &a));
	WANT(E_NOMEM, sys_space_unmap(space, GUEST_AT + PAGE_SIZE, PAGE_SIZE));
	WANT(E_NOMEM, sys_space_protect(space, GUEST_AT + PAGE_SIZE, PAGE_SIZE, PROTECT_READ));
	a = (struct map_args){ .address = GUEST_AT + 4 * PAGE_SIZE };
	WANT(E_NOMEM, sys_space_clone(budget, space));
	r.length = PAGE_SIZE;
	r.new_length = 2 * PAGE_SIZE;
	r.flags = REMAP_MAY_MOVE;
	WANT(E_NOMEM, sys_space_remap(space, &r));
	WANT(0, sys_object_destroy(filler));
	WANT(0, sys_object_destroy(budget));
}

/* A table fills up, first for want of memory, then of slots. */
static void full_table(void)
{
	enum { SLOTS = 1 << 15 };
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 64 << 10, 0));
	cap_t table = MAKE(sys_table_create(budget)), memory;
	i64 made, count = 0;

	row("cap_copy, memory_clone: no memory, no slot");
	memory = MAKE(sys_memory_create(budget, PAGE_SIZE, 0));
	WANT(PAGE_SIZE, sys_memory_copy(memory, 0, (u64)full_table & ~PAGE_MASK, PAGE_SIZE,
					COPY_TO_MEMORY));
	while ((made = sys_cap_copy(table, memory, RIGHT_READ, 0)) >= 0)
		count++;
	HOLDS(count > 0);
	WANT(E_NOMEM, sys_cap_copy(table, memory, RIGHT_READ, 0));
	while (sys_endpoint_create(budget) >= 0)
		;
	WANT(E_NOMEM, sys_memory_clone(budget, memory));
	WANT(0, sys_object_destroy(budget));
	table = MAKE(sys_table_create(CAP_SELF_BUDGET));
	for (count = 0; count < SLOTS && made != E_FULL; count++)
		made = sys_cap_copy(table, CAP_SELF_BUDGET, RIGHT_READ, 0);
	WANT(E_FULL, sys_cap_copy(table, CAP_SELF_BUDGET, RIGHT_READ, 0));
	WANT(0, sys_object_destroy(table));
}

static void ranges(void)
{
	cap_t space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	struct map_args a = { .address = GUEST_AT, .length = PAGE_SIZE, .protect = PROTECT_READ,
			      .flags = MAP_AT | MAP_OVERLAY };
	struct remap_args r = { .address = GUEST_AT, .length = PAGE_SIZE,
				.new_length = 2 * PAGE_SIZE };
	static u32 word[2];
	struct requeue_args odd = { .from = (u64)word + 2, .to = (u64)word + 4 };
	struct thread_args t = { .table = CAP_SELF_TABLE, .space = CAP_SELF_SPACE,
				 .entry = (u64)idle, .flags = THREAD_SUSPENDED };

	row("ranges that no call takes");
	WANT(GUEST_AT, sys_space_map(space, &a));
	WANT(E_RANGE, sys_space_protect(space, (u64)1 << 47, PAGE_SIZE, PROTECT_READ));
	a.address += PAGE_SIZE;
	WANT(GUEST_AT + PAGE_SIZE, sys_space_map(space, &a));
	WANT(E_NOMEM, sys_space_remap(space, &r));
	r.flags = REMAP_MAY_MOVE | MAP_AT;
	r.new_address = (u64)1 << 47;
	WANT(E_RANGE, sys_space_remap(space, &r));
	WANT(0, sys_object_destroy(space));
	WANT(E_INVAL, sys_futex_requeue(CAP_SELF_SPACE, &odd));
	WANT(E_FAULT, sys_futex_wake(CAP_SELF_SPACE, UNMAPPED, 1, 1));
	t.flags = 0x80;
	WANT(E_INVAL, sys_thread_create(CAP_SELF_BUDGET, &t));
	t.flags = THREAD_SUSPENDED;
	t.entry = KERNEL;
	WANT(E_RANGE, sys_thread_create(CAP_SELF_BUDGET, &t));
}

static void states(void)
{
	struct thread_options options = { .entry = idle, .name = "ends" };
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct thread *t = NULL;
	cap_t plain = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t guest = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	cap_t view = MAKE(sys_view_create(CAP_SELF_BUDGET, guest, CAP_SELF_SPACE));

	row("states in which a call makes no sense");
	WANT(E_STATE, sys_guest_resume());
	options.exit_notification = n;
	options.exit_bits = 1;
	WANT(0, helper_create(&options, &t));
	WANT(1, sys_notification_wait(n, 1, clock_now() + 1000000000));
	WANT(E_STATE, sys_thread_control(t->cap, THREAD_SUSPEND, 0));
	WANT(E_STATE, sys_thread_kick(t->cap, KICK_SOFT));
	WANT(0, sys_object_destroy(t->cap));
	/* Not pinned: no state page. */
	options.flags = THREAD_SUSPENDED;
	WANT(0, helper_create(&options, &t));
	WANT(E_INVAL, sys_thread_bind(t->cap, view, plain, 0));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(view));
	WANT(0, sys_object_destroy(guest));
	WANT(0, sys_object_destroy(plain));
	WANT(0, sys_object_destroy(n));
}

void test_limits(void)
{
	empty_budget();
	full_space();
	full_table();
	ranges();
	states();
}
