/* SPDX-License-Identifier: MIT */
/*
 * chains.c - 10,000 copies, in one line of descent or side by side, are revoked while the crew uses
 * them.  Every use takes a number of one sequence before it begins, and the revocation one when it
 * has returned: no use that succeeded began later.
 */
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/revoke/revoke.h"

enum { COPIES = 10000, USES = 200, LABEL_QUIT = 7, LABEL_USE = 8 };

static struct {
	cap_t object, first, copy[COPIES];
	u64 sequence, returned;	    /* when the revocation had returned; 0: not yet */
	u64 last[CREW], uses[CREW]; /* that succeeded: the number of the last, and how many */
} it;

static i64 use_notification(u32 number, cap_t cap)
{
	return sys_notification_signal(cap, (u64)1 << number);
}

static i64 use_endpoint(u32 number, cap_t cap)
{
	struct message m = { .tag = TAG_MAKE(LABEL_USE, 0, 0, 0), .word = { number } };

	return ipc_call(cap, &m);
}

static void use_until_gone(u32 number, i64 (*use)(u32 number, cap_t cap))
{
	u64 returned = 0;

	while (!returned) {
		cap_t cap = it.copy[random_below(number, COPIES)];
		u64 began = __atomic_add_fetch(&it.sequence, 1, __ATOMIC_SEQ_CST);
		i64 got = use(number, cap);

		crew_must(got == 0 || got == E_BADCAP || got == E_REVOKED, "a use gives", got);
		if (!got) {
			it.last[number] = began;
			__atomic_store_n(&it.uses[number], it.uses[number] + 1, __ATOMIC_RELAXED);
		}
		returned = __atomic_load_n(&it.returned, __ATOMIC_SEQ_CST);
	}
	crew_must(it.last[number] < returned, "a use began after the revocation, and succeeded",
		  (i64)(it.last[number] - returned));
	for (u32 i = number; i < COPIES; i += CREW)
		crew_must(use(number, it.copy[i]) == E_BADCAP, "a copy is left", i);
}

static void signals(u32 number)
{
	use_until_gone(number, use_notification);
}

/* One serves; it sees no more calls when all others have ended. */
static void calls(u32 number)
{
	struct message m = { .tag = 0 };

	if (number) {
		use_until_gone(number, use_endpoint);
		return;
	}
	it.uses[0] = USES;
	crew_must(ipc_receive(it.object, &m) == 0, "a server cannot receive", 0);
	while (TAG_LABEL(m.tag) != LABEL_QUIT) {
		m.tag = 0;
		crew_must(ipc_reply_receive(it.object, &m) == 0, "a server cannot receive", 1);
	}
	m.tag = 0;
	crew_must(ipc_reply(&m) == 0, "a server cannot answer", 0);
}

static void copies_make(bool deep)
{
	it.first = MAKE(copy_of(it.object));
	for (u32 i = 0; i < COPIES; i++)
		it.copy[i] = MAKE(copy_of(deep && i ? it.copy[i - 1] : it.first));
	it.sequence = it.returned = 0;
	for (u32 i = 0; i < CREW; i++)
		it.last[i] = it.uses[i] = 0;
}

static bool all_use(void)
{
	for (u32 i = 0; i < CREW; i++)
		if (__atomic_load_n(&it.uses[i], __ATOMIC_RELAXED) < USES)
			return false;
	return true;
}

static void revoke(const char *name, i64 object, bool deep, void (*job)(u32 number))
{
	u64 before = capabilities(), began, took;
	struct message quit = { .tag = TAG_MAKE(LABEL_QUIT, 0, 0, 0) };

	row(name);
	it.object = MAKE(object);
	copies_make(deep);
	HOLDS(capabilities() == before + COPIES + 1);
	crew_begin(job);
	HOLDS(UNTIL(all_use()));
	began = clock_now();
	WANT(0, sys_cap_revoke(it.first));
	took = clock_now() - began;
	__atomic_store_n(&it.returned, __atomic_add_fetch(&it.sequence, 1, __ATOMIC_SEQ_CST),
			 __ATOMIC_SEQ_CST);
	HOLDS(capabilities() == before + 1);
	if (job == calls)
		WANT(0, ipc_call(it.object, &quit));
	crew_end();
	HOLDS(crew_wrong() == 0);
	log_printf("  cost: %s: %lu ns a copy, while four threads use them", name, took / COPIES);
	/* The one that was revoked works on. */
	WANT(0, sys_cap_delete(it.first));
	WANT(0, sys_object_destroy(it.object));
	HOLDS(capabilities() == before - 1);
}

/* Nobody else: what a copy costs alone. */
static void alone(const char *name, bool deep)
{
	u64 began, took;

	row(name);
	it.object = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	copies_make(deep);
	began = clock_now();
	WANT(0, sys_cap_revoke(it.first));
	took = clock_now() - began;
	log_printf("  cost: %s: %lu ns a copy", name, took / COPIES);
	WANT(E_BADCAP, use_notification(0, it.copy[COPIES - 1]));
	WANT(0, use_notification(0, it.first));
	WANT(0, sys_object_destroy(it.object));
}

void test_chains(void)
{
	alone("T7: 10,000 copies of copies are revoked", true);
	alone("T7: 10,000 copies side by side are revoked", false);
	revoke("T8: 10,000 deep, signalled through meanwhile",
	       sys_notification_create(CAP_SELF_BUDGET), true, signals);
	revoke("T8: 10,000 wide, signalled through meanwhile",
	       sys_notification_create(CAP_SELF_BUDGET), false, signals);
	revoke("T8: 10,000 deep, called through meanwhile", sys_endpoint_create(CAP_SELF_BUDGET),
	       true, calls);
	revoke("T8: 10,000 wide, called through meanwhile", sys_endpoint_create(CAP_SELF_BUDGET),
	       false, calls);
}
