/* SPDX-License-Identifier: MIT */
/*
 * check.c - whether store and index agree: what is named is there, what is there is named or held,
 * all counts are right, and what is free is on a list.  For debug builds.
 */
#include "libsys/heap.h"
#include "libsys/log.h"
#include "servers/ramfs/crash.h"
#include "servers/ramfs/index.h"

/* What the records say of a node. */
struct counted {
	u32 names, held;
};

static struct counted *counted;
static u32 wrong, free_units, free_nodes;

static void require(bool right, const char *what, u32 of)
{
	if (right)
		return;
	wrong++;
	log_printf("store: %s: %u", what, of);
}

static bool live(u32 index)
{
	return index < store->node_top && store->node[index].mode;
}

static void check_entry(u32 unit, const struct record *r)
{
	require(live(r->directory) && node_type(r->directory) == FS_DIRECTORY,
		"an entry in no directory", unit);
	require(live(r->node), "an entry of no node", unit);
	if (!live(r->node) || !live(r->directory))
		return;
	require(store->node[r->node].file_system == store->node[r->directory].file_system,
		"an entry across file systems", unit);
	require(index_find(r->directory, r->text, r->length) == unit, "an entry is not found",
		unit);
	counted[r->node].names++;
}

static void check_record(u32 unit, const struct record *r)
{
	switch (r->kind) {
	case RECORD_FREE:
		free_units += r->units;
		break;
	case RECORD_ENTRY:
		check_entry(unit, r);
		break;
	case RECORD_TARGET:
		require(live(r->node) && store->node[r->node].target == unit &&
				store->node[r->node].target_length == r->length,
			"a target of no symlink", unit);
		break;
	case RECORD_HOLD:
		require(live(r->node) && r->count, "a hold of no node", unit);
		if (live(r->node))
			counted[r->node].held += r->count;
		break;
	case RECORD_SESSION:
		require(live(r->node) && session_find(r->badge) == unit, "a session without a root",
			unit);
		break;
	case RECORD_XATTR:
		require(live(r->node) && node_id(r->node) == r->cookie, "an attribute of no node",
			unit);
		break;
	default:
		require(false, "a record of no kind", unit);
	}
}

static void check_node(u32 index)
{
	u32 parent;

	if (!live(index)) {
		free_nodes++;
		return;
	}
	parent = orphan_parent(index);
	if (parent != NO_NODE)
		counted[parent].held++;
	if (node_type(index) == FS_SYMLINK)
		require(record_at(store->node[index].target)->kind == RECORD_TARGET,
			"a symlink without a target", index);
}

static void check_counts(u32 index)
{
	const struct counted *c = &counted[index];

	if (!live(index))
		return;
	require(index_names(index) == c->names, "names are miscounted", index);
	require(index_held(index) == c->held, "holds are miscounted", index);
	require(index == ROOT || c->names || c->held || index_entries(index), "a lost node", index);
	if (node_type(index) == FS_DIRECTORY)
		require(c->names <= 1, "a directory with two names", index);
}

u32 store_check(void)
{
	u64 bytes = (u64)store->node_top * sizeof(*counted);

	wrong = free_units = free_nodes = 0;
	counted = pages_alloc(bytes);
	if (!counted)
		return 1;
	for (u32 u = 1; u < store->unit_top; u += record_at(u)->units)
		check_record(u, record_at(u));
	for (u32 i = 0; i < store->node_top; i++)
		check_node(i);
	for (u32 i = 0; i < store->node_top; i++)
		check_counts(i);
	require(store->intent.kind == INTENT_NONE, "an intent is left", store->intent.kind);
	require(free_units == units_free(), "free records and those on lists differ", free_units);
	require(free_nodes == nodes_free(), "free nodes and those on the list differ", free_nodes);
	pages_free(counted, bytes);
	return wrong;
}
