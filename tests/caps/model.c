/* SPDX-License-Identifier: MIT */
/*
 * model.c - the rules of the manual on the plain table of state.h.
 *
 * A call that makes something has one right result; removal.c has those that take away.
 */
#include <string.h>

#include "tests/caps/rules.h"

/* --- questions --- */

/* A slot that has had its last generation is never used again. */
static u32 room(const struct state *s, u32 process)
{
	u32 n = 0;

	for (u32 id = process * SLOTS; id < process * SLOTS + world.slots; id++)
		n += s->node[id].state == FREE && s->handle[id] >> 24 < GENERATION_LAST;
	return n;
}

static u32 records_in_use(const struct state *s)
{
	u32 seen = 0;

	for (u32 i = 0; i < NODES; i++)
		if (s->node[i].state != FREE && s->node[i].record)
			seen |= 1u << s->node[i].record;
	return (u32)__builtin_popcount(seen) + s->nr_gone;
}

u32 regions_of(const struct state *s)
{
	u32 n = s->orphans;

	for (u32 i = 0; i < NODES; i++)
		n += s->node[i].state != FREE ? s->node[i].shown : 0;
	return n;
}

/* --- a new node --- */

static u32 handle_node(cap_t handle, u32 process)
{
	u32 at = (u32)(handle & 0xffffff) - 1;

	return at < world.slots ? process * SLOTS + at : NOBODY;
}

/* Where the kernel put it must have been free, and the handle must be one that the slot never had.
 */
static bool node_add(struct state *s, cap_t handle, u32 process, struct held node)
{
	u32 id = handle_node(handle, process);

	if (id == NOBODY || s->node[id].state != FREE)
		return wrong("a capability is put where none may be");
	if (handle >> 24 <= s->handle[id] >> 24)
		return wrong("a handle that was valid before is valid again");
	s->handle[id] = handle;
	node.state = VALID;
	s->node[id] = node;
	return true;
}

/* Of what the picture names otherwise: the number of a badge's record is only for telling apart. */
static u8 record_free(const struct state *s)
{
	for (u8 record = 1;; record++) {
		bool used = false;

		for (u32 i = 0; i < NODES; i++)
			used |= s->node[i].state != FREE && s->node[i].record == record;
		if (!used)
			return record;
	}
}

static i64 copy_error(const struct state *s, struct step step)
{
	const struct held *n = &s->node[step.a];
	u32 variant = step.b >> 2, target = step.b & 3;

	if (lacks(n, RIGHT_COPY))
		return E_RIGHTS;
	if (variant >= COPY_BADGE_1) {
		if (n->kind != ENDPOINT || n->badge)
			return E_INVAL;
		if (lacks(n, RIGHT_ENDPOINT_MINT))
			return E_RIGHTS;
	}
	if (!room(s, target))
		return E_NOMEM;
	if (variant >= COPY_BADGE_1 && records_in_use(s) == BADGES)
		return E_NOMEM;
	return s->object[n->kind] == ALIVE ? 0 : E_BADCAP;
}

static bool judge_copy(struct state *s, struct step step, const struct outcome *o)
{
	i64 error = copy_error(s, step);
	u32 variant = step.b >> 2;
	struct held copy = s->node[step.a];

	if (error)
		return o->result == error ||
		       wrong("a copy that must be refused is not, or otherwise");
	if (o->result <= 0)
		return wrong("a copy that must succeed is refused");
	copy.rights &= step_rights(variant);
	copy.parent = step.a;
	copy.shown = 0;
	if (variant >= COPY_BADGE_1) {
		copy.badge = (u8)(variant - COPY_BADGE_1 + 1);
		copy.record = record_free(s);
		copy.rights &= (u16) ~(RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_MINT);
	}
	return node_add(s, (cap_t)o->result, step.b & 3, copy);
}

static bool judge_create(struct state *s, struct step step, const struct outcome *o)
{
	struct held first = { .kind = step.b, .rights = RIGHTS_ALL, .parent = NOBODY };

	if (!room(s, step.a))
		return o->result == E_NOMEM || wrong("a full table takes a capability");
	if (o->result <= 0)
		return wrong("an object cannot be made");
	s->object[step.b] = ALIVE;
	return node_add(s, (cap_t)o->result, step.a, first);
}

/* --- calls --- */

void queue_remove(struct state *s, u32 at)
{
	s->nr_queued--;
	memmove(&s->queue[at], &s->queue[at + 1], (s->nr_queued - at) * sizeof(s->queue[0]));
	memset(&s->queue[s->nr_queued], 0, sizeof(s->queue[0]));
}

static bool judge_call(struct state *s, struct step step, const struct outcome *o)
{
	const struct held *n = &s->node[step.a];
	i64 error = lacks(n, RIGHT_ENDPOINT_CALL)  ? E_RIGHTS
		    : s->object[ENDPOINT] != ALIVE ? E_BADCAP
						   : E_BLOCKED;

	if (o->result != error)
		return wrong("a call is queued that must not be, or not queued");
	if (error == E_BLOCKED)
		s->queue[s->nr_queued++] =
			(struct queued){ .process = step.a / SLOTS,
					 .via = step.a,
					 .sends = step.b < NODES ? step.b : NOBODY };
	return true;
}

/* What the first caller in the queue gets when a thread of the process receives. */
static i64 delivery(const struct state *s, u32 process)
{
	u32 sends = s->queue[0].sends;

	if (sends == NOBODY)
		return 0;
	if (sends == STALE)
		return E_BADCAP;
	if (lacks(&s->node[sends], RIGHT_COPY))
		return E_RIGHTS;
	return room(s, process) ? 0 : E_NOMEM;
}

static bool judge_message(struct state *s, u32 process, const struct outcome *o)
{
	while (s->nr_queued) {
		struct queued first = s->queue[0];
		i64 got = delivery(s, process);
		bool badge = o->badge == s->node[first.via].badge;
		struct held copy = { .state = FREE };

		if ((i64)o->woken[first.process] != got)
			return wrong("a caller gets another answer than it must");
		queue_remove(s, 0);
		if (got)
			continue;
		if (o->result || o->received != MESSAGE_CALL || !badge)
			return wrong("a call does not arrive as it was sent");
		if (first.sends == NOBODY)
			return !o->handle || wrong("a capability comes that nobody sent");
		copy = s->node[first.sends];
		copy.parent = first.sends;
		copy.shown = 0;
		/* What is dying is sent, and arrives as nothing. */
		if (s->object[copy.kind] != ALIVE)
			return !o->handle || wrong("a capability to a dead object arrives");
		return o->handle ? node_add(s, o->handle, process, copy)
				 : wrong("a capability that was sent does not arrive");
	}
	return o->result == E_TIMEDOUT || wrong("something is received that nobody sent");
}

static bool judge_receive(struct state *s, struct step step, const struct outcome *o)
{
	if (lacks(&s->node[step.a], RIGHT_ENDPOINT_RECEIVE))
		return o->result == E_RIGHTS || wrong("a thread receives that has no right to");
	if (s->object[ENDPOINT] != ALIVE)
		return o->result == E_BADCAP || wrong("a thread receives from the dead");
	if (!s->nr_gone)
		return judge_message(s, step.a / SLOTS, o);
	if (o->result || o->received != MESSAGE_GONE || o->badge != s->gone[0])
		return wrong("a badge that has gone is not told of");
	s->nr_gone--;
	memmove(s->gone, s->gone + 1, s->nr_gone);
	s->gone[s->nr_gone] = 0;
	return true;
}

static bool judge_map(struct state *s, struct step step, const struct outcome *o)
{
	struct held *n = &s->node[step.a];
	i64 must = lacks(n, RIGHT_READ)		 ? E_RIGHTS
		   : regions_of(s) == REGIONS	 ? E_NOMEM
		   : s->object[n->kind] != ALIVE ? E_BADCAP
						 : 0;

	n->shown += !must;
	return o->result == must || wrong("a mapping is made that must not be, or refused");
}

bool step_judge(struct state *s, struct step step, const struct outcome *o,
		const struct state *after)
{
	switch (step.kind) {
	case CREATE:
		return judge_create(s, step, o);
	case COPY:
		return judge_copy(s, step, o);
	case CALL:
		return judge_call(s, step, o);
	case RECEIVE:
		return judge_receive(s, step, o);
	case MAP:
		return judge_map(s, step, o);
	case KICK:
		for (u32 i = 0; i < s->nr_queued; i++)
			if (s->queue[i].process == step.a) {
				queue_remove(s, i);
				return o->woken[step.a] == (u64)E_CANCELLED ||
				       wrong("a kicked caller is not told so");
			}
		return wrong("nobody is queued to be kicked");
	default:
		return removal_judge(s, step, o, after);
	}
}
