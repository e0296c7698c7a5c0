/* SPDX-License-Identifier: MIT */
/* depot.c - the supervisor protocol's depot rows through the grant "supervisor". */
#include "libsys/depot.h"

#include "libsys/heap.h"
#include "libsys/start.h"
#include "proto/supervisor.h"

error_t depot_open(u64 key, u64 size, u64 flags, cap_t *memory, bool *fresh)
{
	struct supervisor_depot_out out;
	error_t error = supervisor_depot(grant_find("supervisor"), key, size, flags, &out);

	if (error)
		return error;
	*memory = out.memory;
	*fresh = out.fresh;
	return 0;
}

error_t depot_map(u64 key, u64 size, u64 flags, void **address, cap_t *memory, bool *fresh)
{
	error_t error = depot_open(key, size, flags, memory, fresh);
	i64 mapped;

	if (error)
		return error;
	mapped = memory_map(*memory, 0, size, PROTECT_READ | PROTECT_WRITE);
	if (map_failed(mapped))
		return mapped;
	*address = (void *)mapped;
	return 0;
}

error_t depot_drop(u64 key)
{
	return supervisor_depot_drop(grant_find("supervisor"), key);
}

error_t depot_keep(u64 key, cap_t cap)
{
	return supervisor_keep(grant_find("supervisor"), key, cap);
}

error_t depot_take(u64 key, cap_t *cap)
{
	struct supervisor_take_out out;
	error_t error = supervisor_take(grant_find("supervisor"), key, &out);

	if (!error)
		*cap = out.kept;
	return error;
}

error_t depot_account(u64 key, u64 limit, cap_t *budget)
{
	struct supervisor_account_out out;
	error_t error = supervisor_account(grant_find("supervisor"), key, limit, &out);

	if (!error)
		*budget = out.budget;
	return error;
}

error_t depot_ready(void)
{
	return supervisor_ready(grant_find("supervisor"));
}
