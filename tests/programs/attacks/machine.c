/* SPDX-License-Identifier: MIT */
/* machine.c - a guest that does what it is told, and threads that end at once. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/attacks/attacks.h"

enum { CRASHED = 1, VECTORS = 256, BREAKPOINT = 0xcc };

extern const u8 jump_to_argument[];

struct guest_state *machine;
cap_t machine_space;
static cap_t view, state, budget;

void machine_make(void)
{
	struct map_args stack = { .address = GUEST_STACK - PAGE_SIZE,
				  .length = PAGE_SIZE,
				  .protect = PROTECT_READ | PROTECT_WRITE,
				  .maximum = PROTECT_READ | PROTECT_WRITE,
				  .flags = MAP_AT | MAP_OVERLAY };
	i64 page;

	budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 2 << 20, 0));
	guest_make(budget, (const u8 *)"\x0f\x0b", 2, &machine_space, &view);
	WANT(stack.address, sys_space_map(machine_space, &stack));
	state = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	page = memory_map(state, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	HOLDS(!map_failed(page));
	machine = (struct guest_state *)page;
	WANT(0, sys_thread_bind(thread_self()->cap, view, state, 0));
}

struct guest_state *machine_second(void)
{
	WANT(0, sys_thread_bind(thread_self()->cap, view, state, GUEST_STATE_SIZE));
	return machine + 1;
}

void machine_end(void)
{
	WANT(0, sys_thread_bind(thread_self()->cap, CAP_NONE, CAP_NONE, 0));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)machine, PAGE_SIZE));
	WANT(0, sys_object_destroy(budget));
	WANT(0, sys_object_destroy(state));
}

i64 machine_run(const u8 *code, u64 size)
{
	u8 text[64];

	/* What is not stopped runs into a breakpoint. */
	if (size >= sizeof(text))
		return E_RANGE;
	memset(text, BREAKPOINT, sizeof(text));
	memcpy(text, code, size);
	if (sys_space_copy(machine_space, GUEST_CODE, (u64)text, sizeof(text),
			   SPACE_COPY_WRITE | SPACE_COPY_FORCE) != sizeof(text))
		return E_FAULT;
	machine->regs.rip = GUEST_CODE;
	machine->regs.rsp = GUEST_STACK - 128;
	machine->regs.rflags = FLAGS;
	return sys_guest_resume();
}

/* It is bound to the second state page, if it is to be a twin. */
static i64 crash_of(u64 entry, u64 argument, bool twin)
{
	static struct thread *stack;
	static cap_t crashed;
	struct thread_args args = { .table = CAP_SELF_TABLE,
				    .space = CAP_SELF_SPACE,
				    .entry = entry,
				    .argument = argument,
				    .exit_bits = CRASHED,
				    .level = LEVEL_USER_TOP,
				    .flags = THREAD_SUSPENDED,
				    .name = "crash" };
	struct thread_info info = { 0 };
	cap_t thread;

	if (!stack) {
		stack = thread_stack_create();
		crashed = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	}
	args.stack = (u64)stack - 1024;
	args.exit_notification = crashed;
	thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	if (twin)
		WANT(0, sys_thread_bind(thread, view, state, GUEST_STATE_SIZE));
	WANT(0, sys_thread_control(thread, THREAD_RESUME, 0));
	WANT(CRASHED, sys_notification_wait(crashed, CRASHED, clock_now() + PATIENCE));
	WANT(0, sys_thread_info(thread, &info));
	WANT(0, sys_object_destroy(thread));
	return info.state == THREAD_STATE_FAULTED ? -info.exit_status - VECTORS : -1;
}

i64 crash(const u8 *code)
{
	return crash_of((u64)code, 0, false);
}

i64 crash_at(u64 address)
{
	return crash_of((u64)jump_to_argument, address, false);
}

i64 crash_in_view(u64 address)
{
	return crash_of((u64)jump_to_argument, address, true);
}
