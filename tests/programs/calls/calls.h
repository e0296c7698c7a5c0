/* SPDX-License-Identifier: MIT */
/*
 * calls.h - tests of the system calls from ring 3: for each row of syscall.def at least one success
 * and one error.
 *
 * row(NAME) begins a row; WANT and FAILS judge single calls; the next row, or the end, prints the
 * line `ok NAME` or `FAILED NAME` to the log.
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"

/* An address of this program's slot where nothing is mapped, and one that no program may use. */
#define UNMAPPED 0xffff800000001000ul
#define KERNEL	 0xffffffff80000000ul
#define BAD_CAP	 ((cap_t)0x7fffff00ffffff)

/* How long something may take that takes no time: a busy machine is no error. */
#define PATIENCE 60000000000ul
/* Wait, a millisecond at a time, until it holds; whether it does then. */
#define UNTIL(condition)                                                                           \
	({                                                                                         \
		for (u32 i_ = 0; i_ < 60000 && !(condition); i_++)                                 \
			millisecond();                                                             \
		(condition);                                                                       \
	})
void millisecond(void);
/* Whether the thread waits in a call. */
bool thread_is_waiting(cap_t thread);

void row(const char *name);
void judge(bool right, const char *what, i64 got, i64 wanted);
/* A group of rows, with a row of its own about what it left behind: at most `pages` message pages.
 */
void group(const char *name, void (*body)(void), u64 pages);
/* The last line: how many. */
void judge_end(void);

/* The call gives exactly this. */
#define WANT(wanted, call)                                                                         \
	do {                                                                                       \
		i64 got_ = (i64)(call);                                                            \
		judge(got_ == (i64)(wanted), #call, got_, (i64)(wanted));                          \
	} while (0)
/* The call gives one of two errors: its arguments are wrong in both ways. */
#define EITHER(one, other, call)                                                                   \
	do {                                                                                       \
		i64 got_ = (i64)(call);                                                            \
		judge(got_ == (one) || got_ == (other), #call, got_, (one));                       \
	} while (0)
/* The call makes something: its handle. */
#define MAKE(call)                                                                                 \
	({                                                                                         \
		i64 got_ = (i64)(call);                                                            \
		judge(got_ > 0, #call, got_, 1);                                                   \
		(cap_t)got_;                                                                       \
	})
#define HOLDS(condition) judge((condition), #condition, 0, 1)

/* A copy of a handle with fewer rights. */
static inline cap_t weaker(cap_t cap, u64 rights)
{
	return (cap_t)sys_cap_copy(CAP_SELF_TABLE, cap, rights, 0);
}

/* A guest space with these instructions at GUEST_CODE, and a view of it for a twin of this program.
 */
enum { GUEST_CODE = 0x400000 };
void guest_make(cap_t budget, const u8 *code, u64 size, cap_t *space, cap_t *view);

/* How many capabilities this program holds. */
u64 capabilities(void);

void test_capabilities(void);
void test_handles(void);
void test_blocked(void);
void test_limits(void);
void test_memory(void);
void test_spaces(void);
void test_threads(void);
void test_twins(void);
void test_messages(void);
void test_notifications(void);
void test_futexes(void);
void test_devices(void);
void test_processors(void);
void test_system(void);
void test_time(void);
void test_many(void);

#endif
