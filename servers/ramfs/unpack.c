/* SPDX-License-Identifier: MIT */
/*
 * unpack.c - ramfs: the "root/" part of an archive becomes (or is laid over) the tree.
 *
 * init has verified the archive; it is checked again all the same, for ramfs trusts no bytes.
 */
#include "libsys/archive.h"
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/ramfs.h"

static const char prefix[] = "root/";

/* The directory of a path's last part, made where it is missing; *name is that part. */
static error_t parent_make(const char *path, u32 *directory, const char **name)
{
	const char *slash;

	*directory = ROOT;
	while ((slash = strchr(path, '/'))) {
		u32 length = (u32)(slash - path);
		u32 unit = index_find(*directory, path, length), index;
		error_t error;

		if (length > FS_NAME_MAX)
			return E_TOOLONG;
		if (unit) {
			*directory = record_at(unit)->node;
			if (node_type(*directory) != FS_DIRECTORY)
				return E_NOTDIR;
		} else {
			error = node_make(MAIN, FS_DIRECTORY | 0755, 0, 0, &index);
			if (!error)
				error = entry_make(NULL, *directory, path, length, index);
			if (error)
				return error;
			*directory = index;
		}
		path = slash + 1;
	}
	*name = path;
	return 0;
}

/* A node for the entry: what is in the way goes, a directory that is there already stays. */
static error_t node_for(const struct archive *a, const struct archive_entry *e, u32 directory,
			const char *name, u32 *index)
{
	u32 length = (u32)strlen(name), unit = index_find(directory, name, length);
	u32 type = e->mode & ARCHIVE_TYPE_MASK;
	u64 owner = e->uid | (u64)e->gid << 32;
	error_t error;

	if (length > FS_NAME_MAX)
		return E_TOOLONG;
	if (unit && type == FS_DIRECTORY && node_type(record_at(unit)->node) == FS_DIRECTORY) {
		*index = record_at(unit)->node;
		store->node[*index].mode = e->mode & (FS_TYPE_MASK | FS_PERMISSIONS);
		return 0;
	}
	if (unit && node_type(record_at(unit)->node) == FS_DIRECTORY)
		return E_ISDIR;
	if (unit)
		entry_delete(NULL, unit);
	if (type == FS_SYMLINK)
		error = symlink_make(MAIN, archive_data(a, e), (u32)e->size, owner, index);
	else
		error = node_make(MAIN, e->mode & (FS_TYPE_MASK | FS_PERMISSIONS), owner, 0, index);
	if (!error)
		error = entry_make(NULL, directory, name, length, *index);
	return error;
}

static error_t entry_unpack(const struct archive *a, const struct archive_entry *e)
{
	const char *path = archive_path(a, e) + sizeof(prefix) - 1, *name;
	struct memory_info info;
	u32 directory, index;
	error_t error = parent_make(path, &directory, &name);

	if (!error)
		error = node_for(a, e, directory, name, &index);
	if (!error && node_type(index) == FS_REGULAR)
		error = contents_write(index, archive_data(a, e), e->size);
	if (error)
		return error;
	contents_info(index, &info);
	store->node[index].memory_version = info.version;
	store->node[index].modified_ns = e->modified_ns;
	return 0;
}

static error_t all_unpack(const struct archive *a)
{
	for (u32 i = 0; i < a->count; i++) {
		const struct archive_entry *e = &a->entry[i];
		error_t error;

		if (strncmp(archive_path(a, e), prefix, sizeof(prefix) - 1) != 0)
			continue;
		error = entry_unpack(a, e);
		if (error)
			return error;
	}
	return 0;
}

error_t archive_unpack(const char *grant)
{
	struct archive archive;
	struct memory_info info;
	cap_t memory = grant_find(grant);
	error_t error;
	i64 address;

	if (!memory)
		return 0;
	error = sys_memory_info(memory, &info);
	if (error)
		return error;
	address = memory_map(memory, 0, info.size_bytes, PROTECT_READ);
	if (map_failed(address))
		return address;
	error = archive_open(&archive, (const void *)address, info.size_bytes);
	if (!error)
		error = all_unpack(&archive);
	sys_space_unmap(CAP_SELF_SPACE, address, info.size_bytes);
	sys_cap_delete(memory);
	return error;
}
