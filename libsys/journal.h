/* SPDX-License-Identifier: MIT */
/*
 * journal.h - a request that was carried out and not yet answered when its server died is not
 * carried out again.
 *
 * Rows of a protocol that say `once` carry a token, the same in every repetition of one call.
 * Such a request takes effect with a single store, the commit.  The journal, in the server's depot,
 * names the last commit: token, place, value and result.  A successor repeats that store, which is
 * harmless if it had happened, and notes the result under the token; when the caller repeats its
 * call, it is given that result.
 *
 * Why one record is enough: a server serves one call after the other and answers it before the next
 * commit, so at most one commit is without its answer.  What changes the same places without a call
 * (a session that is gone) closes the journal first.
 */
#ifndef LIBSYS_JOURNAL_H
#define LIBSYS_JOURNAL_H

#include "libsys/request.h"

enum { JOURNAL_DONE = 32 };

struct journal_result {
	u64 badge, token; /* token 0: free */
	u64 word;	  /* the answer's first word */
};

struct journal {
	u32 active; /* the record below is complete */
	u32 width;  /* of the store: 2, 4 or 8 bytes */
	u64 offset; /* of the place, from the base given to journal_open */
	u64 value;
	struct journal_result result;
	u32 next;  /* place in done[] that is overwritten next */
	u32 count; /* results in done[] */
	struct journal_result done[JOURNAL_DONE]; /* carried out by servers that died */
};

/* Adopt a journal in memory at base: finish its last commit, keep its result for the repetition. */
void journal_open(struct journal *journal, void *base);
/* The last commit has been answered, or will never be asked for again. */
void journal_close(struct journal *journal);
/*
 * Take up a call with its token (NAME_token of the protocol).  true: it has been carried out before
 * and the answer is in its first word.
 */
bool journal_repeats(struct journal *journal, struct request *rq, u64 token);

/* Carry out the request's commit: *place = value, with `word` as what is answered. */
void journal_commit(struct journal *journal, void *base, const struct request *rq, u64 word,
		    void *place, u32 width, u64 value);
/*
 * The two stores of a commit apart: the journal names it; the place has its value.  A death between
 * the two is the successor's to finish.
 */
void journal_note(struct journal *journal, void *base, u64 badge, u64 token, u64 word, void *place,
		  u32 width, u64 value);
void journal_store(void *place, u32 width, u64 value);
/* The same for a call that waited. */
void journal_commit_for(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value);

#endif
