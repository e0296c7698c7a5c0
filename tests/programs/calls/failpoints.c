/* SPDX-License-Identifier: MIT */
/*
 * failpoints.c - each charge of memory that the tests cause fails once: see calls.h and
 * microkernel/debug/failpoint.c.
 */
#include "tests/programs/calls/calls.h"

enum { SETTLE = 500 }; /* milliseconds for what is on its way back */

static u64 charges;	     /* the last of them fails; 0: none is to */
static volatile bool failed; /* atomic: and whoever caused it knows */

i64 failpoint_set(u64 n)
{
	return sys_inspect_read(grant_find("inspect"), INSPECT_FAILPOINT, n, 0, 0);
}

static u64 used(void)
{
	struct budget_info info = { 0 };

	return sys_budget_info(CAP_SELF_BUDGET, &info) ? 0 : info.used_bytes;
}

bool failpoints_run(void)
{
	return charges != 0;
}

/* A call that copies may also have done less. */
bool failed_on_purpose(i64 got, i64 wanted)
{
	if (!charges || got == wanted || failpoint_set(FAILPOINT_ASK) ||
	    __atomic_exchange_n(&failed, true, __ATOMIC_SEQ_CST))
		return false;
	judge(got == E_NOMEM || got == E_FAULT_IN || (got >= 0 && got < wanted),
	      "a call that gets no memory", got, E_NOMEM);
	return true;
}

/* Nothing is left behind: what grew would grow again. */
static bool grows(void (*body)(void), u64 *most, u64 (*amount)(void))
{
	for (u32 again = 0; again < 2; again++) {
		for (u32 i = 0; i < SETTLE && amount() > *most; i++)
			millisecond();
		if (amount() <= *most)
			return false;
		*most = amount();
		failed = false;
		(void)failpoint_set(charges);
		body();
	}
	return true;
}

void failpoints(const char *name, void (*body)(void), u64 stride)
{
	u64 memory, capabilities_held, count = 0;

	judge_quiet(true);
	charges = 0;
	body();
	memory = used();
	capabilities_held = capabilities();
	for (u64 n = 1;; n += stride, count++) {
		charges = n;
		failed = false;
		(void)failpoint_set(n);
		body();
		if (failpoint_set(0))
			break;
		if (!failed)
			log_printf("%s: nobody missed charge %lu", name, n);
		row(name);
		judge(!grows(body, &memory, used), "memory is left after charge", (i64)n, 0);
		judge(!grows(body, &capabilities_held, capabilities),
		      "capabilities are left after charge", (i64)n, 0);
		judge(sys_inspect_check(grant_find("inspect")) == 0, "the kernel's check at charge",
		      (i64)n, 0);
	}
	charges = 0;
	judge_quiet(false);
	row(name);
	HOLDS(count > 0);
	log_printf("%s: %lu charges failed", name, count);
	row_end();
}
