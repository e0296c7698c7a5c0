/* SPDX-License-Identifier: MIT */
/*
 * killed.c - each long call whose thread is ended in the middle: what is left is whole, and the
 * call made again by another thread does the rest.
 *
 * A round makes what the call works on, has a thread call, ends that thread and looks.  A round in
 * which the call was over first shows nothing; there are as many as it takes.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum {
	PAGES = 384,
	COPIES = 1500,
	AT = 0x40000000,
	ROUNDS = 5000,
	STACK = 8192,
	LENGTH = PAGES * PAGE_SIZE,
	MICROSECOND = 1000,
	SPIN = 100 * MICROSECOND
};

static struct {
	cap_t budget, memory, space, object, made, ended;
	char *bytes; /* of this program, as many */
	u64 capabilities;
	u64 stride; /* from page to page of the space */
	volatile bool begun, over;
	volatile i64 result;
	void (*call)(void);
} it;

static void call_main(void)
{
	it.begun = true;
	it.call();
	it.over = true;
	sys_thread_exit(0);
}

/* False: the call was over before its thread was ended. */
static bool end_in_the_middle(u64 delay)
{
	static u8 stack[STACK] __attribute__((aligned(16)));
	struct thread_args args = { .table = CAP_SELF_TABLE,
				    .space = CAP_SELF_SPACE,
				    .entry = (u64)call_main,
				    .stack = (u64)stack + STACK - 8,
				    .level = LEVEL_USER_TOP,
				    .name = "long" };
	cap_t thread;

	it.begun = it.over = false;
	it.made = CAP_NONE;
	thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	/* With one processor the thread runs only while this one waits. */
	for (u64 until = clock_now() + SPIN; !it.begun && clock_now() < until;)
		;
	while (!it.begun)
		sys_notification_wait(it.ended, 1, clock_now() + MICROSECOND);
	for (u64 until = clock_now() + delay; clock_now() < until;)
		;
	WANT(0, sys_object_destroy(thread));
	return !it.over;
}

static void memory_make(void)
{
	it.memory = MAKE(sys_memory_create(it.budget, LENGTH, 0));
}

static void memory_make_full(void)
{
	memory_make();
	for (u64 at = 0; at < LENGTH;)
		at += MAKE(sys_memory_copy(it.memory, at, (u64)it.bytes + at, LENGTH - at,
					   COPY_TO_MEMORY));
}

/* A guest space of one region with all its pages there. */
static void space_make(void)
{
	struct map_args a = { .address = AT,
			      .length = PAGES * it.stride,
			      .flags = MAP_AT | MAP_OVERLAY,
			      .protect = PROTECT_READ | PROTECT_WRITE };

	it.space = MAKE(sys_space_create(it.budget, SPACE_GUEST));
	WANT(AT, sys_space_map(it.space, &a));
	for (u64 i = 0; i < PAGES; i++)
		WANT(PAGE_SIZE, sys_space_copy(it.space, AT + i * it.stride,
					       (u64)it.bytes + i * PAGE_SIZE, PAGE_SIZE,
					       SPACE_COPY_WRITE));
}

/* Its pages lie far apart. */
static void space_make_wide(void)
{
	it.stride = 2 << 20;
	space_make();
}

/* Memory that a guest space shows, each page in a region of its own. */
static void memory_make_mapped(void)
{
	struct map_args a = { .length = PAGE_SIZE, .protect = PROTECT_READ, .flags = MAP_AT };
	char byte;

	memory_make_full();
	it.space = MAKE(sys_space_create(it.budget, SPACE_GUEST));
	a.memory = it.memory;
	for (u64 at = 0; at < LENGTH; at += PAGE_SIZE) {
		a.address = AT + 2 * at;
		a.offset = at;
		WANT(a.address, sys_space_map(it.space, &a));
		WANT(1, sys_space_copy(it.space, a.address, (u64)&byte, 1, SPACE_COPY_READ));
	}
}

static void copies_make(void)
{
	it.object = MAKE(sys_notification_create(it.budget));
	it.capabilities = capabilities();
	for (u32 i = 0; i < COPIES; i++)
		(void)weaker(it.object, RIGHTS_ALL);
}

static void revoke(void)
{
	it.result = sys_cap_revoke(it.object);
}

static void revoke_check(void)
{
	revoke();
	CELL(cap_revoke, 0, it.result);
	WANT(it.capabilities, capabilities());
	WANT(0, sys_notification_signal(it.object, 1));
}

static void destroy(void)
{
	it.result = sys_object_destroy(it.object);
}

static void destroy_check(void)
{
	destroy();
	HOLDS(it.result == 0 || it.result == E_BADCAP);
	WANT(it.capabilities - 1, capabilities());
}

static void clone(void)
{
	it.made = (cap_t)sys_memory_clone(it.budget, it.memory);
}

/* A page is copied in one piece. */
static char piece[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* Whether `length` bytes of the memory are the program's own, or zero. */
static void memory_holds(cap_t memory, u64 length, bool zero)
{
	static const char none[PAGE_SIZE];

	for (u64 at = 0; at < length; at += PAGE_SIZE) {
		WANT(PAGE_SIZE,
		     sys_memory_copy(memory, at, (u64)piece, PAGE_SIZE, COPY_FROM_MEMORY));
		HOLDS(!memcmp(piece, zero ? none : it.bytes + at, PAGE_SIZE));
	}
}

static void clone_check(void)
{
	clone();
	HOLDS((i64)it.made > 0);
	memory_holds(it.made, LENGTH, false);
	memory_holds(it.memory, LENGTH, false);
}

static void resize(void)
{
	it.result = sys_memory_resize(it.memory, PAGE_SIZE);
}

static void resize_check(void)
{
	struct memory_info info = { 0 };

	resize();
	CELL(memory_resize, 0, it.result);
	WANT(0, sys_memory_info(it.memory, &info));
	HOLDS(info.size_bytes == PAGE_SIZE && info.resident_pages == 1);
	WANT(0, sys_memory_resize(it.memory, LENGTH));
	memory_holds(it.memory, PAGE_SIZE, false);
	WANT(1, sys_memory_find(it.memory, 1, MEMORY_FIND_PAGE));
	WANT(LENGTH, sys_memory_find(it.memory, PAGE_SIZE, MEMORY_FIND_PAGE));
}

static void copy(void)
{
	it.result = sys_memory_copy(it.memory, 0, (u64)it.bytes, LENGTH, COPY_TO_MEMORY);
}

/* Whole pages are there, from below, or none. */
static void copy_check(void)
{
	struct memory_info info = { 0 };

	WANT(0, sys_memory_info(it.memory, &info));
	memory_holds(it.memory, info.resident_pages * PAGE_SIZE, false);
	copy();
	HOLDS(it.result > 0);
}

static void fill(void)
{
	it.result = sys_memory_fill(it.memory, 0, LENGTH);
}

static void fill_check(void)
{
	fill();
	HOLDS(it.result > 0);
	memory_holds(it.memory, LENGTH, true);
}

static void discard(void)
{
	it.result = sys_memory_discard(it.memory, 0, LENGTH);
}

static void discard_check(void)
{
	for (u64 at = 0; at < LENGTH;)
		at += MAKE(sys_memory_discard(it.memory, at, LENGTH - at));
	WANT(LENGTH, sys_memory_find(it.memory, 0, MEMORY_FIND_PAGE));
	memory_holds(it.memory, LENGTH, true);
}

static void unmap(void)
{
	it.result = sys_space_unmap(it.space, AT, (PAGES - 1) * it.stride);
}

static struct region_info region_only(void)
{
	static struct region_info region[2];

	WANT(1, sys_space_regions(it.space, 0, region, 2));
	return region[0];
}

static void unmap_check(void)
{
	unmap();
	CELL(space_unmap, 0, it.result);
	HOLDS(region_only().address == AT + (PAGES - 1) * it.stride);
	HOLDS(region_only().resident_pages == 1);
}

static void protect(void)
{
	it.result = sys_space_protect(it.space, AT, PAGES * it.stride, PROTECT_READ);
}

static void protect_check(void)
{
	char byte = 0;

	protect();
	CELL(space_protect, 0, it.result);
	HOLDS(region_only().protect == PROTECT_READ);
	WANT(E_FAULT, sys_space_copy(it.space, AT, (u64)&byte, 1, SPACE_COPY_WRITE));
	WANT(E_FAULT, sys_space_copy(it.space, AT + (PAGES - 1) * it.stride, (u64)&byte, 1,
				     SPACE_COPY_WRITE));
}

static void space_clone(void)
{
	it.made = (cap_t)sys_space_clone(it.budget, it.space);
}

static void space_copy(void)
{
	it.result = sys_space_copy(it.space, AT, (u64)it.bytes, LENGTH, SPACE_COPY_WRITE);
}

static void space_holds(cap_t space)
{

	for (u64 at = 0; at < LENGTH; at += PAGE_SIZE) {
		WANT(PAGE_SIZE,
		     sys_space_copy(space, AT + at, (u64)piece, PAGE_SIZE, SPACE_COPY_READ));
		HOLDS(!memcmp(piece, it.bytes + at, PAGE_SIZE));
	}
}

static void space_clone_check(void)
{
	space_clone();
	HOLDS((i64)it.made > 0);
	space_holds(it.made);
	space_holds(it.space);
}

static void space_copy_check(void)
{
	space_holds(it.space);
	space_copy();
	HOLDS(it.result > 0);
}

static void killed(const char *name, void (*make)(void), void (*call)(void), void (*check)(void))
{
	bool middle = false;

	it.call = call;
	for (u32 i = 0; i < ROUNDS && !middle; i++) {
		it.budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 6 * LENGTH, 0));
		it.stride = PAGE_SIZE;
		make();
		middle = end_in_the_middle(i % 8 * 5 * MICROSECOND);
		if (middle)
			check();
		WANT(0, sys_object_destroy(it.budget));
	}
	judge_cell(name, "killed", middle, true);
}
#define KILLED(name, make, call) killed(#name, make, call, call##_check)

void test_killed(void)
{
	row("each long call, its thread ended in the middle");
	it.ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.bytes = pages_alloc(LENGTH);
	HOLDS(it.bytes);
	for (u64 at = 0; at < LENGTH; at += sizeof(u64))
		*(u64 *)(it.bytes + at) = at + 1;
	KILLED(cap_revoke, copies_make, revoke);
	KILLED(object_destroy, copies_make, destroy);
	KILLED(memory_clone, memory_make_mapped, clone);
	KILLED(memory_resize, memory_make_mapped, resize);
	KILLED(memory_copy, memory_make, copy);
	KILLED(memory_fill, memory_make, fill);
	KILLED(memory_discard, memory_make_full, discard);
	KILLED(space_unmap, space_make_wide, unmap);
	KILLED(space_protect, space_make_wide, protect);
	KILLED(space_clone, space_make, space_clone);
	KILLED(space_copy, space_make, space_copy);
	pages_free(it.bytes, LENGTH);
	WANT(0, sys_object_destroy(it.ended));
}
