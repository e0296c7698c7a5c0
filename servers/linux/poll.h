/* SPDX-License-Identifier: MIT */
/*
 * poll.h - waiting for any of several files, over readiness words (libsys/ready.h).
 *
 * A file's poll operation reads its state without a message.  Given a poll table it first arms the
 * word it reads, so that the server signals the event thread when it changes; that advances
 * poll_event, on which every sleeper of poll and select waits.
 */
#ifndef LINUX_POLL_H
#define LINUX_POLL_H

#include "libsys/ready.h"
#include "servers/linux/event.h"

struct poll_table {
	bool unused;
};

/* The readiness words of one server, mapped here. */
struct ready_words {
	const struct ready_word *word;
	u32 *armed;
	u64 count;
};

extern struct event poll_event;

/* Map what a server's `words` row answered. */
i64 ready_words_map(struct ready_words *words, cap_t word_memory, cap_t armed_memory);
/* POLL* of the word: readable and writable as asked for by the masks. */
u32 ready_words_poll(struct ready_words *words, u64 index, struct poll_table *table);

#endif
