/* SPDX-License-Identifier: MIT */
/* nodes.c - ramfs: attributes, contents and holds of nodes. */
#include "libsys/string.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/ramfs.h"
#include "servers/ramfs/room.h"

void node_touch(u32 index, bool contents)
{
	struct node *node = &store->node[index];

	node->changed_ns = realtime_now();
	if (contents)
		node->modified_ns = node->changed_ns;
	CRASH_POINT(TOUCH_HALF);
	node->version++;
}

/* What a name counts in the size of its directory: what programs know from other systems. */
enum { NAME_SIZE = 20 };

u64 node_size(u32 index)
{
	struct memory_info info;

	switch (node_type(index)) {
	case FS_REGULAR:
		contents_info(index, &info);
		return info.size_bytes;
	case FS_SYMLINK:
		return store->node[index].target_length;
	case FS_DIRECTORY:
		return (u64)(index_entries(index) + 2) * NAME_SIZE;
	}
	return 0;
}

/* Writers work on the memory itself, which tells when they last did; times are signed. */
static bool written(const struct node *node, const struct memory_info *info)
{
	return info->version != node->memory_version;
}

static bool written_later(const struct node *node, const struct memory_info *info)
{
	return written(node, info) &&
	       (i64)(info->modified_ns + realtime_offset()) > (i64)node->changed_ns;
}

static u64 modified_ns(const struct node *node, const struct memory_info *info)
{
	return written(node, info) ? info->modified_ns + realtime_offset() : node->modified_ns;
}

u64 node_modified_ns(u32 index)
{
	struct memory_info info;

	contents_info(index, &info);
	return modified_ns(&store->node[index], &info);
}

error_t op_stat(struct request *rq, const struct fs_stat_in *in)
{
	struct fs_attributes a = { 0 };
	struct memory_info info = { 0 };
	const struct node *node;
	u64 length = sizeof(a);
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	node = &store->node[index];
	contents_info(index, &info);
	a.node = node_id(index);
	a.mode = node->mode;
	a.links = index_links(index);
	a.uid = node->uid;
	a.gid = node->gid;
	a.size = node_size(index);
	a.device = node->device;
	a.accessed_ns = node->accessed_ns;
	a.modified_ns = modified_ns(node, &info);
	/* What writers did changed the node too; a time that was set did not. */
	a.changed_ns = written_later(node, &info) ? a.modified_ns : node->changed_ns;
	a.created_ns = node->created_ns;
	a.version = node->version + info.version;
	a.resident_bytes = info.resident_pages * PAGE_SIZE;
	if (in->attributes_capacity < length)
		length = in->attributes_capacity;
	return request_write(rq, FS_STAT_ATTRIBUTES, 0, &a, length);
}

error_t op_readlink(struct request *rq, const struct fs_readlink_in *in,
		    struct fs_readlink_out *out)
{
	const struct record *r;
	u64 length;
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	if (node_type(index) != FS_SYMLINK)
		return E_INVAL;
	r = record_at(store->node[index].target);
	length = in->target_capacity < r->length ? in->target_capacity : r->length;
	out->length = r->length;
	return request_write(rq, FS_READLINK_TARGET, 0, r->text, length);
}

error_t op_open(struct request *rq, const struct fs_open_in *in, struct fs_open_out *out)
{
	cap_t memory = CAP_NONE;
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (!error && in->with_contents && node_type(index) == FS_REGULAR)
		error = contents_open(index, &memory);
	if (!error && !request_repeated)
		error = hold_add(rq, 0, rq->m.badge, index);
	if (error)
		return error;
	out->contents = memory;
	rq->send_rights[0] = RIGHT_READ | RIGHT_WRITE | RIGHT_MEMORY_EXEC | RIGHT_COPY;
	return 0;
}

error_t op_close(struct request *rq, const struct fs_close_in *in)
{
	u32 index = (u32)in->node;

	/* A held node may lie outside every name, so only the hold itself is looked for. */
	if (index >= store->node_top || !store->node[index].mode || node_id(index) != in->node)
		return E_STALE;
	return hold_drop(rq, index);
}

error_t op_setattr(struct request *rq, const struct fs_setattr_in *in)
{
	struct memory_info info;
	struct node *node;
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	if (in->mask & ~(u64)(FS_SET_MODE | FS_SET_UID | FS_SET_GID | FS_SET_ACCESSED |
			      FS_SET_MODIFIED))
		return E_INVAL;
	node = &store->node[index];
	if (in->mask & FS_SET_MODE)
		node->mode = (node->mode & FS_TYPE_MASK) | (in->mode & FS_PERMISSIONS);
	CRASH_POINT(SETATTR_MODE);
	if (in->mask & FS_SET_UID)
		node->uid = (u32)in->owner;
	if (in->mask & FS_SET_GID)
		node->gid = (u32)(in->owner >> 32);
	CRASH_POINT(SETATTR_OWNER);
	if (in->mask & FS_SET_ACCESSED)
		node->accessed_ns = in->accessed_ns;
	if (in->mask & FS_SET_MODIFIED) {
		contents_info(index, &info);
		node->modified_ns = in->modified_ns;
		node->memory_version = info.version;
	}
	CRASH_POINT(SETATTR_TIMES);
	node_touch(index, false);
	return 0;
}

#define DAY_NS 86400000000000l

error_t op_accessed(struct request *rq, const struct fs_accessed_in *in)
{
	i64 now = (i64)realtime_now(), then, modified;
	struct node *node;
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	node = &store->node[index];
	then = (i64)node->accessed_ns;
	modified = (i64)node_modified_ns(index);
	if (then <= modified || then <= (i64)node->changed_ns || now - then > DAY_NS)
		node->accessed_ns = (u64)now;
	return 0;
}

error_t op_resize(struct request *rq, const struct fs_resize_in *in)
{
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	if (node_type(index) != FS_REGULAR)
		return node_type(index) == FS_DIRECTORY ? E_ISDIR : E_INVAL;
	error = contents_resize(index, in->size);
	if (error)
		return error;
	CRASH_POINT(RESIZED);
	node_touch(index, true);
	return 0;
}

error_t op_statfs(struct request *rq, struct fs_statfs_out *out)
{
	u32 root = session_root(rq->m.badge), number, most;
	u64 used, pages;
	error_t error;

	if (root == NO_NODE)
		return E_STALE;
	number = store->node[root].file_system;
	error = contents_pages(number, &used, &pages);
	if (error)
		return error;
	most = store->file_system[number].nodes_most;
	if (!most || most > room_nodes())
		most = room_nodes();
	out->block_size = PAGE_SIZE;
	out->blocks = pages;
	out->free_blocks = used < pages ? pages - used : 0;
	out->nodes = most;
	out->free_nodes = nodes_used(number) < most ? most - nodes_used(number) : 0;
	out->number = number;
	return 0;
}
