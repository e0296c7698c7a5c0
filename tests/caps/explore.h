/* SPDX-License-Identifier: MIT */
/* explore.h - what the search and the pairs share. */
#ifndef CAPS_EXPLORE_H
#define CAPS_EXPLORE_H

#include "tests/caps/step.h"

extern struct settings {
	u64 states, processes, slots, generation, pairs;
} settings;

/* Any two of these steps at once, from that world in that state.  False: said what is wrong. */
bool pairs_try(const void *from, const struct state *s, const struct step *list, u32 n);
extern u64 pairs_tried;

#endif
