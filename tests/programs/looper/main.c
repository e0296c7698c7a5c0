/* SPDX-License-Identifier: MIT */
/*
 * looper - a server that never comes back from its first call, and answers E_NOTSUP in its next
 * life; only the tests' grants start it.
 */
#include "libsys/depot.h"
#include "libsys/serve.h"
#include "libsys/start.h"

enum { KEY_STARTS = 1 };

static u64 *starts;

static error_t dispatch(struct request *rq)
{
	(void)rq;
	while (*starts == 1)
		__asm__ volatile("" : : : "memory");
	return E_NOTSUP;
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };
	cap_t memory;
	bool fresh;

	if (depot_map(KEY_STARTS, PAGE_SIZE, 0, (void **)&starts, &memory, &fresh))
		return 1;
	(*starts)++;
	depot_ready();
	return (int)serve(&service);
}
