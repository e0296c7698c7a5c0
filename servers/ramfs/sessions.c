/* SPDX-License-Identifier: MIT */
/*
 * sessions.c - ramfs: who may reach what, and file systems beside the main one.
 *
 * A session is a capability with a badge.  Those that init makes reach the main file system; one
 * that is made here is confined to the tree below a directory, and holds that directory.  A file
 * system lives as long as the session that it was made for: when that is gone it is dying, has no
 * way in, and is taken apart in bounded steps between the calls of others.
 *
 * That a badge is gone is told once.  It is noted in the store before anything follows from it, so
 * that a successor goes on with it.
 */
#include "servers/ramfs/contents.h"
#include "servers/ramfs/later.h"
#include "servers/ramfs/ramfs.h"

/* Badges of sessions that this server made; init's own never have that bit. */
#define SESSION_BADGE ((u64)1 << 62)
/* What one step does at most: records looked at, names removed. */
enum { STEP_RECORDS = 4096, STEP_NAMES = 64 };

static u32 step_unit = 1; /* where the next step goes on */

u32 session_root(u64 badge)
{
	u32 unit;

	if (!(badge & SESSION_BADGE))
		return ROOT;
	unit = session_find(badge);
	return unit ? record_at(unit)->node : NO_NODE;
}

error_t node_find(const struct request *rq, u64 node, u32 *index)
{
	u32 root = session_root(rq->m.badge);

	*index = node == FS_ROOT ? root : (u32)node;
	if (root == NO_NODE || *index >= store->node_top || !store->node[*index].mode)
		return E_STALE;
	if (node != FS_ROOT && node_id(*index) != node)
		return E_STALE;
	if (store->node[*index].file_system != store->node[root].file_system)
		return E_STALE;
	return is_root(root) || index_inside(*index, root) ? 0 : E_STALE;
}

error_t directory_find(const struct request *rq, u64 node, u32 *index)
{
	error_t error = node_find(rq, node, index);

	return error ? error : node_type(*index) == FS_DIRECTORY ? 0 : E_NOTDIR;
}

/* A new session for the tree below a directory, which it holds: so the number stays its own. */
static error_t session_make(u32 index, u64 *badge, cap_t *session)
{
	u32 unit = record_alloc(0);
	error_t error;
	i64 made;

	if (!unit)
		return E_NOSPACE;
	/* A badge is never used twice, even if this server dies before anybody hears of it. */
	*badge = SESSION_BADGE | ++store->sessions;
	CRASH_POINT(SESSION_NUMBERED);
	made = session_create(endpoint, *badge);
	CRASH_POINT(SESSION_MINTED);
	error = made < 0 ? E_NOSPACE : hold_add(NULL, 0, *badge, index);
	if (error) {
		if (made >= 0)
			sys_cap_delete(made);
		record_free(unit);
		return error;
	}
	CRASH_POINT(SESSION_HELD);
	record_at(unit)->badge = *badge;
	record_at(unit)->node = index;
	record_commit(unit, RECORD_SESSION);
	CRASH_POINT(SESSION_MADE);
	session_index(unit);
	*session = made;
	return 0;
}

error_t op_session(struct request *rq, const struct fs_session_in *in, struct fs_session_out *out)
{
	u32 index;
	u64 badge;
	error_t error = directory_find(rq, in->directory, &index);

	if (!error)
		error = session_make(index, &badge, &out->session);
	rq->send_drop = 1;
	return error;
}

/* --- file systems ----------------------------------------------------------------------------- */

/* A number that no file system has, and no node any more; FILE_SYSTEMS: none. */
static u32 number_find(void)
{
	u32 i = MAIN + 1;

	while (i < FILE_SYSTEMS && (store->file_system[i].state || nodes_used(i)))
		i++;
	return i;
}

static error_t root_make(u32 number, const struct fs_make_in *in, cap_t *session)
{
	struct file_system *f = &store->file_system[number];
	error_t error = node_make(number, FS_DIRECTORY | (u32)in->mode, in->owner, 0, &f->root);

	if (error)
		return error;
	CRASH_POINT(SYSTEM_ROOT);
	error = session_make(f->root, &f->badge, session);
	if (error)
		node_release(f->root);
	return error;
}

error_t op_make(struct request *rq, const struct fs_make_in *in, struct fs_make_out *out)
{
	u32 number = number_find();
	struct file_system *f = &store->file_system[number];
	error_t error;

	if (in->mode & ~(u64)FS_PERMISSIONS || in->size > FS_SIZE_MAX)
		return E_INVAL;
	if (number == FILE_SYSTEMS)
		return E_NOSPACE;
	f->size_bytes = (in->size + PAGE_MASK) & ~PAGE_MASK;
	f->nodes_most = in->nodes < NODES_MAX ? (u32)in->nodes : NODES_MAX;
	error = contents_account_make(number);
	CRASH_POINT(SYSTEM_ACCOUNT);
	if (!error)
		error = root_make(number, in, &out->session);
	if (error) {
		contents_account_drop(number);
		return error;
	}
	CRASH_POINT(SYSTEM_SESSION);
	__atomic_store_n(&f->state, FILE_SYSTEM_LIVE, __ATOMIC_RELEASE);
	CRASH_POINT(SYSTEM_LIVE);
	out->number = number;
	out->root = node_id(f->root);
	rq->send_drop = 1;
	return 0;
}

/* What is noted as gone goes; as often as it takes. */
static void gone_finish(void)
{
	u64 badge = store->gone;

	for (u32 i = MAIN + 1; i < FILE_SYSTEMS; i++)
		if (store->file_system[i].state == FILE_SYSTEM_LIVE &&
		    store->file_system[i].badge == badge)
			store->file_system[i].state = FILE_SYSTEM_DYING;
	CRASH_POINT(GONE_DYING);
	hold_drop_all(badge);
	CRASH_POINT(GONE_DONE);
	__atomic_store_n(&store->gone, 0, __ATOMIC_RELEASE);
}

static bool any_dying(void)
{
	for (u32 i = MAIN + 1; i < FILE_SYSTEMS; i++)
		if (store->file_system[i].state == FILE_SYSTEM_DYING)
			return true;
	return false;
}

void session_end(u64 badge)
{
	__atomic_store_n(&store->gone, badge, __ATOMIC_RELEASE);
	CRASH_POINT(GONE_NOTED);
	gone_finish();
	/* Also for one that could not end because this session held some of its nodes. */
	step_unit = 1;
	if (any_dying())
		later_ask();
}

void sessions_adopt(void)
{
	if (store->gone)
		gone_finish();
	if (any_dying())
		later_ask();
}

static bool dying(u32 index)
{
	return store->file_system[store->node[index].file_system].state == FILE_SYSTEM_DYING;
}

/* Every name has been removed: what is left of a dying one is held by somebody, or nothing. */
static void pass_end(void)
{
	for (u32 i = MAIN + 1; i < FILE_SYSTEMS; i++) {
		if (store->file_system[i].state != FILE_SYSTEM_DYING || nodes_used(i))
			continue;
		contents_account_drop(i);
		CRASH_POINT(SYSTEM_UNACCOUNTED);
		__atomic_store_n(&store->file_system[i].state, FILE_SYSTEM_FREE, __ATOMIC_RELEASE);
	}
}

void file_systems_step(void)
{
	u32 names = 0, records = 0;

	while (step_unit < store->unit_top && records++ < STEP_RECORDS && names < STEP_NAMES) {
		const struct record *r = record_at(step_unit);
		u32 unit = step_unit, node = r->node, directory = r->directory;

		step_unit += r->units;
		if (r->kind != RECORD_ENTRY || !dying(directory))
			continue;
		names++;
		store->node[node].parent = 0;
		index_remove(unit);
		record_free(unit);
		CRASH_POINT(SYSTEM_NAME_FREED);
		node_release(node);
		CRASH_POINT(SYSTEM_NODE_LEFT);
		node_release(directory);
	}
	if (step_unit < store->unit_top)
		later_ask();
	else
		pass_end();
}
