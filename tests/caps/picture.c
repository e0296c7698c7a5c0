/* SPDX-License-Identifier: MIT */
/*
 * picture.c - reads the state out of the kernel's structures and judges what can be judged without
 * knowing what went before: that links agree with each other, counts with what they count, and that
 * each slot is in a tree, in its free list, or used up, in exactly one of them.
 *
 * Processes are numbered in the order in which the walk meets them, records of badges too, so that
 * the sum does not depend on their names.  Nor does it on the places of slots: nothing that a step
 * does to a slot depends on its place.
 */
#include <string.h>

#include "tests/caps/state.h"

enum { LEFT_MAX = 4 };

struct walk {
	struct state *to;
	u64 sum;
	u32 flags;
	u8 label[PROCESSES], labels; /* by order of meeting; NOBODY: not met */
	u8 order[NODES], met;	     /* of nodes */
	struct badge *record[NODES];
	u8 records;
	u32 count[NODES]; /* nodes of a record */
	u32 listed;	  /* nodes that are in a free list, a bit each */
};

static void mix(struct walk *w, u64 value)
{
	w->sum = (w->sum ^ value) * 0x9fb21c651e98df25ul;
	w->sum ^= w->sum >> 29;
}

static u32 node_of(const struct slot *slot)
{
	u64 leaf = (u64)slot & ~PAGE_MASK;

	for (u32 p = 0; p < world.processes; p++)
		if (leaf == (u64)world.leaf[p])
			return p * SLOTS + (u32)(slot - world.leaf[p]) - 1;
	(void)wrong("a link leads to no slot of a table");
	return 0;
}

static u8 label_of(struct walk *w, u32 process)
{
	if (w->label[process] == NOBODY)
		w->label[process] = w->labels++;
	return w->label[process];
}

static u8 record_of(struct walk *w, const struct slot *slot)
{
	u8 i = 0;

	if (!slot->record)
		return 0;
	if (slot->record->value != slot->badge)
		(void)wrong("a badge is not its record's");
	while (i < w->records && w->record[i] != slot->record)
		i++;
	if (i == w->records) {
		w->count[i] = 0;
		w->record[w->records++] = slot->record;
	}
	w->count[i]++;
	return (u8)(i + 1);
}

/* How many more times the slot can be filled; the many are one. */
static u8 left(const struct walk *w, u32 id)
{
	u64 n = GENERATION_LAST - (world_slot(id)->word >> 24) + (w->listed >> id & 1);

	return n < LEFT_MAX ? (u8)n : LEFT_MAX;
}

static void meet(struct walk *w, struct slot *slot, enum kind kind, struct slot *parent)
{
	u32 id = node_of(slot);
	struct held *n = &w->to->node[id];
	u32 type = slot_type(slot);

	if (n->state != FREE)
		(void)wrong("a slot is in the tree twice");
	if (slot->object != world.object[kind])
		(void)wrong("a slot in an object's tree names another");
	if (slot->parent != parent || slot->next->prev != slot || slot->prev->next != slot)
		(void)wrong("links do not lead back");
	if (type && type != slot->object->type)
		(void)wrong("a capability has not its object's type");
	*n = (struct held){ .state = type ? VALID : INVALID,
			    .kind = (u8)kind,
			    .badge = (u8)slot->badge,
			    .record = record_of(w, slot),
			    .rights = (u16)slot->word,
			    .parent = parent ? (u8)node_of(parent) : NOBODY };
	for (u32 i = 0; i < REGIONS; i++)
		n->shown += world.shown[i].used && world.shown[i].slot == slot;
	w->order[id] = w->met++;
	mix(w, (u64)n->rights << 48 | (u64)n->state << 40 | (u64)n->badge << 32 |
		       (u64)n->record << 24 | (u64)n->shown << 16 |
		       (u64)label_of(w, id / SLOTS) << 8 |
		       ((w->flags & PICTURE_LEFT) ? left(w, id) : 0));
}

/* All of an object's tree, each node before its children and they in their order. */
static u32 walk_tree(struct walk *w, enum kind kind)
{
	struct slot *slot = world.object[kind]->slots, *parent = NULL;
	u32 seen = 0;

	while (slot && seen++ < NODES && !world_wrong) {
		meet(w, slot, kind, parent);
		if (slot->child) {
			mix(w, 1);
			parent = slot;
			slot = slot->child;
			continue;
		}
		while (parent && slot->next == parent->child) {
			mix(w, 2);
			slot = parent;
			parent = slot->parent;
		}
		slot = slot->next;
		if (!parent && slot == world.object[kind]->slots)
			return seen;
	}
	if (slot)
		(void)wrong("a tree has no end");
	return seen;
}

static void judge_object(struct walk *w, enum kind kind)
{
	struct object *object = world.object[kind];
	struct state *s = w->to;
	u32 nodes, regions = 0;

	s->object[kind] = !object->id ? GONE : object->dead ? DYING : ALIVE;
	mix(w, 3 + s->object[kind]);
	if (!object->id)
		return;
	nodes = walk_tree(w, kind);
	for (u32 i = 0; i < REGIONS && kind == MEMORY; i++) {
		regions += world.shown[i].used;
		s->orphans += world.shown[i].used && !world.shown[i].slot;
	}
	if (object->caps != nodes)
		(void)wrong("an object's capabilities are miscounted");
	if (object->refs != (nodes != 0) + regions)
		(void)wrong("an object's references are miscounted");
	mix(w, s->orphans);
}

/* Free slots of a table: in its list, or used up; none is lost. */
static void judge_table(struct walk *w, u32 process)
{
	u32 listed = 0, used = 0, retired = 0;
	struct table *table = world.table[process];

	w->to->process[process] = !table->object.id ? GONE : table->object.dead ? DYING : ALIVE;
	if (w->to->process[process] == GONE) {
		if (world.budget[process]->used)
			(void)wrong("a table has gone and is still charged for");
		return;
	}
	for (struct slot *slot = table->free; slot && listed <= world.slots; slot = slot->next) {
		u32 id = node_of(slot);

		if (id / SLOTS != process || w->to->node[id].state != FREE || slot->object)
			(void)wrong("a free list holds a slot that is not free");
		if (slot->word & 0xffffff)
			(void)wrong("a free slot has type or rights");
		w->listed |= 1u << id;
		listed++;
	}
	for (u32 id = process * SLOTS; id < process * SLOTS + world.slots; id++) {
		used += w->to->node[id].state != FREE;
		retired += w->to->node[id].state == FREE && !(w->listed >> id & 1) &&
			   world_slot(id)->word >> 24 == GENERATION_LAST;
	}
	if (listed + used + retired != world.slots)
		(void)wrong("a table has lost slots");
}

/* What the handle in a queued caller's message names now. */
static u8 sends(const struct thread *caller)
{
	struct cap_ref ref;

	if (!TAG_CAPS(caller->tag))
		return NOBODY;
	if (cap_find(caller->table, caller->message->send[0], OBJECT_NONE, 0, &ref))
		return STALE;
	return (u8)node_of(ref.slot);
}

static void judge_endpoint(struct walk *w)
{
	struct endpoint *endpoint = (struct endpoint *)world.object[ENDPOINT];
	struct state *s = w->to;
	struct list *l;
	u64 gone = 0, place;

	if (!endpoint->object.id)
		return;
	for (u32 i = 0; i < w->records; i++)
		if (w->record[i]->count != w->count[i])
			(void)wrong("copies of a badge are miscounted");
	for (l = endpoint->gone.next; l != &endpoint->gone; l = l->next) {
		struct badge *badge = container_of(l, struct badge, link);

		if (badge->count || s->nr_gone == 2 * BADGES)
			(void)wrong("a badge is said to be gone that is not");
		else
			s->gone[s->nr_gone++] = (u8)badge->value;
		place = w->flags & PICTURE_UNORDERED ? badge->value : s->nr_gone;
		gone += (1 + badge->value) << 8 * place;
	}
	mix(w, gone);
	for (l = endpoint->senders.next; l != &endpoint->senders; l = l->next) {
		struct thread *t = container_of(l, struct thread, wait_link);
		u32 p = t->number / 2, via = node_of(t->call_slot);
		struct queued *q = &s->queue[s->nr_queued++];

		*q = (struct queued){ .process = (u8)p, .via = (u8)via };
		if (thread_waits(t) != WAIT_SEND)
			(void)wrong("a thread is queued that does not wait");
		if (s->node[via].state != VALID || s->node[via].kind != ENDPOINT)
			(void)wrong("a caller is queued through a capability that is not there");
		q->sends = sends(t);
		mix(w, (u64)label_of(w, p) << 8 | w->order[via]);
		mix(w, q->sends < NODES ? w->order[q->sends] : q->sends);
	}
}

/* Those that the trees do not name have one label: how many of each kind there are. */
static void mix_processes(struct walk *w)
{
	u64 sorted = 0;

	for (u32 p = 0; p < world.processes; p++) {
		u64 of = w->to->process[p] + 1, lefts = 0;

		/* A sum of powers, so that the order of slots does not matter. */
		for (u32 i = 0; (w->flags & PICTURE_LEFT) && i < world.slots; i++)
			if (w->to->node[p * SLOTS + i].state == FREE)
				lefts += 1ul << 8 * left(w, p * SLOTS + i);
		of = of * 31 + lefts;
		of = (of << 8 | w->label[p]) * 0x165667b19e3779f9ul;
		sorted += of ^ of >> 31;
	}
	mix(w, sorted);
}

u64 picture_take(struct state *picture, u32 flags)
{
	struct walk w = { .to = picture, .sum = 0x27d4eb2f165667c5ul, .flags = flags };

	memset(picture, 0, offsetof(struct state, handle));
	memset(w.label, NOBODY, sizeof(w.label));
	memset(w.order, NOBODY, sizeof(w.order));
	for (enum kind k = 0; k < KINDS; k++)
		judge_object(&w, k);
	if (world_wrong)
		return 0;
	for (u32 p = 0; p < world.processes; p++)
		judge_table(&w, p);
	judge_endpoint(&w);
	mix_processes(&w);
	if (cap_count != w.met)
		(void)wrong("capabilities are miscounted");
	if (this_cpu()->locks_held)
		(void)wrong("a lock is still held");
	return w.sum;
}
