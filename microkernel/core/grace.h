/* SPDX-License-Identifier: MIT */
/*
 * grace.h - when storage that a look-up may still see can be reused (contract A1).
 *
 * Whoever frees has made the thing unreachable first.  A new round begins; each CPU notes the
 * latest round on its way out, where it holds no pointer; once all have noted it, no CPU can know
 * the thing any more.
 */
#ifndef CORE_GRACE_H
#define CORE_GRACE_H

#include "microkernel/core/cpu.h"

struct grace {
	struct grace *next;
	void (*release)(struct grace *grace);
};

/* Call `release` once every CPU was seen outside of the kernel.  Any lock may be held. */
void grace_defer(struct grace *grace, void (*release)(struct grace *grace));
extern u64 grace_round; /* atomic: number of the latest round */

/* On the way out of this CPU, with no pointer to any object in hand. */
static inline void grace_note(struct cpu *cpu)
{
	cpu->round_seen = __atomic_load_n(&grace_round, __ATOMIC_ACQUIRE);
}
/* Release a few of what may be released on this CPU.  False: nothing may be, now. */
bool grace_step(void);

#endif
