/* SPDX-License-Identifier: MIT */
/*
 * util.h - what many files of the personality need and none owns.
 */
#ifndef LINUX_UTIL_H
#define LINUX_UTIL_H

#include "libsys/heap.h"
#include "libsys/string.h"
#include "microkernel/abi/error.h"
#include "servers/linux/errno.h"

/*
 * A call of a bounded row.  A kick may find it still queued and take it back; the signal behind the
 * kick is pending and will be seen, so the call is simply made again.
 */
#define BOUNDED(call)                                                                              \
	({                                                                                         \
		i64 bounded_;                                                                      \
		do                                                                                 \
			bounded_ = (call);                                                         \
		while (bounded_ == E_CANCELLED);                                                   \
		errno_from(bounded_);                                                              \
	})

static inline char *string_save(const char *text)
{
	u64 length = strlen(text);
	char *copy = heap_alloc(length + 1);

	if (copy)
		memcpy(copy, text, length + 1);
	return copy;
}

static inline void string_free(char *text)
{
	if (text)
		heap_free(text, strlen(text) + 1);
}

#endif
