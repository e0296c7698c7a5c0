/* SPDX-License-Identifier: MIT */
/* lock_type.h - what a lock is, for those that hold one; lock.h has what is done with it. */
#ifndef CORE_LOCK_TYPE_H
#define CORE_LOCK_TYPE_H

#include "microkernel/abi/types.h"

struct lock {
	u32 held;
	u32 class; /* enum lock_class, constant */
};

#endif
