/* SPDX-License-Identifier: MIT */
/*
 * calls.c - the dispatch table, and what happens to numbers that are not in it.
 */
#include "servers/linux/calls.h"

#include "libsys/log.h"

/* Every number first means "unknown"; rows then take their places. */
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
const linux_call linux_call_table[LINUX_CALLS + 1] = {
	[0 ... LINUX_CALLS] = linux_unknown,
#define CALL(number, name, handler, text) [number] = handler,
#include "servers/linux/syscalls.def"
#undef CALL
};

/* Each number is logged once: a program that tries one tries it often. */
i64 linux_unknown(struct lthread *t, struct registers *r)
{
	static u64 logged[(LINUX_CALLS + 64) / 64];
	u64 number = t->state->original_rax;
	u64 slot = number < LINUX_CALLS ? number : LINUX_CALLS;
	u64 bit = (u64)1 << (slot % 64);

	(void)r;
	if (!(__atomic_fetch_or(&logged[slot / 64], bit, __ATOMIC_RELAXED) & bit))
		log_printf("call %lu is not known (first by %s, %d)", number, t->comm, t->tid);
	return -ENOSYS;
}
