/* SPDX-License-Identifier: MIT */
/* messages.c - what a message may not carry, and whom an answer may not reach. */
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { LABEL_QUIT = 7, LABEL_KEEP = 8, STATE = 1 << 20, FIELD = 8, FLOODERS = 8, FLOOD = 2000 };

static struct {
	cap_t endpoint;
	u64 received, caps, badge, kept;
	u64 window_bytes[2];
} server;

static void serve(void *argument)
{
	struct message_page *page = libsys_message_page();
	struct message m = { 0 };

	(void)argument;
	page->accept_count = MESSAGE_CAPS;
	while (!ipc_receive(server.endpoint, &m)) {
		u64 label = (u64)TAG_LABEL(m.tag);

		if (TAG_KIND(m.tag) != MESSAGE_CALL)
			continue;
		server.received++;
		server.caps = TAG_CAPS(m.tag);
		server.badge = m.badge;
		for (u32 i = 0; i < server.caps; i++)
			(void)sys_cap_delete(page->received[i]);
		for (u64 i = 0, byte = 0x11; i < TAG_WINDOWS(m.tag) && i < 2; i++)
			server.window_bytes[i] = (u64)sys_reply_write(m.reply, i, 0, (u64)&byte, 1);
		__atomic_store_n(&server.kept, m.reply, __ATOMIC_RELEASE);
		if (label == LABEL_KEEP)
			continue;
		m.tag = 0;
		(void)ipc_reply(&m);
		if (label == LABEL_QUIT)
			break;
	}
	thread_exit(0);
}

static i64 send(cap_t endpoint, u64 tag)
{
	struct message m = { .tag = tag };

	return ipc_call(endpoint, &m);
}

/* --- capabilities in messages --- */

static void untransferable(void)
{
	cap_t *sent = libsys_message_page()->send;
	cap_t whole = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	cap_t fixed = weaker(whole, RIGHTS_ALL & ~RIGHT_COPY);
	u64 before = capabilities(), received = server.received;

	row("T5: one capability of four lacks COPY: E_RIGHTS, and none is sent");
	for (u32 count = 1; count <= MESSAGE_CAPS; count++)
		for (u32 at = 0; at < count; at++) {
			for (u32 i = 0; i < count; i++)
				sent[i] = i == at ? fixed : whole;
			WANT(E_RIGHTS, send(server.endpoint, TAG_MAKE(1, count, 0, 0)));
			sent[at] = BAD_CAP;
			WANT(E_BADCAP, send(server.endpoint, TAG_MAKE(1, count, 0, 0)));
		}
	HOLDS(server.received == received && capabilities() == before);
	sent[0] = whole;
	WANT(0, send(server.endpoint, TAG_MAKE(1, 1, 0, 0)));
	HOLDS(server.received == received + 1 && server.caps == 1);

	row("T6: one capability four times, and capabilities to themselves: none is made or lost");
	sent[0] = sent[1] = sent[2] = sent[3] = whole;
	WANT(0, send(server.endpoint, TAG_MAKE(1, 4, 0, 0)));
	HOLDS(server.caps == MESSAGE_CAPS && capabilities() == before);
	sent[0] = server.endpoint;
	sent[1] = CAP_SELF_TABLE;
	sent[2] = thread_self()->cap;
	WANT(0, send(server.endpoint, TAG_MAKE(1, 3, 0, 0)));
	HOLDS(server.caps == 3 && capabilities() == before);
	WANT(0, sys_object_destroy(whole));
}

static void sessions(void)
{
	cap_t mine = MAKE(sys_cap_copy(CAP_SELF_TABLE, server.endpoint, RIGHTS_ALL, 41));
	struct message m = { .tag = TAG_MAKE(1, 0, 0, 0), .badge = 42, .word = { 42, 42 } };

	row("T21: a client names another client's session: the badge is its capability's own");
	WANT(0, ipc_call(mine, &m));
	WANT(41, server.badge);
	EITHER(E_RIGHTS, E_INVAL, sys_cap_copy(CAP_SELF_TABLE, mine, RIGHTS_ALL, 42));
	EITHER(E_RIGHTS, E_INVAL, sys_cap_copy(CAP_SELF_TABLE, mine, RIGHT_ENDPOINT_MINT, 42));
	WANT(E_RIGHTS, ipc_receive(mine, &m));
	cap_t copy = MAKE(sys_cap_copy(CAP_SELF_TABLE, mine, RIGHTS_ALL, 0));
	WANT(0, send(copy, TAG_MAKE(1, 0, 0, 0)));
	WANT(41, server.badge);
	WANT(0, sys_cap_delete(copy));
	WANT(0, sys_cap_delete(mine));
}

/* --- answers --- */

static struct {
	cap_t table, thread;
	u64 reply;
	volatile i64 result;
} stranger;

/* Has nothing but a number. */
static _Noreturn void answer_with_number(void)
{
	struct message m = { .reply = stranger.reply };

	stranger.result = ipc_reply(&m);
	sys_thread_exit(0);
	__builtin_unreachable();
}

static i64 strangers_answer(u64 reply)
{
	static u8 stack[PAGE_SIZE] __attribute__((aligned(16)));
	struct thread_args args = { .space = CAP_SELF_SPACE,
				    .entry = (u64)answer_with_number,
				    .stack = (u64)stack + sizeof(stack) - 8,
				    .exit_bits = 1,
				    .level = LEVEL_USER_TOP };

	args.exit_notification = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	args.table = MAKE(sys_table_create(CAP_SELF_BUDGET));
	stranger.reply = reply;
	stranger.result = 1;
	cap_t thread = MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
	WANT(1, sys_notification_wait(args.exit_notification, 1, clock_now() + PATIENCE));
	WANT(0, sys_object_destroy(thread));
	WANT(0, sys_object_destroy(args.table));
	WANT(0, sys_object_destroy(args.exit_notification));
	return stranger.result;
}

static volatile i64 kept_result;

static void keep(void *argument)
{
	struct message m = { .tag = TAG_MAKE(LABEL_KEEP, 0, 0, 0) };

	(void)argument;
	kept_result = 1;
	kept_result = ipc_call(server.endpoint, &m);
	thread_exit(0);
}

static struct thread *kept_call(void)
{
	struct thread *t;

	__atomic_store_n(&server.kept, 0, __ATOMIC_RELEASE);
	t = helper(keep, NULL);
	HOLDS(UNTIL(__atomic_load_n(&server.kept, __ATOMIC_ACQUIRE)));
	return t;
}

static void answers(void)
{
	struct thread *t = kept_call();
	struct message m = { .reply = server.kept };
	u64 first = server.kept;

	row("T9: a reply handle used by a process that it was not given to: E_GONE");
	WANT(E_GONE, strangers_answer(first));
	WANT(1, kept_result);
	row("T9: a reply handle used twice: E_GONE");
	WANT(0, ipc_reply(&m));
	helper_end(t);
	WANT(0, kept_result);
	m = (struct message){ .reply = first };
	EITHER(E_GONE, E_BADCAP, ipc_reply(&m));

	row("T9: a reply handle kept over the client's end: it does not reach the next client");
	t = kept_call();
	first = server.kept;
	WANT(0, sys_object_destroy(t->cap));
	HOLDS(UNTIL(sys_reply_set_cookie(first, 1) < 0));
	t = kept_call();
	m = (struct message){ .reply = first };
	EITHER(E_GONE, E_BADCAP, ipc_reply(&m));
	WANT(1, kept_result);
	m = (struct message){ .reply = server.kept };
	WANT(0, ipc_reply(&m));
	helper_end(t);
	WANT(0, kept_result);
}

/* --- sizes --- */

static void tags(void)
{
	u64 received = server.received;

	row("T10: each tag with a count that is too large, or a kind: E_INVAL, nobody is called");
	for (u64 n = MESSAGE_CAPS + 1; n < FIELD; n++) {
		WANT(E_INVAL, send(server.endpoint, n << 32));
		WANT(E_INVAL, send(server.endpoint, n << 36));
		WANT(E_INVAL, send(server.endpoint, n << 40));
		WANT(E_INVAL, send(server.endpoint, n << 32 | n << 36 | n << 40));
	}
	for (u64 kind = 1; kind < 16; kind++)
		WANT(E_INVAL, send(server.endpoint, kind << 60 | 1));
	WANT(E_INVAL, send(server.endpoint, ~(u64)0));
	HOLDS(server.received == received);
}

static void windows(void)
{
	static const u32 lengths[] = { WINDOW_MAX + 1, 1u << 31, ~0u };
	struct window *w = libsys_message_page()->window;
	u64 received = server.received;
	u8 bytes[64] = { 0 };

	row("T10: windows too long, or past the end of all: E_INVAL; of no bytes: E_RANGE");
	for (u32 i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		w[0] = (struct window){ (u64)bytes, lengths[i], WINDOW_WRITE };
		WANT(E_INVAL, send(server.endpoint, TAG_MAKE(1, 0, 1, 0)));
	}
	w[0] = (struct window){ ~(u64)0 - 2, 8, WINDOW_WRITE };
	WANT(E_INVAL, send(server.endpoint, TAG_MAKE(1, 0, 1, 0)));
	HOLDS(server.received == received);
	w[0] = (struct window){ (u64)bytes, 0, WINDOW_WRITE };
	WANT(0, send(server.endpoint, TAG_MAKE(1, 0, 1, 0)));
	WANT(0, (i64)server.window_bytes[0] > 0 || bytes[0]);
	w[0] = (struct window){ (u64)bytes, WINDOW_MAX, WINDOW_WRITE };
	WANT(0, send(server.endpoint, TAG_MAKE(1, 0, 1, 0)));
	WANT(1, server.window_bytes[0]);

	row("T10: windows that overlap, one to read, one to write: each keeps its own access");
	w[0] = (struct window){ (u64)bytes, sizeof(bytes), WINDOW_READ };
	w[1] = (struct window){ (u64)bytes + 1, sizeof(bytes) - 1, WINDOW_WRITE };
	memset(bytes, 0, sizeof(bytes));
	WANT(0, send(server.endpoint, TAG_MAKE(1, 0, 2, 0)));
	WANT(E_ACCESS, server.window_bytes[0]);
	WANT(1, server.window_bytes[1]);
	HOLDS(!bytes[0] && bytes[1] == 0x11 && !bytes[2]);
}

/* A length that is no length is an error, or does no more than there is. */
static void lengths(void)
{
	static const u64 large[] = { 1ul << 31, 1ul << 32, 1ul << 47,  1ul << 61,
				     1ul << 63, ~0ul,	   ~0ul - 4095 };
	cap_t memory = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0));
	cap_t space = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	static u8 buffer[2 * PAGE_SIZE];
	u32 word = 0;
	i64 got;

	row("T10: lengths of 2^31 to 2^64 - 1 in every call: an error, or what is there");
	for (u32 i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		u64 n = large[i];

		got = sys_memory_copy(memory, 0, (u64)buffer, n, COPY_FROM_MEMORY);
		HOLDS(got < 0 || got <= PAGE_SIZE);
		got = sys_memory_copy(memory, n, (u64)buffer, PAGE_SIZE, COPY_FROM_MEMORY);
		HOLDS(got <= 0);
		got = sys_space_copy(space, GUEST_CODE, (u64)buffer, n, SPACE_COPY_READ);
		WANT(E_FAULT, got);
		got = sys_space_regions(space, 0, (struct region_info *)buffer, n);
		WANT(0, got);
		got = sys_memory_fill(memory, n, PAGE_SIZE);
		WANT(n < 1ul << 47 ? PAGE_SIZE : E_RANGE, got);
		got = sys_memory_discard(memory, 0, n);
		HOLDS(got == E_RANGE || got == (i64)n);
		HOLDS(sys_space_unmap(space, GUEST_CODE, n) <= 0);
		HOLDS(sys_space_protect(space, GUEST_CODE, n, PROTECT_READ) < 0);
		WANT(E_RANGE, sys_log_write(grant_find("log"), (u64)buffer, n));
		WANT(0, sys_futex_wake(CAP_SELF_SPACE, (u64)&word, n, 1));
		got = sys_memory_create(CAP_SELF_BUDGET, n, n & 1 ? MEMORY_PINNED : 0);
		HOLDS(n > 1ul << 47 ? got == E_RANGE : !sys_object_destroy((cap_t)got));
		HOLDS(sys_space_map(space, (&(struct map_args){ .length = n,
								.memory = memory,
								.protect = PROTECT_READ,
								.address = GUEST_BASE,
								.flags = MAP_AT })) != GUEST_BASE ||
		      n < GUEST_LIMIT);
		(void)sys_space_unmap(space, GUEST_BASE, GUEST_LIMIT - GUEST_BASE);
	}
	WANT(0, sys_object_destroy(space));
	WANT(0, sys_object_destroy(memory));
}

/* --- floods --- */

static struct {
	cap_t endpoint;
	u64 served, victims_turns, late;
	bool over;
} flood;

static void flood_serve(void *argument)
{
	struct message m = { 0 };
	error_t error = ipc_receive(flood.endpoint, &m);

	(void)argument;
	while (!error && TAG_LABEL(m.tag) != LABEL_QUIT) {
		m.word[0] = __atomic_add_fetch(&flood.served, 1, __ATOMIC_SEQ_CST);
		m.tag = 0;
		error = ipc_reply_receive(flood.endpoint, &m);
	}
	m.tag = 0;
	(void)ipc_reply(&m);
	thread_exit(0);
}

static void flooder(void *argument)
{
	(void)argument;
	while (!__atomic_load_n(&flood.over, __ATOMIC_ACQUIRE))
		(void)send(flood.endpoint, 1);
	thread_exit(0);
}

static void floods(void)
{
	struct budget_info before = { 0 }, after = { 0 };
	cap_t n = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	struct thread *threads[FLOODERS], *t;

	row("T14: signals without end: one word takes them all, nothing is charged");
	WANT(0, sys_budget_info(CAP_SELF_BUDGET, &before));
	for (u64 i = 0; i < 10 * rounds; i++)
		(void)sys_notification_signal(n, 1ul << i % 63);
	WANT(0, sys_budget_info(CAP_SELF_BUDGET, &after));
	WANT(before.used_bytes, after.used_bytes);
	WANT(~0ul >> 1, sys_notification_wait(n, ~0ul >> 1, 0));
	WANT(E_TIMEDOUT, sys_notification_wait(n, ~0ul >> 1, 0));
	WANT(0, sys_object_destroy(n));

	row("T14: eight threads call without end: another waits for one call of each, no more");
	flood.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	t = helper(flood_serve, NULL);
	for (u32 i = 0; i < FLOODERS; i++)
		threads[i] = helper(flooder, NULL);
	for (u32 i = 0; i < FLOOD; i++) {
		struct message m = { .tag = TAG_MAKE(1, 0, 0, 0) };
		u64 seen = __atomic_load_n(&flood.served, __ATOMIC_SEQ_CST);

		WANT(0, ipc_call(flood.endpoint, &m));
		/* Itself, one of each flooder, and one of each that was on its way. */
		flood.late += m.word[0] - seen > 2 * FLOODERS + 1;
	}
	log_printf("  %lu calls served, %u of them the victim's, %lu of which waited longer",
		   flood.served, FLOOD, flood.late);
	/* It may lose the processor between its look and its call. */
	HOLDS(flood.late <= FLOOD / 20);
	__atomic_store_n(&flood.over, true, __ATOMIC_RELEASE);
	for (u32 i = 0; i < FLOODERS; i++)
		helper_end(threads[i]);
	WANT(0, send(flood.endpoint, LABEL_QUIT));
	helper_end(t);
	WANT(0, sys_object_destroy(flood.endpoint));
}

void test_messages(void)
{
	struct thread *t;

	server.endpoint = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	t = helper(serve, NULL);
	WANT(0, send(server.endpoint, 1));
	untransferable();
	sessions();
	answers();
	tags();
	windows();
	lengths();
	floods();
	WANT(0, send(server.endpoint, LABEL_QUIT));
	helper_end(t);
	WANT(0, sys_object_destroy(server.endpoint));
}
