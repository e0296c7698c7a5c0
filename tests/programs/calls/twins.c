/* SPDX-License-Identifier: MIT */
/*
 * twins.c - a twin and its guest, ended in every state that they can be in.
 *
 * Each case makes a guest space, a view and a twin, brings the twin into one state, ends it (or
 * takes space or view away under it), and looks that no thread, space or view is left and that the
 * kernel finds no invariant violated.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

enum { SOON = 20000000, STOPPED = 1, REACHED = 2, TRIES = 5000, ROUNDS = 5 };

enum state { IN_GUEST, IN_NOTIFICATION, IN_FUTEX, IN_SEND, IN_REPLY, STATES };
static const char *const names[STATES] = {
	"killed in the guest", "killed in a wait", "killed in a futex", "killed while queued",
	"killed while its call is held",
};

/* mov $7, %eax; syscall; fld1; jmp to itself */
static const u8 guest_code[] = { 0xb8, 7, 0, 0, 0, 0x0f, 5, 0xd9, 0xe8, 0xeb, 0xfe };

static struct {
	cap_t budget, space, view, state, endpoint, events;
	struct guest_state *page;
	enum state wanted;
	bool lost;
	u32 word;
	volatile i64 result, again;
} it;

static void twin_main(void *argument)
{
	struct message m = { .tag = TAG_MAKE(1, 0, 0, 0) };

	(void)argument;
	it.result = TRY(sys_thread_bind(thread_self()->cap, it.view, it.state, 0));
	it.page->regs.rip = GUEST_CODE;
	it.page->regs.rsp = GUEST_CODE + PAGE_SIZE;
	it.page->regs.rflags = 0x202;
	if (!it.result)
		it.result = guest_run();
	sys_notification_signal(it.events, REACHED);
	switch (it.wanted) {
	case IN_NOTIFICATION:
		it.result = TRY(sys_notification_wait(it.events, 1 << 20, DEADLINE_NEVER));
		break;
	case IN_FUTEX:
		it.result = TRY(
			sys_futex_wait(CAP_SELF_SPACE, (u64)&it.word, 0, ~0u, DEADLINE_NEVER));
		break;
	case IN_SEND:
	case IN_REPLY:
		it.result = TRY(ipc_call(it.endpoint, &m));
		break;
	default:
		it.result = guest_run();
		/* Where its ground is gone it cannot go back. */
		if (it.lost && (it.result == GUEST_KICK || it.result == E_GONE))
			it.again = guest_run();
		break;
	}
	thread_exit(0);
}

static struct thread *twin_make(enum state wanted)
{
	struct thread_options options = {
		.entry = twin_main, .name = "twin", .exit_notification = it.events,
		.exit_bits = STOPPED, .level = LEVEL_USER_TOP,
	};
	struct thread *t = NULL;

	it.wanted = wanted;
	guest_make(it.budget, guest_code, sizeof(guest_code), &it.space, &it.view);
	WANT(0, helper_create(&options, &t));
	WANT(REACHED, sys_notification_wait(it.events, REACHED, clock_now() + PATIENCE));
	/* Time to get from the signal into the state; a twin that is late is ended in another one.
	 */
	sys_notification_wait(it.events, 1 << 21, clock_now() + SOON);
	WANT(GUEST_SYSCALL, it.wanted == IN_GUEST ? it.page->cause : GUEST_SYSCALL);
	return t;
}

/* Threads of this program that have not ended, itself not counted. */
static u64 threads_live(void)
{
	static struct inspect_thread record[16];
	struct cap_info self = { 0 };
	u64 cursor = 0, count = 0;
	i64 bytes;

	(void)sys_cap_info(CAP_SELF_TABLE, &self);
	while ((bytes = sys_inspect_read(grant_find("inspect"), INSPECT_THREADS, cursor,
					 (u64)record, sizeof(record))) > 0)
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			count += record[i].table_id == self.object_id;
			cursor = record[i].cursor;
		}
	return count - 1;
}

/* Space and view were charged to a budget of their own, which is empty again once no processor can
 * know of them any more: that is asked for a while. */
static void nothing_left(void)
{
	struct budget_info info = { .used_bytes = 1 };
	i64 violations = sys_inspect_check(grant_find("inspect"));

	for (u32 i = 0; i < TRIES && (info.used_bytes || threads_live()); i++) {
		WANT(0, sys_budget_info(it.budget, &info));
		sys_notification_wait(it.events, 1 << 21, clock_now() + SOON / 20);
	}
	WANT(0, info.used_bytes);
	WANT(0, threads_live());
	HOLDS(violations == 0 || violations == E_NOTSUP);
}

static void end_in(enum state state)
{
	struct thread *t = twin_make(state);
	struct message m = { 0 };

	if (state == IN_REPLY)
		WANT(0, ipc_receive(it.endpoint, &m));
	WANT(0, sys_object_destroy(t->cap));
	WANT(STOPPED, sys_notification_wait(it.events, STOPPED, clock_now() + PATIENCE));
	if (state == IN_REPLY)
		HOLDS(ipc_reply(&m) == E_GONE || ipc_reply(&m) == E_BADCAP);
	WANT(0, sys_object_destroy(it.view));
	WANT(0, sys_object_destroy(it.space));
	nothing_left();
	if (state == IN_GUEST)
		judge_cell("guest_resume", "killed", it.result, GUEST_SYSCALL);
}

/* A kick takes it out of the guest. */
static i64 kicked(u64 flags)
{
	struct thread *t = twin_make(IN_GUEST);

	it.result = -1;
	WANT(0, sys_thread_kick(t->cap, flags));
	WANT(STOPPED, sys_notification_wait(it.events, STOPPED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.view));
	WANT(0, sys_object_destroy(it.space));
	nothing_left();
	return it.result;
}

/* The ground goes from under a running guest: its twin hears of it and lives on. */
static void lose(bool whole_space)
{
	struct thread *t = twin_make(IN_GUEST);

	it.result = 1;
	it.again = 0;
	it.lost = true;
	WANT(0, sys_object_destroy(whole_space ? it.space : it.view));
	WANT(STOPPED, sys_notification_wait(it.events, STOPPED, clock_now() + PATIENCE));
	HOLDS(it.result == GUEST_KICK || it.result == E_GONE);
	CELL(guest_resume, E_GONE, it.again);
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(whole_space ? it.view : it.space));
	it.lost = false;
	nothing_left();
}

/* A preempted guest's registers lie where its personality can write: what it may not have is not
 * loaded either.  flags: an I/O privilege level, which the guest would keep; rip: no address at
 * all, at which the return itself would fail. */
static void tamper(u64 flags, u64 rip)
{
	struct thread *t = twin_make(IN_GUEST);
	u64 seen;

	it.result = -1;
	it.page->regs.rflags |= flags;
	if (rip)
		it.page->regs.rip = rip;
	sys_notification_wait(it.events, 1 << 21, clock_now() + SOON);
	(void)sys_thread_kick(t->cap, KICK_SOFT);
	WANT(STOPPED, sys_notification_wait(it.events, STOPPED, clock_now() + PATIENCE));
	seen = it.page->regs.rflags;
	WANT(GUEST_KICK, it.result);
	HOLDS(rip || !(seen & flags));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.view));
	WANT(0, sys_object_destroy(it.space));
}

/* Suspended in its guest it loses it, and goes on as its twin. */
static void unbound(void)
{
	struct thread *t = twin_make(IN_GUEST);
	struct thread_info info = { 0 };

	it.result = -1;
	WANT(0, sys_thread_control(t->cap, THREAD_SUSPEND, 0));
	HOLDS(UNTIL(!sys_thread_info(t->cap, &info) && info.state == THREAD_STATE_SUSPENDED));
	WANT(0, sys_thread_bind(t->cap, CAP_NONE, CAP_NONE, 0));
	WANT(0, sys_thread_control(t->cap, THREAD_RESUME, 0));
	WANT(STOPPED, sys_notification_wait(it.events, STOPPED, clock_now() + PATIENCE));
	WANT(GUEST_KICK, it.result);
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.view));
	WANT(0, sys_object_destroy(it.space));
	nothing_left();
}

void test_twins(void)
{
	it.state = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	it.events = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	i64 page = TRY(memory_map(it.state, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));
	HOLDS(!map_failed(page));
	it.page = (struct guest_state *)page;
	for (u32 i = 0; i < STATES; i++) {
		row(names[i]);
		for (u32 round = 0; round < (failpoints_run() ? 1 : ROUNDS); round++)
			end_in((enum state)i);
	}
	row("a kick takes it out of the guest");
	judge_cell("guest_resume", "kicked softly", kicked(KICK_SOFT), GUEST_KICK);
	judge_cell("guest_resume", "kicked hard", kicked(KICK_HARD), GUEST_KICK);
	row("its registers changed while it is preempted in the guest");
	tamper(0x3000, 0);
	tamper(0, 1ul << 63);
	row("unbound while it is suspended in the guest");
	unbound();
	row("its client space destroyed while the guest runs");
	lose(true);
	row("its view destroyed while the guest runs");
	lose(false);
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)page, PAGE_SIZE));
	WANT(0, sys_object_destroy(it.state));
	WANT(0, sys_object_destroy(it.endpoint));
	WANT(0, sys_object_destroy(it.budget));
	WANT(0, sys_object_destroy(it.events));
}
