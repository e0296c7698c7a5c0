/* SPDX-License-Identifier: MIT */
/* lock.c - the order check of debug builds. */
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"

void lock_order_check(u32 class)
{
	u32 held = this_cpu()->locks_held;

	/* LOCK_LOG is last, so the report itself can be written. */
	if (held >> class)
		panic("lock order: class %u taken while 0x%x are held", (u64)class,
		      (u64)held);
}
