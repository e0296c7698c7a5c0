/* SPDX-License-Identifier: MIT */
/*
 * message.h - the steps by which words and capabilities pass from one thread to another.
 *
 * message_check_caps is the part that can fail; after it has said yes the others cannot.
 */
#ifndef OBJECT_MESSAGE_H
#define OBJECT_MESSAGE_H

#include "microkernel/object/thread.h"

void message_copy_words(struct registers *to, const struct registers *from);
void message_clear_words(struct registers *regs);
/* Can `from` hand its `count` capabilities to `to`, who takes `accept`?  Reserves the slots. */
error_t message_check_caps(struct thread *from, struct thread *to, unsigned count, unsigned accept);
void message_move_caps(struct thread *from, struct thread *to, unsigned count);
/* The server no longer runs on its caller's time (C1). */
void message_end_donation(struct thread *server);

#endif
