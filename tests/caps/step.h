/* SPDX-License-Identifier: MIT */
/*
 * step.h - one call of one process, or the end of one: which there are in a state, what the kernel
 * does (step.c), and what must come of it (model.c).
 */
#ifndef CAPS_STEP_H
#define CAPS_STEP_H

#include "tests/caps/state.h"

enum step_kind {
	CREATE,	 /* process, kind */
	COPY,	 /* node; process | variant */
	DELETE,	 /* node; INTERRUPTED */
	REVOKE,	 /* node; INTERRUPTED */
	DESTROY, /* node; INTERRUPTED */
	END,	 /* kind; INTERRUPTED: as by the end of the budget that pays for it */
	KILL,	 /* process; INTERRUPTED: its table ends, its threads have */
	CALL, /* node, of an endpoint; node that is sent, or NODES: none.  The caller is queued */
	RECEIVE, /* node, of an endpoint: an event, or a call, which is answered at once */
	MAP,	 /* node, of memory */
	KICK,	 /* process: its queued caller gives up */
	STEP_KINDS
};
enum { INTERRUPTED = 1 };
enum variant { COPY_ALL, COPY_WEAK, COPY_FIXED, COPY_BADGE_1, COPY_BADGE_2, VARIANTS };

/* In 16 bits: kind, node or process or kind of object, the rest. */
struct step {
	u8 kind, a, b;
};
static inline u16 step_pack(struct step s)
{
	return (u16)(s.kind << 12 | s.a << 7 | s.b);
}
static inline struct step step_unpack(u16 packed)
{
	return (struct step){ packed >> 12, packed >> 7 & 31, packed & 127 };
}
static inline struct step step_copy(u32 node, u32 to, u32 variant)
{
	return (struct step){ COPY, (u8)node, (u8)(variant << 2 | to) };
}

struct outcome {
	i64 result;   /* a handle, 0, E_*, or E_RESTART */
	u32 received; /* RECEIVE: enum message_kind */
	u64 badge;
	cap_t handle;	      /* a capability that came with a call; CAP_NONE: none */
	bool lost;	      /* it came as CAP_NONE */
	u64 woken[PROCESSES]; /* what a caller that is no longer queued got */
};

enum { STEPS_MAX = 2048 };
u32 steps_list(const struct state *s, struct step *list);
u64 step_rights(u32 variant);
struct outcome step_do(const struct state *s, struct step step);
/* The kernel did the step in state *s and shows `after`: was that right?  *s becomes the new state.
 */
bool step_judge(struct state *s, struct step step, const struct outcome *o,
		const struct state *after);
/* Whether a step, or what it may set off, touches threads. */
bool step_wakes(const struct state *s, struct step step);
void step_print(struct step step, const struct outcome *o);
const char *error_name(i64 error);

#endif
