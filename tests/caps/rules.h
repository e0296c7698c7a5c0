/* SPDX-License-Identifier: MIT */
/* rules.h - what the two halves of the model share. */
#ifndef CAPS_RULES_H
#define CAPS_RULES_H

#include "tests/caps/step.h"

static inline bool lacks(const struct held *n, u64 rights)
{
	return (n->rights & rights) != rights;
}
/* Mappings of the memory object. */
u32 regions_of(const struct state *s);
void queue_remove(struct state *s, u32 at);
bool removal_judge(struct state *s, struct step step, const struct outcome *o,
		   const struct state *after);

#endif
