/* SPDX-License-Identifier: MIT */
/*
 * util.h - what many files of the personality need and none owns.
 */
#ifndef LINUX_UTIL_H
#define LINUX_UTIL_H

#include "libsys/heap.h"
#include "libsys/lock.h"
#include "libsys/string.h"
#include "microkernel/abi/error.h"
#include "servers/linux/errno.h"

/* twin.c: the calling thread has to end and may not wait for any server: it makes no call. */
bool call_refused(void);
/* Has one of its calls been refused since the thread began to give back what it gives back now? */
bool call_was_refused(void);

/*
 * A call of a bounded row.  A kick may find it still queued and take it back; the signal behind the
 * kick is pending and will be seen, so the call is simply made again, unless the thread has to end
 * and the server has had its time.
 */
#define BOUNDED(call)                                                                              \
	({                                                                                         \
		i64 bounded_;                                                                      \
		lock_none_held();                                                                  \
		do                                                                                 \
			bounded_ = call_refused() ? E_ABANDONED : (call);                          \
		while (bounded_ == E_CANCELLED);                                                   \
		errno_from(bounded_);                                                              \
	})

/*
 * Give something back to a server: act(object, number), now or, if the thread gives up on servers,
 * once more when it has ended.  So what an act does before a call that is refused must bear that.
 */
void give_back(void (*act)(void *object, u64 number), void *object, u64 number);

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
