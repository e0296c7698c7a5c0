/* SPDX-License-Identifier: MIT */
/*
 * wait.pml - the wait word of a thread, claimed by one of: a waker that scans the object's queue, a
 * kicker, a timer, the end of the object.
 *
 * Wait word: { kind, object, sequence }.  A wait begins so:
 *
 *	sequence++; arm the timer with the new word; lock the queue;
 *	publish the word; link; unlock (one locked instruction lies between publishing and what
 *	follows); latch set? then claim myself
 *
 * and ends so, whoever ends it, with "CAS(wait, the word that was seen, CLAIMED)" as the only gate:
 *
 *	claim; unlink under the queue's lock; cancel the timer; write the result; wait = NONE; ready
 *
 * Making ready is the last step: the thread may wait again at once, on another processor, and needs
 * its link and its timer for that.  From the moment the queue is unlocked the waiter's own processor
 * leaves the thread: it stores no result, but saves what is in its registers, times and the like.  Until
 * that is done it has the thread as its `current`; it clears that afterwards, and whoever loads the
 * thread first waits until no other processor has it as `current`.
 *
 * Who scans the queue holds its lock and passes over entries that somebody has claimed already:
 * the claimer is waiting for that very lock to unlink them.  A claimer does not hold a lock when it
 * takes the queue's.
 *
 * Properties: a wait ends once, by a reason that was meant for it; links and timers are free when
 * the next wait wants them; at the end nobody sleeps who was kicked, has a deadline that passed,
 * waits on what is dead, or for whom a wake-up was left over; none was lost or doubled.
 *
 * PLANT=1: made ready before it is unlinked.  PLANT=2: the scan takes an entry without claiming it.
 * PLANT=3: the timer does not compare the sequence.  PLANT=4: the scan counts an entry that is
 * claimed already as woken.  PLANT=5: the latch is looked at before the word is visible.  PLANT=6:
 * the waiter's processor stores a result after unlocking.  PLANT=7: the end of the object waits,
 * with the lock held, until claimed entries are gone.  PLANT=8: a claimer leaves the timer armed.
 * PLANT=9: a thread is loaded that another processor has as `current`.
 * PLANT=10: `current` is cleared before the thread is saved.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define THREADS 2
#define WAITS 2
#define WAKES 2
#define KICKS 1

mtype = { none, waiting, claimed };
mtype = { nothing, woken, cancelled, timedout, dead };

mtype kind[THREADS] = none;		/* the wait word: kind ... */
byte sequence[THREADS];			/* ... and sequence; there is one object */
mtype result[THREADS] = nothing;
bool linked[THREADS];			/* guarded by queue, as is gone */
bool armed[THREADS];			/* guarded by the timer lock: every step here is one */
byte armed_sequence[THREADS];
bool latch[THREADS];
bool queue;				/* the queue's lock */
bool gone;				/* the object has ended */
byte tokens;				/* wake-ups that found nobody; guarded by queue */
byte sent, given;			/* ghost: wake-ups sent; ended a wait or were taken */
bool current[THREADS];			/* of the old processor; cleared by a store with release */
bool leaving[THREADS];			/* the old processor is on its way out, and saves */
bool resumed[THREADS];			/* ghost: it runs again */
bool left[THREADS];			/* ghost: the wait is over for the waiter's processor */

inline lock()   { atomic { !queue -> queue = true } }
inline unlock() { queue = false }

/* When CAS(wait[t], { waiting, object, seen }, CLAIMED) succeeds. */
#define CLAIMABLE(t, seen) (kind[t] == waiting && sequence[t] == seen)

/* The rest of ending a wait.  The claimer has unlinked the thread, or does it here. */
inline finish(t, why)
{
#if PLANT != 8
	armed[t] = false;
#endif
	assert(kind[t] == claimed && result[t] == nothing && !left[t]);
	result[t] = why;
	d_step { kind[t] = none; left[t] = true }	/* ready: another processor may run it now */
}

inline unlink_and_finish(t, why)
{
#if PLANT == 1
	finish(t, why);
	lock(); linked[t] = false; unlock()
#else
	lock(); linked[t] = false; unlock();
	finish(t, why)
#endif
}

proctype waiter(byte me; bool deadline)
{
	byte waits = 0;
	bool early;
	do
	:: waits < WAITS - me ->		/* the second thread: once less */
		d_step { sequence[me]++; result[me] = nothing; left[me] = false;
			resumed[me] = false; early = latch[me] }
		if
		:: deadline ->
			d_step { assert(!armed[me]); armed[me] = true; armed_sequence[me] = sequence[me] }
		:: else
		fi;
		lock();
		if
		:: gone -> unlock(); armed[me] = false; result[me] = dead
		:: !gone && tokens -> d_step { tokens--; given++ } unlock();
			armed[me] = false; result[me] = woken
		:: else ->
			d_step { assert(!linked[me]); linked[me] = true; current[me] = true;
				kind[me] = waiting }
			unlock();
#if PLANT == 6
			d_step { assert(!left[me]) };	/* regs.rax = E_BLOCKED */
#endif
			if
#if PLANT == 5
			:: early ->
#else
			:: latch[me] ->
#endif
				if
				:: atomic { kind[me] == waiting -> kind[me] = claimed };
					current[me] = false;	/* it does not leave after all */
					latch[me] = false;
					unlink_and_finish(me, cancelled)
				:: atomic { kind[me] != waiting -> leaving[me] = true }
				fi
			:: else -> leaving[me] = true
			fi
		fi;
#if PLANT == 9
end_asleep:	atomic { result[me] != nothing && kind[me] == none -> resumed[me] = true };
#else
end_asleep:	atomic { result[me] != nothing && kind[me] == none && !current[me] ->
				resumed[me] = true };
#endif
		waits++
	:: else -> break
	od
}

/* The processor that a thread leaves, on its way to another one. */
proctype old_cpu(byte t)
{
end:	do
	:: leaving[t] ->
#if PLANT == 10
		current[t] = false;
#endif
		assert(!resumed[t]);		/* switch_save, save_many */
		d_step { leaving[t] = false; current[t] = false }	/* put_back, or switch_load */
	od
}

/* Notification, futex or receiver: give each wake-up to one waiter, or keep it. */
proctype waker()
{
	byte wakes = 0, i, taken;
	do
	:: wakes < WAKES ->
		lock();
		i = 0; taken = THREADS;
		do
		:: i < THREADS && taken == THREADS ->
			if
#if PLANT == 2
			:: atomic { linked[i] -> kind[i] = claimed; linked[i] = false; taken = i }
#elif PLANT == 4
			:: atomic { linked[i] && kind[i] == waiting -> kind[i] = claimed;
				linked[i] = false; taken = i }
			:: atomic { linked[i] && kind[i] != waiting -> taken = THREADS + 1 }
#else
			:: atomic { linked[i] && kind[i] == waiting -> kind[i] = claimed;
				linked[i] = false; taken = i }
			:: atomic { linked[i] && kind[i] != waiting -> skip }	/* claimed: go on */
#endif
			:: atomic { !linked[i] -> skip }
			fi;
			i++
		:: else -> break
		od;
		if
		:: taken == THREADS -> tokens++
		:: else
		fi;
		unlock();
		if
		:: taken < THREADS -> finish(taken, woken); given++
		:: else
		fi;
		d_step { wakes++; i = 0; taken = 0; sent++ }
	:: else -> break
	od
}

/* The kick latches first and looks second; the waiter publishes first and looks second. */
proctype kicker()
{
	byte kicks = 0, t, seen;
	do
	:: kicks < KICKS ->
		if
		:: t = 0
		:: t = 1
		fi;
		latch[t] = true;
		seen = sequence[t];
		if
		:: atomic { CLAIMABLE(t, seen) -> kind[t] = claimed };
			latch[t] = false;
			unlink_and_finish(t, cancelled)
		/* Running, claimed, or already in its next wait: that one has seen the latch. */
		:: atomic { !CLAIMABLE(t, seen) -> skip }
		fi;
		d_step { kicks++; t = 0; seen = 0 }
	:: else -> break
	od
}

/* Timers are run by the processor that armed them: not while it is still inside the wait's begin.
 * Taken off the tree, the timer is out of reach of a cancel: only the sequence protects. */
proctype timer(byte t)
{
	byte seen;
end:	do
	:: atomic { armed[t] && (kind[t] != none || left[t] || result[t] != nothing) ->
			armed[t] = false; seen = armed_sequence[t] }
		if
#if PLANT == 3
		:: atomic { kind[t] == waiting -> kind[t] = claimed };
#else
		:: atomic { CLAIMABLE(t, seen) -> kind[t] = claimed };
#endif
			assert(seen == sequence[t]);
			unlink_and_finish(t, timedout)
		:: atomic { !CLAIMABLE(t, seen) -> skip }
		fi;
	od
}

/* The end of the object, at any time. */
proctype destroyer()
{
	byte i = 0;
	bool mine[THREADS];
	lock();
	gone = true;
	do
	:: i < THREADS ->
		if
		:: atomic { linked[i] && kind[i] == waiting -> kind[i] = claimed;
			linked[i] = false; mine[i] = true }
#if PLANT == 7
		:: atomic { linked[i] && kind[i] != waiting -> skip };
			!linked[i]
#else
		:: atomic { linked[i] && kind[i] != waiting -> skip }
#endif
		:: atomic { !linked[i] -> skip }
		fi;
		i++
	:: else -> break
	od;
	unlock();
	i = 0;
	do
	:: i < THREADS ->
		if
		:: mine[i] -> mine[i] = false; finish(i, dead)
		:: else
		fi;
		i++
	:: else -> break
	od;
}

/* Nothing moves any more. */
proctype judge()
{
	byte i = 0;
	timeout;
	assert(!queue);
	assert(given + tokens == sent);
	do
	:: i < THREADS ->
		if
		:: kind[i] == waiting ->
			assert(linked[i] && !latch[i] && !gone && tokens == 0);
			assert(i != 0)		/* it has a deadline */
		:: else -> assert(kind[i] == none && !linked[i])
		fi;
		i++
	:: else -> break
	od
}

init {
	atomic {
		run waiter(0, true); run waiter(1, false); run old_cpu(0); run old_cpu(1);
		if
		:: run waker(); run kicker(); run timer(0)
		:: run destroyer(); run kicker(); run timer(0)
		:: run waker(); run destroyer(); run timer(0)
		fi;
		run judge()
	}
}
