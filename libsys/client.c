/* SPDX-License-Identifier: MIT */
/* client.c - one call with its retries; see client.h. */
#include "libsys/client.h"

error_t client_call(cap_t to, struct message *m)
{
	struct message request = *m;
	error_t error;

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
