/* SPDX-License-Identifier: MIT */
/* contents.c - the memory objects behind regular files; see contents.h. */
#include "servers/ramfs/contents.h"

#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/string.h"
#include "servers/ramfs/store.h"

/* Writers may extend a file up to this without asking; what they touch is charged then. */
#define CAPACITY ((u64)1 << 40)

static cap_t *cache; /* by node; CAP_NONE: not fetched */

error_t contents_start(void)
{
	cache = pages_alloc((u64)NODES_MAX * sizeof(cap_t));
	return cache ? 0 : E_NOMEM;
}

error_t contents_open(u32 index, cap_t *memory)
{
	bool fresh;
	error_t error;

	if (!cache[index]) {
		error = depot_open(node_id(index), 0, 0, &cache[index], &fresh);
		if (error)
			return error;
		store->node[index].has_contents = 1;
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
		return E_NOSPACE;
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
	if (store->node[index].has_contents)
		depot_drop(node_id(index));
	store->node[index].has_contents = 0;
}
