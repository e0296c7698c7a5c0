/* SPDX-License-Identifier: MIT */
/*
 * pairs.c - two processors at once: while one does a step, another does a whole one, in each gap
 * where the first holds no lock.  What comes of it must be what comes of one after the other, in
 * one order or the other: the same state, and the same answers.
 *
 * Some have no order, and only the picture is judged then:
 * - there is no room for one of them, in any of these orders: a step that was refused has set slots
 *   aside for a moment, and a revocation takes one after the other, so that a copy finds the room
 * of the first and is taken away with the last;
 * - a revocation whose own capability goes in the middle says E_BADCAP, and what it had not reached
 *   stays; a badge may be received in the middle of one;
 * - a call that has been taken from the queue arrives, although the right to receive goes before
 * its capability has moved; if that capability goes, it arrives as CAP_NONE.
 */
#include <stdio.h>

#include "tests/caps/explore.h"

enum { GAPS_NONE = ~0u };

struct answer {
	i64 result, received;
	bool lost; /* a capability that was sent arrived as CAP_NONE */
};

/* A state and the answers of both. */
struct ending {
	u64 sum;
	struct answer a, b;
};

u64 pairs_tried;

static const struct state *state;
static struct step other;
static struct answer other_answer;

/* Who ends what another has just ended is told that it is gone, or that it has ended it; who uses
 * it, that it is dead, or that it is gone. */
static struct answer answer_of(struct step step, const struct outcome *o)
{
	i64 result = o->result > 0 ? 1 : o->result;

	if (result == E_BADCAP && (step.kind == DESTROY || step.kind == END || step.kind == KILL))
		result = 0;
	if (result == E_DEAD)
		result = E_BADCAP;
	return (struct answer){ result, (i64)o->received, o->lost };
}

static void do_other(void)
{
	struct outcome o = step_do(state, other);

	other_answer = answer_of(other, &o);
}

static u64 sum_now(void)
{
	struct state picture;

	return picture_take(&picture, PICTURE_UNORDERED);
}

static struct ending in_order(const void *from, struct step a, struct step b)
{
	struct ending e;
	struct outcome o;

	world_restore(from, true);
	o = step_do(state, a);
	e.a = answer_of(a, &o);
	o = step_do(state, b);
	e.b = answer_of(b, &o);
	e.sum = sum_now();
	return e;
}

static struct ending at_once(const void *from, struct step a, struct step b, u32 gap)
{
	struct ending e;
	struct outcome o;

	world_restore(from, true);
	other = b;
	world_gap = gap;
	world_meanwhile = do_other;
	o = step_do(state, a);
	world_meanwhile = NULL;
	e.a = answer_of(a, &o);
	e.b = other_answer;
	e.sum = sum_now();
	return e;
}

static bool same(struct answer x, struct answer y)
{
	return x.result == y.result && x.received == y.received;
}

static bool same_ending(const struct ending *x, const struct ending *y)
{
	return x->sum == y->sum && same(x->a, y->a) && same(x->b, y->b);
}

static bool lacks_room(const struct ending *e)
{
	return e->a.result == E_NOMEM || e->b.result == E_NOMEM;
}

static bool takes_away(struct step step)
{
	return step.kind >= DELETE && step.kind <= KILL;
}

/* What takes away many, one after the other, may find what the other one did and take that away
 * too: only what is left has an order then. */
static bool swept(const struct ending *got, const struct ending *one, struct step a)
{
	return a.kind >= REVOKE && a.kind <= KILL && got->sum == one->sum && same(got->a, one->a);
}

static bool has_order(const struct ending *got, const struct ending *first,
		      const struct ending *last, struct step a, struct step b)
{
	if (lacks_room(got) || lacks_room(first) || lacks_room(last))
		return false;
	if (b.kind == RECEIVE && takes_away(a))
		return false;
	if (a.kind == RECEIVE && takes_away(b) && state->nr_queued)
		return false;
	return !got->a.lost && (a.kind != REVOKE || got->a.result != E_BADCAP);
}

/* One thread does one thing at a time; what ends its own thread comes after its call; and who ends
 * a thread waits for a processor that is just ending its wait. */
static bool excluded(struct step a, struct step b)
{
	bool thread_a = a.kind == CALL || a.kind == RECEIVE;
	bool thread_b = b.kind == CALL || b.kind == RECEIVE;

	/* What is left in the middle has no order; states where that happened before come anyway.
	 */
	if ((takes_away(a) && a.b & INTERRUPTED) || (takes_away(b) && b.b & INTERRUPTED))
		return true;
	if (b.kind == KILL && (a.kind == RECEIVE || a.kind == KILL || a.kind == KICK))
		return a.kind == RECEIVE || a.a == b.a;
	if (thread_a && thread_b)
		return a.a / SLOTS == b.a / SLOTS && a.kind == b.kind;
	if (thread_a && (b.kind == KILL || b.kind == KICK))
		return a.a / SLOTS == b.a;
	return thread_b && (a.kind == KILL || a.kind == KICK) && b.a / SLOTS == a.a;
}

static void tell(const void *from, struct step a, struct step b, u32 gap, const char *why)
{
	struct outcome none = { .result = 0 };

	world_restore(from, true);
	printf("wrong: %s\n  before lock %u of\n", why, gap);
	step_print(a, &none);
	printf("  another processor does\n");
	step_print(b, &none);
}

static bool pair_try(const void *from, struct step a, struct step b, u32 gaps)
{
	struct ending first = in_order(from, a, b), last, got;

	last = in_order(from, b, a);
	last = (struct ending){ last.sum, last.b, last.a };
	for (u32 gap = 0; gap < gaps; gap++) {
		got = at_once(from, a, b, gap);
		pairs_tried++;
		if (!world_wrong && !same_ending(&got, &first) && !same_ending(&got, &last) &&
		    has_order(&got, &first, &last, a, b) && !swept(&got, &first, a) &&
		    !swept(&got, &last, a))
			wrong("two steps at once end as in neither order");
		if (!world_wrong)
			continue;
		tell(from, a, b, gap, world_wrong);
		printf("  at once: %s, %s; in order: %s, %s; the other way: %s, %s\n",
		       error_name(got.a.result), error_name(got.b.result),
		       error_name(first.a.result), error_name(first.b.result),
		       error_name(last.a.result), error_name(last.b.result));
		return false;
	}
	return true;
}

bool pairs_try(const void *from, const struct state *s, const struct step *list, u32 n)
{
	state = s;
	for (u32 i = 0; i < n; i++) {
		u32 gaps;

		world_restore(from, true);
		world_gap = GAPS_NONE;
		(void)step_do(state, list[i]);
		gaps = world_gaps;
		for (u32 j = 0; j < n; j++)
			if (!excluded(list[i], list[j]) && !pair_try(from, list[i], list[j], gaps))
				return false;
	}
	world_restore(from, true);
	return true;
}
