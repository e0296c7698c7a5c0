/* SPDX-License-Identifier: MIT */
/* message.c - see message.h. */
#include "microkernel/object/message.h"

error_t message_prepare_caps(struct message_caps *caps, struct thread *from, struct thread *to,
			     unsigned count, unsigned accept)
{
	error_t error;

	caps->count = 0;
	if (!count)
		return 0;
	if (!from->message)
		return E_INVAL;
	if (count > accept || !to->message)
		return E_FULL;
	for (unsigned i = 0; i < count; i++) {
		u64 rights = from->message->send_rights[i];

		caps->rights[i] = rights ? rights : RIGHTS_ALL;
		error = cap_find(from->table, from->message->send[i], OBJECT_NONE, RIGHT_COPY,
				      &caps->source[i]);
		if (error)
			return error;
	}
	error = table_take(to->table, count, caps->slot);
	if (!error)
		caps->count = count;
	return error;
}
