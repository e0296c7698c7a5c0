/* SPDX-License-Identifier: MIT */
/* callmap.h - a guest's calls by its thread's map. */
#ifndef OBJECT_CALLMAP_H
#define OBJECT_CALLMAP_H

#include "microkernel/object/thread.h"

/* Answer the call in the guest's registers, if the thread's map has a rule for it.  False: forward
 * it.  The thread has a map. */
bool callmap_answer(struct thread *thread, struct registers *regs);
/* Let go of all that the thread points to. */
void callmap_release(struct thread *thread);

#endif
