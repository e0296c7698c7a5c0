/* SPDX-License-Identifier: MIT */
/*
 * watch.h - the server's side of readiness words (ready.h): the words, and who watches them.
 *
 * Everything lies in the depot, the watchers' notifications are kept with init: a successor goes on
 * signalling those who sleep.
 */
#ifndef LIBSYS_WATCH_H
#define LIBSYS_WATCH_H

#include "libsys/ready.h"
#include "libsys/request.h"

enum { WATCHERS_MAX = 16, WATCH_KEYS = 64 }; /* depot keys that one struct watch takes */

struct watcher {
	u64 badge; /* 0: free */
	u64 bits;
};

struct watch {
	u64 key;   /* of the first of WATCH_KEYS depot keys */
	u32 count; /* words */
	cap_t words_memory;
	struct ready_word *word;
	struct watcher *watcher;	/* WATCHERS_MAX, in the depot */
	u32 *armed[WATCHERS_MAX];	/* NULL: free */
	cap_t armed_memory[WATCHERS_MAX];
	cap_t notification[WATCHERS_MAX];
	u32 used; /* watchers from here on were never there */
};

/* Adopt or make words for `count` things under the depot keys from `key` on. */
__must_use error_t watch_open(struct watch *watch, u64 key, u32 count);
/* The protocol's row `words`: the session `badge` watches from now on. */
__must_use error_t watch_add(struct watch *watch, struct request *rq, u64 bits, cap_t *words,
			     cap_t *armed);
/* The session is gone. */
void watch_drop(struct watch *watch, u64 badge);
/* Set the events of one thing; fresh: more of the same has come. */
void watch_set(struct watch *watch, u32 index, u32 events, bool fresh);

#endif
