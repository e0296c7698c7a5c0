/* SPDX-License-Identifier: MIT */
/*
 * endpoint.pml - call, receive, reply, cancel, kick and kill of one endpoint.
 *
 * Each caller has a wait word: whoever wins the compare-and-swap of it, and nobody else, completes the
 * wait.  A reply is the caller plus a generation that changes when the call ends.  Modelled after the
 * rules: a kick latches; a soft kick ends a queued call (E_CANCELLED) and only tells the server of a
 * received one; a hard kick ends both (E_ABANDONED) and makes the reply inert.  A deadline is a hard
 * kick with another name.
 *
 * Receiving claims the caller and takes it out of the queue under the endpoint's lock, moves the
 * message without that lock, then publishes that the call is received.  In between a soft kick finds
 * the caller claimed and leaves only its latch: so the receiver looks at the latch after publishing.
 * A hard kick cannot leave anything behind; it looks again until the word is no longer claimed.
 *
 * The server may keep a call for ever, until a cancel comes, or not even receive it: so a kick that
 * is lost shows as a state in which nothing moves.
 *
 * Properties: every wait ends exactly once; no answer reaches a later call; a kick is never lost.
 * LIVE: as long as each process goes on that can, every call and every answer comes to its end; that
 * some still move, but one is passed over for ever, is found by this alone.
 * PLANT=1: the caller looks at its latch before it is in the queue, not after.  PLANT=2: reply does
 * not compare generations.  PLANT=3: a hard kick leaves the reply alive.  PLANT=4: the receiver does
 * not look at the latch after publishing.  PLANT=5: a hard kick gives up on a caller that is claimed.
 * PLANT=6: a server that finds its answer late tries again.
 */
/* LIVE: CALLS=1 */
#ifndef PLANT
#define PLANT 0
#endif
#define CALLERS 2
#ifndef CALLS
#define CALLS 2
#endif

mtype = { running, queued, received, claimed };
mtype = { none, answered, cancelled, abandoned };

mtype state[CALLERS] = running;
mtype result[CALLERS] = none;
byte generation[CALLERS];
bool latch[CALLERS];		/* a kick that nobody has taken yet */
bool cancel[CALLERS];		/* told to the server */
bool member[CALLERS];		/* linked in the endpoint's queue */
byte call_id[CALLERS];		/* ghost: which call this is, whatever the generation says */
bool delivered;			/* ghost: the soft kick has had its effect */
bool killed;			/* ghost: so has the hard one */
byte finished;			/* ghost: callers whose calls have all ended */
byte answering;			/* ghost: servers in the middle of an answer */
bool late;			/* nobody receives the call of caller 0 before it was kicked */

/* The winner of a claim completes the wait, once. */
inline complete(who, how)
{
	assert(state[who] == claimed);
	assert(result[who] == none);
	generation[who]++;
	cancel[who] = false;
	result[who] = how;
	state[who] = running
}

proctype caller(byte me)
{
	byte call = 0;
	do
	:: call < CALLS ->
		d_step { result[me] = none; call_id[me]++ }
#if PLANT == 1
		if
		:: atomic { latch[me] -> latch[me] = false; delivered = true; result[me] = cancelled }
		:: atomic { !latch[me] -> skip };
			d_step { member[me] = true; state[me] = queued }
			result[me] != none && state[me] == running
		fi;
#else
		d_step { member[me] = true; state[me] = queued }
		/* Published first, then the latch: a kick sees the one or we see the other. */
		if
		:: latch[me] ->
			if
			:: atomic { state[me] == queued -> state[me] = claimed };
				latch[me] = false;
				delivered = true;
				member[me] = false;
				complete(me, cancelled)
			:: atomic { state[me] == received -> 
				latch[me] = false; cancel[me] = true; delivered = true }
			:: atomic { state[me] == running || state[me] == claimed -> skip }
			fi
		:: else
		fi;
		result[me] != none && state[me] == running;
#endif
		call++
	:: else -> finished++; break
	od
}

#if PLANT == 2
#define MEANT(who) (state[who] == received)
#else
#define MEANT(who) (state[who] == received && generation[who] == held_generation)
#endif

inline claim_queued(who)
{
	atomic {
		member[who] && state[who] == queued && (who == 1 || !late || delivered) ->
		state[who] = claimed;
		member[who] = false;
		held_generation = generation[who];
		held_id = call_id[who]
	};
	state[who] = received;
#if PLANT != 4
	if
	:: atomic { latch[who] && MEANT(who) ->
		latch[who] = false; cancel[who] = true; if :: who == 0 -> delivered = true :: else fi }
	:: atomic { !latch[who] || !MEANT(who) -> skip }
	fi
#endif
}

/* One thread of the server; the two of them make answers that come late possible. */
proctype server()
{
	byte who, held_generation, held_id;
end:	do
	::
		if
		:: claim_queued(0); who = 0
		:: claim_queued(1); who = 1
		fi;
		if
		:: true -> skip				/* it answers by itself */
		/* It keeps the call until it is told to end it, which it must be. */
		:: who == 0 && !delivered -> cancel[0] || generation[0] != held_generation
		:: who == 1 && !killed -> generation[1] != held_generation
		fi;
		/* Reply: generation and wait word are looked at under the reply's lock. */
		answering++;
again:
		if
		:: atomic { MEANT(who) -> state[who] = claimed };
			assert(held_id == call_id[who]);
			complete(who, answered)
#if PLANT == 6
		:: atomic { !MEANT(who) -> goto again }
#else
		:: atomic { !MEANT(who) -> skip }	/* E_GONE: the server undoes */
#endif
		fi;
		answering--
	od
}

/* One soft kick of caller 0. */
proctype kicker()
{
	latch[0] = true;
	if
	:: atomic { state[0] == queued -> state[0] = claimed };
		latch[0] = false;
		delivered = true;
		member[0] = false;
		complete(0, cancelled)
	:: atomic { state[0] == received -> 
		latch[0] = false; cancel[0] = true; delivered = true }
	:: atomic { state[0] == running || state[0] == claimed -> skip }
	fi
}

/* One hard kick of caller 1, at any time. */
proctype killer()
{
	do
	:: atomic { state[1] == queued -> state[1] = claimed; killed = true };
		member[1] = false;
		complete(1, abandoned);
		break
	:: atomic { state[1] == received -> state[1] = claimed; killed = true };
#if PLANT == 3
		d_step { cancel[1] = false; result[1] = abandoned; state[1] = running }
#else
		complete(1, abandoned);
#endif
		break
	:: atomic { state[1] == running -> killed = true; break }	/* its own processor does it */
#if PLANT == 5
	:: atomic { state[1] == claimed -> break }
#endif
	od
}

#ifdef LIVE
ltl ends { <> (finished == CALLERS) && []<> (answering == 0) }
#endif

init {
	atomic {
		if
		:: late = true
		:: late = false
		fi;
		run caller(0); run caller(1); run server(); run server(); run kicker(); run killer()
	}
}
