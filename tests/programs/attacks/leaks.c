/* SPDX-License-Identifier: MIT */
/*
 * leaks.c - what others left behind: in pages, in what calls write, in registers after every call.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum {
	PAGES = 256,
	TURNS = 8,
	AT = 0x10000000,
	BYTES = 4096,
	PAINTED = 900,
	NUMBERS = 80,
	LINE = 256
};
#define SECRET 0x5ec4e75ec4e75ec4ul
#define PAINT  0xa5a5a5a5a5a5a5a5ul

/* --- pages --- */

static u64 not_zero(const u64 *words, u64 count)
{
	u64 n = 0;

	for (u64 i = 0; i < count; i++)
		n += words[i] != 0;
	return n;
}

/* Filled, given back, taken again. */
static u64 object_pages(u64 flags)
{
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGES * PAGE_SIZE, flags));
	i64 at = memory_map(memory, 0, PAGES * PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	u64 words = PAGES * PAGE_SIZE / 8, left = not_zero((u64 *)at, words);

	for (u64 i = 0; i < words; i++)
		((volatile u64 *)at)[i] = SECRET;
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)at, PAGES * PAGE_SIZE));
	WANT(0, sys_object_destroy(memory));
	return left;
}

static u64 guest_pages(void)
{
	static u64 page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
	cap_t space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	struct map_args a = { .address = AT,
			      .length = PAGES * PAGE_SIZE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	u64 left = 0;

	WANT(AT, sys_space_map(space, &a));
	for (u64 i = 0; i < PAGES; i++) {
		WANT(PAGE_SIZE, sys_space_copy(space, AT + i * PAGE_SIZE, (u64)page, PAGE_SIZE,
					       SPACE_COPY_READ));
		left += not_zero(page, PAGE_SIZE / 8);
		for (u64 n = 0; n < PAGE_SIZE / 8; n++)
			page[n] = SECRET;
		/* The first bytes alone: the rest of the page is new. */
		WANT(8, sys_space_copy(space, AT + i * PAGE_SIZE, (u64)page, 8, SPACE_COPY_WRITE));
		WANT(PAGE_SIZE, sys_space_copy(space, AT + i * PAGE_SIZE, (u64)page, PAGE_SIZE,
					       SPACE_COPY_READ));
		left += not_zero(page + 1, PAGE_SIZE / 8 - 1);
		for (u64 n = 0; n < PAGE_SIZE / 8; n++)
			page[n] = SECRET;
		WANT(PAGE_SIZE, sys_space_copy(space, AT + i * PAGE_SIZE, (u64)page, PAGE_SIZE,
					       SPACE_COPY_WRITE));
	}
	WANT(0, sys_object_destroy(space));
	return left;
}

/* A guest that walks gets pages before it touches them. */
static u64 walked_pages(void)
{
	/* incb (%rbx); mov (%rbx), %r8; mov $7, %eax; syscall */
	static const u8 touch[] = { 0xfe, 0x03, 0x4c, 0x8b, 0x03, 0xb8, 7, 0, 0, 0, 0x0f, 0x05 };
	struct map_args a = { .address = AT,
			      .length = PAGES * PAGE_SIZE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	u64 left = 0;

	machine_make();
	WANT(AT, sys_space_map(machine_space, &a));
	for (u64 i = 0; i < PAGES; i++) {
		machine->regs.rbx = AT + i * PAGE_SIZE;
		WANT(GUEST_SYSCALL, machine_run(touch, sizeof(touch)));
		left += machine->regs.r8 != 1;
	}
	machine_end();
	return left;
}

static void pages(void)
{
	u64 left = 0;

	row("T42: pages filled, freed and seen again: zero, and so around what is written");
	for (u32 turn = 0; turn < TURNS; turn++) {
		left += object_pages(0);
		left += object_pages(MEMORY_PINNED);
		left += guest_pages();
		left += object_pages(0);
		left += walked_pages();
	}
	judge(!left, "words of somebody else's", (i64)left, 0);
}

/* --- what calls write --- */

static u8 written[BYTES] __attribute__((aligned(16)));

/* What lies deep in the stack by the debug kernel's own hand; what is at its top by calls that read
 * structures there, and fail. */
static void paint(void)
{
	static u8 page[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	cap_t log = grant_find("log");

	if (page[0] != (u8)PAINT) {
		memset(page, (u8)PAINT, PAGE_SIZE);
		WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)page + PAGE_SIZE, PAGE_SIZE));
	}
	WANT(0, sys_inspect_read(grant_find("inspect"), INSPECT_ATTACK, PAINT, PAINTED, 0));
	for (u64 n = 16; n <= LINE; n += 48)
		WANT(E_FAULT, sys_log_write(log, (u64)page + PAGE_SIZE - n + 1, n));
	HOLDS(sys_space_remap(CAP_SELF_SPACE, (const struct remap_args *)page) < 0);
	HOLDS(sys_thread_create(CAP_SELF_BUDGET, (const struct thread_args *)page) < 0);
	HOLDS(sys_futex_requeue(CAP_SELF_SPACE, (const struct requeue_args *)page) < 0);
}

/* Pieces of the kernel's stack as it was painted, four bytes or more. */
static u64 painted(u64 length)
{
	u64 n = 0;

	for (u64 i = 0; i + 4 <= length; i++)
		n += *(const u32 *)(written + i) == (u32)PAINT;
	return n;
}

#define LEAKS(length, call)                                                                        \
	do {                                                                                       \
		memset(written, 0, sizeof(written));                                               \
		paint();                                                                           \
		HOLDS((call) >= 0);                                                                \
		judge(!painted(length), #call, (i64)painted(length), 0);                           \
	} while (0)

/* Where the last record of the log begins: its text ends before the record does. */
static u64 log_end(cap_t inspect)
{
	struct inspect_log last = { 0 };
	u64 cursor = 0, before;

	do
		before = cursor, cursor = last.cursor;
	while (sys_inspect_read(inspect, INSPECT_LOG, cursor, (u64)&last, sizeof(last)) > 0);
	return before;
}

static void replies(void)
{
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t inspect = grant_find("inspect"), notification;
	struct thread_args args = { .table = CAP_SELF_TABLE,
				    .space = CAP_SELF_SPACE,
				    .entry = (u64)replies,
				    .flags = THREAD_SUSPENDED,
				    .name = "x" };
	u64 at = (u64)written, last;
	cap_t thread;

	row("T43: what each call writes, the kernel's stack being painted: no paint");
	last = log_end(inspect);
	notification = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	LEAKS(BYTES, sys_inspect_read(inspect, INSPECT_LOG, last, at, BYTES));
	HOLDS(*(u64 *)(written + 8) % INSPECT_LOG_BYTES);
	LEAKS(BYTES, sys_cap_info(memory, (struct cap_info *)at));
	LEAKS(BYTES, sys_cap_info(CAP_SELF_TABLE, (struct cap_info *)at));
	LEAKS(BYTES, sys_budget_info(CAP_SELF_BUDGET, (struct budget_info *)at));
	LEAKS(BYTES, sys_memory_info(memory, (struct memory_info *)at));
	LEAKS(BYTES, sys_space_info(CAP_SELF_SPACE, (struct space_info *)at));
	LEAKS(BYTES, sys_thread_info(thread, (struct thread_info *)at));
	LEAKS(BYTES, sys_thread_info(thread_self()->cap, (struct thread_info *)at));
	LEAKS(BYTES, sys_space_regions(CAP_SELF_SPACE, 0, (struct region_info *)at,
				       BYTES / sizeof(struct region_info)));
	LEAKS(BYTES, sys_memory_copy(memory, 0, at, BYTES, COPY_FROM_MEMORY));
	for (u64 what = INSPECT_SYSTEM; what <= INSPECT_PROCESSORS; what++)
		LEAKS(BYTES, sys_inspect_read(inspect, what, 0, at, BYTES));
	WANT(0, sys_object_destroy(thread));
	WANT(0, sys_object_destroy(notification));
	WANT(0, sys_object_destroy(memory));
}

/* --- registers --- */

enum general { R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI, GENERAL };

void registers_call(const u64 *in, u64 *out);
extern const u8 registers_after[];

static const char *const names[] = { "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10",
				     "r9",  "r8",  "rax", "rcx", "rdx", "rsi", "rdi" };

/* Everything is as it was but what the call is documented to change. */
static void residue(u64 number, u64 first)
{
	u64 in[GENERAL], out[GENERAL];

	for (u32 i = 0; i < GENERAL; i++)
		in[i] = PAINT + i;
	in[RAX] = number;
	in[RDI] = first;
	paint();
	registers_call(in, out);
	in[RAX] = out[RAX];
	in[RCX] = (u64)registers_after;
	in[R11] = out[R11];
	judge(out[R11] >> 22 == 0, "r11", (i64)number, (i64)out[R11]);
	for (u32 i = 0; i < GENERAL; i++)
		judge(in[i] == out[i], names[i], (i64)number, (i64)out[i]);
}

static void registers(void)
{
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));

	row("T44: every register after every call that fails: as before");
	for (u64 number = 0; number < NUMBERS; number++)
		if (number != NUMBER_thread_exit)
			residue(number, BAD_CAP);
	row("T44: every register after calls that succeed: as before");
	residue(NUMBER_notification_signal, n);
	residue(NUMBER_clock_read, 0);
	residue(NUMBER_thread_yield, 0);
	WANT(0, sys_object_destroy(n));
}

/* Of a message all registers are words of it, or zero. */
static void answer(void *argument)
{
	struct message m = { 0 };

	if (!ipc_receive((cap_t)argument, &m)) {
		m = (struct message){ .reply = m.reply, .word = { 1, 2, 3, 4, 5, 6 } };
		(void)ipc_reply(&m);
	}
	thread_exit(0);
}

static void message_registers(void)
{
	static const u32 words[] = { RDX, R8, R9, R10, R12, R13 }, kept[] = { R15, RBP, RBX };
	cap_t e = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	struct thread *t = helper(answer, (void *)e);
	u64 in[GENERAL], out[GENERAL];

	row("T44: every register after an answered call: its words, as before, or zero");
	HOLDS(UNTIL(thread_is_waiting(t->cap)));
	for (u32 i = 0; i < GENERAL; i++)
		in[i] = PAINT + i;
	in[RAX] = NUMBER_endpoint_call;
	in[RDI] = e;
	in[RSI] = 1;
	paint();
	registers_call(in, out);
	WANT(0, out[RAX]);
	for (u32 i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		judge(out[words[i]] == i + 1, names[words[i]], (i64)out[words[i]], i + 1);
	for (u32 i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		judge(out[kept[i]] == in[kept[i]], names[kept[i]], (i64)out[kept[i]],
		      (i64)in[kept[i]]);
	WANT((u64)registers_after, out[RCX]);
	HOLDS(out[R11] >> 22 == 0);
	HOLDS(!out[RDI] && !out[RSI]);
	HOLDS(!out[R14] || out[R14] == in[R14]);
	helper_end(t);
	WANT(0, sys_object_destroy(e));
}

void test_leaks(void)
{
	pages();
	replies();
	registers();
	message_registers();
}
