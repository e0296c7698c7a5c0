/* SPDX-License-Identifier: MIT */
/*
 * xattr.c - ramfs: extended attributes, each a record with name and value, in a list of its node.
 *
 * The server knows no kinds of attributes: which names there are and who may see and set them is
 * for the personality to say.
 */
#include "libsys/string.h"
#include "servers/ramfs/ramfs.h"

enum { LIST_MAX = 65536 }; /* all names of a node, each with its NUL */

static u32 find(u32 index, const char *name, u64 length)
{
	for (u32 u = xattr_first(index); u; u = index_next(u))
		if (record_at(u)->length == length && !memcmp(record_at(u)->text, name, length))
			return u;
	return 0;
}

/* The node and the name of a request, and the record that has it, 0: none. */
static error_t begin(struct request *rq, u64 node, u32 window, u64 length, u32 *index, char *name,
		     u32 *unit)
{
	error_t error = node_find(rq, node, index);

	if (!error)
		error = length ? request_read(rq, window, 0, name, length) : E_INVAL;
	for (u64 i = 0; !error && i < length; i++)
		if (!name[i])
			error = E_INVAL;
	if (!error)
		*unit = find(*index, name, length);
	return error;
}

error_t op_get_xattr(struct request *rq, const struct fs_get_xattr_in *in,
		     struct fs_get_xattr_out *out)
{
	char name[FS_NAME_MAX];
	const struct record *r;
	u32 index, unit;
	error_t error =
		begin(rq, in->node, FS_GET_XATTR_NAME, in->name_length, &index, name, &unit);

	if (error)
		return error;
	if (!unit)
		return E_NOENT;
	r = record_at(unit);
	out->length = r->count;
	if (r->count > in->value_capacity)
		return 0;
	return request_write(rq, FS_GET_XATTR_VALUE, 0, r->text + r->length, r->count);
}

static u64 list_length(u32 index)
{
	u64 length = 0;

	for (u32 u = xattr_first(index); u; u = index_next(u))
		length += record_at(u)->length + 1;
	return length;
}

/* A new record takes the old one's place in one step. */
static void replace(const struct request *rq, u32 unit, u32 old)
{
	record_commit(unit, RECORD_PENDING);
	store->intent.add = unit;
	store->intent.remove = old;
	CRASH_POINT(XATTR_PENDING);
	store_commit(rq, 0, &store->intent.kind, 4, INTENT_XATTR);
	CRASH_POINT(XATTR_INTENDED);
	record_commit(unit, RECORD_XATTR);
	CRASH_POINT(XATTR_ADDED);
	record_commit(old, RECORD_FREE);
	CRASH_POINT(XATTR_REMOVED);
	intent_over();
	CRASH_POINT(XATTR_OVER);
	xattr_remove(old);
	record_free(old);
}

error_t op_set_xattr(struct request *rq, const struct fs_set_xattr_in *in)
{
	char name[FS_NAME_MAX];
	u32 index, old, unit;
	struct record *r;
	error_t error = begin(rq, in->node, FS_SET_XATTR_NAME, in->name_length, &index, name, &old);

	if (error)
		return error;
	if (in->flags & ~(u64)(FS_XATTR_CREATE | FS_XATTR_REPLACE))
		return E_INVAL;
	if (old && in->flags & FS_XATTR_CREATE)
		return E_EXISTS;
	if (!old && in->flags & FS_XATTR_REPLACE)
		return E_NOENT;
	if (!old && list_length(index) + in->name_length + 1 > LIST_MAX)
		return E_NOSPACE;
	unit = record_alloc((u32)(in->name_length + in->value_length));
	if (!unit)
		return E_NOSPACE;
	r = record_at(unit);
	error = request_read(rq, FS_SET_XATTR_VALUE, 0, r->text + in->name_length,
			     in->value_length);
	if (error) {
		record_free(unit);
		return error;
	}
	memcpy(r->text, name, in->name_length);
	r->length = (u16)in->name_length;
	r->count = (u32)in->value_length;
	r->node = index;
	r->cookie = node_id(index);
	CRASH_POINT(XATTR_FILLED);
	if (old)
		replace(rq, unit, old);
	else
		record_commit_for(rq, 0, unit, RECORD_XATTR);
	xattr_add(unit);
	CRASH_POINT(XATTR_MADE);
	node_touch(index, false);
	return 0;
}

error_t op_remove_xattr(struct request *rq, const struct fs_remove_xattr_in *in)
{
	char name[FS_NAME_MAX];
	u32 index, unit;
	error_t error =
		begin(rq, in->node, FS_REMOVE_XATTR_NAME, in->name_length, &index, name, &unit);

	if (error)
		return error;
	if (!unit)
		return E_NOENT;
	xattr_remove(unit);
	record_commit_for(rq, 0, unit, RECORD_FREE);
	record_free(unit);
	CRASH_POINT(XATTR_TAKEN);
	node_touch(index, false);
	return 0;
}

error_t op_list_xattr(struct request *rq, const struct fs_list_xattr_in *in,
		      struct fs_list_xattr_out *out)
{
	static char names[LIST_MAX];
	u32 index;
	error_t error = node_find(rq, in->node, &index);

	if (error)
		return error;
	for (u32 u = xattr_first(index); u; u = index_next(u)) {
		const struct record *r = record_at(u);

		memcpy(names + out->length, r->text, r->length);
		names[out->length + r->length] = 0;
		out->length += r->length + 1u;
	}
	if (out->length > in->names_capacity)
		return 0;
	return request_write(rq, FS_LIST_XATTR_NAMES, 0, names, out->length);
}
