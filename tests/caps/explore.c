/* SPDX-License-Identifier: MIT */
/*
 * explore.c - breadth first over all sequences of steps: each state that was not seen before is
 *kept as the state it was reached from and the step, and rebuilt by doing the steps again.
 *
 *	explore states=N [processes=P] [slots=S] [generation=G] [pairs=M]
 *
 * Ends after N states, or when there are no more.  generation: slots begin so many uses before they
 *are used up.  pairs: of the first M states, two steps at once, the second in each gap of the
 *first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/caps/explore.h"

enum { DEPTH_MAX = 64, RESTORE_JUDGED = 4096 };

struct settings settings = { .states = 100000, .processes = PROCESSES, .slots = SLOTS };

/* --- states seen: their sums, and how each was reached --- */

static u64 *seen, seen_mask;
static u32 *parent;
static u16 *step_to;
static u64 count;

static void *array(u64 length, size_t size)
{
	void *at = calloc(length, size);

	if (!at) {
		printf("not enough memory for %lu states\n", length);
		exit(2);
	}
	return at;
}

static void seen_make(u64 states)
{
	u64 places = 1024;

	while (places < states + states / 3)
		places *= 2;
	seen = array(places, sizeof(*seen));
	seen_mask = places - 1;
	parent = array(states + 1, sizeof(*parent));
	step_to = array(states + 1, sizeof(*step_to));
}

/* False: it was there. */
static bool seen_add(u64 sum)
{
	u64 at = sum & seen_mask;

	sum = sum ? sum : 1;
	for (; seen[at]; at = (at + 1) & seen_mask)
		if (seen[at] == sum)
			return false;
	seen[at] = sum;
	return true;
}

/* --- the way to a state: one picture of the world for each step on it --- */

static struct stage {
	u64 number; /* of the state */
	struct state state;
	u64 sum;
	void *world;
} way[DEPTH_MAX];
static u32 depth;

/* How the node tables differ, for people; NULL: they do not. */
static const char *difference(const struct state *s, const struct state *after)
{
	for (u32 i = 0; i < NODES; i++) {
		const struct held *a = &s->node[i], *b = &after->node[i];

		if (a->state != b->state)
			return "a slot is not in the state that it must be";
		if (a->state == FREE)
			continue;
		if (a->kind != b->kind || a->badge != b->badge)
			return "a capability names another object, or has another badge";
		if (a->rights != b->rights)
			return "a capability has other rights than it must";
		if (a->parent != b->parent || a->shown != b->shown)
			return "a capability has another parent or other mappings";
		for (u32 j = 0; j < i; j++)
			if (s->node[j].state != FREE &&
			    (s->node[j].record == a->record) !=
				    (after->node[j].record == b->record))
				return "copies of a badge are counted with others";
	}
	if (memcmp(s->process, after->process, sizeof(s->process)) ||
	    memcmp(s->object, after->object, sizeof(s->object)))
		return "a process or an object lives that must not, or not";
	if (s->nr_gone != after->nr_gone || memcmp(s->gone, after->gone, s->nr_gone))
		return "other badges are told to be gone than must be";
	if (s->nr_queued != after->nr_queued ||
	    memcmp(s->queue, after->queue, s->nr_queued * sizeof(s->queue[0])))
		return "other callers are queued than must be, or they send something else";
	return s->orphans == after->orphans ? NULL : "mappings belong to nobody";
}

/* No handle that was valid and is not any more still opens anything. */
static void judge_stale(const struct state *before, const struct state *after)
{
	struct cap_ref ref;

	for (u32 i = 0; i < NODES; i++)
		if (before->node[i].state == VALID && after->node[i].state != VALID &&
		    !cap_find(world.table[i / SLOTS], before->handle[i], OBJECT_NONE, 0, &ref))
			wrong("a handle still works whose capability is gone");
}

/* Do a step in *s and judge it; returns the sum of the new state. */
static u64 step_take(struct state *s, struct step step, struct outcome *o)
{
	struct state after, before = *s;
	const char *why;
	u64 sum;

	*o = step_do(s, step);
	sum = picture_take(&after, settings.generation ? PICTURE_LEFT : 0);
	if (!world_wrong && step_judge(s, step, o, &after)) {
		why = difference(s, &after);
		if (why)
			wrong(why);
		judge_stale(&before, &after);
	}
	return sum;
}

static void way_print(void)
{
	for (u32 i = 1; i <= depth; i++) {
		struct state s = way[i - 1].state;
		struct step step = step_unpack(step_to[way[i].number]);
		struct outcome o;

		world_restore(way[i - 1].world, true);
		o = step_do(&s, step);
		step_print(step, &o);
	}
}

/* The world is in state `number`, and way[depth] describes it. */
static void way_go(u64 number)
{
	u64 path[DEPTH_MAX], n = 0;
	u32 common = 0;
	struct outcome o;

	for (u64 at = number; at; at = parent[at]) {
		if (n == DEPTH_MAX - 1) {
			printf("a sequence of more than %u steps\n", DEPTH_MAX - 2);
			exit(2);
		}
		path[n++] = at;
	}
	while (common < depth && common < n && way[common + 1].number == path[n - 1 - common])
		common++;
	depth = common;
	world_restore(way[depth].world, true);
	while (depth < n) {
		struct stage *next = &way[depth + 1];

		next->number = path[n - 1 - depth];
		next->state = way[depth].state;
		next->sum = step_take(&next->state, step_unpack(step_to[next->number]), &o);
		if (!next->world)
			next->world = malloc(world_size());
		world_save(next->world);
		depth++;
	}
}

/* --- the search --- */

static struct {
	u64 steps, expanded, deepest;
} figures;

static bool expand_one(u64 number, struct step step)
{
	struct state s = way[depth].state;
	struct outcome o;
	u64 sum = step_take(&s, step, &o);
	bool judged = !(figures.steps++ % RESTORE_JUDGED);

	if (world_wrong) {
		printf("wrong: %s\n", world_wrong);
		world_restore(way[depth].world, true);
		way_print();
		step_print(step, &o);
		return false;
	}
	if (o.result < 0 && o.result > E_RESTART && sum != way[depth].sum && step.kind != RECEIVE) {
		printf("wrong: a call that is refused changes something\n");
		way_print();
		step_print(step, &o);
		return false;
	}
	if (count < settings.states && seen_add(sum)) {
		count++;
		parent[count] = (u32)number;
		step_to[count] = step_pack(step);
		figures.deepest = depth + 1;
	}
	world_restore(way[depth].world, step_wakes(&way[depth].state, step));
	if (judged && world_differs()) {
		printf("the world is not put back after this:\n");
		step_print(step, &o);
		return false;
	}
	return true;
}

static bool expand(u64 number)
{
	static struct step list[STEPS_MAX];
	u32 n;

	way_go(number);
	n = steps_list(&way[depth].state, list);
	if ((~figures.steps + 1) % RESTORE_JUDGED < n)
		world_remember();
	for (u32 i = 0; i < n; i++)
		if (!expand_one(number, list[i]))
			return false;
	figures.expanded++;
	if (number >= settings.pairs || pairs_try(way[depth].world, &way[depth].state, list, n))
		return true;
	way_print();
	return false;
}

static bool option(const char *argument, const char *name, u64 *to)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) || argument[length] != '=')
		return false;
	*to = strtoul(argument + length + 1, NULL, 0);
	return true;
}

static void begin(void)
{
	world_begin((u32)settings.processes, (u32)settings.slots,
		    settings.generation ? GENERATION_LAST - settings.generation : 1);
	seen_make(settings.states);
	way[0].world = malloc(world_size());
	way[0].sum = picture_take(&way[0].state, settings.generation ? PICTURE_LEFT : 0);
	world_save(way[0].world);
	seen_add(way[0].sum);
}

int main(int argc, char **argv)
{
	u64 at;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		if (!option(argv[i], "states", &settings.states) &&
		    !option(argv[i], "processes", &settings.processes) &&
		    !option(argv[i], "slots", &settings.slots) &&
		    !option(argv[i], "generation", &settings.generation) &&
		    !option(argv[i], "pairs", &settings.pairs)) {
			printf("what is %s?\n", argv[i]);
			return 2;
		}
	begin();
	for (at = 0; at <= count && count < settings.states; at++)
		if (!expand(at))
			return 1;
	printf("%lu states, %s, in at most %lu steps; %lu steps from %lu states; %lu pairs\n",
	       count + 1, at > count ? "which are all" : "and there are more", figures.deepest,
	       figures.steps, figures.expanded, pairs_tried);
	return 0;
}
