/* SPDX-License-Identifier: MIT */
/*
 * storm.h - a fuzzer of system calls made from syscall.def: a call that is added there is made
 * here, with arguments chosen by its types and the names that stand in its row.
 *
 * The keeper (main.c, arena.c) builds an arena: a table, a space and threads of their own, in which
 * this very program stands once more, copied.  The arena's workers (worker.c, arguments.c) do
 * without sense what they can to their own space, table, threads and budgets, all to the same ones
 * at once. The keeper frees those who got stuck, starts the dead again, and ends each season by
 * destroying the budget that all of it is charged to.
 *
 * Keeper and workers meet in the board only, memory that both map at the same address.  Nothing on
 * it is locked: slots and counts are single words, read and written atomically.
 */
#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#include "libsys/start.h"
#include "libsys/sys.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "microkernel/abi/message.h"

enum {
	WORKERS_MAX = 18,
	SLOTS = 12,
	REPLIES = OBJECT_TYPES, /* a kind of slot beside the types of objects: replies that are owed
				 */
	KINDS,
	CALLS_MAX = 256,
	ERRORS_MAX = 64,
	PLAY_PAGES = 16,
	BASES = 7, /* handles of the arena's table that no worker gives up */
	STACK = 16384,
	STATES = 16
};

/* The arena's own addresses, between images (below) and stacks (above). */
#define AREA	   (SLOT_BASE + (SLOT_LIMIT - SLOT_BASE) / 4 * 3)
#define BOARD_AT   AREA
#define STACKS_AT  (AREA + (1ul << 24))
#define PAGES_AT   (AREA + (2ul << 24)) /* message pages, pinned */
#define STATES_AT  (AREA + (3ul << 24)) /* guest states, pinned */
#define ALIAS_AT   (AREA + (4ul << 24)) /* the playground, where nobody takes it away */
#define PLAY_AT	   (AREA + (5ul << 24)) /* the playground, as calls are given it */
#define AREA_END   (AREA + (6ul << 24))
#define GUEST_CODE 0x400000ul
#define GUEST_PLAY 0x800000ul

struct worker {
	u64 number, random;
	u64 calls;  /* grows as long as it gets on; the keeper watches that */
	cap_t self; /* in the arena's table */
	u64 owed; /* a reply, since it received a call and until it has answered, or forgot; or 0 */
};

struct board {
	cap_t slot[KINDS][SLOTS];
	/* Copies in the arena's table, without DESTROY: what is needed to begin anew. */
	cap_t home, table, space, play, states, guest, view;
	u64 asked[CALLS_MAX], answered[CALLS_MAX], succeeded[CALLS_MAX]; /* by number */
	u64 errors[ERRORS_MAX];
	u64 workers;
	struct worker worker[WORKERS_MAX];
};
#define BOARD	    ((struct board *)BOARD_AT)
#define BOARD_BYTES ((sizeof(struct board) + PAGE_MASK) & ~PAGE_MASK)

/* What an argument is, as far as its type and name tell. */
enum kind {
	KIND_HANDLE,
	KIND_REPLY,
	KIND_IN,
	KIND_OUT,
	KIND_ADDRESS,
	KIND_BYTES,
	KIND_SMALL,
	KIND_BITS,
	KIND_DEADLINE,
	KIND_PERIOD,
	KIND_EXPECTED,
	KIND_INDEX
};

struct argument {
	const char *type, *name;
	enum kind kind;
	u32 object; /* HANDLE: its type, 0 any */
};

struct row {
	const char *name, *type;
	u32 number, arguments;
	bool replies; /* it acts on a reply that is owed */
	struct argument argument[6];
};

extern struct row rows[];
extern const u32 row_count;
void rows_prepare(void); /* kinds of arguments, before anybody looks at them */

static inline u64 random_next(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static inline u64 random_below(struct worker *w, u64 limit)
{
	return random_next(w) % limit;
}

static inline bool one_in(struct worker *w, u64 many)
{
	return random_below(w, many) == 0;
}

/* arguments.c */
u64 handle_choose(struct worker *w, u32 object);
void handle_keep(struct worker *w, u32 kind, cap_t handle);
u64 address_choose(struct worker *w);
u64 bytes_choose(struct worker *w);
u64 deadline_choose(struct worker *w);
u64 noise(struct worker *w);
u64 argument_choose(struct worker *w, const struct argument *a, u64 address);
void map_args_choose(struct worker *w, struct map_args *a);
void message_prepare(struct worker *w, struct message_page *page);

/* worker.c: the entry of a worker */
_Noreturn void worker_main(struct worker *w);

/* minions.S: entries of threads that live shortly, without a stack, and of guests */
extern const u8 minion_loops[], minion_faults[], minion_waits[], minion_calls[], minion_serves[];
extern const u8 guest_begin[], guest_traps[], guest_writes[], guest_loops[], guest_faults[],
	guest_end[];

/* arena.c */
struct arena {
	cap_t budget; /* of all that is in it */
	cap_t table, space, ended, message, stacks, thread[WORKERS_MAX];
	cap_t board; /* the memory behind it */
};
__must_use error_t arena_make(struct arena *a, cap_t budget, u64 workers);
__must_use error_t arena_start(struct arena *a, u64 worker, bool fresh);

#endif
