/* SPDX-License-Identifier: MIT */
/*
 * ramfs - a tree of files in memory, the root file system.
 *
 * What the tree is lies in the depot (store.h); everything else is computed from it at the start,
 * so that a ramfs that was killed goes on where the last answered request left the tree.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/text.h"
#include "proto/clock.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/ramfs.h"

/* Badges of sessions that this server made; init's own never have that bit. */
#define SESSION_BADGE ((u64)1 << 62)
#define OFFSET_AGE_NS 1000000000ul

static cap_t endpoint;
bool request_repeated;

u64 realtime_offset(void)
{
	static u64 offset_ns, asked_ns;
	struct clock_offset_out out;
	u64 now = clock_now();

	if (!asked_ns || now - asked_ns > OFFSET_AGE_NS) {
		asked_ns = now;
		if (!clock_offset(grant_find("clock"), &out))
			offset_ns = out.offset_ns;
	}
	return offset_ns;
}

u64 realtime_now(void)
{
	return clock_now() + realtime_offset();
}

static u32 session_record(u64 badge)
{
	for (u32 u = 1; u < store->unit_top; u += record_at(u)->units)
		if (record_at(u)->kind == RECORD_SESSION && record_at(u)->badge == badge)
			return u;
	return 0;
}

u32 session_root(u64 badge)
{
	static u64 last_badge;
	static u32 last_unit;

	if (!(badge & SESSION_BADGE))
		return ROOT;
	if (badge != last_badge || record_at(last_unit)->badge != badge) {
		last_unit = session_record(badge);
		last_badge = badge;
	}
	return last_unit ? record_at(last_unit)->node : NO_NODE;
}

error_t node_find(const struct request *rq, u64 node, u32 *index)
{
	u32 root = session_root(rq->m.badge);

	*index = node == FS_ROOT ? root : (u32)node;
	if (*index >= store->node_top || !store->node[*index].mode)
		return E_STALE;
	if (node != FS_ROOT && node_id(*index) != node)
		return E_STALE;
	return root == ROOT || index_inside(*index, root) ? 0 : E_STALE;
}

error_t directory_find(const struct request *rq, u64 node, u32 *index)
{
	error_t error = node_find(rq, node, index);

	return error ? error : node_type(*index) == FS_DIRECTORY ? 0 : E_NOTDIR;
}

static error_t op_session(struct request *rq, const struct fs_session_in *in,
			  struct fs_session_out *out)
{
	u64 badge = SESSION_BADGE | (store->sessions + 1);
	u32 index, unit;
	error_t error = directory_find(rq, in->directory, &index);
	i64 session;

	if (error)
		return error;
	unit = record_alloc(0);
	session = unit ? session_create(endpoint, badge) : E_NOSPACE;
	if (session < 0) {
		if (unit)
			record_free(unit);
		return E_NOSPACE;
	}
	/* The session holds its root, so that the number stays its own. */
	error = hold_add(NULL, badge, index);
	if (error) {
		sys_cap_delete(session);
		record_free(unit);
		return error;
	}
	store->sessions++;
	record_at(unit)->badge = badge;
	record_at(unit)->node = index;
	record_commit(unit, RECORD_SESSION);
	out->session = session;
	rq->send_drop = 1;
	return 0;
}

static const struct fs_ops ops = {
	.lookup = op_lookup,
	.stat = op_stat,
	.create = op_create,
	.symlink = op_symlink,
	.link = op_link,
	.unlink = op_unlink,
	.rename = op_rename,
	.readlink = op_readlink,
	.readdir = op_readdir,
	.open = op_open,
	.close = op_close,
	.setattr = op_setattr,
	.resize = op_resize,
	.statfs = op_statfs,
	.session = op_session,
};

static error_t dispatch(struct request *rq)
{
	u64 node = rq->m.word[0];

	/* Everything before this call has been answered. */
	journal_close(&store->journal);
	request_repeated = journal_repeats(&store->journal, rq, fs_token(rq));
	if (request_repeated && TAG_LABEL(rq->m.tag) != FS_ROW_OPEN)
		return 0;
	/* The repetition of an open still needs its capability, and so the node that it names: the
	 * journal has put the answer's first word in its place. */
	rq->m.word[0] = node;
	return fs_dispatch(&ops, rq);
}

/* The caller of an open was killed: its hold goes. */
static void abandoned(struct request *rq)
{
	if (TAG_LABEL(rq->m.tag) != FS_ROW_OPEN)
		return;
	journal_close(&store->journal);
	rq->token = 0;
	(void)op_close(rq, &(struct fs_close_in){ rq->m.word[0] });
}

static void gone(u64 badge)
{
	journal_close(&store->journal);
	hold_drop_all(badge);
}

/* A fresh tree: the root, then what the archives bring; the magic makes it the truth. */
static error_t tree_make(void)
{
	u32 root;
	error_t error = node_make(FS_DIRECTORY | 0755, 0, 0, &root);

	if (!error)
		error = archive_unpack("archive0");
	if (!error)
		error = archive_unpack("archive1");
	if (error == E_NOSPACE || error == E_NOMEM) {
		log_printf("the root file system does not fit into this machine's memory");
		return E_NOSPACE;
	}
	if (!error)
		store->magic = STORE_MAGIC;
	return error;
}

static error_t start(void)
{
	bool fresh;
	error_t error = store_open(&fresh);

	if (!error)
		error = contents_start();
	if (!error)
		error = index_start();
	if (error)
		return error;
	if (fresh)
		return tree_make();
	return index_build();
}

int main(void)
{
	const struct service service = {
		.endpoint = endpoint = grant_find("self"),
		.dispatch = dispatch,
		.gone = gone,
		.abandoned = abandoned,
	};
	error_t error = start();

	if (error) {
		log_printf("cannot start: %s", error_name(error));
		return (int)error;
	}
	depot_ready();
	return (int)serve(&service);
}
