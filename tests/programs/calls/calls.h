/* SPDX-License-Identifier: MIT */
/*
 * calls.h - tests of the system calls from ring 3: for each row of syscall.def a success, each
 * error that it documents, each wrong handle, and each end of its wait.
 *
 * row(NAME) begins a row; WANT and MAKE judge single calls; the next row, or the end, prints the
 * line `ok NAME` or `FAILED NAME` to the log.  What is judged of a call is also a cell of a table,
 * `NAME: success`, `NAME: E_INVAL`, `NAME: kicked softly`, which gets a line of its own at the end:
 * tests/check/cells.awk knows from syscall.def which cells there must be.
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
void row_end(void);
/* From now on only rows that fail are printed. */
void judge_quiet(bool on);
void judge(bool right, const char *what, i64 got, i64 wanted);
/* The same, of a call whose text is `stub(arguments)`: its cell is what was wanted. */
void judge_call(const char *text, i64 got, i64 wanted);
/* The same, of a named cell. */
void judge_cell(const char *name, const char *what, i64 got, i64 wanted);
/* A group of rows, with a row of its own about what it left behind: at most `pages` message pages.
 */
void group(const char *name, void (*body)(void), u64 pages);
/* A group says `cells|NAME: WHAT|...` of the cells that it was the first to judge.  At last,
 * `FAILED NAME: WHAT` of each that was wrong at any time. */
void cells_end(void);
/* The last line: how many. */
void judge_end(void);

/* What the call gives; made again if it was to fail. */
#define TRY(call)                                                                                  \
	({                                                                                         \
		i64 tried_ = (i64)(call);                                                          \
		if (tried_ < 0 && tried_ > -4096 && failed_on_purpose(tried_, 0))                  \
			tried_ = (i64)(call);                                                      \
		tried_;                                                                            \
	})
/* The call gives exactly this. */
#define WANT(wanted, call)                                                                         \
	do {                                                                                       \
		i64 got_ = (i64)(call), wanted_ = (i64)(wanted);                                   \
		if (failed_on_purpose(got_, wanted_))                                              \
			got_ = (i64)(call);                                                        \
		judge_call(#call, got_, wanted_);                                                  \
	} while (0)
/* What a call of that name gave elsewhere: in another thread, say. */
#define CELL(name, wanted, got)                                                                    \
	do {                                                                                       \
		i64 got_ = (i64)(got);                                                             \
		judge_call("sys_" #name "(", got_, (i64)(wanted));                                 \
	} while (0)
/* The call gives one of two errors: its arguments are wrong in both ways. */
#define EITHER(one, other, call)                                                                   \
	do {                                                                                       \
		i64 got_ = (i64)(call);                                                            \
		if (got_ != (other) && failed_on_purpose(got_, one))                               \
			got_ = (i64)(call);                                                        \
		judge_call(#call, got_, got_ == (other) ? (other) : (one));                        \
	} while (0)
/* The call gives no error: what it gives. */
#define SUCCEEDS(call)                                                                             \
	({                                                                                         \
		i64 got_ = TRY(call);                                                              \
		judge_call(#call, got_, got_ >= 0 ? got_ : 0);                                     \
		got_;                                                                              \
	})
/* The call makes something: its handle. */
#define MAKE(call)                                                                                 \
	({                                                                                         \
		i64 got_ = TRY(call);                                                              \
		judge_call(#call, got_, got_ > 0 ? got_ : 1);                                      \
		(cap_t)got_;                                                                       \
	})
#define HOLDS(condition) judge((condition), #condition, 0, 1)

/* A copy of a handle with fewer rights. */
#define weaker(cap, rights) MAKE(sys_cap_copy(CAP_SELF_TABLE, cap, rights, 0))

/* As thread_create, but all that it took comes back with sys_object_destroy. */
struct thread_options;
struct thread;
void helpers_make(void);
__must_use error_t helper_create(const struct thread_options *options, struct thread **out);

/*
 * Failpoints: body is done again and again, and each time one charge of memory more succeeds before
 * one fails; `stride` of 7 leaves out six of seven.  Whoever makes a call that fails for it says so
 * by failed_on_purpose and makes it again: it must have changed nothing.  Afterwards there is as
 * much of everything as before.
 */
i64 failpoint_set(u64 n); /* the n-th charge from now fails; 0: none */
void failpoints(const char *name, void (*body)(void), u64 stride);
bool failed_on_purpose(i64 got, i64 wanted);
/* Whether they run: what only repeats itself may do so less often. */
bool failpoints_run(void);

/* A guest space with these instructions at GUEST_CODE, and a view of it for a twin of this program.
 */
enum { GUEST_CODE = 0x400000 };
void guest_make(cap_t budget, const u8 *code, u64 size, cap_t *space, cap_t *view);

/* guest_resume. */
i64 guest_run(void);

/* How many capabilities this program holds. */
u64 capabilities(void);

void test_capabilities(void);
void test_handles(void);
void test_blocked(void);
void test_killed(void);
void test_limits(void);
void test_memory(void);
void test_spaces(void);
void test_threads(void);
void test_twins(void);
void test_messages(void);
void test_notifications(void);
void test_futexes(void);
void test_shortage(void);
void test_devices(void);
void test_processors(void);
void test_system(void);
void test_time(void);
void test_many(void);

#endif
