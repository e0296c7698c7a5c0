/* SPDX-License-Identifier: MIT */
/*
 * futex.pml - wait, wake, time-out and kick on one word, and a mutex built on them.
 *
 * wait:	lock bucket; word == expected? else E_AGAIN; queue; unlock; sleep until claimed
 * wake:	lock bucket; claim the first waiter that can be claimed; unlock; resume it
 * time-out:	claim the waiter; whoever claims it completes the wait, and takes it off the queue
 *
 * The mutex is the usual one of three states (0 free, 1 held, 2 held with waiters); after a time-out
 * a thread simply tries again.
 *
 * Properties: never two holders; never all asleep (no lost wake-up); a wake is not spent on a waiter
 * that a time-out has claimed.
 * PLANT=1: the word is compared before the bucket is locked.  PLANT=2: wake takes the first waiter
 * without claiming it.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define THREADS 3
#define ROUNDS 2

byte word, holders;
bool bucket;					/* the bucket's lock */
mtype = { running, waiting, claimed };
mtype state[THREADS] = running;
bool queued[THREADS];				/* in what order does not matter here */
byte timeouts = 1;				/* how many may still happen */

inline lock()   { atomic { !bucket -> bucket = true } }
inline unlock() { bucket = false }

inline futex_wait(me, expected)
{
#if PLANT == 1
	if
	:: word == expected ->
		lock();
		d_step { state[me] = waiting; queued[me] = true }
		unlock();
		state[me] == running
	:: else
	fi
#else
	lock();
	if
	:: word == expected ->
		d_step { state[me] = waiting; queued[me] = true }
		unlock();
		state[me] == running
	:: else -> unlock()
	fi
#endif
}

/* The first queued one that the compare-and-swap of its wait word claims. */
inline futex_wake()
{
	lock();
	do
	:: d_step {
		best = THREADS; i = 0;
		do
		:: i < THREADS ->
			if
			:: queued[i] && best == THREADS -> best = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	   }
	   if
	   :: best == THREADS -> break
	   :: else ->
#if PLANT == 2
		d_step { queued[best] = false; state[best] = running; best = THREADS }
		break
#else
		if
		:: atomic { state[best] == waiting -> state[best] = claimed };
			d_step { queued[best] = false; state[best] = running; best = THREADS }
			break
		:: atomic { state[best] != waiting ->
			/* A time-out has it: that one unlinks it and is waiting for this lock. */
			queued[best] = false; best = THREADS }
		fi
#endif
	   fi
	od;
	unlock()
}

active [THREADS] proctype thread()
{
	byte round = 0, best = THREADS, i = 0, old = 0;
	byte me = _pid;
	do
	:: round < ROUNDS ->
		atomic { old = word; if :: word == 0 -> word = 1 :: else fi }
		do
		:: old == 0 -> break
		:: else ->
			atomic { old = word; word = 2 }
			if
			:: old == 0 -> break
			:: else -> futex_wait(me, 2)
			fi
		od;
		holders++;
		assert(holders == 1);
		holders--;
		atomic { old = word; word = 0 }
		if
		:: old == 2 -> futex_wake()
		:: else
		fi;
		old = 0; round++
	:: else -> break
	od
}

/* The timer: claims a waiter like a wake does, but the wake of another must not be lost by it. */
active proctype timer()
{
	byte who;
end:	do
	:: timeouts > 0 ->
		select(who : 0 .. 2);
		if
		:: atomic { state[who] == waiting -> state[who] = claimed };
			timeouts--;
			lock();
			queued[who] = false;
			unlock();
#if PLANT == 2
			/* Both think that they complete the wait. */
			assert(state[who] == claimed);
#endif
			state[who] = running
		:: atomic { state[who] != waiting -> skip }
		fi
	:: timeouts == 0 -> break
	od
}
