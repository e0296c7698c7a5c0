/* SPDX-License-Identifier: MIT */
/* threads.c - thread_* and guest_resume, with a guest of a few instructions. */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

enum { SECOND = 1000000000 };

static volatile u64 counter;
static cap_t ended;

static void count_and_end(void *argument)
{
	counter += (u64)argument;
	thread_exit(42);
}

static void spin(void *argument)
{
	(void)argument;
	for (;;) {
		counter++;
		sys_thread_yield();
	}
}

static void fault(void *argument)
{
	*(volatile u8 *)argument = 1;
}

static struct thread *make(void (*entry)(void *), void *argument, u32 flags)
{
	struct thread_options options = {
		.entry = entry, .argument = argument, .name = "helper", .flags = flags,
		.exit_notification = ended, .exit_bits = 1, .level = LEVEL_USER_TOP,
	};
	struct thread *t = NULL;

	WANT(0, helper_create(&options, &t));
	return t;
}

static void lives(void)
{
	struct thread_info info;
	struct thread_args args = { .table = CAP_SELF_TABLE, .space = CAP_SELF_SPACE };
	struct thread *t;

	row("thread_create");
	counter = 0;
	t = make(count_and_end, (void *)5, 0);
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	HOLDS(counter == 5);
	WANT(E_FAULT, sys_thread_create(CAP_SELF_BUDGET, (struct thread_args *)UNMAPPED));
	args.table = BAD_CAP;
	WANT(E_BADCAP, sys_thread_create(CAP_SELF_BUDGET, &args));
	args.table = CAP_SELF_TABLE, args.space = CAP_SELF_TABLE;
	WANT(E_TYPE, sys_thread_create(CAP_SELF_BUDGET, &args));
	args.space = CAP_SELF_SPACE, args.level = LEVEL_REALTIME;
	HOLDS(sys_thread_create(CAP_SELF_BUDGET, &args) < 0);

	row("thread_exit, thread_info");
	WANT(0, sys_thread_info(t->cap, &info));
	HOLDS(info.state == THREAD_STATE_DEAD);
	CELL(thread_exit, 42, info.exit_status);
	WANT(E_FAULT, sys_thread_info(t->cap, (struct thread_info *)KERNEL));
	WANT(0, sys_object_destroy(t->cap));

	/* Wild pointers of every kind end the thread, and only it. */
	row("thread: a fault ends it by name");
	static const u64 wild[] = { 0, UNMAPPED, KERNEL, 0x7fffffffffff, 0x8000000000000000 };
	for (u32 i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		t = make(fault, (void *)wild[i], 0);
		WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
		WANT(0, sys_thread_info(t->cap, &info));
		HOLDS(info.exit_status == -(256 + 14) || info.exit_status == -(256 + 13));
		WANT(0, sys_object_destroy(t->cap));
	}

	row("thread_control");
	t = make(count_and_end, (void *)1, THREAD_SUSPENDED);
	WANT(E_TIMEDOUT, sys_notification_wait(ended, 1, clock_now() + SECOND / 50));
	WANT(0, sys_thread_info(t->cap, &info));
	HOLDS(info.state == THREAD_STATE_SUSPENDED);
	WANT(E_INVAL, sys_thread_control(t->cap, 99, 0));
	WANT(0, sys_thread_control(t->cap, THREAD_SET_LEVEL, LEVEL_USER));
	WANT(0, sys_thread_info(t->cap, &info));
	HOLDS(info.level == LEVEL_USER);
	WANT(0, sys_thread_control(t->cap, THREAD_FOLLOW, 0));
	WANT(0, sys_thread_info(t->cap, &info));
	HOLDS(info.level == LEVEL_SERVER); /* ours */
	WANT(E_RIGHTS, sys_thread_control(weaker(t->cap, RIGHT_READ), THREAD_RESUME, 0));
	WANT(0, sys_thread_control(t->cap, THREAD_RESUME, 0));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(t->cap));

	row("thread_yield");
	counter = 0;
	t = make(spin, NULL, 0);
	HOLDS(UNTIL(counter > 10));
	WANT(0, sys_thread_yield());
	WANT(0, sys_object_destroy(t->cap));
	u64 stopped = counter;
	sys_notification_wait(ended, 2, clock_now() + SECOND / 20);
	HOLDS(counter == stopped);
	WANT(1, sys_notification_wait(ended, 1, 0));
}

static volatile i64 wait_result;

static void wait_long(void *argument)
{
	wait_result = TRY(sys_notification_wait((cap_t)argument, 1, DEADLINE_NEVER));
	wait_result = TRY(sys_notification_wait((cap_t)argument, 1, clock_now() + SECOND / 100));
	thread_exit(0);
}

static void kicks(void)
{
	cap_t never = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct thread *t;

	row("thread_kick");
	wait_result = 1;
	t = make(wait_long, (void *)never, 0);
	HOLDS(UNTIL(thread_is_waiting(t->cap)));
	WANT(0, sys_thread_kick(t->cap, KICK_SOFT));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	/* The kick was spent on the first wait: the second timed out. */
	HOLDS(wait_result == E_TIMEDOUT);
	WANT(0, sys_object_destroy(t->cap));
	/* It latches: given before the wait begins, it ends it all the same. */
	t = make(wait_long, (void *)never, THREAD_SUSPENDED);
	WANT(0, sys_thread_kick(t->cap, KICK_SOFT));
	WANT(0, sys_thread_control(t->cap, THREAD_RESUME, 0));
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(E_INVAL, sys_thread_kick(t->cap, 9));
	WANT(E_RIGHTS, sys_thread_kick(weaker(t->cap, RIGHT_READ), KICK_SOFT));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(never));
}

/* mov $7, %eax; syscall; mov (0x10), %rax; ud2 */
static const u8 guest_code[] = { 0xb8, 7, 0, 0, 0, 0x0f, 5,
				 0x48, 0x8b, 0x04, 0x25, 0x10, 0, 0, 0, 0x0f, 0x0b };

struct twin {
	cap_t view, state;
	struct guest_state *page;
	i64 bound, unbound, misaligned, range, cause[3];
	u64 number, fault_address;
};

static void twin_main(void *argument)
{
	struct twin *t = argument;
	cap_t self = thread_self()->cap;

	t->unbound = guest_run();
	t->misaligned = TRY(sys_thread_bind(self, t->view, t->state, 100));
	t->bound = TRY(sys_thread_bind(self, t->view, t->state, 0));
	t->page->regs.rip = KERNEL;
	t->range = guest_run();
	t->page->regs.rip = GUEST_CODE;
	t->page->regs.rsp = GUEST_CODE + PAGE_SIZE;
	t->page->regs.rflags = 0x202;
	t->cause[0] = guest_run();
	t->number = t->page->original_rax;
	t->cause[1] = guest_run();
	t->fault_address = t->page->cr2;
	t->page->regs.rip = GUEST_CODE + sizeof(guest_code) - 2;
	t->cause[2] = guest_run();
	sys_thread_bind(self, CAP_NONE, CAP_NONE, 0);
	thread_exit(0);
}

static void guests(void)
{
	static struct twin twin;
	cap_t space;
	struct thread *t;

	row("thread_bind, guest_resume");
	guest_make(CAP_SELF_BUDGET, guest_code, sizeof(guest_code), &space, &twin.view);
	twin.state = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	i64 page = TRY(memory_map(twin.state, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));
	HOLDS(!map_failed(page));
	twin.page = (struct guest_state *)page;
	t = make(twin_main, &twin, 0);
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	CELL(guest_resume, E_STATE, twin.unbound);
	EITHER(E_INVAL, E_RANGE, twin.misaligned);
	CELL(thread_bind, 0, twin.bound);
	CELL(guest_resume, E_RANGE, twin.range);
	CELL(guest_resume, GUEST_SYSCALL, twin.cause[0]);
	WANT(7, twin.number);
	WANT(GUEST_FAULT, twin.cause[1]);
	WANT(0x10, twin.fault_address);
	WANT(GUEST_EXCEPTION, twin.cause[2]);
	WANT(6, twin.page->vector);
	WANT(E_STATE, sys_thread_bind(t->cap, twin.view, twin.state, 0));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(twin.view));
	WANT(0, sys_object_destroy(space));
	WANT(0, sys_object_destroy(twin.state));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)page, PAGE_SIZE));
}

static cap_t meeting;

static void receive_once(void)
{
	struct message m = { 0 };

	ipc_receive(meeting, &m);
	m.tag = TAG_MAKE(0, 0, 0, 0);
	ipc_reply(&m);
	sys_thread_exit(0);
}

/* The kernel writes to a thread's message page.  Were it free once its memory is destroyed, the
 * next pinned memory would get it. */
static void message_pages(void)
{
	static u8 stack[2 * PAGE_SIZE] __attribute__((aligned(16)));
	struct message_page *page = libsys_message_page();
	struct thread_args args = {
		.table = CAP_SELF_TABLE, .space = CAP_SELF_SPACE, .entry = (u64)receive_once,
		.stack = (u64)stack + sizeof(stack) - 8, .exit_notification = ended, .exit_bits = 1,
	};
	struct message m = { .tag = TAG_MAKE(1, 0, 1, 0) };
	cap_t memory, next, thread;
	u64 seen = 0;

	row("thread: its message page outlives the memory's capabilities");
	meeting = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	args.message_memory = memory;
	thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	WANT(0, sys_object_destroy(memory));
	next = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	page->window[0] = (struct window){ (u64)&seen, 0x1234, WINDOW_READ };
	page->window_origin[0] = 0;
	WANT(0, ipc_call(meeting, &m));
	for (u64 at = 0; at < PAGE_SIZE; at += 8) {
		u64 word;

		WANT(8, sys_memory_copy(next, at, (u64)&word, 8, COPY_FROM_MEMORY));
		seen |= word;
	}
	WANT(0, seen);
	WANT(1, sys_notification_wait(ended, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(thread));
	WANT(0, sys_object_destroy(next));
	WANT(0, sys_object_destroy(meeting));
}

void test_threads(void)
{
	ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	lives();
	kicks();
	guests();
	message_pages();
	WANT(0, sys_object_destroy(ended));
}
