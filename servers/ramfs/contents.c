/* SPDX-License-Identifier: MIT */
/* contents.c - the memory objects behind regular files; see contents.h. */
#include "servers/ramfs/contents.h"

#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "proto/supervisor.h"
#include "servers/ramfs/store.h"

/* Writers may extend a file up to this without asking; what they touch is charged then. */
#define CAPACITY ((u64)1 << 47)

enum { KEY_ACCOUNTS = 0x100 }; /* below every node's id */

static cap_t *cache; /* by node; CAP_NONE: not fetched */
static cap_t account[FILE_SYSTEMS]; /* likewise */

error_t contents_start(void)
{
	cache = pages_alloc((u64)NODES_MAX * sizeof(cap_t));
	return cache ? 0 : E_NOMEM;
}

static u64 account_key(u32 file_system)
{
	return KEY_ACCOUNTS + file_system;
}

error_t contents_account_make(u32 file_system)
{
	u64 size = store->file_system[file_system].size_bytes;

	contents_account_drop(file_system);
	return size ? depot_account(account_key(file_system), size, &account[file_system]) : 0;
}

void contents_account_drop(u32 file_system)
{
	if (account[file_system])
		sys_cap_delete(account[file_system]);
	account[file_system] = CAP_NONE;
	/* Also one that a server left which died in the middle. */
	depot_drop(account_key(file_system));
}

static error_t account_open(u32 file_system)
{
	return account[file_system]
		       ? 0
		       : depot_account(account_key(file_system), 0, &account[file_system]);
}

error_t contents_pages(u32 file_system, u64 *used, u64 *most)
{
	struct supervisor_status_out status;
	const char *name = start_argument(0);
	struct budget_info info;
	error_t error;

	if (store->file_system[file_system].size_bytes) {
		error = account_open(file_system);
		if (!error)
			error = sys_budget_info(account[file_system], &info);
		if (error)
			return error;
		*used = info.frames;
		*most = info.limit_bytes / PAGE_SIZE;
		return 0;
	}
	error = supervisor_status(grant_find("supervisor"), name, strlen(name), &status);
	if (error)
		return error;
	*used = status.depot_bytes / PAGE_SIZE;
	*most = status.depot_limit_bytes / PAGE_SIZE;
	return 0;
}

/* The memory of a file in an account: made here and kept by init. */
static error_t memory_in_account(u32 index, cap_t *memory)
{
	u32 file_system = store->node[index].file_system;
	error_t error = depot_take(node_id(index), memory);
	i64 made;

	if (error == E_NOENT)
		error = account_open(file_system);
	else
		return error;
	if (error)
		return error;
	made = sys_memory_create(account[file_system], 0, 0);
	if (made < 0)
		return made == E_NOMEM ? E_NOSPACE : made;
	CRASH_POINT(ACCOUNT_CHARGED);
	error = depot_keep(node_id(index), made);
	if (error)
		sys_cap_delete(made);
	else
		*memory = made;
	return error;
}

static error_t memory_open(u32 index, cap_t *memory)
{
	bool fresh;

	if (store->file_system[store->node[index].file_system].size_bytes)
		return memory_in_account(index, memory);
	return depot_open(node_id(index), 0, 0, memory, &fresh);
}

error_t contents_open(u32 index, cap_t *memory)
{
	bool had = store->node[index].has_contents;
	error_t error;

	if (!cache[index]) {
		/* First, so that what init keeps is dropped with the node also if we die here. */
		store->node[index].has_contents = 1;
		CRASH_POINT(CONTENTS_NOTED);
		error = memory_open(index, &cache[index]);
		if (error) {
			store->node[index].has_contents = had;
			return error;
		}
		CRASH_POINT(CONTENTS_MADE);
		/* Also when it is not fresh: who made it may have died before it came to this. */
		error = sys_memory_set_capacity(cache[index], CAPACITY);
		if (error)
			return error;
	}
	*memory = cache[index];
	return 0;
}

error_t contents_resize(u32 index, u64 size)
{
	cap_t memory;
	error_t error;

	if (size > CAPACITY)
		return E_RANGE;
	if (!size && !store->node[index].has_contents)
		return 0;
	error = contents_open(index, &memory);
	if (error)
		return error;
	error = sys_memory_resize(memory, size);
	return error == E_NOMEM ? E_NOSPACE : error;
}

error_t contents_write(u32 index, const void *from, u64 length)
{
	u64 done = 0;
	cap_t memory;
	error_t error = length ? contents_open(index, &memory) : 0;

	while (!error && done < length) {
		i64 n = sys_memory_copy(memory, done, (u64)from + done, length - done,
					COPY_TO_MEMORY | COPY_EXTEND);
		if (n <= 0)
			error = n == E_NOMEM || n == 0 ? E_NOSPACE : n;
		else
			done += n;
	}
	return error;
}

void contents_info(u32 index, struct memory_info *info)
{
	cap_t memory;

	memset(info, 0, sizeof(*info));
	if (store->node[index].has_contents && !contents_open(index, &memory))
		(void)!sys_memory_info(memory, info);
}

void contents_drop(u32 index)
{
	if (cache[index])
		sys_cap_delete(cache[index]);
	cache[index] = CAP_NONE;
	if (!store->node[index].has_contents)
		return;
	depot_drop(node_id(index));
	CRASH_POINT(CONTENTS_DROPPED);
	store->node[index].has_contents = 0;
}
