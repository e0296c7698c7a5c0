/* SPDX-License-Identifier: MIT */
/*
 * state.h - who holds what, copied from whom: a plain table, which the model (model.c) changes by
 * the rules of the manual and which is read (picture.c) out of the kernel's slots, links and lists.
 *
 * A node is a slot, by process and place.
 */
#ifndef CAPS_STATE_H
#define CAPS_STATE_H

#include "tests/caps/world.h"

#define GENERATION_LAST ((1ul << 39) - 1) /* of handles: 24 bits of index, 39 of generation */

enum { NOBODY = 255, STALE = 254 };
enum node_state { FREE, VALID, INVALID /* being taken away, still in the tree */ };
enum life { GONE, ALIVE, DYING };

struct held {
	u8 state, kind;
	u8 badge;  /* 0: none */
	u8 record; /* whose copies are counted together, from 1; 0: no badge */
	u8 parent; /* NOBODY: it derives from no other */
	u8 shown;  /* mappings made through it */
	u16 rights;
};

struct queued {
	u8 process, via, sends; /* nodes; sends: NOBODY, or STALE: that handle names nothing more */
};

struct state {
	struct held node[NODES];
	u8 process[PROCESSES], object[KINDS]; /* enum life */
	u8 orphans;		      /* mappings whose capability has gone, and had no parent */
	u8 nr_gone, gone[2 * BADGES]; /* badges that the endpoint's receiver will be told of */
	u8 nr_queued;
	struct queued queue[PROCESSES]; /* in order */
	u64 handle[NODES]; /* the latest that the slot had, 0: none yet; not in a picture */
};

/* Read the kernel, judging it as it goes: links, counts, free lists.  Returns a number that is the
 * same for states that differ in the names of processes and slots alone. */
enum picture_flags {
	PICTURE_LEFT = 1,      /* how often slots can still be used counts */
	PICTURE_UNORDERED = 2, /* the order in which badges went does not */
};
u64 picture_take(struct state *picture, u32 flags);

#endif
