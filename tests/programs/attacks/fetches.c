/* SPDX-License-Identifier: MIT */
/*
 * fetches.c - what a call reads is changed, and taken away, while the kernel reads it: the value
 * that was checked is the value that is used.
 *
 * A helper writes to the structure through one mapping and takes the other away and back, through
 * which the calls read it.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { AT = 0x10000000, LENGTH = 4 * PAGE_SIZE, RW = PROTECT_READ | PROTECT_WRITE };

enum { ENOUGH = 64, THERE = 0x20000000, FLAGS_OF_ALL = REMAP_MAY_MOVE | MAP_AT };

static struct {
	cap_t memory, space;
	struct remap_args *written; /* where the helper writes */
	u64 read;		    /* where the calls look */
	bool over;
} it;

static bool over(void)
{
	return __atomic_load_n(&it.over, __ATOMIC_ACQUIRE);
}

static void stop(struct thread *t)
{
	__atomic_store_n(&it.over, true, __ATOMIC_RELEASE);
	helper_end(t);
	it.over = false;
}

static void show(void)
{
	struct map_args a = { .address = it.read,
			      .length = PAGE_SIZE,
			      .memory = it.memory,
			      .protect = RW,
			      .maximum = RW,
			      .flags = MAP_AT | MAP_REPLACE };

	(void)sys_space_map(CAP_SELF_SPACE, &a);
}

/* One field after the other says what it must not. */
static void flip(void *argument)
{
	volatile struct remap_args *a = it.written;

	(void)argument;
	for (u32 turn = 0; !over(); turn++) {
		a->address = turn & 1 ? AT : AT + 1;
		a->length = turn & 2 ? LENGTH : ~(u64)0;
		a->new_address = turn & 4 ? THERE : turn & 8 ? KERNEL : 1;
		a->new_length = turn & 16 ? LENGTH : turn & 32 ? 0 : ~(u64)0;
		if (turn % 4096)
			continue;
		(void)sys_space_unmap(CAP_SELF_SPACE, it.read, PAGE_SIZE);
		show();
	}
	show();
	thread_exit(0);
}

/* All that is mapped is what an honest caller could have asked for. */
static u64 absurd_regions(void)
{
	struct region_info r[8];
	u64 wrong = 0, from = 0;
	i64 n;

	while ((n = sys_space_regions(it.space, from, r, 8)) > 0)
		for (i64 i = 0; i < n; i++) {
			from = r[i].address + r[i].length;
			wrong += r[i].length != LENGTH ||
				 (r[i].address != AT && r[i].address != THERE);
		}
	return wrong;
}

/* Where it was. */
static void move_back(void)
{
	struct remap_args a = { .address = THERE,
				.length = LENGTH,
				.new_address = AT,
				.new_length = LENGTH,
				.flags = FLAGS_OF_ALL };

	WANT(AT, sys_space_remap(it.space, &a));
}

static void remap_arguments(void)
{
	struct map_args region = {
		.address = AT, .length = LENGTH, .protect = RW, .flags = MAP_AT | MAP_OVERLAY
	};
	u64 moved = 0, faults = 0, wrong = 0, absurd = 0;
	struct thread *t;

	row("T12: the structure of space_remap changes and goes while it is read: checked is used");
	it.memory = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	it.space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	WANT(AT, sys_space_map(it.space, &region));
	it.written = (struct remap_args *)memory_map(it.memory, 0, PAGE_SIZE, RW);
	it.read = (u64)memory_map(it.memory, 0, PAGE_SIZE, RW);
	it.written->flags = FLAGS_OF_ALL;
	t = helper(flip, NULL);
	for (u64 i = 0; i < rounds || moved < ENOUGH; i++) {
		i64 got = sys_space_remap(it.space, (const struct remap_args *)it.read);

		moved += got == THERE;
		faults += got == E_FAULT;
		wrong += got != THERE && got != E_FAULT && got != E_INVAL && got != E_RANGE &&
			 got != E_NOENT && got != E_NOMEM;
		absurd += got == THERE && absurd_regions();
		if (got == THERE)
			move_back();
		if (!(i % 256))
			sys_thread_yield();
	}
	stop(t);
	log_printf("  %lu times moved, %lu times not there", moved, faults);
	judge(!wrong, "answers that no such structure has", (i64)wrong, 0);
	judge(!(absurd + absurd_regions()), "regions that no such structure has", (i64)absurd, 0);
	WANT(0, sys_inspect_check(grant_find("inspect")));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, it.read, PAGE_SIZE));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)it.written, PAGE_SIZE));
	WANT(0, sys_object_destroy(it.memory));
	WANT(0, sys_object_destroy(it.space));
}

/* --- the state page --- */

enum { HONEST = 60 }; /* how long it says what it may */

static void flip_state(void *argument)
{
	volatile struct guest_state *s = machine;

	(void)argument;
	while (!over()) {
		s->regs.rip = KERNEL;
		s->regs.rflags = 0x3000;
		s->fs_base = 1ul << 63;
		s->regs.rcx = KERNEL;
		s->regs.r11 = 0x3202;
		s->gs_base = 1ul << 47;
		s->regs.rip = GUEST_CODE;
		s->fs_base = s->gs_base = 0;
		s->regs.rcx = GUEST_CODE;
		s->regs.r11 = s->regs.rflags = FLAGS;
		for (u32 i = 0; i < HONEST; i++)
			__asm__ volatile("");
	}
	thread_exit(0);
}

static void state_page(void)
{
	/* pushf; pop %rbx; mov $7, %eax; syscall */
	static const u8 ask[] = { 0x9c, 0x5b, 0xb8, 7, 0, 0, 0, 0x0f, 0x05 };
	u64 ran = 0, refused = 0, privileged = 0, other = 0;
	struct thread *t;

	row("T12: the state page of a guest changes while it is resumed: checked is used");
	machine_make();
	(void)machine_run(ask, sizeof(ask));
	t = helper(flip_state, NULL);
	for (u64 i = 0; i < rounds || ran < ENOUGH; i++) {
		i64 cause;

		machine->regs.rip = GUEST_CODE;
		machine->regs.rsp = GUEST_STACK - 128;
		machine->regs.rbx = 0;
		cause = sys_guest_resume();
		refused += cause == E_RANGE;
		ran += cause == GUEST_SYSCALL;
		/* What it was entered with may be any mixture, but nobody's privilege. */
		privileged += cause == GUEST_SYSCALL && machine->regs.rbx & 0x3000;
		other += cause < 0 && cause != E_RANGE;
		if (!(i % 256))
			sys_thread_yield();
	}
	stop(t);
	log_printf("  %lu times it ran, %lu times it was refused", ran, refused);
	judge(!privileged, "with an I/O privilege level", (i64)privileged, 0);
	judge(!other, "other answers", (i64)other, 0);
	machine->fs_base = machine->gs_base = 0;
	WANT(GUEST_SYSCALL, machine_run(ask, sizeof(ask)));
	machine_end();
}

/* --- windows --- */

enum { LABEL_QUIT = 7, SHORT = 16 };

static struct {
	cap_t endpoint;
	struct message_page *caller;
	u64 seen, wrong;
} lent;

/* The server: what it is told of a window is what it can do with it. */
static void judge_windows(void *argument)
{
	struct message m = { 0 };
	u8 byte = 0x5a;

	(void)argument;
	while (!ipc_receive(lent.endpoint, &m) && TAG_LABEL(m.tag) != LABEL_QUIT) {
		struct window w = libsys_message_page()->window[0];
		i64 wrote = sys_reply_write(m.reply, 0, 0, (u64)&byte, 1);
		i64 beyond = sys_reply_read(m.reply, 0, w.length, (u64)&byte, 1);

		lent.seen++;
		if (w.length != SHORT || beyond >= 0 ||
		    (!(w.access & WINDOW_WRITE) && wrote != E_ACCESS)) {
			if (!lent.wrong++)
				log_printf("  length %u, access %u: written %ld, beyond it %ld",
					   w.length, w.access, wrote, beyond);
		}
		m.tag = 0;
		(void)ipc_reply(&m);
	}
	m.tag = 0;
	(void)ipc_reply(&m);
	thread_exit(0);
}

static void flip_window(void *argument)
{
	volatile struct window *w = &lent.caller->window[0];

	for (u32 turn = 0; !over(); turn++) {
		w->length = turn & 1 ? SHORT : WINDOW_MAX + 1;
		w->access = turn & 2 ? WINDOW_READ | WINDOW_WRITE : WINDOW_READ;
		w->address = turn & 4 ? (u64)argument : KERNEL;
	}
	thread_exit(0);
}

static void windows(void)
{
	static u8 memory[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	struct thread *server, *flipper;
	struct message m;
	u64 wrong = 0, refused = 0;

	row("T12: a window changes while it is lent: access and length are as checked");
	lent.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	lent.caller = libsys_message_page();
	lent.caller->window_origin[0] = 0;
	lent.caller->window[0] = (struct window){ (u64)memory, SHORT, WINDOW_READ };
	server = helper(judge_windows, NULL);
	flipper = helper(flip_window, memory);
	for (u64 i = 0; lent.seen < rounds / 2; i++) {
		m = (struct message){ .tag = TAG_MAKE(1, 0, 1, 0) };
		i64 got = ipc_call(lent.endpoint, &m);

		wrong += got != 0 && got != E_INVAL;
		refused += got == E_INVAL;
		if (!(i % 256))
			sys_thread_yield();
	}
	stop(flipper);
	log_printf("  %lu were lent, %lu were refused", lent.seen, refused);
	judge(!wrong, "answers of the call", (i64)wrong, 0);
	judge(!lent.wrong, "windows that are not what the server was told", (i64)lent.wrong, 0);
	m = (struct message){ .tag = TAG_MAKE(LABEL_QUIT, 0, 0, 0) };
	WANT(0, ipc_call(lent.endpoint, &m));
	helper_end(server);
	WANT(0, sys_object_destroy(lent.endpoint));
}

void test_double_fetch(void)
{
	remap_arguments();
	state_page();
	windows();
}
