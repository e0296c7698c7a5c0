/* SPDX-License-Identifier: MIT */
/*
 * shortage.c - copies between two parties of which one has no memory left: who has none is told,
 * and of the other's want the caller learns that a page is missing; and calls whose receiver has no
 * slot left.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

enum { GUEST_DATA = 0x800000, LIMIT = 64 * PAGE_SIZE, ENDED = 1 };

static struct {
	cap_t budget, space, view, state, memory, service, endpoint, ended;
	i64 copied;
} it;

static const u8 guest_code[] = { 0xeb, 0xfe };

/* It has a client of whose memory the pages are not there, and lends two of them. */
static void twin_main(void *argument)
{
	struct message_page *page = libsys_message_page();
	struct message m = { .tag = TAG_MAKE(1, 0, 2, 0) };

	(void)argument;
	WANT(0, sys_thread_bind(thread_self()->cap, it.view, it.state, 0));
	it.copied = sys_memory_copy(it.memory, 0, GUEST_DATA, 8, COPY_FROM_MEMORY);
	page->window[0] = (struct window){ GUEST_DATA, 8, WINDOW_READ };
	page->window[1] = (struct window){ GUEST_DATA + PAGE_SIZE, 8, WINDOW_WRITE };
	WANT(0, ipc_call(it.service, &m));
	WANT(0, sys_thread_bind(thread_self()->cap, CAP_NONE, CAP_NONE, 0));
	thread_exit(0);
}

static void budget_use_up(cap_t budget)
{
	while (memory_create_pinned(budget, PAGE_SIZE) > 0)
		;
}

static void of_the_caller(void)
{
	struct thread_options options = { .entry = twin_main, .name = "twin",
					  .exit_notification = it.ended, .exit_bits = ENDED };
	struct map_args data = { .address = GUEST_DATA, .length = 2 * PAGE_SIZE,
				 .protect = PROTECT_READ | PROTECT_WRITE,
				 .flags = MAP_AT | MAP_OVERLAY };
	struct message m = { 0 };
	struct thread *t = NULL;
	u64 word = 0;

	row("memory_copy, reply_read, reply_write: the other has no memory for a page");
	it.budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, LIMIT, 0));
	guest_make(it.budget, guest_code, sizeof(guest_code), &it.space, &it.view);
	WANT(GUEST_DATA, sys_space_map(it.space, &data));
	budget_use_up(it.budget);
	WANT(0, helper_create(&options, &t));
	WANT(0, ipc_receive(it.service, &m));
	CELL(memory_copy, E_FAULT_IN, it.copied);
	WANT(E_FAULT_IN, sys_reply_read(m.reply, 0, 0, (u64)&word, 8));
	WANT(E_FAULT_IN, sys_reply_write(m.reply, 1, 0, (u64)&word, 8));
	m.tag = 0;
	WANT(0, ipc_reply(&m));
	WANT(ENDED, sys_notification_wait(it.ended, ENDED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(t->cap));
	WANT(0, sys_object_destroy(it.budget));
}

static void lender_main(void *argument)
{
	struct message m = { .tag = TAG_MAKE(1, 0, 1, 0) };

	libsys_message_page()->window[0] =
		(struct window){ (u64)argument, 8, WINDOW_READ | WINDOW_WRITE };
	WANT(0, ipc_call(it.service, &m));
	thread_exit(0);
}

/* A page of this program's own that is not there yet, and no memory for it. */
static u64 *missing_page(void)
{
	void *page = pages_alloc(PAGE_SIZE);

	HOLDS(page);
	WANT(0, failpoint_set(1));
	return page;
}

static void page_end(u64 *page)
{
	WANT(0, failpoint_set(0));
	WANT(0, *page);
	pages_free(page, PAGE_SIZE);
}

static void of_its_own(void)
{
	static u64 word;
	struct thread_options options = { .entry = lender_main, .argument = &word,
					  .name = "lender", .exit_notification = it.ended,
					  .exit_bits = ENDED };
	cap_t ports = grant_find("ports");
	struct message m = { 0 };
	struct thread *t = NULL;
	u64 *page, count = 0;

	row("reply_read, reply_write, ioport_*_bytes: the caller has no memory for a page");
	word = 0;
	WANT(0, helper_create(&options, &t));
	WANT(0, ipc_receive(it.service, &m));
	page = missing_page();
	WANT(E_NOMEM, sys_reply_read(m.reply, 0, 0, (u64)page, 8));
	page_end(page);
	page = missing_page();
	WANT(E_NOMEM, sys_reply_write(m.reply, 0, 0, (u64)page, 8));
	page_end(page);
	m.tag = 0;
	WANT(0, ipc_reply(&m));
	WANT(ENDED, sys_notification_wait(it.ended, ENDED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(t->cap));
	page = missing_page();
	WANT(E_NOMEM, sys_ioport_read_bytes(ports, 0, (u64)page, 2, (u64)&count));
	page_end(page);
	page = missing_page();
	WANT(E_NOMEM, sys_ioport_write_bytes(ports, 0, (u64)page, 2, (u64)&count));
	page_end(page);
	WANT(0, count);
}

/* It takes a capability with each call, if its table has a slot for it. */
static void taker_main(void)
{
	struct message m = { 0 };

	while (!ipc_receive(CAP_AT(1), &m)) {
		m.tag = 0;
		if (ipc_reply(&m))
			break;
	}
	sys_thread_exit(0);
}

static void of_slots(void)
{
	static u8 stack[PAGE_SIZE] __attribute__((aligned(16)));
	enum { SLOTS = 1 << 15 };
	struct thread_args args = { .space = CAP_SELF_SPACE, .entry = (u64)taker_main,
				    .stack = (u64)stack + sizeof(stack) - 8, .name = "taker",
				    .exit_notification = it.ended, .exit_bits = ENDED };
	struct message m = { .tag = TAG_MAKE(1, 1, 0, 0) };
	struct message_page *page;
	i64 made = 0;

	row("endpoint_call: no slot for a capability");
	args.table = MAKE(sys_table_create(CAP_SELF_BUDGET));
	args.message_memory = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	i64 at = memory_map(args.message_memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	HOLDS(!map_failed(at));
	page = (struct message_page *)at;
	page->accept_count = 1;
	WANT(CAP_AT(1), sys_cap_copy(args.table, it.endpoint, RIGHTS_ALL, 0));
	cap_t taker = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	libsys_message_page()->send[0] = it.ended;
	libsys_message_page()->send_rights[0] = RIGHT_READ;
	WANT(0, ipc_call(it.endpoint, &m));
	HOLDS(page->received[0] != CAP_NONE);
	for (u32 i = 0; i < SLOTS && made >= 0; i++)
		made = sys_cap_copy(args.table, CAP_SELF_BUDGET, RIGHT_READ, 0);
	WANT(E_FULL, made);
	m.tag = TAG_MAKE(1, 1, 0, 0);
	WANT(E_FULL, ipc_call(it.endpoint, &m));
	m.tag = TAG_MAKE(1, 0, 0, 0);
	WANT(0, ipc_call(it.endpoint, &m));
	WANT(0, sys_object_destroy(taker));
	WANT(ENDED, sys_notification_wait(it.ended, ENDED, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(args.table));
	WANT(0, sys_object_destroy(args.message_memory));
	WANT(0, sys_space_unmap(CAP_SELF_SPACE, (u64)at, PAGE_SIZE));
}

void test_shortage(void)
{
	it.ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	it.service = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	it.memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	it.state = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	of_the_caller();
	of_its_own();
	of_slots();
	WANT(0, sys_object_destroy(it.state));
	WANT(0, sys_object_destroy(it.memory));
	WANT(0, sys_object_destroy(it.endpoint));
	WANT(0, sys_object_destroy(it.service));
	WANT(0, sys_object_destroy(it.ended));
}
