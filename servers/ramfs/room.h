/* SPDX-License-Identifier: MIT */
/*
 * room.h - how large the tree may grow: pages come when they are touched, and to touch one that its
 * budget does not hold would be the server's end.
 */
#ifndef RAMFS_ROOM_H
#define RAMFS_ROOM_H

#include "microkernel/abi/types.h"

/* How many nodes and units the server's own memory can index. */
u32 room_nodes(void);
u32 room_units(void);
/*
 * The pages that begin in a range of the depot, which is in no use yet, are there from now on;
 * false: there is no memory for them.
 */
bool room_fill(const void *from, u64 length);

#endif
