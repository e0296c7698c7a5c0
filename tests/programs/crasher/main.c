/* SPDX-License-Identifier: MIT */
/*
 * crasher - a server that serves at its first start, dies before it serves at the next four, and
 * serves again then; only the tests' grants start it.  It offers nothing: each call is E_NOTSUP.
 */
#include "libsys/depot.h"
#include "libsys/serve.h"
#include "libsys/start.h"

enum { KEY_STARTS = 1, DEATHS = 4 };

static error_t dispatch(struct request *rq)
{
	(void)rq;
	return E_NOTSUP;
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };
	cap_t memory;
	bool fresh;
	u64 *starts;

	if (depot_map(KEY_STARTS, PAGE_SIZE, 0, (void **)&starts, &memory, &fresh))
		return 1;
	(*starts)++;
	if (*starts > 1 && *starts <= 1 + DEATHS)
		__builtin_trap();
	depot_ready();
	return (int)serve(&service);
}
