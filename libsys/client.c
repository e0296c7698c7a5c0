/* SPDX-License-Identifier: MIT */
/* client.c - calls with their retries; see client.h. */
#include "libsys/client.h"

#include "libsys/lock.h"

error_t client_call_waiting(cap_t to, struct message *m)
{
	struct message request = *m;
	int deaths = 0;

	lock_none_held();
	while (deaths < CLIENT_ATTEMPTS) {
		u64 begin = clock_now();
		error_t error;

		*m = request;
		error = ipc_call(to, m);
		if (!error)
			return TAG_LABEL(m->tag);
		if (error != E_DEAD)
			return error;
		deaths = clock_now() - begin > CLIENT_BLAMELESS_NS ? 0 : deaths + 1;
	}
	return E_CRASHED;
}

error_t client_call(cap_t to, struct message *m)
{
	struct message request = *m;
	error_t error;

	lock_none_held();
	for (int deaths = 0; deaths < CLIENT_ATTEMPTS; deaths++) {
		*m = request;
		error = ipc_call(to, m);
		if (!error)
			return TAG_LABEL(m->tag);
		if (error != E_DEAD)
			return error;
	}
	return E_CRASHED;
}
