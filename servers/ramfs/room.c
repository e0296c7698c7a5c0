/* SPDX-License-Identifier: MIT */
/* room.c - see room.h. */
#include "servers/ramfs/room.h"

#include "libsys/sys.h"
#include "servers/ramfs/store.h"

/* A node's index takes 44 bytes and a unit's 16: with that, at most 0.68 of the budget. */
enum { BUDGET_PER_NODE = 160, UNITS_PER_NODE = 4 };

u32 room_nodes(void)
{
	static u32 most;
	struct budget_info info;

	if (!most && !sys_budget_info(CAP_SELF_BUDGET, &info))
		most = info.limit_bytes / BUDGET_PER_NODE < NODES_MAX ?
			       (u32)(info.limit_bytes / BUDGET_PER_NODE) : NODES_MAX;
	return most;
}

u32 room_units(void)
{
	u32 most = room_nodes() * UNITS_PER_NODE;

	return most < UNITS_MAX ? most : UNITS_MAX;
}

bool room_fill(const void *from, u64 length)
{
	static const u8 zero;

	u64 at = ((u64)from + PAGE_MASK) & ~PAGE_MASK, end = (u64)from + length;

	for (; at < end; at += PAGE_SIZE)
		if (sys_space_copy(CAP_SELF_SPACE, at, (u64)&zero, 1, SPACE_COPY_WRITE) != 1)
			return false;
	return true;
}
