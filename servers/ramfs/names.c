/* SPDX-License-Identifier: MIT */
/* names.c - ramfs: finding, making, removing and listing names. */
#include "libsys/string.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/ramfs.h"

static bool is_dots(const char *name, u64 length)
{
	return string_equal(name, length, ".") || string_equal(name, length, "..");
}

static error_t name_copy(struct request *rq, u32 window, u64 length, char *name)
{
	error_t error;

	if (length == 0)
		return E_NOENT;
	error = request_read(rq, window, 0, name, length);
	if (error)
		return error;
	for (u64 i = 0; i < length; i++)
		if (name[i] == '/' || !name[i])
			return E_INVAL;
	return 0;
}

error_t name_read(struct request *rq, u32 window, u64 length, char *name)
{
	error_t error = name_copy(rq, window, length, name);

	return !error && is_dots(name, length) ? E_INVAL : error;
}

error_t entry_make(const struct request *rq, u32 directory, const char *name, u32 length, u32 node)
{
	u32 unit = record_alloc(length);
	struct record *r = record_at(unit);

	if (!unit)
		return E_NOSPACE;
	r->directory = directory;
	r->node = node;
	r->cookie = store->sequence++;
	memcpy(r->text, name, length);
	CRASH_POINT(ENTRY_FILLED);
	record_commit_for(rq, node_id(node), unit, RECORD_ENTRY);
	index_add(unit);
	CRASH_POINT(ENTRY_MADE);
	node_touch(directory, true);
	CRASH_POINT(ENTRY_TOUCHED);
	node_touch(node, false);
	return 0;
}

void entry_delete(const struct request *rq, u32 unit)
{
	u32 directory = record_at(unit)->directory, node = record_at(unit)->node;

	if (node_type(node) == FS_DIRECTORY)
		orphan_begin(node, directory);
	CRASH_POINT(ORPHAN_NOTED);
	index_remove(unit);
	record_commit_for(rq, 0, unit, RECORD_FREE);
	CRASH_POINT(ENTRY_GONE);
	record_free(unit);
	CRASH_POINT(ENTRY_FREED);
	node_touch(directory, true);
	node_touch(node, false);
	CRASH_POINT(ENTRY_LEFT);
	node_release(node);
}

error_t node_make(u32 file_system, u32 mode, u64 owner, u64 device, u32 *index)
{
	struct node *node;

	*index = node_alloc(file_system);
	if (*index == NO_NODE)
		return E_NOSPACE;
	node = &store->node[*index];
	node->uid = (u32)owner;
	node->gid = (u32)(owner >> 32);
	node->device = device;
	node->created_ns = node->changed_ns = realtime_now();
	node->accessed_ns = node->modified_ns = node->created_ns;
	CRASH_POINT(NODE_FILLED);
	node->mode = mode;
	CRASH_POINT(NODE_MADE);
	return 0;
}

error_t symlink_make(u32 file_system, const char *target, u32 length, u64 owner, u32 *index)
{
	u32 unit = record_alloc(length);
	error_t error;

	if (!unit)
		return E_NOSPACE;
	error = node_make(file_system, FS_SYMLINK | 0777, owner, 0, index);
	if (error) {
		record_free(unit);
		return error;
	}
	memcpy(record_at(unit)->text, target, length);
	record_at(unit)->node = *index;
	record_commit(unit, RECORD_TARGET);
	CRASH_POINT(TARGET_MADE);
	store->node[*index].target_length = length;
	store->node[*index].target = unit;
	CRASH_POINT(TARGET_NAMED);
	return 0;
}

/* A directory that has been removed but is still held takes no new names. */
static error_t directory_open(const struct request *rq, u64 id, u32 *index)
{
	error_t error = directory_find(rq, id, index);

	if (error)
		return error;
	return index_links(*index) ? 0 : E_NOENT;
}

error_t op_lookup(struct request *rq, const struct fs_lookup_in *in, struct fs_lookup_out *out)
{
	char name[FS_NAME_MAX];
	u32 directory, index;
	error_t error = directory_find(rq, in->directory, &directory);

	if (!error)
		error = name_copy(rq, FS_LOOKUP_NAME, in->name_length, name);
	if (error)
		return error;
	if (string_equal(name, in->name_length, ".")) {
		index = directory;
	} else if (string_equal(name, in->name_length, "..")) {
		index = directory;
		if (directory != session_root(rq->m.badge))
			index = index_parent(directory);
	} else {
		u32 unit = index_find(directory, name, (u32)in->name_length);

		if (!unit)
			return E_NOENT;
		index = record_at(unit)->node;
	}
	out->node = node_id(index);
	out->mode_links = store->node[index].mode | (u64)index_links(index) << 32;
	out->owner = store->node[index].uid | (u64)store->node[index].gid << 32;
	out->size = node_size(index);
	out->modified_ns = node_modified_ns(index);
	out->version = store->node[index].version;
	return 0;
}

static bool mode_makeable(u64 mode)
{
	u64 type = mode & FS_TYPE_MASK;

	if (mode & ~(u64)(FS_TYPE_MASK | FS_PERMISSIONS))
		return false;
	return type == FS_REGULAR || type == FS_DIRECTORY ||
	       (type >= FS_FIFO && type <= FS_BLOCK);
}

error_t op_create(struct request *rq, const struct fs_create_in *in, struct fs_create_out *out)
{
	char name[FS_NAME_MAX];
	u32 directory, index;
	error_t error = directory_open(rq, in->directory, &directory);

	if (!error)
		error = name_read(rq, FS_CREATE_NAME, in->name_length, name);
	if (error)
		return error;
	if (!mode_makeable(in->mode))
		return E_INVAL;
	if (index_find(directory, name, (u32)in->name_length))
		return E_EXISTS;
	error = node_make(store->node[directory].file_system, (u32)in->mode, in->owner, in->device,
			  &index);
	if (error)
		return error;
	error = entry_make(rq, directory, name, (u32)in->name_length, index);
	if (error) {
		node_release(index);
		return error;
	}
	out->node = node_id(index);
	return 0;
}

error_t op_create_nameless(struct request *rq, const struct fs_create_nameless_in *in,
			   struct fs_create_nameless_out *out)
{
	u32 directory, index;
	error_t error = directory_open(rq, in->directory, &directory);

	if (error)
		return error;
	if (!mode_makeable(in->mode) || (in->mode & FS_TYPE_MASK) != FS_REGULAR ||
	    in->flags & ~(u64)FS_CREATE_LINKABLE)
		return E_INVAL;
	error = node_make(store->node[directory].file_system, (u32)in->mode, in->owner, 0, &index);
	if (error)
		return error;
	store->node[index].linkable = in->flags & FS_CREATE_LINKABLE;
	CRASH_POINT(NAMELESS_MADE);
	error = hold_add(rq, node_id(index), rq->m.badge, index);
	if (error)
		node_release(index);
	else
		out->node = node_id(index);
	return error;
}

error_t op_symlink(struct request *rq, const struct fs_symlink_in *in, struct fs_symlink_out *out)
{
	static char target[FS_TARGET_MAX];
	char name[FS_NAME_MAX];
	u32 directory, index;
	error_t error = directory_open(rq, in->directory, &directory);

	if (!error)
		error = name_read(rq, FS_SYMLINK_NAME, in->name_length, name);
	if (!error && in->target_length == 0)
		error = E_NOENT;
	if (!error)
		error = request_read(rq, FS_SYMLINK_TARGET, 0, target, in->target_length);
	if (error)
		return error;
	if (index_find(directory, name, (u32)in->name_length))
		return E_EXISTS;
	error = symlink_make(store->node[directory].file_system, target, (u32)in->target_length,
			     in->owner, &index);
	if (error)
		return error;
	error = entry_make(rq, directory, name, (u32)in->name_length, index);
	if (error) {
		node_release(index);
		return error;
	}
	out->node = node_id(index);
	return 0;
}

error_t op_link(struct request *rq, const struct fs_link_in *in)
{
	char name[FS_NAME_MAX];
	u32 directory, index;
	error_t error = directory_open(rq, in->directory, &directory);

	if (!error)
		error = node_find(rq, in->node, &index);
	if (!error)
		error = name_read(rq, FS_LINK_NAME, in->name_length, name);
	if (error)
		return error;
	if (node_type(index) == FS_DIRECTORY)
		return E_ISDIR;
	if (index_find(directory, name, (u32)in->name_length))
		return E_EXISTS;
	if (!index_links(index) && !store->node[index].linkable)
		return E_NOENT;
	if (index_links(index) && nodes_full(store->node[index].file_system))
		return E_NOSPACE;
	error = entry_make(rq, directory, name, (u32)in->name_length, index);
	if (error)
		return error;
	CRASH_POINT(LINK_MADE);
	store->node[index].linkable = 0;
	return 0;
}

error_t op_unlink(struct request *rq, const struct fs_unlink_in *in)
{
	char name[FS_NAME_MAX];
	u32 directory, unit, index;
	error_t error = directory_find(rq, in->directory, &directory);

	if (!error)
		error = name_read(rq, FS_UNLINK_NAME, in->name_length, name);
	if (error)
		return error;
	if (in->flags & ~(u64)FS_UNLINK_DIRECTORY)
		return E_INVAL;
	unit = index_find(directory, name, (u32)in->name_length);
	if (!unit)
		return E_NOENT;
	index = record_at(unit)->node;
	if (node_type(index) != FS_DIRECTORY && in->flags & FS_UNLINK_DIRECTORY)
		return E_NOTDIR;
	if (node_type(index) == FS_DIRECTORY && !(in->flags & FS_UNLINK_DIRECTORY))
		return E_ISDIR;
	if (node_type(index) == FS_DIRECTORY && index_entries(index))
		return E_NOTEMPTY;
	entry_delete(rq, unit);
	return 0;
}

/* --- readdir ---------------------------------------------------------------------------------- */

enum { BATCH = 4096 };

/* Entries are gathered here and written to the caller's window a batch at a time. */
struct listing {
	struct request *rq;
	u64 capacity, written, next;
	u32 used;
	error_t error;
	u8 batch[BATCH] __attribute__((aligned(8)));
};

static void listing_flush(struct listing *l)
{
	if (l->used && !l->error)
		l->error = request_write(l->rq, FS_READDIR_ENTRIES, l->written, l->batch, l->used);
	l->written += l->used;
	l->used = 0;
}

/* false: it does not fit any more. */
static bool listing_add(struct listing *l, u32 index, u64 cookie, const char *name, u32 length)
{
	u32 size = (u32)((sizeof(struct fs_entry) + length + 1 + 7) & ~7ul);
	struct fs_entry *e;

	if (l->written + l->used + size > l->capacity || l->error)
		return false;
	if (l->used + size > BATCH)
		listing_flush(l);
	e = (struct fs_entry *)(l->batch + l->used);
	memset(e, 0, size);
	e->node = node_id(index);
	e->cookie = cookie;
	e->mode = store->node[index].mode;
	e->record_length = (u16)size;
	e->name_length = (u16)length;
	memcpy(e->name, name, length);
	l->used += size;
	l->next = cookie;
	return true;
}

error_t op_readdir(struct request *rq, const struct fs_readdir_in *in, struct fs_readdir_out *out)
{
	static struct listing l;
	u32 directory, parent;
	error_t error = directory_open(rq, in->directory, &directory);
	bool room = true;

	if (error)
		return error;
	l.rq = rq;
	l.capacity = in->entries_capacity;
	l.written = l.used = 0;
	l.error = 0;
	l.next = in->cookie;
	parent = directory == session_root(rq->m.badge) ? directory : index_parent(directory);
	if (in->cookie < 1)
		room = listing_add(&l, directory, 1, ".", 1);
	if (room && in->cookie < 2)
		room = listing_add(&l, parent, 2, "..", 2);
	for (u32 u = index_first(directory); u && room; u = index_next(u)) {
		const struct record *r = record_at(u);

		if (r->cookie > in->cookie)
			room = listing_add(&l, r->node, r->cookie, r->text, r->length);
	}
	/* A window too small for even one entry would look like the end. */
	if (!room && !l.error && l.written + l.used == 0)
		return E_INVAL;
	listing_flush(&l);
	out->length = l.written;
	out->next = l.next;
	return l.error;
}
