/* SPDX-License-Identifier: MIT */
/*
 * rename.c - ramfs: giving a name another place, in one step even if the server dies in it.
 *
 * The new entry is prepared as pending; the intent is the commit; what follows can be repeated.
 */
#include "libsys/string.h"
#include "servers/ramfs/ramfs.h"

struct move {
	u32 from, to;		 /* directories */
	u32 old, victim;	 /* entries; victim 0: the new name is free */
	char name[FS_NAME_MAX];	 /* the new one */
	u32 length;
};

/* The store by which the rename takes effect; what follows can be repeated. */
static void intent_commit(const struct request *rq, enum intent_kind kind)
{
	store_commit(rq, 0, &store->intent.kind, 4, kind);
}

/* Whether the kind of the thing that is replaced allows it. */
static error_t victim_check(u32 node, u32 victim)
{
	bool directory = node_type(node) == FS_DIRECTORY;

	if (directory && node_type(victim) != FS_DIRECTORY)
		return E_NOTDIR;
	if (!directory && node_type(victim) == FS_DIRECTORY)
		return E_ISDIR;
	return directory && index_entries(victim) ? E_NOTEMPTY : 0;
}

static error_t exchange(const struct request *rq, struct move *m)
{
	struct record *a = record_at(m->old), *b = record_at(m->victim);

	/* Neither directory may end up below itself. */
	if ((node_type(a->node) == FS_DIRECTORY && index_inside(m->to, a->node)) ||
	    (node_type(b->node) == FS_DIRECTORY && index_inside(m->from, b->node)))
		return E_LOOP;
	index_remove(m->old);
	index_remove(m->victim);
	store->intent.add = m->old;
	store->intent.remove = m->victim;
	store->intent.node_a = b->node;
	store->intent.node_b = a->node;
	CRASH_POINT(EXCHANGE_FILLED);
	intent_commit(rq, INTENT_EXCHANGE);
	CRASH_POINT(EXCHANGE_INTENDED);
	a->node = store->intent.node_a;
	CRASH_POINT(EXCHANGE_FIRST);
	b->node = store->intent.node_b;
	CRASH_POINT(EXCHANGE_SECOND);
	intent_over();
	CRASH_POINT(EXCHANGE_OVER);
	/* Lists are in the order of cookies, so each comes back as a new name. */
	a->cookie = store->sequence++;
	CRASH_POINT(EXCHANGE_PLACED);
	b->cookie = store->sequence++;
	index_add(m->old);
	index_add(m->victim);
	return 0;
}

static error_t move(const struct request *rq, struct move *m)
{
	u32 node = record_at(m->old)->node;
	u32 replaced = m->victim ? record_at(m->victim)->node : NO_NODE;
	u32 unit = record_alloc(m->length);
	struct record *r = record_at(unit);

	if (!unit)
		return E_NOSPACE;
	r->directory = m->to;
	r->node = node;
	r->cookie = store->sequence++;
	memcpy(r->text, m->name, m->length);
	record_commit(unit, RECORD_PENDING);
	CRASH_POINT(MOVE_PENDING);
	store->intent.add = unit;
	store->intent.remove = m->old;
	store->intent.victim = m->victim;
	if (m->victim && node_type(replaced) == FS_DIRECTORY)
		orphan_begin(replaced, m->to);
	CRASH_POINT(MOVE_FILLED);
	intent_commit(rq, INTENT_MOVE);
	CRASH_POINT(MOVE_INTENDED);
	index_remove(m->old);
	if (m->victim)
		index_remove(m->victim);
	record_commit(unit, RECORD_ENTRY);
	CRASH_POINT(MOVE_ADDED);
	record_commit(m->old, RECORD_FREE);
	CRASH_POINT(MOVE_REMOVED);
	if (m->victim)
		record_commit(m->victim, RECORD_FREE);
	CRASH_POINT(MOVE_REPLACED);
	intent_over();
	CRASH_POINT(MOVE_OVER);
	/* Only now may the two records be used again. */
	record_free(m->old);
	if (m->victim)
		record_free(m->victim);
	index_add(unit);
	if (replaced != NO_NODE) {
		node_touch(replaced, false);
		node_release(replaced);
	}
	return 0;
}

static error_t move_read(struct request *rq, const struct fs_rename_in *in, struct move *m)
{
	char old_name[FS_NAME_MAX];
	error_t error = directory_find(rq, in->directory, &m->from);

	if (!error)
		error = directory_find(rq, in->new_directory, &m->to);
	if (!error)
		error = name_read(rq, FS_RENAME_NAME, in->name_length, old_name);
	if (!error)
		error = name_read(rq, FS_RENAME_NEW_NAME, in->new_name_length, m->name);
	if (error)
		return error;
	if (in->flags & ~(u64)(FS_RENAME_NEW | FS_RENAME_EXCHANGE) || in->flags == 3)
		return E_INVAL;
	if (!index_links(m->to))
		return E_NOENT;
	m->length = (u32)in->new_name_length;
	m->old = index_find(m->from, old_name, (u32)in->name_length);
	m->victim = index_find(m->to, m->name, m->length);
	return m->old ? 0 : E_NOENT;
}

error_t op_rename(struct request *rq, const struct fs_rename_in *in)
{
	struct move m;
	error_t error = move_read(rq, in, &m);
	u32 node;

	if (error)
		return error;
	node = record_at(m.old)->node;
	if (in->flags == FS_RENAME_EXCHANGE) {
		if (!m.victim)
			return E_NOENT;
		error = m.old == m.victim ? 0 : exchange(rq, &m);
	} else {
		if (node_type(node) == FS_DIRECTORY && index_inside(m.to, node))
			return E_LOOP;
		if (m.victim && in->flags & FS_RENAME_NEW)
			return E_EXISTS;
		/* Two names of one node: nothing happens. */
		if (m.victim && record_at(m.victim)->node == node)
			return 0;
		if (m.victim)
			error = victim_check(node, record_at(m.victim)->node);
		if (!error)
			error = move(rq, &m);
	}
	if (error)
		return error;
	CRASH_POINT(MOVE_LEFT);
	node_touch(m.from, true);
	CRASH_POINT(MOVE_TOUCHED);
	node_touch(m.to, true);
	node_touch(node, false);
	return 0;
}
