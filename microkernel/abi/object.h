/* SPDX-License-Identifier: MIT */
/* object.h - object types and rights, made from object.def. */
#ifndef ABI_OBJECT_H
#define ABI_OBJECT_H

#include "microkernel/abi/types.h"

enum object_type {
#define OBJECT(name, number, prefix, text) OBJECT_##name = (number),
#define RIGHT(object, name, bit, text)
#include "microkernel/abi/object.def"
#undef OBJECT
#undef RIGHT
	OBJECT_TYPES
};

enum rights {
#define OBJECT(name, number, prefix, text)
#define RIGHT(object, name, bit, text) RIGHT_##object##_##name = 1 << (bit),
#include "microkernel/abi/object.def"
#undef OBJECT
#undef RIGHT
	RIGHTS_ALL = 0xffff
};

/* Short names for the rights that all types share. */
#define RIGHT_COPY    RIGHT_ANY_COPY
#define RIGHT_DESTROY RIGHT_ANY_DESTROY
#define RIGHT_READ    RIGHT_ANY_READ
#define RIGHT_WRITE   RIGHT_ANY_WRITE

/*
 * Slots that whoever makes a process fills first: a fresh table hands out slot 1, 2, ... in order,
 * each with generation 1.
 */
#define CAP_AT(slot)	((cap_t)1 << 24 | (slot))
#define CAP_SELF_TABLE	CAP_AT(1) /* RIGHT_TABLE_INSERT, COPY */
#define CAP_SELF_SPACE	CAP_AT(2)
#define CAP_SELF_BUDGET CAP_AT(3)

#endif
