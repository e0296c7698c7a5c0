/* SPDX-License-Identifier: MIT */
/*
 * removal.c - the rules for calls that take away.  Each names those it dooms: when it has returned
 * they are gone; when it was interrupted any of them may be gone, or invalid and still in the tree.
 * Nothing else has changed but what the rules say of children, mappings, badges and callers.
 */
#include <string.h>

#include "tests/caps/rules.h"

static bool is_below(const struct state *s, u32 node, u32 top)
{
	for (u32 at = s->node[node].parent; at != NOBODY; at = s->node[at].parent)
		if (at == top)
			return true;
	return false;
}

/* Doomed and GIVE: what it leaves, children and mappings, goes to its parent; else mappings go. */
struct doom {
	u32 nodes; /* a bit each */
	bool give, complete;
	u32 stands_alone; /* may have become one that derives from no other; NOBODY: none */
	bool ends;	  /* the object's, of that kind, end has begun */
	u8 kind;
};

static bool is_doomed(const struct doom *d, u32 node)
{
	return d->nodes >> node & 1;
}

/* Its parent is the first of its ancestors that is left, or one on the way there that still was. */
static bool judge_parent(const struct state *s, const struct doom *d, const struct state *after,
			 u32 node)
{
	u32 now = after->node[node].parent, at = s->node[node].parent;

	for (; at != NOBODY && is_doomed(d, at); at = s->node[at].parent)
		if (at == now && !d->complete)
			return true;
	return at == now || (node == d->stands_alone && now == NOBODY) ||
	       wrong("a capability has another parent than the one that is left");
}

/* An interrupted end may leave it as it is, or invalid; so may that of an invalid ancestor, whose
 * children go with it. */
static bool may_be_invalid(const struct state *s, const struct doom *d, u32 node)
{
	if (is_doomed(d, node))
		return !d->complete;
	for (u32 at = s->node[node].parent; at != NOBODY; at = s->node[at].parent)
		if (is_doomed(d, at) && s->node[at].state == INVALID)
			return true;
	return false;
}

static bool judge_left(const struct state *s, const struct doom *d, const struct state *after)
{
	for (u32 i = 0; i < NODES; i++) {
		const struct held *was = &s->node[i], *is = &after->node[i];

		if (was->state == FREE)
			continue;
		if (is->state == FREE) {
			if (!is_doomed(d, i))
				return wrong("a capability is gone that nobody took away");
			continue;
		}
		if (d->complete && is_doomed(d, i))
			return wrong("a capability is left that was to be taken away");
		if (is->state != was->state && !(is->state == INVALID && may_be_invalid(s, d, i)))
			return wrong("a capability is invalid, or valid again");
		if (!judge_parent(s, d, after, i))
			return false;
	}
	return true;
}

/* To whom the mappings of a node go: NOBODY, to no capability; STALE: they are unmapped. */
static u32 heir(const struct state *s, const struct doom *d, u32 node)
{
	if (!d->give || s->node[node].state == INVALID)
		return STALE;
	for (node = s->node[node].parent; node != NOBODY; node = s->node[node].parent) {
		if (!is_doomed(d, node))
			return node;
		if (s->node[node].state == INVALID)
			return STALE;
	}
	return NOBODY;
}

static bool judge_mappings(const struct state *s, const struct doom *d, const struct state *after)
{
	u32 want[NODES] = { 0 }, orphans = s->orphans;

	if (d->ends && d->kind == MEMORY)
		return !d->complete || !regions_of(after) ||
		       wrong("something is mapped of an object that has gone");
	if (!d->complete)
		return regions_of(after) <= regions_of(s) || wrong("mappings appear");
	for (u32 i = 0; i < NODES; i++) {
		u32 to = is_doomed(d, i) ? heir(s, d, i) : i;

		if (s->node[i].state == FREE || to == STALE)
			continue;
		*(to == NOBODY ? &orphans : &want[to]) += s->node[i].shown;
	}
	for (u32 i = 0; i < NODES; i++)
		if (after->node[i].state != FREE && after->node[i].shown != want[i])
			return wrong("mappings belong to another capability than they must");
	return after->orphans == orphans || wrong("mappings are lost, or belong to nobody");
}

/* Badges of which no copy is left, each once; what was to be told before is told first. */
static bool judge_gone(const struct state *s, const struct state *after)
{
	u32 want[3] = { 0 }, told = 0;

	if (after->object[ENDPOINT] != ALIVE)
		return !memcmp(s->gone, after->gone, after->nr_gone) ||
		       wrong("badges are told of otherwise than before");
	for (u32 i = 0; i < NODES; i++) {
		bool first = true, left = false;

		if (s->node[i].state == FREE || !s->node[i].record)
			continue;
		for (u32 j = 0; j < NODES; j++) {
			if (s->node[j].state == FREE || s->node[j].record != s->node[i].record)
				continue;
			first &= j >= i;
			left |= after->node[j].state != FREE;
		}
		want[s->node[i].badge] += first && !left;
	}
	if (after->nr_gone < s->nr_gone || memcmp(s->gone, after->gone, s->nr_gone))
		return wrong("a badge that has gone is not told of any more");
	for (u32 i = s->nr_gone; i < after->nr_gone; i++, told++)
		want[after->gone[i]]--;
	return (!want[1] && !want[2]) ||
	       wrong("a badge is said to be gone too often, or not at all");
}

/* Who was queued and is no more: for a reason, and told. */
static bool judge_queue(struct state *s, const struct doom *d, const struct state *after,
			const struct outcome *o, u32 killed)
{
	bool dead = d->ends && d->kind == ENDPOINT;

	for (u32 i = s->nr_queued; i--;) {
		struct queued *q = &s->queue[i];
		bool lost = after->node[q->via].state != VALID, still = false;
		i64 got = (i64)o->woken[q->process];

		for (u32 j = 0; j < after->nr_queued; j++)
			still |= after->queue[j].process == q->process;
		if (q->sends < NODES && after->node[q->sends].state != VALID)
			q->sends = STALE;
		if (still)
			continue;
		if (q->process != killed && !lost && !dead)
			return wrong("a caller is woken without reason");
		if (q->process != killed && !(lost && got == E_REVOKED) && !(dead && got == E_DEAD))
			return wrong("a caller is not told why its call has ended");
		queue_remove(s, i);
	}
	return true;
}

/* The state is as the picture says, where that is one of those that may be. */
static bool follow(struct state *s, const struct doom *d, const struct state *after,
		   const struct outcome *o, u32 killed)
{
	if (!judge_left(s, d, after) || !judge_mappings(s, d, after) || !judge_gone(s, after) ||
	    !judge_queue(s, d, after, o, killed))
		return false;
	for (u32 i = 0; i < NODES; i++) {
		struct held *n = &s->node[i];

		if (n->state == FREE)
			continue;
		n->state = after->node[i].state;
		n->parent = after->node[i].parent;
		n->shown = after->node[i].shown;
		if (n->state == INVALID)
			n->rights = 0;
		if (n->state == FREE)
			*n = (struct held){ .state = FREE };
	}
	s->orphans = after->orphans;
	s->nr_gone = after->nr_gone;
	memcpy(s->gone, after->gone, sizeof(s->gone));
	return true;
}

static u32 all_of(const struct state *s, enum kind kind)
{
	u32 nodes = 0;

	for (u32 i = 0; i < NODES; i++)
		nodes |= (u32)(s->node[i].state != FREE && s->node[i].kind == kind) << i;
	return nodes;
}

static struct doom doom_of(const struct state *s, struct step step)
{
	struct doom d = { .stands_alone = NOBODY };
	u32 kind = step.kind == END ? step.a : step.kind == KILL ? 0 : s->node[step.a].kind;

	switch (step.kind) {
	case DELETE:
		d.nodes = 1u << step.a;
		d.give = true;
		break;
	case REVOKE:
		for (u32 i = 0; i < NODES; i++)
			d.nodes |= (u32)(s->node[i].state != FREE && is_below(s, i, step.a)) << i;
		break;
	case KILL:
		for (u32 i = step.a * SLOTS; i < step.a * SLOTS + SLOTS; i++)
			d.nodes |= (u32)(s->node[i].state != FREE) << i;
		d.give = true;
		break;
	default:
		d.nodes = all_of(s, kind);
		d.ends = true;
		d.kind = (u8)kind;
		d.stands_alone = step.kind == DESTROY ? step.a : NOBODY;
		break;
	}
	return d;
}

bool removal_judge(struct state *s, struct step step, const struct outcome *o,
		   const struct state *after)
{
	struct doom d = doom_of(s, step);
	bool interrupted = step.b & INTERRUPTED && o->result == E_RESTART;
	u32 killed = step.kind == KILL ? step.a : NOBODY;

	if ((step.kind == REVOKE || step.kind == DESTROY) && lacks(&s->node[step.a], RIGHT_DESTROY))
		return o->result == E_RIGHTS || wrong("who may not takes capabilities away");
	if (o->result && !interrupted)
		return wrong("a call that takes away fails");
	d.complete = !interrupted;
	if (step.kind == KILL)
		s->process[step.a] = interrupted ? DYING : GONE;
	if (d.ends)
		s->object[d.kind] = interrupted ? DYING : GONE;
	if (!follow(s, &d, after, o, killed))
		return false;
	/* An object that nothing names and nothing shows is gone. */
	for (enum kind k = 0; k < KINDS; k++)
		if (!all_of(s, k) && !(k == MEMORY && regions_of(s)))
			s->object[k] = GONE;
	if (s->object[ENDPOINT] == GONE)
		s->nr_gone = 0;
	return true;
}
