/* SPDX-License-Identifier: MIT */
/* bounds.h - the check that every reader of an untrusted file makes. */
#ifndef BOOTLOADER_BOUNDS_H
#define BOOTLOADER_BOUNDS_H

#include "microkernel/abi/types.h"

/* Whether [offset, offset + length) lies inside [0, limit), for any values. */
static inline bool inside(u64 offset, u64 length, u64 limit)
{
	return offset <= limit && length <= limit - offset;
}

#endif
