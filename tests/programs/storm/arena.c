/* SPDX-License-Identifier: MIT */
/*
 * arena.c - the place where the workers are let loose: everything in it is charged to one budget,
 * and nothing in it can reach the keeper's own table and space.
 *
 * The arena's space is made of copies of the keeper's regions at the same addresses, so that code
 * and data are there with all pointers right; of the board, which both share; and of what only the
 * arena has: stacks, message pages, guest states, the playground.
 */
#include "libsys/log.h"
#include "libsys/string.h"
#include "tests/programs/storm/minions.h"
#include "tests/programs/storm/storm.h"

_Static_assert(CALL_THREAD_EXIT == NUMBER_thread_exit &&
		       CALL_ENDPOINT_CALL == NUMBER_endpoint_call &&
		       CALL_ENDPOINT_RECEIVE == NUMBER_endpoint_receive &&
		       CALL_REPLY_RECEIVE == NUMBER_reply_receive &&
		       CALL_NOTIFICATION_WAIT == NUMBER_notification_wait,
	       "numbers in minions.h");

enum {
	REGIONS = 64,
	HOME = 20 << 20,
	MESSAGE_PAGES = 2,
	PORTS = 4,
	WITHOUT_DESTROY = RIGHTS_ALL & ~RIGHT_DESTROY
};

static i64 map(cap_t space, u64 address, u64 length, cap_t memory, u32 protect)
{
	struct map_args a = { .address = address,
			      .length = length,
			      .memory = memory,
			      .protect = protect,
			      .maximum = protect,
			      .flags = MAP_AT };

	return sys_space_map(space, &a);
}

static bool failed(i64 result)
{
	return result < 0 && result > -(i64)PAGE_SIZE;
}

/* Memory of the arena's budget, mapped there at the address. */
static i64 place(struct arena *a, u64 address, u64 length, u64 flags, cap_t *memory)
{
	i64 made = sys_memory_create(a->budget, length, flags), mapped;

	if (failed(made))
		return made;
	*memory = (cap_t)made;
	mapped = map(a->space, address, length, *memory, PROTECT_READ | PROTECT_WRITE);
	return failed(mapped) ? mapped : 0;
}

static error_t region_copy(struct arena *a, const struct region_info *r)
{
	i64 memory = sys_memory_create(a->budget, r->length, 0), result = memory;
	u64 done = 0;

	while (!failed(result) && done < r->length) {
		result = sys_memory_copy((cap_t)memory, done, r->address + done, r->length - done,
					 COPY_TO_MEMORY);
		done += failed(result) ? 0 : (u64)result;
	}
	if (!failed(result))
		result = map(a->space, r->address, r->length, (cap_t)memory, r->protect);
	/* The region holds what it shows. */
	if (memory > 0)
		(void)sys_cap_delete((cap_t)memory);
	return failed(result) ? result : 0;
}

static error_t image_copy(struct arena *a)
{
	static struct region_info region[REGIONS];
	i64 count = sys_space_regions(CAP_SELF_SPACE, 0, region, REGIONS);
	error_t error = count < 0 ? count : 0;

	for (i64 i = 0; i < count && !error; i++)
		if (region[i].protect & PROTECT_READ &&
		    (region[i].address < AREA || region[i].address >= AREA_END))
			error = region_copy(a, &region[i]);
	return error;
}

/* Into the arena's table. */
static cap_t give(struct arena *a, cap_t cap, u64 rights)
{
	i64 handle = cap ? sys_cap_copy(a->table, cap, rights, 0) : 0;

	return handle > 0 ? (cap_t)handle : CAP_NONE;
}

static error_t guest_make(struct arena *a, cap_t play)
{
	i64 guest = sys_space_create(a->budget, SPACE_GUEST), view, memory, result;
	u64 length = (u64)(guest_end - guest_begin);

	if (guest < 0)
		return guest;
	view = sys_view_create(a->budget, (cap_t)guest, a->space);
	memory = sys_memory_create(a->budget, PAGE_SIZE, 0);
	if (view < 0 || memory < 0)
		return E_NOMEM;
	result = sys_memory_copy((cap_t)memory, 0, (u64)guest_begin, length, COPY_TO_MEMORY);
	if (result == (i64)length)
		result = map((cap_t)guest, GUEST_CODE, PAGE_SIZE, (cap_t)memory,
			     PROTECT_READ | PROTECT_EXEC);
	if (!failed(result))
		result = map((cap_t)guest, GUEST_PLAY, PLAY_PAGES * PAGE_SIZE, play,
			     PROTECT_READ | PROTECT_WRITE);
	BOARD->guest = give(a, (cap_t)guest, WITHOUT_DESTROY);
	BOARD->view = give(a, (cap_t)view, WITHOUT_DESTROY);
	(void)sys_cap_delete((cap_t)guest);
	(void)sys_cap_delete((cap_t)view);
	(void)sys_cap_delete((cap_t)memory);
	return failed(result) ? result : 0;
}

/* What the workers begin with: copies that they cannot destroy.  The first ones, up to the view,
 * are what they make all else from. */
static error_t handles_give(struct arena *a, cap_t play, cap_t states)
{
	i64 home = sys_budget_create(a->budget, HOME, 0), ports;
	error_t error;

	if (home < 0)
		return home;
	memset(BOARD->slot, 0, sizeof(BOARD->slot));
	BOARD->home = give(a, (cap_t)home, RIGHTS_ALL & ~(RIGHT_DESTROY | RIGHT_WRITE));
	BOARD->table = give(a, a->table, WITHOUT_DESTROY);
	BOARD->space = give(a, a->space, WITHOUT_DESTROY);
	BOARD->play = give(a, play, RIGHT_COPY | RIGHT_READ | RIGHT_WRITE);
	BOARD->states = give(a, states, WITHOUT_DESTROY);
	error = guest_make(a, play);
	/* A range of ports that may be copied, as the granted one may not. */
	ports = sys_ioport_create((cap_t)home, grant_find("ports"), 0, PORTS);
	for (u32 i = 0; i < SLOTS && ports > 0; i++) {
		BOARD->slot[OBJECT_IOPORT][i] = give(a, (cap_t)ports, WITHOUT_DESTROY);
		/* The log has one reader, who would hear no more of it. */
		BOARD->slot[OBJECT_LOG][i] =
			give(a, grant_find("log"), WITHOUT_DESTROY & ~RIGHT_READ);
	}
	if (ports > 0)
		(void)sys_cap_delete((cap_t)ports);
	(void)sys_cap_delete((cap_t)home);
	return error ? error : BOARD->view == CAP_AT(BASES) ? 0 : E_NOMEM;
}

error_t arena_start(struct arena *a, u64 number, bool fresh)
{
	struct worker *w = &BOARD->worker[number];
	struct thread_args args = { .table = a->table,
				    .space = a->space,
				    .entry = (u64)worker_main,
				    .argument = (u64)w,
				    .stack = STACKS_AT + (number + 1) * STACK - 8,
				    .message_memory = a->message,
				    .message_offset = number * MESSAGE_PAGE_SIZE,
				    .exit_notification = a->ended,
				    .exit_bits = 1ul << number,
				    .level = LEVEL_USER_TOP,
				    .flags = THREAD_SUSPENDED,
				    .name = "worker" };
	i64 thread = sys_thread_create(a->budget, &args);

	if (thread < 0)
		return thread;
	if (!fresh)
		(void)sys_cap_delete(a->thread[number]);
	a->thread[number] = (cap_t)thread;
	w->self = give(a, (cap_t)thread, RIGHTS_ALL);
	return sys_thread_control((cap_t)thread, THREAD_RESUME, 0);
}

error_t arena_make(struct arena *a, cap_t budget, u64 workers)
{
	cap_t play = CAP_NONE, states = CAP_NONE;
	i64 table, space;
	error_t error;

	a->budget = budget;
	table = sys_table_create(budget);
	space = sys_space_create(budget, SPACE_NATIVE);
	if (table < 0 || space < 0)
		return E_NOMEM;
	a->table = (cap_t)table;
	a->space = (cap_t)space;
	error = image_copy(a);
	if (!error &&
	    failed(map(a->space, BOARD_AT, BOARD_BYTES, a->board, PROTECT_READ | PROTECT_WRITE)))
		error = E_NOMEM;
	if (!error)
		error = place(a, STACKS_AT, workers * STACK, 0, &a->stacks);
	if (!error)
		error = place(a, PAGES_AT, MESSAGE_PAGES * PAGE_SIZE, MEMORY_PINNED, &a->message);
	if (!error)
		error = place(a, STATES_AT, STATES * GUEST_STATE_SIZE, MEMORY_PINNED, &states);
	if (!error)
		error = place(a, ALIAS_AT, PLAY_PAGES * PAGE_SIZE, 0, &play);
	if (!error)
		error = handles_give(a, play, states);
	for (u64 i = 0; i < workers && !error; i++)
		error = arena_start(a, i, true);
	return error;
}
