/* SPDX-License-Identifier: MIT */
/* message.c - see message.h. */
#include "microkernel/object/message.h"

error_t message_send_caps(struct thread *from, struct thread *to, unsigned count, unsigned accept)
{
	struct message_page *sent = from->message, *received = to->message;
	struct cap_ref source[MESSAGE_CAPS];
	struct slot *slot[MESSAGE_CAPS];
	error_t error;

	if (!sent)
		return E_INVAL;
	if (count > accept || !received)
		return E_FULL;
	for (unsigned i = 0; i < count; i++) {
		error = cap_find(from->table, sent->send[i], OBJECT_NONE, RIGHT_COPY, &source[i]);
		if (error)
			return error;
	}
	error = table_take(to->table, count, slot);
	for (unsigned i = 0; i < count && !error; i++) {
		u64 rights = sent->send_rights[i];
		i64 handle = cap_derive_into(to->table, slot[i], &source[i],
					     rights ? rights : RIGHTS_ALL);

		received->received[i] = handle < 0 ? CAP_NONE : (cap_t)handle;
	}
	return error;
}
