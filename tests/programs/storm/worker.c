/* SPDX-License-Identifier: MIT */
/*
 * worker.c - what each of the arena's threads does without end: choose a call and its arguments,
 * make it, count what came of it, keep what it made.
 *
 * A worker may be suspended, kicked, killed, bound to a guest and starved at any place.  It has
 * nothing that would have to be put in order then.
 */
#include "libsys/string.h"
#include "tests/programs/storm/storm.h"

enum { FAULTS = 8, SCRIBBLES = 64 };

/* All registers that any call takes or gives, messages included. */
struct call {
	u64 rax, rdi, rsi, rdx, r10, r8, r9, r12, r13, r14;
};

static void call_make(struct call *c)
{
	register u64 r8 __asm__("r8") = c->r8;
	register u64 r9 __asm__("r9") = c->r9;
	register u64 r10 __asm__("r10") = c->r10;
	register u64 r12 __asm__("r12") = c->r12;
	register u64 r13 __asm__("r13") = c->r13;
	register u64 r14 __asm__("r14") = c->r14;

	__asm__ volatile("syscall"
			 : "+a"(c->rax), "+D"(c->rdi), "+S"(c->rsi), "+d"(c->rdx), "+r"(r8),
			   "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13), "+r"(r14)
			 :
			 : "rcx", "r11", "memory", "cc");
	c->r14 = r14;
}

static struct message_page *page_of(const struct worker *w)
{
	return (struct message_page *)(PAGES_AT + w->number * MESSAGE_PAGE_SIZE);
}

/* Whether it is made this time: what ends its thread, stands all processors still, or fills the log
 * comes more seldom. */
static bool wanted(struct worker *w, u32 number)
{
	switch (number) {
	case NUMBER_thread_exit:
	case NUMBER_inspect_check:
	case NUMBER_log_write:
		return one_in(w, 64);
	default:
		return true;
	}
}

static const struct row *row_choose(struct worker *w)
{
	const struct row *row;
	bool answers = w->owed && one_in(w, 2);

	do {
		row = &rows[random_below(w, row_count)];
	} while ((answers && !row->replies) || !wanted(w, row->number));
	return row;
}

/* A guest of its own to run, in the arena's view or in what was made by chance. */
static void guest_prepare(struct worker *w)
{
	const u8 *const entries[] = { guest_traps, guest_writes, guest_faults, guest_traps,
				      guest_loops };
	u64 entry = random_below(w, one_in(w, 16) ? 5 : 4), number = random_below(w, STATES);
	struct guest_state *state = (struct guest_state *)STATES_AT + number;

	*state = (struct guest_state){ .attention = one_in(w, 32) };
	state->regs.rip = GUEST_CODE + (u64)(entries[entry] - guest_begin);
	state->regs.rsp = GUEST_PLAY + PAGE_SIZE;
	state->regs.rdi = one_in(w, 2) ? GUEST_PLAY : address_choose(w);
	state->regs.rsi = noise(w);
	state->regs.rflags = one_in(w, 8) ? noise(w) : 0x202;
	state->fs_base = one_in(w, 8) ? noise(w) : 0;
	(void)sys_thread_bind(w->self, one_in(w, 4) ? handle_choose(w, OBJECT_VIEW) : BOARD->view,
			      BOARD->states, number * GUEST_STATE_SIZE);
}

/* What is shared goes by and by; it is put back. */
static void playground_restore(struct worker *w)
{
	struct map_args *a = (struct map_args *)(ALIAS_AT + 2 * PAGE_SIZE + w->number * 64);

	*a = (struct map_args){ .address = PLAY_AT,
				.length = PLAY_PAGES * PAGE_SIZE,
				.memory = BOARD->play,
				.protect = PROTECT_READ | PROTECT_WRITE,
				.flags = MAP_AT | MAP_REPLACE };
	(void)sys_space_map(BOARD->space, a);
	a->address = GUEST_PLAY;
	(void)sys_space_map(BOARD->guest, a);
}

static void scribble(struct worker *w)
{
	volatile u64 *words = (volatile u64 *)ALIAS_AT;

	for (u64 i = random_below(w, SCRIBBLES); i; i--)
		words[random_below(w, PAGE_SIZE / 8)] = noise(w);
}

/* --- before and after --- */

static u64 tag_choose(struct worker *w)
{
	u64 tag = TAG_MAKE(random_below(w, 64), one_in(w, 4) ? random_below(w, 5) : 0,
			   random_below(w, 5), random_below(w, 5));

	tag |= one_in(w, 64) ? 0 : TAG_DEADLINE;
	return one_in(w, 32) ? noise(w) : tag;
}

/* The words of a mapping fit together. */
static void map_prepare(struct worker *w, struct call *c)
{
	struct map_args a;

	map_args_choose(w, &a);
	c->rsi = a.address;
	c->rdx = a.length;
	c->r10 = a.memory;
	c->r8 = a.offset;
	c->r9 = a.attributes;
}

static void prepare(struct worker *w, const struct row *row, struct call *c)
{
	u64 value[6], address = 0;
	u64 *registers[] = { &c->rdi, &c->rsi, &c->rdx, &c->r10, &c->r8, &c->r9 };
	u32 message = row->number;

	*c = (struct call){ .rax = row->number,
			    .rsi = tag_choose(w),
			    .r9 = noise(w),
			    .r12 = random_next(w),
			    .r13 = random_next(w),
			    .r14 = w->owed ? w->owed : BOARD->slot[REPLIES][random_below(w, 2)] };
	for (u32 i = 0; i < row->arguments; i++) {
		value[i] = argument_choose(w, &row->argument[i], address);
		if (row->argument[i].kind == KIND_ADDRESS)
			address = value[i];
		*registers[i] = value[i];
	}
	if (message == NUMBER_endpoint_call || message == NUMBER_endpoint_receive ||
	    message == NUMBER_reply || message == NUMBER_reply_receive)
		message_prepare(w, page_of(w));
	if (message == NUMBER_space_map && !one_in(w, 12))
		map_prepare(w, c);
	if (message == NUMBER_guest_resume && !one_in(w, 4))
		guest_prepare(w);
}

static void keep(struct worker *w, cap_t handle)
{
	struct cap_info info;

	/* A handle may be one of another table, or no handle at all. */
	if (handle > CAP_AT(BASES) && !sys_cap_info(handle, &info))
		handle_keep(w, info.type, handle);
}

static void received(struct worker *w, const struct call *c, bool call)
{
	const struct message_page *page = page_of(w);

	for (u64 i = 0; i < TAG_CAPS(c->rsi) && i < MESSAGE_CAPS; i++)
		keep(w, page->received[i]);
	if (!call || TAG_KIND(c->rsi) != MESSAGE_CALL)
		return;
	BOARD->slot[REPLIES][0] = c->r14;
	handle_keep(w, REPLIES, c->r14);
	w->owed = c->r14;
}

static void count(const struct row *row, i64 result)
{
	bool success = result >= 0 || result < -(i64)PAGE_SIZE; /* an address is a success, too */

	__atomic_fetch_add(&BOARD->answered[row->number], 1, __ATOMIC_RELAXED);
	if (success)
		__atomic_fetch_add(&BOARD->succeeded[row->number], 1, __ATOMIC_RELAXED);
	else if (result > -ERRORS_MAX)
		__atomic_fetch_add(&BOARD->errors[-result], 1, __ATOMIC_RELAXED);
}

static void one_call(struct worker *w)
{
	const struct row *row = row_choose(w);
	struct call c;
	i64 result;

	prepare(w, row, &c);
	__atomic_fetch_add(&BOARD->asked[row->number], 1, __ATOMIC_RELAXED);
	call_make(&c);
	result = (i64)c.rax;
	count(row, result);
	if ((row->replies && one_in(w, 8)) || row->number == NUMBER_reply)
		w->owed = 0;
	if (result == 0 &&
	    (row->number == NUMBER_endpoint_call || row->number == NUMBER_endpoint_receive ||
	     row->number == NUMBER_reply_receive))
		received(w, &c, row->number != NUMBER_endpoint_call);
	else if (result > 0)
		keep(w, (cap_t)result);
	if (result == E_FAULT && one_in(w, FAULTS))
		playground_restore(w);
}

_Noreturn void worker_main(struct worker *w)
{
	for (;;) {
		if (w->number == 0 || one_in(w, 16))
			scribble(w);
		one_call(w);
		__atomic_fetch_add(&w->calls, 1, __ATOMIC_RELAXED);
	}
}
