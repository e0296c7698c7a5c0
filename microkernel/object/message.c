/* SPDX-License-Identifier: MIT */
/* message.c - see message.h. */
#include "microkernel/object/message.h"

void message_copy_words(struct registers *to, const struct registers *from)
{
	to->rdx = from->rdx;
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r12 = from->r12;
	to->r13 = from->r13;
}

void message_clear_words(struct registers *regs)
{
	regs->rdx = regs->r8 = regs->r9 = regs->r10 = regs->r12 = regs->r13 = 0;
}

error_t message_check_caps(struct thread *from, struct thread *to, unsigned count, unsigned accept)
{
	struct cap_ref cap;
	error_t error;

	if (!count)
		return 0;
	if (!from->message)
		return E_INVAL;
	if (count > accept || !to->message)
		return E_FULL;
	for (unsigned i = 0; i < count; i++) {
		error = cap_lookup_in(from->table, from->message->send[i], OBJECT_NONE, RIGHT_COPY,
				      &cap);
		if (error)
			return error;
	}
	return table_reserve(to->table, count);
}

void message_move_caps(struct thread *from, struct thread *to, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct cap_ref cap;
		u64 rights = from->message->send_rights[i];
		i64 handle = cap_lookup_in(from->table, from->message->send[i], OBJECT_NONE,
					   RIGHT_COPY, &cap);

		if (!handle)
			handle = cap_derive(to->table, cap.slot, rights ? rights : RIGHTS_ALL, 0);
		to->message->received[i] = handle < 0 ? CAP_NONE : (cap_t)handle;
	}
	if (to->message)
		to->message->received_count = count;
}

void message_end_donation(struct thread *server)
{
	server->run.context = &server->run.own;
	server->donor = NULL;
}
