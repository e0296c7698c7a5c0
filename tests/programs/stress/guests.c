/* SPDX-License-Identifier: MIT */
/*
 * guests.c - all workers but the first are twins, whose guests write into two pages without end;
 * the first takes the pages away, makes them read-only, replaces, moves, cuts and clones them.
 * Once such a call has returned, no write reaches what it took; and no write to what stayed is
 * ever lost.
 *
 * Each guest has a word of its own in either page: it counts in rbx, stores the count in the first
 * page (a memory object, which the first worker sees too) and adds one to its word of the second
 * (the space's own, shared with clones until somebody writes).
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/stress/stress.h"

enum {
	CODE = 0x400000,
	SHARED = 0x800000,
	OWN = 0xa00000,
	ELSEWHERE = 0x40000000,
	LOOKS = 4,
	STOP_EVERY = 64,
	OPERATIONS = 10
};

/* inc %rbx; mov %rbx, (%rdi); incq (%rsi); jmp to the beginning */
static const u8 code[] = { 0x48, 0xff, 0xc3, 0x48, 0x89, 0x1f, 0x48, 0xff, 0x06, 0xeb, 0xf5 };

static struct {
	cap_t space, view, states;
	cap_t memory[2]; /* the first is mapped at SHARED, the other waits to replace it */
	volatile u64 *seen[2];
	struct guest_state *state;
	cap_t thread[WORKERS_MAX];
	u32 stop, over, faults;
} it;

static i64 map(u64 address, cap_t memory, u32 protect, u32 flags)
{
	struct map_args a = { .address = address,
			      .length = PAGE_SIZE,
			      .memory = memory,
			      .protect = protect,
			      .flags = MAP_AT | flags,
			      .maximum =
				      PROTECT_READ | PROTECT_WRITE | (memory ? 0 : PROTECT_EXEC) };

	return sys_space_map(it.space, &a);
}

static void memory_make(u32 i)
{
	it.memory[i] = MADE(sys_memory_create(purse, PAGE_SIZE, 0));
	it.seen[i] = (volatile u64 *)memory_map(it.memory[i], 0, PAGE_SIZE, PROTECT_READ);
}

void guests_begin(void)
{
	it.over = it.stop = it.faults = 0;
	it.space = MADE(sys_space_create(purse, SPACE_GUEST));
	GIVES(CODE, map(CODE, CAP_NONE, PROTECT_READ, MAP_OVERLAY));
	GIVES(sizeof(code), sys_space_copy(it.space, CODE, (u64)code, sizeof(code),
					   SPACE_COPY_WRITE | SPACE_COPY_FORCE));
	GIVES(0, sys_space_protect(it.space, CODE, PAGE_SIZE, PROTECT_READ | PROTECT_EXEC));
	GIVES(OWN, map(OWN, CAP_NONE, PROTECT_READ | PROTECT_WRITE, MAP_OVERLAY));
	memory_make(0);
	memory_make(1);
	GIVES(SHARED, map(SHARED, it.memory[0], PROTECT_READ | PROTECT_WRITE, 0));
	it.view = MADE(sys_view_create(purse, it.space, CAP_SELF_SPACE));
	it.states = MADE(sys_memory_create(purse, 2 * PAGE_SIZE, MEMORY_PINNED));
	it.state = (struct guest_state *)memory_map(it.states, 0, 2 * PAGE_SIZE,
						    PROTECT_READ | PROTECT_WRITE);
}

void guests_end(void)
{
	for (u32 i = 0; i < 2; i++) {
		GIVES(0, sys_space_unmap(CAP_SELF_SPACE, (u64)it.seen[i], PAGE_SIZE));
		GIVES(0, sys_object_destroy(it.memory[i]));
	}
	GIVES(0, sys_space_unmap(CAP_SELF_SPACE, (u64)it.state, 2 * PAGE_SIZE));
	GIVES(0, sys_object_destroy(it.states));
	GIVES(0, sys_object_destroy(it.view));
	GIVES(0, sys_object_destroy(it.space));
	MUST(it.faults > 0);
}

/* --- the twins --- */

static void twin(struct worker *w)
{
	struct guest_state *s = &it.state[w->number];

	it.thread[w->number] = thread_self()->cap;
	GIVES(0, sys_thread_bind(thread_self()->cap, it.view, it.states,
				 w->number * GUEST_STATE_SIZE));
	*s = (struct guest_state){ .regs = { .rip = CODE,
					     .rsp = CODE,
					     .rflags = 0x202,
					     .rdi = SHARED + w->number * 8,
					     .rsi = OWN + w->number * 8 } };
	meet();
	while (!__atomic_load_n(&it.over, __ATOMIC_ACQUIRE)) {
		i64 cause;

		/* Looked at before the guest runs: a kick may have met the wait of an earlier
		 * stop. */
		if (__atomic_load_n(&it.stop, __ATOMIC_ACQUIRE)) {
			meet(); /* all stand */
			meet(); /* all have been looked at */
			continue;
		}
		cause = sys_guest_resume();
		must(cause == GUEST_FAULT || cause == GUEST_KICK || cause == GUEST_SIZE,
		     "why a guest stopped", cause);
		__atomic_fetch_add(&it.faults, cause != GUEST_KICK, __ATOMIC_RELAXED);
	}
	GIVES(0, sys_thread_bind(thread_self()->cap, CAP_NONE, CAP_NONE, 0));
}

/* --- the first worker --- */

static u64 own_word(cap_t space, u32 guest)
{
	u64 word = ~(u64)0;

	GIVES(sizeof(word),
	      sys_space_copy(space, OWN + guest * 8, (u64)&word, sizeof(word), SPACE_COPY_READ));
	return word;
}

/* Every guest stands, and its three counts agree. */
static void stop_and_look(bool over)
{
	__atomic_store_n(&it.stop, 1, __ATOMIC_RELEASE);
	for (u32 i = 1; i < workers; i++)
		GIVES(0, sys_thread_kick(it.thread[i], KICK_SOFT));
	meet();
	for (u32 i = 1; i < workers; i++) {
		u64 counted = it.state[i].regs.rbx, own = own_word(it.space, i);

		must(own == counted || own + 1 == counted, "a write to an own page is lost",
		     (i64)(counted - own));
	}
	__atomic_store_n(&it.stop, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&it.over, over, __ATOMIC_RELEASE);
	meet();
}

/* Nobody writes to that memory any more. */
static void stands_still(u32 i, const char *after)
{
	u64 first[WORKERS_MAX];

	for (u32 g = 1; g < workers; g++)
		first[g] = it.seen[i][g];
	for (u32 look = 0; look < LOOKS; look++) {
		linger();
		for (u32 g = 1; g < workers; g++)
			must(it.seen[i][g] == first[g], after, (i64)(it.seen[i][g] - first[g]));
	}
}

static void map_again(void)
{
	GIVES(SHARED, map(SHARED, it.memory[0], PROTECT_READ | PROTECT_WRITE, 0));
}

static void replace(void)
{
	cap_t memory = it.memory[0];
	volatile u64 *seen = it.seen[0];

	GIVES(SHARED, map(SHARED, it.memory[1], PROTECT_READ | PROTECT_WRITE, MAP_REPLACE));
	stands_still(0, "a write after it was replaced");
	it.memory[0] = it.memory[1];
	it.seen[0] = it.seen[1];
	it.memory[1] = memory;
	it.seen[1] = seen;
}

/* What lay there is free: nobody may write to who has it next. */
static void cut(void)
{
	static u64 page[2][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
	cap_t next;

	GIVES(0, sys_memory_resize(it.memory[0], 0));
	next = MADE(memory_create_pinned(purse, PAGE_SIZE));
	memset(page[1], 0, PAGE_SIZE);
	for (u32 look = 0; look < LOOKS; look++) {
		GIVES(PAGE_SIZE,
		      sys_memory_copy(next, 0, (u64)page[0], PAGE_SIZE, COPY_FROM_MEMORY));
		MUST(!memcmp(page[0], page[1], PAGE_SIZE));
		linger();
	}
	GIVES(0, sys_object_destroy(next));
	GIVES(0, sys_memory_resize(it.memory[0], PAGE_SIZE));
}

static void move(u64 page, bool shared)
{
	struct remap_args there = { .address = page,
				    .length = PAGE_SIZE,
				    .new_address = ELSEWHERE,
				    .new_length = PAGE_SIZE,
				    .flags = REMAP_MAY_MOVE | MAP_AT };
	struct remap_args back = there;

	back.address = ELSEWHERE;
	back.new_address = page;
	GIVES(ELSEWHERE, sys_space_remap(it.space, &there));
	if (shared)
		stands_still(0, "a write after it was moved");
	GIVES(page, sys_space_remap(it.space, &back));
}

/* The clone is as the space was in one moment, and what is written to it stays there. */
static void fork_it(struct worker *w)
{
	cap_t clone = MADE(sys_space_clone(purse, it.space));
	u64 first[WORKERS_MAX], mark = ~(u64)0;

	for (u32 g = 1; g < workers; g++)
		first[g] = own_word(clone, g);
	if (random_below(w, 2))
		GIVES(sizeof(mark),
		      sys_space_copy(clone, OWN, (u64)&mark, sizeof(mark), SPACE_COPY_WRITE));
	linger();
	for (u32 g = 1; g < workers; g++)
		must(own_word(clone, g) == first[g], "a write reaches a clone",
		     (i64)(own_word(clone, g) - first[g]));
	MUST(own_word(it.space, 0) == 0);
	GIVES(0, sys_object_destroy(clone));
}

static void operation(struct worker *w)
{
	cap_t share;

	switch (random_below(w, OPERATIONS)) {
	case 0:
		GIVES(0, sys_space_unmap(it.space, SHARED, PAGE_SIZE));
		stands_still(0, "a write after it was unmapped");
		map_again();
		break;
	case 1:
		GIVES(0, sys_space_protect(it.space, SHARED, PAGE_SIZE, PROTECT_READ));
		stands_still(0, "a write after it was protected");
		GIVES(0,
		      sys_space_protect(it.space, SHARED, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));
		break;
	case 2:
		replace();
		break;
	case 3:
		cut();
		break;
	case 4:
		move(SHARED, true);
		break;
	case 5:
		move(OWN, false);
		break;
	case 6:
		GIVES(0, sys_space_protect(it.space, OWN, PAGE_SIZE, PROTECT_READ));
		GIVES(0, sys_space_protect(it.space, OWN, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE));
		break;
	case 7:
		/* Mapped through a capability that is revoked. */
		share = copy_of(it.memory[0]);
		GIVES(SHARED,
		      map(SHARED, copy_of(share), PROTECT_READ | PROTECT_WRITE, MAP_REPLACE));
		dawdle(w);
		GIVES(0, sys_cap_revoke(share));
		stands_still(0, "a write after its capability was revoked");
		GIVES(0, sys_cap_delete(share));
		map_again();
		break;
	default:
		fork_it(w);
		break;
	}
}

void guests_storm(struct worker *w)
{
	if (w->number) {
		twin(w);
		return;
	}
	meet();
	for (u64 round = 1; round <= rounds; round++) {
		operation(w);
		if (round % STOP_EVERY == 0 || round == rounds)
			stop_and_look(round == rounds);
	}
}
