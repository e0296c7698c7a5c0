/* SPDX-License-Identifier: MIT */
/*
 * index.c - chains, lists and counts over the records of the store; see index.h.
 *
 * All arrays are by node index or by unit number and are touched only as far as those are used.
 */
#include "servers/ramfs/index.h"

#include "libsys/heap.h"
#include "libsys/string.h"
#include "microkernel/abi/error.h"

enum { BUCKETS = 1 << 14 };

struct node_index {
	u32 names;	    /* entries that name it */
	u32 held;	    /* sum of all holds */
	u32 subdirectories; /* directory: how many of its entries are directories */
	u32 entries;	    /* directory: how many entries */
	u32 first, last;    /* directory: its list */
	u32 named_by;	    /* some entry that names it */
	u32 xattrs;	    /* its first extended attribute */
};

struct unit_index {
	u32 chain;	/* next record of the same bucket */
	u32 next, previous; /* entry: list of its directory; attribute: of its node */
};

static u32 *buckets;
static struct node_index *nodes;
static struct unit_index *units;

error_t index_start(void)
{
	buckets = pages_alloc(BUCKETS * sizeof(u32));
	nodes = pages_alloc((u64)NODES_MAX * sizeof(*nodes));
	units = pages_alloc((u64)UNITS_MAX * sizeof(*units));
	return buckets && nodes && units ? 0 : E_NOMEM;
}

static u32 *name_bucket(u32 directory, const char *name, u32 length)
{
	u64 h = directory * 0x9e3779b97f4a7c15ul + length;

	for (u32 i = 0; i < length; i++)
		h = (h ^ (u8)name[i]) * 0x100000001b3ul;
	return &buckets[(h ^ h >> 32) % BUCKETS];
}

static u32 *hold_bucket(u64 badge, u32 index)
{
	u64 h = (badge ^ (u64)index << 32) * 0x9e3779b97f4a7c15ul;

	return &buckets[h >> 40 & (BUCKETS - 1)];
}

static void chain_remove(u32 *link, u32 unit)
{
	while (*link && *link != unit)
		link = &units[*link].chain;
	if (*link)
		*link = units[unit].chain;
}

u32 index_find(u32 directory, const char *name, u32 length)
{
	for (u32 u = *name_bucket(directory, name, length); u; u = units[u].chain) {
		const struct record *r = record_at(u);

		if (r->kind == RECORD_ENTRY && r->directory == directory && r->length == length &&
		    memcmp(r->text, name, length) == 0)
			return u;
	}
	return 0;
}

void index_add(u32 unit)
{
	const struct record *r = record_at(unit);
	struct node_index *directory = &nodes[r->directory];
	u32 *bucket = name_bucket(r->directory, r->text, r->length);

	units[unit] = (struct unit_index){ .chain = *bucket, .previous = directory->last };
	*bucket = unit;
	if (directory->last)
		units[directory->last].next = unit;
	else
		directory->first = unit;
	directory->last = unit;
	directory->entries++;
	directory->subdirectories += node_type(r->node) == FS_DIRECTORY;
	if (nodes[r->node].names++)
		further_name_made(store->node[r->node].file_system);
	nodes[r->node].named_by = unit;
}

void index_remove(u32 unit)
{
	const struct record *r = record_at(unit);
	struct node_index *directory = &nodes[r->directory];
	struct unit_index *u = &units[unit];

	chain_remove(name_bucket(r->directory, r->text, r->length), unit);
	if (u->previous)
		units[u->previous].next = u->next;
	else
		directory->first = u->next;
	if (u->next)
		units[u->next].previous = u->previous;
	else
		directory->last = u->previous;
	directory->entries--;
	directory->subdirectories -= node_type(r->node) == FS_DIRECTORY;
	if (--nodes[r->node].names)
		further_name_gone(store->node[r->node].file_system);
}

u32 index_links(u32 index)
{
	if (node_type(index) == FS_DIRECTORY)
		return nodes[index].names || is_root(index) ? 2 + nodes[index].subdirectories : 0;
	return nodes[index].names;
}

u32 orphan_parent(u32 index)
{
	u64 id = store->node[index].parent;

	if (node_type(index) != FS_DIRECTORY || nodes[index].names || !id ||
	    (u32)id >= store->node_top || !store->node[(u32)id].mode || node_id((u32)id) != id)
		return NO_NODE;
	return (u32)id;
}

void orphan_begin(u32 index, u32 parent)
{
	store->node[index].parent = node_id(parent);
	nodes[parent].held++;
}

u32 index_parent(u32 directory)
{
	u32 parent;

	if (nodes[directory].names)
		return record_at(nodes[directory].named_by)->directory;
	parent = orphan_parent(directory);
	return parent == NO_NODE ? directory : parent;
}

u32 index_names(u32 index)
{
	return nodes[index].names;
}

u32 index_held(u32 index)
{
	return nodes[index].held;
}

u32 index_entries(u32 directory)
{
	return nodes[directory].entries;
}

u32 index_first(u32 directory)
{
	return nodes[directory].first;
}

u32 index_next(u32 unit)
{
	return units[unit].next;
}

bool index_inside(u32 index, u32 top)
{
	if (node_type(index) != FS_DIRECTORY) {
		if (!nodes[index].names)
			return false;
		index = record_at(nodes[index].named_by)->directory;
	}
	while (index != top && nodes[index].names)
		index = index_parent(index);
	return index == top;
}

void xattr_add(u32 unit)
{
	u32 *first = &nodes[record_at(unit)->node].xattrs;

	units[unit] = (struct unit_index){ .next = *first };
	if (*first)
		units[*first].previous = unit;
	*first = unit;
}

void xattr_remove(u32 unit)
{
	struct unit_index *u = &units[unit];

	if (u->previous)
		units[u->previous].next = u->next;
	else
		nodes[record_at(unit)->node].xattrs = u->next;
	if (u->next)
		units[u->next].previous = u->previous;
}

u32 xattr_first(u32 index)
{
	return nodes[index].xattrs;
}

static u32 hold_find(u64 badge, u32 index)
{
	for (u32 u = *hold_bucket(badge, index); u; u = units[u].chain) {
		const struct record *r = record_at(u);

		if (r->kind == RECORD_HOLD && r->badge == badge && r->node == index)
			return u;
	}
	return 0;
}

static void hold_index(u32 unit)
{
	const struct record *r = record_at(unit);
	u32 *bucket = hold_bucket(r->badge, r->node);

	units[unit] = (struct unit_index){ .chain = *bucket };
	*bucket = unit;
	nodes[r->node].held += r->count;
}

/* Sessions lie in the chains of holds, as if they held what no node can be. */
void session_index(u32 unit)
{
	u32 *bucket = hold_bucket(record_at(unit)->badge, NO_NODE);

	units[unit] = (struct unit_index){ .chain = *bucket };
	*bucket = unit;
}

u32 session_find(u64 badge)
{
	for (u32 u = *hold_bucket(badge, NO_NODE); u; u = units[u].chain)
		if (record_at(u)->kind == RECORD_SESSION && record_at(u)->badge == badge)
			return u;
	return 0;
}

error_t hold_add(const struct request *rq, u64 word, u64 badge, u32 index)
{
	u32 unit = hold_find(badge, index);

	if (unit) {
		store_commit(rq, word, &record_at(unit)->count, 4, record_at(unit)->count + 1);
		nodes[index].held++;
		return 0;
	}
	unit = record_alloc(0);
	if (!unit)
		return E_NOSPACE;
	record_at(unit)->badge = badge;
	record_at(unit)->node = index;
	record_at(unit)->count = 1;
	CRASH_POINT(HOLD_FILLED);
	record_commit_for(rq, word, unit, RECORD_HOLD);
	hold_index(unit);
	return 0;
}

static void hold_end(u32 unit)
{
	struct record *r = record_at(unit);

	chain_remove(hold_bucket(r->badge, r->node), unit);
	record_free(unit);
}

error_t hold_drop(const struct request *rq, u32 index)
{
	u32 unit = hold_find(rq->m.badge, index);

	if (!unit)
		return E_STATE;
	nodes[index].held--;
	if (record_at(unit)->count == 1) {
		record_commit_for(rq, 0, unit, RECORD_FREE);
		hold_end(unit);
	} else {
		store_commit(rq, 0, &record_at(unit)->count, 4, record_at(unit)->count - 1);
	}
	CRASH_POINT(HOLD_GONE);
	node_release(index);
	return 0;
}

void hold_drop_all(u64 badge)
{
	for (u32 u = 1; u < store->unit_top; u += record_at(u)->units) {
		struct record *r = record_at(u);

		if (r->kind == RECORD_SESSION && r->badge == badge) {
			chain_remove(hold_bucket(badge, NO_NODE), u);
			record_free(u);
		} else if (r->kind == RECORD_HOLD && r->badge == badge) {
			nodes[r->node].held -= r->count;
			hold_end(u);
			CRASH_POINT(GONE_PART);
			node_release(r->node);
		}
	}
}

void node_release(u32 index)
{
	const struct node_index *n = &nodes[index];

	/* The entries of a directory that is in use no more go first: see file_systems_step(). */
	while (index != ROOT && store->node[index].mode && !n->names && !n->held && !n->entries) {
		u32 parent = orphan_parent(index), unit;

		node_free(index);
		while ((unit = nodes[index].xattrs)) {
			xattr_remove(unit);
			record_free(unit);
		}
		if (parent == NO_NODE)
			break;
		nodes[parent].held--;
		index = parent;
		n = &nodes[index];
	}
}

/* --- building ------------------------------------------------------------------------------- */

/* Do what the intent says, as often as it takes. */
static void intent_finish(void)
{
	const struct intent *intent = &store->intent;

	if (intent->kind == INTENT_MOVE) {
		record_commit(intent->add, RECORD_ENTRY);
		CRASH_POINT(ADOPT_MOVE_ADDED);
		record_commit(intent->remove, RECORD_FREE);
		CRASH_POINT(ADOPT_MOVE_REMOVED);
		if (intent->victim)
			record_commit(intent->victim, RECORD_FREE);
	} else if (intent->kind == INTENT_EXCHANGE) {
		record_at(intent->add)->node = intent->node_a;
		CRASH_POINT(ADOPT_EXCHANGE_FIRST);
		record_at(intent->remove)->node = intent->node_b;
	} else if (intent->kind == INTENT_XATTR) {
		record_commit(intent->add, RECORD_XATTR);
		CRASH_POINT(ADOPT_XATTR_ADDED);
		record_commit(intent->remove, RECORD_FREE);
	}
	if (intent->kind != INTENT_NONE)
		CRASH_POINT(ADOPT_INTENT_DONE);
	intent_over();
}

static bool later(u32 a, u32 b)
{
	return record_at(a)->cookie > record_at(b)->cookie;
}

static void sift_down(u32 *heap, u32 count, u32 at)
{
	for (u32 child; (child = 2 * at + 1) < count; at = child) {
		u32 other;

		if (child + 1 < count && later(heap[child + 1], heap[child]))
			child++;
		if (!later(heap[child], heap[at]))
			return;
		other = heap[at];
		heap[at] = heap[child];
		heap[child] = other;
	}
}

/* Heap sort: lists of directories must be in the order of cookies, records are in any. */
static void sort_by_cookie(u32 *list, u32 count)
{
	for (u32 i = count / 2; i-- > 0;)
		sift_down(list, count, i);
	for (u32 end = count; end-- > 1;) {
		u32 last = list[0];

		list[0] = list[end];
		list[end] = last;
		sift_down(list, end, 0);
	}
}

error_t index_build(void)
{
	u32 *list = pages_alloc((u64)store->unit_top * sizeof(u32));
	u32 count = 0;

	if (!list)
		return E_NOMEM;
	intent_finish();
	for (u32 u = 1; u < store->unit_top; u += record_at(u)->units) {
		struct record *r = record_at(u);

		if (r->kind == RECORD_PENDING) {
			record_commit(u, RECORD_FREE);
			CRASH_POINT(ADOPT_PENDING_FREED);
		} else if (r->kind == RECORD_ENTRY)
			list[count++] = u;
		else if (r->kind == RECORD_HOLD)
			hold_index(u);
		else if (r->kind == RECORD_SESSION)
			session_index(u);
	}
	sort_by_cookie(list, count);
	for (u32 i = 0; i < count; i++)
		index_add(list[i]);
	/* What belongs to a node that did not come to be, or has gone; then those nodes. */
	for (u32 u = 1; u < store->unit_top; u += record_at(u)->units) {
		struct record *r = record_at(u);

		if (r->kind == RECORD_TARGET && store->node[r->node].target != u) {
			record_commit(u, RECORD_FREE);
			CRASH_POINT(ADOPT_TARGET_FREED);
		}
		if (r->kind == RECORD_XATTR && store->node[r->node].mode &&
		    node_id(r->node) == r->cookie)
			xattr_add(u);
		else if (r->kind == RECORD_XATTR)
			record_commit(u, RECORD_FREE);
	}
	store_collect();
	for (u32 i = 1; i < store->node_top; i++) {
		u32 parent = store->node[i].mode ? orphan_parent(i) : NO_NODE;

		if (parent != NO_NODE)
			nodes[parent].held++;
		else if (!nodes[i].names)
			store->node[i].parent = 0;
		/* Who made the name may have died before it came to this. */
		if (nodes[i].names)
			store->node[i].linkable = 0;
	}
	for (u32 i = 1; i < store->node_top; i++) {
		bool was = store->node[i].mode;

		node_release(i);
		if (was && !store->node[i].mode)
			CRASH_POINT(ADOPT_RELEASED);
	}
	pages_free(list, (u64)store->unit_top * sizeof(u32));
	return 0;
}
