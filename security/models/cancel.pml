/* SPDX-License-Identifier: MIT */
/*
 * cancel.pml - a cancel that is posted, and a cookie that is set, while the call ends.
 *
 * One caller makes calls to one endpoint.  A server answers them, by the slow way or the fast one, and
 * another of its threads sets cookies; somebody kicks the caller, softly (the server is told, by the
 * caller's link in the endpoint's list of cancels) or hard (the call ends).
 *
 *	cancel	lock the endpoint; does the caller wait, by the word that was kicked?  mark it; if its
 *		cookie is known: link it; unlock
 *	cookie	lock; does it wait?  store; if it is marked: link it; unlock
 *	answer	claim the wait; lock; unlink; unlock; the caller goes on
 *	fast	lock; is it marked?  claim; unlock; it goes on
 *	hard	as an answer
 *
 * Properties: who goes on is linked nowhere; what is stored is meant for the call that is stored into; a
 * cancel that the server is told of is of a call that has not ended.
 * PLANT=1: an answer takes the lock only if the call is marked.  PLANT=2: the fast answer claims with
 * another endpoint's lock, that of what it receives from.  PLANT=3: a cancel does not look at the wait
 * under the lock.  PLANT=4: the caller goes on before it is unlinked.  PLANT=5: the fast answer looks at the
 * mark before it has the lock.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define CALLS 2

mtype = { running, waiting, claimed };

mtype state = running;		/* the caller's wait word, */
byte call;			/* and its count */
bool endpoint;			/* the lock of the endpoint that was called */
bool marked, cookie, linked;	/* guarded by it, but for an answer's first look */

inline lock()   { atomic { !endpoint -> endpoint = true } }
inline unlock() { endpoint = false }

/* Become the one who ends that very wait. */
inline claim(n)
{
	atomic {
		if
		:: state == waiting && call == n -> state = claimed; ours = true
		:: else -> ours = false
		fi
	}
}

inline goes_on()
{
	assert(!linked);
	state = running
}

inline unlink()
{
	if
#if PLANT == 1
	:: !marked -> skip
	:: marked ->
#else
	:: true ->
#endif
		lock(); linked = false; unlock()
	fi
}

inline end(n)
{
	claim(n);
	if
	:: ours ->
#if PLANT == 4
		goes_on(); unlink()
#else
		unlink(); goes_on()
#endif
	:: else
	fi
}

inline answer_fast(n)
{
	ours = false;
#if PLANT == 5
	if
	:: marked -> goto slow
	:: !marked -> skip
	fi;
#endif
#if PLANT != 2
	lock();
#endif
	if
#if PLANT != 5
	:: marked -> skip
	:: !marked ->
#else
	:: true ->
#endif
		claim(n)
	fi;
#if PLANT != 2
	unlock();
#endif
	if
	:: ours -> goes_on(); goto answered
	:: else -> skip
	fi
}

inline set_cookie(n)
{
	lock();
	if
	:: state == waiting && call == n ->
		assert(call == n);
		cookie = true;
		if
		:: marked && !linked -> linked = true
		:: else
		fi
	:: else
	fi;
	unlock()
}

proctype caller()
{
	do
	:: call < CALLS ->
		/* Received by the server: nothing is known of it yet. */
		d_step { call++; marked = false; cookie = false; state = waiting };
		state == running;
		assert(!linked)
	:: else -> break
	od
}

proctype server()
{
	byte n;
	bool ours;

	do
	:: atomic { state == waiting && n != call -> n = call };
		if
		:: set_cookie(n)
		:: skip
		fi;
		if
		:: answer_fast(n)
		:: skip
		fi;
slow:		end(n);
answered:	skip
	:: atomic { linked && !endpoint -> assert(state != running); linked = false } /* it is told */
	:: call == CALLS && state == running -> break
	od
}

proctype other()
{
	byte n;

	do
	:: atomic { state == waiting && n != call -> n = call }; set_cookie(n)
	:: call == CALLS && state == running -> break
	od
}

proctype softly()
{
	byte n;

	do
	:: atomic { state == waiting && n != call -> n = call };
		lock();
		if
#if PLANT == 3
		:: !marked ->
#else
		:: state == waiting && call == n && !marked ->
#endif
			assert(call == n);
			marked = true;
			if
			:: cookie -> linked = true
			:: else
			fi
		:: else
		fi;
		unlock()
	:: call == CALLS && state == running -> break
	od
}

proctype hard()
{
	byte n;
	bool ours;

	if
	:: atomic { state == waiting -> n = call }; end(n)
	:: call == CALLS && state == running -> skip
	fi
}

init { atomic { run caller(); run server(); run other(); run softly(); run hard() } }
