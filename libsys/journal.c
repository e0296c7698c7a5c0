/* SPDX-License-Identifier: MIT */
/* journal.c - one record of the last commit, and results of servers that died; see journal.h. */
#include "libsys/journal.h"

static inline void store_at(void *place, u32 width, u64 value)
{
	switch (width) {
	case 2:
		__atomic_store_n((u16 *)place, (u16)value, __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((u32 *)place, (u32)value, __ATOMIC_RELEASE);
		break;
	case 8:
		__atomic_store_n((u64 *)place, value, __ATOMIC_RELEASE);
		break;
	}
}

void journal_close(struct journal *journal)
{
	__atomic_store_n(&journal->active, 0, __ATOMIC_RELEASE);
}

void journal_open(struct journal *journal, void *base)
{
	if (journal->active) {
		store_at((u8 *)base + journal->offset, journal->width, journal->value);
		if (journal->result.token) {
			journal->done[journal->next % JOURNAL_DONE] = journal->result;
			journal->next++;
		}
		journal_close(journal);
	}
	journal->count = 0;
	for (u32 i = 0; i < JOURNAL_DONE; i++)
		journal->count += journal->done[i].token != 0;
}

bool journal_repeats(struct journal *journal, struct request *rq, u64 token)
{
	rq->token = token;
	if (!journal->count || !token)
		return false;
	for (u32 i = 0; i < JOURNAL_DONE; i++) {
		struct journal_result *r = &journal->done[i];

		/* It stays: should this server die before it answers, the call comes once more. */
		if (r->token == token && r->badge == rq->m.badge) {
			rq->m.word[0] = r->word;
			return true;
		}
	}
	return false;
}

static inline void note(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value)
{
	journal_close(journal);
	journal->result = (struct journal_result){ badge, token, word };
	journal->offset = (u64)((u8 *)place - (u8 *)base);
	journal->width = width;
	journal->value = value;
	__atomic_store_n(&journal->active, 1, __ATOMIC_RELEASE);
}

void journal_commit_for(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value)
{
	note(journal, base, badge, token, word, place, width, value);
	store_at(place, width, value);
}

void journal_commit(struct journal *journal, void *base, const struct request *rq, u64 word,
		    void *place, u32 width, u64 value)
{
	journal_commit_for(journal, base, rq->m.badge, rq->token, word, place, width, value);
}

void journal_note(struct journal *journal, void *base, u64 badge, u64 token, u64 word, void *place,
		  u32 width, u64 value)
{
	note(journal, base, badge, token, word, place, width, value);
}

void journal_store(void *place, u32 width, u64 value)
{
	store_at(place, width, value);
}
