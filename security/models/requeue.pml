/* SPDX-License-Identifier: MIT */
/*
 * requeue.pml - a condition variable whose waiters are moved to the queue of its mutex.
 *
 * Two waiters sleep on the word `condition`; the signaller changes it, wakes one and moves the rest to
 * the queue of the word `mutex`, where they are woken one by one as the mutex is given back.  A timer
 * may end one of the waits, wherever that stands by then.
 *
 * Each word has a bucket of its own.  Requeue holds both buckets' locks and moves without claiming: a
 * thread may be claimed at that very moment.  So a claimer that comes from outside, like the timer,
 * reads which bucket the thread is in, locks that, and looks again.
 *
 * Properties: a thread is unlinked from the bucket that it is in; nobody sleeps for good; one holder.
 * PLANT=1: the claimer does not look again after locking.  PLANT=2: the key is changed after the
 * buckets are unlocked.  PLANT=3: the woken waiter takes the mutex as if nobody waited for it.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define THREADS 3		/* two waiters, and the signaller */
#define condition 0
#define mutex 1

byte word[2];
bool bucket[2];				/* the buckets' locks */
mtype = { running, waiting, claimed };
mtype state[THREADS] = running;
byte key[THREADS];			/* which word's; guarded by the bucket's lock */
bool linked[THREADS * 2];		/* [waiter][bucket] */
byte holders;

inline lock(b)   { atomic { !bucket[b] -> bucket[b] = true } }
inline unlock(b) { bucket[b] = false }

inline futex_wait(b, expected)
{
	lock(b);
	if
	:: word[b] == expected ->
		d_step { state[me] = waiting; key[me] = b; linked[me * 2 + b] = true };
		unlock(b);
		state[me] == running
	:: else -> unlock(b)
	fi
}

/* Claim one whose key matches; the bucket is locked.  found = THREADS if there is none. */
inline claim_one(b)
{
	d_step {
		found = 0;
		do
		:: found < THREADS && !(linked[found * 2 + b] && key[found] == b &&
				state[found] == waiting) -> found++
		:: else -> break
		od;
		if
		:: found < THREADS -> state[found] = claimed; linked[found * 2 + b] = false
		:: else
		fi
	}
}

inline wake(b)
{
	lock(b);
	claim_one(b);
	unlock(b);
	if
	:: found < THREADS -> state[found] = running
	:: else
	fi;
	found = 0
}

inline mutex_lock(contended)
{
	atomic { old = word[mutex]; if :: old == 0 -> word[mutex] = contended :: else fi };
	do
	:: old == 0 -> break
	:: else ->
		atomic { old = word[mutex]; word[mutex] = 2 };
		if
		:: old == 0 -> break
		:: else -> futex_wait(mutex, 2)
		fi
	od;
	holders++;
	assert(holders == 1)
}

inline mutex_unlock()
{
	holders--;
	atomic { old = word[mutex]; word[mutex] = 0 };
	if
	:: old == 2 -> wake(mutex)
	:: else
	fi;
	old = 0
}

proctype waiter(byte me)
{
	byte old, found;
	futex_wait(condition, 0);
#if PLANT == 3
	mutex_lock(1);
#else
	mutex_lock(2);
#endif
	mutex_unlock()
}

proctype signaller()
{
	byte me = 2, old, found, i;
	mutex_lock(1);
	word[condition] = 1;
	lock(condition);
	lock(mutex);
	claim_one(condition);
	do
	:: i < THREADS ->
		if
		/* It may be claimed at this very moment. */
		:: linked[i * 2] && state[i] == waiting ->
			d_step {
				linked[i * 2] = false; linked[i * 2 + 1] = true;
#if PLANT != 2
				key[i] = mutex
#endif
			}
		:: else
		fi;
		i++
	:: else -> break
	od;
	unlock(mutex);
	unlock(condition);
	if
	:: found < THREADS -> state[found] = running
	:: else
	fi;
#if PLANT == 2
	i = 0;
	do
	:: i < THREADS ->
		atomic { if :: linked[i * 2 + 1] -> key[i] = mutex :: else fi; i++ }
	:: else -> break
	od;
#endif
	mutex_unlock()
}

/* A deadline of one of the waiters, at any time. */
proctype timer()
{
	byte b, t;
	if
	:: t = 0
	:: t = 1
	fi;
	if
	:: atomic { state[t] == waiting -> state[t] = claimed };
again:		b = key[t];
		lock(b);
#if PLANT != 1
		if
		:: key[t] != b -> unlock(b); goto again
		:: else
		fi;
#endif
		assert(linked[t * 2 + b]);
		linked[t * 2 + b] = false;
		unlock(b);
		state[t] = running
	:: skip
	fi
}

init {
	atomic { run waiter(0); run waiter(1); run signaller(); run timer() }
}
