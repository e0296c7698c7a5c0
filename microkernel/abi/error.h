/* SPDX-License-Identifier: MIT */
/* error.h - the error numbers, made from error.def.  Calls return 0 or a negative of these. */
#ifndef ABI_ERROR_H
#define ABI_ERROR_H

enum error {
#define ERROR(name, value, text) name = -(value),
#include "microkernel/abi/error.def"
#undef ERROR
	E_LAST = -64, /* no error number lies below this */
};

#endif
