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
#include "servers/ramfs/later.h"
#include "servers/ramfs/ramfs.h"

#define OFFSET_AGE_NS 1000000000ul

cap_t endpoint;
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
	.make = op_make,
	.get_xattr = op_get_xattr,
	.set_xattr = op_set_xattr,
	.remove_xattr = op_remove_xattr,
	.list_xattr = op_list_xattr,
	.create_nameless = op_create_nameless,
	.accessed = op_accessed,
};

static error_t dispatch(struct request *rq)
{
	u64 node = rq->m.word[0];
	error_t error;

	if (CONFIG_DEBUG)
		crash_call();
	/* Everything before this call has been answered. */
	journal_close(&store->journal);
	request_repeated = journal_repeats(&store->journal, rq, fs_token(rq));
	if (request_repeated && TAG_LABEL(rq->m.tag) != FS_ROW_OPEN)
		return 0;
	/* The repetition of an open still needs its capability, and so the node that it names: the
	 * journal has put the answer's first word in its place. */
	rq->m.word[0] = node;
	error = fs_dispatch(&ops, rq);
	CRASH_POINT(CARRIED_OUT);
	return error;
}

/* The caller of what holds a node was killed: its hold goes. */
static void abandoned(struct request *rq)
{
	u64 label = TAG_LABEL(rq->m.tag);

	if (label != FS_ROW_OPEN && label != FS_ROW_CREATE_NAMELESS)
		return;
	journal_close(&store->journal);
	rq->token = 0;
	(void)op_close(rq, &(struct fs_close_in){ rq->m.word[0] });
}

static void gone(u64 badge)
{
	journal_close(&store->journal);
	session_end(badge);
}

static void notify(u64 bits)
{
	(void)bits;
	journal_close(&store->journal);
	file_systems_step();
}

/* A fresh tree: the root, then what the archives bring; the magic makes it the truth. */
static error_t tree_make(void)
{
	u32 root;
	error_t error = node_make(MAIN, FS_DIRECTORY | 0755, 0, 0, &root);

	if (!error)
		error = archive_unpack("archive0");
	CRASH_POINT(TREE_HALF);
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

	if (CONFIG_DEBUG && !error)
		crash_start();
	if (!error)
		error = contents_start();
	if (!error)
		error = index_start();
	if (!error)
		error = later_start();
	if (error)
		return error;
	if (fresh)
		return tree_make();
	error = index_build();
	if (error)
		return error;
	sessions_adopt();
	if (CONFIG_DEBUG)
		crash_adopted();
	return 0;
}

int main(void)
{
	const struct service service = {
		.endpoint = endpoint = grant_find("self"),
		.dispatch = dispatch,
		.gone = gone,
		.notify = notify,
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
