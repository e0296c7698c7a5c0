/* SPDX-License-Identifier: MIT */
/*
 * stress.h - storms: several threads of this program do one kind of thing to the same objects at
 * the same time, and each says what must be true whatever the order was.
 *
 * A storm is one function that every worker runs.  Workers go in step only where they meet().
 * What they choose comes from numbers that depend on the seed alone, so that a storm that fails
 * fails again soon; how their steps interleave is the machine's.
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"

enum { WORKERS_MAX = 16 };

struct worker {
	u32 number; /* 0 first; below `workers` */
	u64 random;
};

extern u32 workers; /* at least as many as processors, and never one alone */
extern u64 rounds;  /* of each storm, all workers together */
extern cap_t purse; /* the budget that a storm charges all it makes to */

/* Every worker waits here for all others. */
void meet(void);
/* Something that must hold in a storm: the first few that do not are named in the log. */
void must(bool holds, const char *what, i64 got);
#define MUST(condition) must((condition), #condition, 0)
#define GIVES(wanted, call)                                                                        \
	do {                                                                                       \
		i64 got_ = (i64)(call);                                                            \
		must(got_ == (i64)(wanted), #call, got_);                                          \
	} while (0)
/* The call makes something: its handle. */
#define MADE(call)                                                                                 \
	({                                                                                         \
		i64 got_ = (i64)(call);                                                            \
		must(got_ > 0, #call, got_);                                                       \
		(cap_t) got_;                                                                      \
	})

u64 random_next(struct worker *w);
static inline u64 random_below(struct worker *w, u64 limit)
{
	return random_next(w) % limit;
}
/* A moment of no known length, mostly short. */
void dawdle(struct worker *w);
/* Long enough for the other processors to do some hundred steps, if they run. */
void linger(void);

static inline cap_t copy_of(cap_t cap)
{
	return (cap_t)sys_cap_copy(CAP_SELF_TABLE, cap, RIGHTS_ALL, 0);
}

/* The storms; `begin` and `end` are run by one thread before and after. */
void capabilities_storm(struct worker *w);
void budgets_storm(struct worker *w);
void seats_storm(struct worker *w);
void guests_begin(void);
void guests_storm(struct worker *w);
void guests_end(void);
void copies_begin(void);
void copies_storm(struct worker *w);
void copies_end(void);
void deaths_begin(void);
void deaths_storm(struct worker *w);
void deaths_end(void);
void futexes_storm(struct worker *w);
void tokens_storm(struct worker *w);
void signals_begin(void);
void signals_storm(struct worker *w);
void signals_end(void);
void calls_begin(void);
void calls_storm(struct worker *w);
void calls_end(void);

#endif
