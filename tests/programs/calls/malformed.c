/* SPDX-License-Identifier: MIT */
/* malformed.c - arguments that no call takes, each field of them by itself. */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { AT = 0x400000, UNKNOWN = 1 << 15, RW = PROTECT_READ | PROTECT_WRITE };

static cap_t space, memory;

/* A mapping of the memory that would do, but for what the caller changes. */
static struct map_args map_of(cap_t what, u32 flags)
{
	return (struct map_args){ .address = AT, .length = PAGE_SIZE, .memory = what,
				  .protect = PROTECT_READ, .flags = flags };
}

static void maps(void)
{
	struct map_args a = map_of(memory, MAP_AT | UNKNOWN);

	row("space_map: malformed");
	WANT(E_INVAL, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.protect = 8;
	EITHER(E_INVAL, E_RIGHTS, sys_space_map(space, &a));
	a = map_of(CAP_NONE, MAP_AT | MAP_OVERLAY), a.maximum = 8;
	EITHER(E_INVAL, E_RIGHTS, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.offset = 1;
	WANT(E_INVAL, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.maximum = PROTECT_READ, a.protect = RW;
	WANT(E_INVAL, sys_space_map(space, &a));
	a = map_of(CAP_NONE, MAP_AT);
	WANT(E_INVAL, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.length = 0;
	EITHER(E_INVAL, E_RANGE, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.maximum = RW | PROTECT_EXEC;
	WANT(E_ACCESS, sys_space_map(space, &a));
	a = map_of(memory, MAP_AT), a.offset = (u64)1 << 48;
	WANT(E_RANGE, sys_space_map(space, &a));
	a = map_of(weaker(memory, RIGHT_READ), MAP_AT), a.protect = RW;
	WANT(E_RIGHTS, sys_space_map(space, &a));
	a = map_of(memory, 0), a.length = (u64)1 << 47;
	WANT(E_NOMEM, sys_space_map(space, &a));
	/* Below a bound; anywhere, if there is no room below it. */
	a = map_of(memory, 0), a.address = AT + PAGE_SIZE;
	WANT(AT, sys_space_map(space, &a));
	a.address = PAGE_SIZE;
	HOLDS(TRY(sys_space_map(space, &a)) > AT);
	WANT(E_INVAL, sys_space_unmap(space, AT, 0));
	WANT(E_INVAL, sys_space_protect(space, AT, 0, PROTECT_READ));
	WANT(E_INVAL, sys_space_protect(space, AT, PAGE_SIZE, 8));
}

static i64 remap(u64 length, u64 new_length, u32 flags)
{
	struct remap_args a = { .address = AT, .length = length, .new_address = 2 * AT,
				.new_length = new_length, .flags = flags };

	return sys_space_remap(space, &a);
}

static void remaps(void)
{
	enum { PAGE = PAGE_SIZE };

	row("space_remap: malformed; in place");
	WANT(E_INVAL, (sys_space_remap(space, &(struct remap_args){ .address = AT })));
	CELL(space_remap, E_INVAL, remap(PAGE, 0, 0));
	CELL(space_remap, E_INVAL, remap(PAGE, PAGE, UNKNOWN));
	CELL(space_remap, E_INVAL, remap(PAGE, PAGE, MAP_AT));
	CELL(space_remap, E_INVAL, remap(PAGE, ((u64)1 << 46) + 1, REMAP_MAY_MOVE));
	CELL(space_remap, AT, remap(PAGE, PAGE, 0));
	CELL(space_remap, AT, remap(PAGE, 3 * PAGE, 0));
	CELL(space_remap, AT, remap(3 * PAGE, 2 * PAGE, 0));
	CELL(space_remap, E_NOENT, remap(4 * PAGE, 5 * PAGE, REMAP_MAY_MOVE));
	/* A part of a region is in the way of itself. */
	CELL(space_remap, E_NOMEM, remap(PAGE, 2 * PAGE, 0));
	CELL(space_remap, 2 * AT, remap(PAGE, 2 * PAGE, REMAP_MAY_MOVE | MAP_AT));
}

static void copies(void)
{
	u64 word = 0;

	row("memory_copy, space_copy, notification_*: malformed");
	WANT(E_INVAL, sys_memory_copy(memory, 0, (u64)&word, 8, 4));
	WANT(E_INVAL, sys_memory_copy(memory, 0, (u64)&word, 8, COPY_EXTEND));
	WANT(0, sys_memory_copy(memory, ~(u64)0 - 4, (u64)&word, 8, COPY_FROM_MEMORY));
	WANT(0, sys_memory_copy(memory, 0, (u64)&word, 0, COPY_TO_MEMORY));
	WANT(E_INVAL, sys_space_copy(space, AT, (u64)&word, 8, 4));
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	WANT(E_INVAL, sys_notification_signal(n, (u64)1 << 63));
	WANT(E_INVAL, sys_notification_timer(n, DEADLINE_NEVER, (u64)1 << 63));
	WANT(0, sys_object_destroy(n));
}

static i64 thread_of(struct thread_args a)
{
	i64 made;

	a.table = CAP_SELF_TABLE;
	a.entry = (u64)thread_of;
	a.flags |= THREAD_SUSPENDED;
	made = sys_thread_create(CAP_SELF_BUDGET, &a);
	if (made > 0)
		WANT(0, sys_object_destroy((cap_t)made));
	return made > 0 ? 0 : made;
}

static void threads(void)
{
	cap_t pinned = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	struct thread_args right = { .space = CAP_SELF_SPACE, .message_memory = pinned }, a = right;

	row("thread_create, thread_control: malformed");
	CELL(thread_create, 0, thread_of(right));
	a.space = space;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.flags = UNKNOWN;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.level = LEVELS;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.level = LEVEL_REALTIME;
	CELL(thread_create, E_RIGHTS, thread_of(a));
	a = right, a.exit_bits = (u64)1 << 63;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.stack = (u64)1 << 63;
	CELL(thread_create, E_RANGE, thread_of(a));
	a = right, a.message_offset = 8;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.message_offset = PAGE_SIZE;
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.message_memory = memory; /* which is not pinned */
	CELL(thread_create, E_INVAL, thread_of(a));
	a = right, a.flags = 0;
	cap_t t = MAKE(sys_thread_create(CAP_SELF_BUDGET,
					 (&(struct thread_args){ .table = CAP_SELF_TABLE,
								 .space = CAP_SELF_SPACE,
								 .entry = (u64)thread_of,
								 .flags = THREAD_SUSPENDED })));
	WANT(E_INVAL, sys_thread_control(t, THREAD_SET_LEVEL, LEVELS));
	WANT(E_RIGHTS, sys_thread_control(t, THREAD_SET_LEVEL, LEVEL_REALTIME));
	WANT(0, sys_object_destroy(t));
	WANT(0, sys_object_destroy(pinned));
}

/* What a call lends and sends is looked at before anybody is waited for. */
static i64 call_with(cap_t endpoint, u64 tag, struct window w)
{
	struct message m = { .tag = tag };

	libsys_message_page()->window[0] = w;
	return ipc_call(endpoint, &m);
}

static void windows(void)
{
	cap_t e = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	u64 one = TAG_MAKE(1, 0, 1, 0);

	row("endpoint_call: malformed");
	CELL(endpoint_call, E_INVAL, call_with(e, one, (struct window){ AT, 8, 0 }));
	CELL(endpoint_call, E_INVAL, call_with(e, one, (struct window){ AT, 8, 4 }));
	CELL(endpoint_call, E_INVAL, call_with(e, one, (struct window){ AT, WINDOW_MAX + 1, 1 }));
	CELL(endpoint_call, E_INVAL, call_with(e, one, (struct window){ ~(u64)0, 8, 1 }));
	CELL(endpoint_call, E_INVAL, call_with(e, TAG_MAKE(1, 0, 5, 0), (struct window){ 0 }));
	CELL(endpoint_call, E_INVAL, call_with(e, TAG_MAKE(1, 0, 0, 5), (struct window){ 0 }));
	CELL(endpoint_call, E_INVAL, call_with(e, TAG_MAKE(1, 5, 0, 0), (struct window){ 0 }));
	WANT(0, sys_object_destroy(e));
}

void test_malformed(void)
{
	space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	maps();
	remaps();
	copies();
	threads();
	windows();
	WANT(0, sys_object_destroy(memory));
	WANT(0, sys_object_destroy(space));
}
