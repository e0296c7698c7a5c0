/* SPDX-License-Identifier: MIT */
/* crash.c - see crash.h. */
#include "servers/ramfs/crash.h"

#include "libsys/log.h"
#include "libsys/start.h"
#include "servers/ramfs/store.h"

enum { QUIET_CALLS = 5, CHECK_CALLS = 64 };

static const struct {
	const char *name;
	bool adoption;
} points[CRASH_POINTS] = {
#define POINT(name, text)    [CRASH_##name] = { #name, false },
#define ADOPTION(name, text) [CRASH_##name] = { #name, true },
#include "servers/ramfs/crash.def"
};

static bool armed;

void crash_point(enum crash_point point)
{
	struct crash_state *c = &store->crash;
	u64 *word = &c->fired[point / 64], bit = (u64)1 << point % 64;

	/* A tree that is not there yet is not adopted: the next one begins anew. */
	if (store->magic != STORE_MAGIC && point != CRASH_TREE_HALF)
		return;
	if (!armed || *word & bit || (points[point].adoption ? c->adopting : c->quiet))
		return;
	*word |= bit;
	c->quiet = QUIET_CALLS;
	c->adopting = points[point].adoption;
	log_printf("crash point %s", points[point].name);
	__builtin_trap();
}

void crash_start(void)
{
	armed = start_option("crash-points") != NULL;
}

void crash_adopted(void)
{
	if (armed)
		log_printf("the store is %s", store_check() ? "NOT whole" : "whole");
}

void crash_call(void)
{
	static u32 calls;

	if (!armed)
		return;
	store->crash.adopting = 0;
	if (store->crash.quiet)
		store->crash.quiet--;
	if (++calls % CHECK_CALLS == 0 && store_check())
		log_printf("the store is NOT whole after %u calls", calls);
}
