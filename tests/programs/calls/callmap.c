/* SPDX-License-Identifier: MIT */
/* callmap.c - thread_set_pages: calls of a guest that its twin never sees. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

enum { SECOND = 1000000000, STATE_AT = 0, CONSTANTS_AT = 512, PAGES = 2 };

/*
 * mov $7, %eax; syscall; mov %rax, %rbx; mov $8, %eax; mov $5, %edi; syscall; mov %rax, %r12;
 * mov $8, %eax; mov $6, %edi; syscall; jmp to itself
 */
static const u8 guest_code[] = {
	0xb8, 7, 0, 0, 0, 0x0f, 5, 0x48, 0x89, 0xc3, 0xb8, 8, 0, 0, 0, 0xbf, 5, 0, 0, 0,
	0x0f, 5, 0x49, 0x89, 0xc4, 0xb8, 8, 0, 0, 0, 0xbf, 6, 0, 0, 0, 0x0f, 5, 0xeb, 0xfe,
};

/* The first page holds state and constants, the second the map. */
static struct {
	cap_t memory, space, view, ended;
	char *at;
	volatile i64 result[8];
	struct registers seen[2];
} it;

static struct guest_state *state(void)
{
	return (struct guest_state *)it.at;
}

static i64 run(struct registers *seen)
{
	i64 cause;

	state()->regs.rip = GUEST_CODE;
	state()->regs.rsp = GUEST_CODE + PAGE_SIZE;
	state()->regs.rflags = 0x202;
	state()->regs.rbx = state()->regs.r12 = 1;
	cause = guest_run();
	*seen = state()->regs;
	seen->rax = state()->original_rax;
	return cause;
}

static void twin_main(void *argument)
{
	struct thread_pages pages = { .map = it.memory, .map_offset = PAGE_SIZE,
				      .constants = it.memory, .constants_offset = CONSTANTS_AT };
	cap_t self = thread_self()->cap;

	(void)argument;
	it.result[0] = TRY(sys_thread_bind(self, it.view, it.memory, STATE_AT));
	it.result[1] = TRY(sys_thread_set_pages(self, &pages));
	it.result[2] = run(&it.seen[0]);
	pages.map_offset = 8;
	it.result[3] = TRY(sys_thread_set_pages(self, &pages));
	pages = (struct thread_pages){ 0 };
	it.result[4] = TRY(sys_thread_set_pages(self, &pages));
	it.result[5] = run(&it.seen[1]);
	it.result[6] = TRY(sys_thread_set_pages(self, (struct thread_pages *)UNMAPPED));
	thread_exit(0);
}

/* 7 is a constant, 8 one if its first argument is 5. */
static void map_make(void)
{
	struct call_map *map = (struct call_map *)(it.at + PAGE_SIZE);
	u64 *constants = (u64 *)(it.at + CONSTANTS_AT);

	map->rule[7] = 1;
	map->rules[0] = (struct call_rule){ .operation = CALL_CONSTANT, .operand = 3 };
	map->rule[8] = CALL_RULES;
	map->rules[CALL_RULES - 1] = (struct call_rule){
		.operation = CALL_CONSTANT, .guards = 1, .operand = CALL_CONSTANTS - 1,
		.guard = { { 0xff, 5 } },
	};
	constants[3] = 0x1234;
	constants[CALL_CONSTANTS - 1] = 0x77;
}

void test_callmap(void)
{
	struct thread_options options = { .entry = twin_main, .name = "twin", .exit_bits = 1,
					  .level = LEVEL_USER_TOP };
	struct thread_pages none = { 0 }, crooked = { .map_offset = 8 };
	struct thread *t = NULL;

	row("thread_set_pages");
	it.memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGES * PAGE_SIZE, MEMORY_PINNED));
	i64 at = TRY(memory_map(it.memory, 0, PAGES * PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));
	HOLDS(!map_failed(at));
	it.at = (char *)at;
	it.ended = options.exit_notification = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	guest_make(CAP_SELF_BUDGET, guest_code, sizeof(guest_code), &it.space, &it.view);
	map_make();
	WANT(0, helper_create(&options, &t));
	WANT(1, sys_notification_wait(it.ended, 1, clock_now() + PATIENCE));
	WANT(0, it.result[0]);
	CELL(thread_set_pages, 0, it.result[1]);
	WANT(GUEST_SYSCALL, it.result[2]);
	HOLDS(it.seen[0].rbx == 0x1234 && it.seen[0].r12 == 0x77);
	HOLDS(it.seen[0].rax == 8 && it.seen[0].rdi == 6);
	WANT(E_INVAL, it.result[3]);
	WANT(0, it.result[4]);
	WANT(GUEST_SYSCALL, it.result[5]);
	HOLDS(it.seen[1].rbx == 1 && it.seen[1].rax == 7);
	WANT(E_FAULT, it.result[6]);
	WANT(E_STATE, sys_thread_set_pages(t->cap, &none));
	crooked.map = it.memory;
	WANT(E_INVAL, sys_thread_set_pages(t->cap, &crooked));
	WANT(E_FAULT, sys_thread_set_pages(t->cap, (struct thread_pages *)UNMAPPED));
	WANT(E_RIGHTS, sys_thread_set_pages(weaker(t->cap, RIGHT_READ), &none));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.view));
	WANT(0, sys_object_destroy(it.space));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)at, PAGES * PAGE_SIZE));
	WANT(0, sys_object_destroy(it.memory));
	WANT(0, sys_object_destroy(it.ended));
}
