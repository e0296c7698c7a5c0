/* SPDX-License-Identifier: MIT */
/*
 * inversion.c - a caller of the lowest level inside a server, others that compute, and one of the
 * highest user level that wants to call the same server: how much longer it waits than the server
 * still needs.
 *
 * The server works in pieces of known length and notes when each was done.  What the second caller
 * waits from the time at which its timer is due, less the pieces that began later, is what others
 * than the server took.
 */
#include "libsys/ipc.h"
#include "tests/programs/latency/latency.h"

enum { ROUNDS = 20, PIECES = 25, MIDDLE = 4, AFTERWARDS_NS = 60 * MS };
enum { LOW_GO = 1, AT_WORK = 1, LOW_OVER = 4, HIGH_OVER = 8 };
enum request { NOTHING, WORK, KEEP, LET_GO };

static cap_t front, behind; /* endpoints; behind CAP_NONE: the front server does the work */
static cap_t low_bell, high_bell, over;
static u64 began_ns, piece_done_ns[PIECES];
static u64 longer[ROUNDS];
static enum request wanted;
static bool computes_on; /* the low caller, once it is answered */

static u64 serve_one(struct message *m, cap_t next)
{
	struct message on = { .tag = m->tag, .word = { m->word[0] } };

	if (m->word[0] != WORK)
		return 0;
	if (next)
		return ipc_call(next, &on);
	began_ns = clock_now();
	(void)sys_notification_signal(high_bell, AT_WORK);
	for (u32 i = 0; i < PIECES; i++) {
		spin(MS);
		piece_done_ns[i] = clock_now();
	}
	return 0;
}

static void server(void *argument)
{
	cap_t self = *(cap_t *)argument, next = self == front ? behind : CAP_NONE;
	struct message m = { 0 };
	error_t error = ipc_receive(self, &m);
	u64 kept = 0;

	while (!error) {
		if (m.word[0] == KEEP) {
			kept = m.reply;
			began_ns = clock_now();
			(void)sys_notification_signal(high_bell, AT_WORK);
			error = ipc_receive(self, &m);
			continue;
		}
		if (m.word[0] == LET_GO) {
			struct message late = { .reply = kept };

			(void)ipc_reply(&late);
		}
		(void)serve_one(&m, next);
		m.tag = 0;
		error = ipc_reply_receive(self, &m);
	}
	sys_thread_exit(0);
}

static void ask(enum request what)
{
	struct message m = { .word = { what } };

	(void)ipc_call(front, &m);
}

static void low(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < ROUNDS; i++) {
		(void)sys_notification_wait(low_bell, LOW_GO, DEADLINE_NEVER);
		ask(wanted);
		if (computes_on)
			spin(AFTERWARDS_NS);
		(void)sys_notification_signal(over, LOW_OVER);
	}
	sys_thread_exit(0);
}

/* The server's work that had not begun then. */
static u64 needed_since(u64 when)
{
	u32 left = 0;

	while (left < PIECES && piece_done_ns[PIECES - 1 - left] > when)
		left++;
	return left ? (left - 1) * (u64)MS : 0;
}

static void high(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 due, elapsed, needed;

		(void)sys_notification_signal(low_bell, LOW_GO);
		(void)sys_notification_wait(high_bell, AT_WORK, DEADLINE_NEVER);
		/* It may hear of the work only when that is over: it has waited all the same. */
		due = began_ns + i % 10 * MS + MS / 2;
		sleep_until(high_bell, due);
		ask(NOTHING);
		elapsed = clock_now() - due;
		/* With several processors a piece may be done in less. */
		needed = wanted == WORK ? needed_since(due) : 0;
		longer[i] = elapsed > needed ? elapsed - needed : 0;
		if (wanted == KEEP)
			ask(LET_GO);
		(void)sys_notification_wait(over, LOW_OVER, DEADLINE_NEVER);
	}
	(void)sys_notification_signal(over, HIGH_OVER);
	sys_thread_exit(0);
}

static void measure(const char *name, enum request what, bool chain)
{
	cap_t lowest;

	wanted = what;
	front = made(sys_endpoint_create(CAP_SELF_BUDGET));
	behind = chain ? made(sys_endpoint_create(CAP_SELF_BUDGET)) : CAP_NONE;
	(void)begin(server, &front, LEVEL_SERVER);
	if (chain)
		(void)begin(server, &behind, LEVEL_SERVER);
	lowest = begin(low, NULL, LEVEL_USER_TOP);
	(void)!sys_thread_control(lowest, THREAD_SET_LEVEL, LEVEL_USER);
	(void)begin(high, NULL, LEVEL_USER_TOP);
	(void)sys_notification_wait(over, HIGH_OVER, DEADLINE_NEVER);
	figures_tell(name, longer, ROUNDS);
	(void)sys_object_destroy(front);
	if (chain)
		(void)sys_object_destroy(behind);
}

void inversion(void)
{
	low_bell = made(sys_notification_create(CAP_SELF_BUDGET));
	high_bell = made(sys_notification_create(CAP_SELF_BUDGET));
	over = made(sys_notification_create(CAP_SELF_BUDGET));
	hogs_begin(MIDDLE);
	measure("behind a low caller's work", WORK, false);
	measure("behind it in a chain", WORK, true);
	measure("beside its pending answer", KEEP, false);
	computes_on = true;
	measure("behind one that computes afterwards", WORK, false);
	hogs_end();
	measure("the same with nobody else", WORK, false);
}
