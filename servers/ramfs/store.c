/* SPDX-License-Identifier: MIT */
/* store.c - adopting the depot, and the free lists over its nodes and records. */
#include "servers/ramfs/store.h"

#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/room.h"

enum { KEY_STORE = 1 };

struct store *store;

/* Free lists: not part of the truth.  A free record's successor is kept beside, by unit. */
static u32 free_record[RECORD_UNITS_MAX + 1];
static u32 *free_record_next;
static u32 *free_nodes, free_node_count;
static u32 used[FILE_SYSTEMS]; /* nodes, and further names */

static error_t lists_open(void)
{
	free_record_next = pages_alloc((u64)UNITS_MAX * sizeof(u32));
	free_nodes = pages_alloc((u64)NODES_MAX * sizeof(u32));
	return free_record_next && free_nodes ? 0 : E_NOMEM;
}

/* Whether what is there lies in a file system, and every root too. */
static bool nodes_valid(void)
{
	if (store->node_top > NODES_MAX)
		return false;
	for (u32 i = 0; i < store->node_top; i++)
		if (store->node[i].file_system >= FILE_SYSTEMS)
			return false;
	for (u32 i = 0; i < FILE_SYSTEMS; i++)
		if (store->file_system[i].root >= NODES_MAX)
			return false;
	return true;
}

/* Whether every record ends where the next begins and names what exists. */
static bool store_valid(void)
{
	u32 unit = 1;

	if (store->unit_top > UNITS_MAX || !nodes_valid())
		return false;
	while (unit < store->unit_top) {
		const struct record *r = record_at(unit);

		if (r->units == 0 || r->units > RECORD_UNITS_MAX ||
		    sizeof(*r) + r->length > (u64)r->units * UNIT)
			return false;
		if (r->kind == RECORD_XATTR &&
		    (sizeof(*r) + r->length + r->count > (u64)r->units * UNIT ||
		     r->node >= store->node_top))
			return false;
		if (r->kind == RECORD_ENTRY &&
		    (r->node >= store->node_top || r->directory >= store->node_top))
			return false;
		if ((r->kind == RECORD_HOLD || r->kind == RECORD_TARGET ||
		     r->kind == RECORD_SESSION) &&
		    r->node >= store->node_top)
			return false;
		unit += r->units;
	}
	return unit == store->unit_top;
}

/* Nothing, or what one left that died before its first tree was whole. */
static void store_begin(void)
{
	for (u32 i = 0; i < store->node_top && i < NODES_MAX; i++) {
		u32 generation = store->node[i].generation;

		if (store->node[i].has_contents)
			depot_drop(node_id(i));
		memset(&store->node[i], 0, sizeof(struct node));
		store->node[i].generation = generation;
	}
	memset(&store->intent, 0, sizeof(store->intent));
	memset(&store->journal, 0, sizeof(store->journal));
	store->node_top = 0;
	store->unit_top = 1;
	store->sequence = 3; /* 1 and 2 are "." and ".." */
	store->file_system[MAIN].state = FILE_SYSTEM_LIVE;
}

error_t store_open(bool *fresh)
{
	cap_t memory;
	bool made;
	error_t error = depot_map(KEY_STORE, sizeof(struct store), 0, (void **)&store, &memory,
				  &made);

	if (error)
		return error;
	*fresh = store->magic != STORE_MAGIC;
	if (!*fresh)
		journal_open(&store->journal, store);
	if (*fresh)
		store_begin();
	else if (!store_valid())
		return E_IO;
	return lists_open();
}

void store_commit(const struct request *rq, u64 word, void *place, u32 width, u64 value)
{
	static const struct request nobody;

	if (!rq)
		rq = &nobody;
	journal_note(&store->journal, store, rq->m.badge, rq->token, word, place, width, value);
	CRASH_POINT(COMMIT_NOTED);
	journal_store(place, width, value);
}

/* Last, also for the compiler: a death before must find the intent. */
void intent_over(void)
{
	__atomic_store_n(&store->intent.kind, INTENT_NONE, __ATOMIC_RELEASE);
}

static u32 units_for(u32 text_length)
{
	return (u32)((sizeof(struct record) + text_length + UNIT - 1) / UNIT);
}

static void free_push(u32 unit)
{
	u32 units = record_at(unit)->units;

	free_record_next[unit] = free_record[units];
	free_record[units] = unit;
}

static u32 free_pop(u32 units)
{
	u32 unit = free_record[units];

	if (unit)
		free_record[units] = free_record_next[unit];
	return unit;
}

/* From behind all records; 0: there is no room. */
static u32 record_append(u32 units)
{
	u32 unit = store->unit_top;

	if (unit + units > room_units() || !room_fill(record_at(unit), (u64)units * UNIT))
		return 0;
	/* The record is walkable before the top covers it. */
	record_at(unit)->units = (u16)units;
	record_at(unit)->kind = RECORD_FREE;
	CRASH_POINT(RECORD_HEADED);
	__atomic_store_n(&store->unit_top, unit + units, __ATOMIC_RELEASE);
	CRASH_POINT(RECORD_COVERED);
	return unit;
}

/* From a longer free record, whose rest is one of its own before the first ends where it begins. */
static u32 record_cut(u32 units)
{
	u32 most = units + 1, unit, rest;

	while (most <= RECORD_UNITS_MAX && !free_record[most])
		most++;
	if (most > RECORD_UNITS_MAX)
		return 0;
	unit = free_pop(most);
	rest = unit + units;
	*record_at(rest) = (struct record){ .units = (u16)(most - units), .kind = RECORD_FREE };
	CRASH_POINT(CUT_REST);
	__atomic_store_n(&record_at(unit)->units, (u16)units, __ATOMIC_RELEASE);
	CRASH_POINT(CUT_DONE);
	free_push(rest);
	return unit;
}

u32 record_alloc(u32 text_length)
{
	u32 units = units_for(text_length), unit;

	if (units > RECORD_UNITS_MAX)
		return 0;
	unit = free_pop(units);
	if (!unit)
		unit = record_append(units);
	if (!unit)
		unit = record_cut(units);
	if (!unit)
		return 0;
	record_at(unit)->length = (u16)text_length;
	record_at(unit)->count = 0;
	return unit;
}

void record_free(u32 unit)
{
	record_commit(unit, RECORD_FREE);
	free_push(unit);
}

u32 units_free(void)
{
	u32 count = 0;

	for (u32 units = 1; units <= RECORD_UNITS_MAX; units++)
		for (u32 u = free_record[units]; u; u = free_record_next[u])
			count += units;
	return count;
}

u32 nodes_free(void)
{
	return free_node_count;
}

u32 nodes_used(u32 file_system)
{
	return used[file_system];
}

void further_name_made(u32 file_system)
{
	used[file_system]++;
}

void further_name_gone(u32 file_system)
{
	used[file_system]--;
}

bool nodes_full(u32 file_system)
{
	u32 most = store->file_system[file_system].nodes_most;

	return most && used[file_system] >= most;
}

u32 node_alloc(u32 file_system)
{
	u32 index;
	u32 generation;

	if (nodes_full(file_system))
		return NO_NODE;
	if (free_node_count)
		index = free_nodes[--free_node_count];
	else if (store->node_top < room_nodes() &&
		 room_fill(&store->node[store->node_top], sizeof(struct node)))
		index = store->node_top++;
	else
		return NO_NODE;
	generation = store->node[index].generation + 1;
	memset(&store->node[index], 0, sizeof(struct node));
	store->node[index].generation = generation ? generation : 1;
	store->node[index].file_system = file_system;
	used[file_system]++;
	CRASH_POINT(NODE_CLEARED);
	return index;
}

void node_free(u32 index)
{
	struct node *node = &store->node[index];
	u32 target = node->target;

	contents_drop(index);
	CRASH_POINT(NODE_CONTENTS_GONE);
	if (target) {
		/* Named no more before it is free: adoption frees it in any case, and once. */
		node->target = 0;
		CRASH_POINT(NODE_TARGET_LEFT);
		record_free(target);
		CRASH_POINT(NODE_TARGET_FREED);
	}
	node->mode = 0;
	CRASH_POINT(NODE_FREED);
	used[node->file_system]--;
	free_nodes[free_node_count++] = index;
}

void store_collect(void)
{
	for (u32 unit = 1; unit < store->unit_top; unit += record_at(unit)->units)
		if (record_at(unit)->kind == RECORD_FREE)
			record_free(unit);
	for (u32 i = 0; i < store->node_top; i++)
		if (store->node[i].mode)
			used[store->node[i].file_system]++;
		else
			free_nodes[free_node_count++] = i;
}
