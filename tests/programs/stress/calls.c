/* SPDX-License-Identifier: MIT */
/*
 * calls.c - a flood of calls to one endpoint, with windows lent and capabilities sent, whose
 * callers are kicked and have deadlines, and whose servers answer at once, later or in another
 * order.  A call that succeeds has the answer to its own question; one that was abandoned has
 * taken its windows back.
 *
 * Two workers serve, the others call.
 */
#include "libsys/ipc.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "tests/programs/stress/stress.h"

enum {
	SERVERS = 2,
	KEPT = 3,
	WORDS = 16,
	SHORT_NS = 60000,
	LABEL_QUIT = 7,
	LABEL_ASK = 8,
	BADGE = 5
};
/* What is copied is in one page: a copy may end early between two. */
#define WHOLE __attribute__((aligned(WORDS * sizeof(u64))))

static struct {
	cap_t endpoint, session, thread[WORKERS_MAX];
	u64 buffer[WORKERS_MAX][2][WORDS] WHOLE; /* of each caller: what is read, what is written */
	u32 callers, finished, answered, abandoned;
} it;

void calls_begin(void)
{
	it.endpoint = MADE(sys_endpoint_create(purse));
	it.session = MADE(sys_cap_copy(CAP_SELF_TABLE, it.endpoint, RIGHTS_ALL, BADGE));
	it.callers = workers - SERVERS;
	it.finished = it.answered = it.abandoned = 0;
}

void calls_end(void)
{
	/* Each way must have been gone. */
	must(it.answered > rounds / 20, "calls that were answered", it.answered);
	must(it.abandoned > 0, "calls that were abandoned", it.abandoned);
	GIVES(0, sys_object_destroy(it.endpoint));
}

static u64 answer_to(u64 question, u64 word)
{
	return question * 31 + word;
}

/* --- servers --- */

static void answer(struct message *m)
{
	u64 words[WORDS] WHOLE;
	u64 reply = m->reply, question = m->word[0];
	i64 got = sys_reply_read(reply, 0, 0, (u64)words, sizeof(words));

	must(got == sizeof(words) || got == E_GONE || got == E_BADCAP, "sys_reply_read", got);
	if (got == sizeof(words)) {
		for (u32 i = 0; i < WORDS; i++) {
			MUST(words[i] == question + i);
			words[i] = answer_to(question, i);
		}
		got = sys_reply_write(reply, 1, 0, (u64)words, sizeof(words));
		must(got == sizeof(words) || got == E_GONE || got == E_BADCAP, "sys_reply_write",
		     got);
		MUST(sys_reply_write(reply, 0, 0, (u64)words, 8) != 8);
	}
	*m = (struct message){ .word = { answer_to(question, WORDS) }, .reply = reply };
	got = ipc_reply(m);
	must(got == 0 || got == E_GONE || got == E_BADCAP, "ipc_reply", got);
	m->reply = 0;
}

static void capability_take(const struct message *m)
{
	struct message_page *page = libsys_message_page();

	for (u64 i = 0; i < TAG_CAPS(m->tag); i++)
		GIVES(0, sys_cap_delete(page->received[i]));
}

/* A few are kept for later: the caller may be gone by then. */
static void server(struct worker *w)
{
	struct message kept[KEPT] = { { .reply = 0 } };

	libsys_message_page()->accept_count = 1;
	for (;;) {
		struct message m = { .tag = 0 }, *place = &kept[random_below(w, KEPT)];
		i64 got = ipc_receive(it.endpoint, &m);

		must(got == 0, "ipc_receive", got);
		/* One of them has been bound to a notification before. */
		if (got || TAG_KIND(m.tag) == MESSAGE_CANCEL || TAG_KIND(m.tag) == MESSAGE_NOTIFY)
			continue;
		must(TAG_KIND(m.tag) == MESSAGE_CALL && m.badge == BADGE,
		     "kind and badge of a message", (i64)(TAG_KIND(m.tag) << 8 | m.badge));
		capability_take(&m);
		if (TAG_LABEL(m.tag) == LABEL_QUIT) {
			m.tag = 0;
			GIVES(0, ipc_reply(&m));
			break;
		}
		if (random_below(w, 2))
			(void)sys_reply_set_cookie(m.reply, m.word[0]);
		if (place->reply)
			answer(place);
		if (random_below(w, 4))
			answer(&m);
		else
			*place = m;
		/* So that nobody waits for ever for what is kept. */
		if (!random_below(w, 4))
			for (u32 i = 0; i < KEPT; i++)
				if (kept[i].reply)
					answer(&kept[i]);
	}
	for (u32 i = 0; i < KEPT; i++)
		if (kept[i].reply)
			answer(&kept[i]);
	libsys_message_page()->accept_count = 0;
}

/* --- callers --- */

static void call_prepare(struct worker *w, struct message *m, u64 question)
{
	struct message_page *page = libsys_message_page();
	u64(*buffer)[WORDS] = it.buffer[w->number];

	for (u32 i = 0; i < WORDS; i++) {
		buffer[0][i] = question + i;
		buffer[1][i] = 0;
	}
	*m = (struct message){ .tag = TAG_MAKE(LABEL_ASK, random_below(w, 2), 2, 0) | TAG_DEADLINE,
			       .word = { question } };
	page->send[0] = it.session;
	page->window[0] = (struct window){ .address = (u64)buffer[0],
					   .length = WORDS * 8,
					   .access = WINDOW_READ };
	page->window[1] = (struct window){ .address = (u64)buffer[1],
					   .length = WORDS * 8,
					   .access = WINDOW_WRITE };
	page->deadline = clock_now() + random_below(w, SHORT_NS) * random_below(w, 8);
}

/* All of the answer came or none, and none comes now. */
static void withdrawn(struct worker *w, u64 question)
{
	u64 *words = it.buffer[w->number][1], first[WORDS];

	memcpy(first, words, sizeof(first));
	for (u32 i = 0; i < WORDS; i++)
		MUST(first[i] == 0 || first[i] == answer_to(question, i));
	linger();
	must(!memcmp(first, words, sizeof(first)), "a window is written after it was taken back",
	     0);
}

static void ask(struct worker *w)
{
	u64 question = random_next(w), *words = it.buffer[w->number][1];
	struct message m;
	i64 got;

	call_prepare(w, &m, question);
	got = ipc_call(it.session, &m);
	if (got) {
		must(got == E_TIMEDOUT || got == E_ABANDONED || got == E_CANCELLED, "ipc_call",
		     got);
		__atomic_fetch_add(&it.abandoned, 1, __ATOMIC_RELAXED);
		withdrawn(w, question);
		return;
	}
	__atomic_fetch_add(&it.answered, 1, __ATOMIC_RELAXED);
	MUST(m.word[0] == answer_to(question, WORDS));
	for (u32 i = 0; i < WORDS; i++)
		MUST(words[i] == answer_to(question, i));
}

static void caller(struct worker *w)
{
	u64 per_caller = rounds / it.callers;

	for (u64 i = 0; i < per_caller; i++) {
		ask(w);
		if (!random_below(w, 4))
			(void)sys_thread_kick(it.thread[random_below(w, workers)],
					      random_below(w, 2) ? KICK_SOFT : KICK_HARD);
	}
	if (__atomic_add_fetch(&it.finished, 1, __ATOMIC_ACQ_REL) < it.callers)
		return;
	for (u32 i = 0; i < SERVERS;) {
		struct message m = { .tag = TAG_MAKE(LABEL_QUIT, 0, 0, 0) };

		/* A kick may have been latched. */
		i += ipc_call(it.session, &m) == 0;
	}
}

void calls_storm(struct worker *w)
{
	it.thread[w->number] = w->number < SERVERS ? CAP_NONE : thread_self()->cap;
	meet();
	if (w->number < SERVERS)
		server(w);
	else
		caller(w);
	meet();
}
