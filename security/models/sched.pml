/* SPDX-License-Identifier: MIT */
/*
 * sched.pml - run queues, processors that idle, stealing, pokes, and where a thread may run.
 *
 * Each processor has a queue with a lock.  Others see without the lock only whether it is empty, and
 * see that late: what was queued lies in the store buffer of who queued it until that drains, which
 * a locked instruction or a fence waits for.
 *
 *	enqueue:	choose a processor that may run it; lock its queue; add; unlock;
 *			another's: fence; poke it
 *			the own: nothing runs here and it is alone? it is looked for at once
 *			else fence; a processor that may run it has shown that it idles? take its bit
 *			away; it was still there? poke it
 *	pick:		the own queue; then each of the others that is not seen empty: its first
 *			that may run here
 *	idle:		show the bit; pick once more; nobody? halt, until a poke, which is not lost if it
 *			came before; take the bit away
 *	load:		may it run here?  no: queue it where it may.  Make known that it runs here; look
 *			again: it may not? poke this processor, which will put it back
 *	poke:		what runs is put back and the most urgent picked, on the way out
 *	set mask:	change the mask; take it out of its queue and queue it again, or, if it runs
 *			somewhere, poke that one
 *
 * Levels are left out: who is more urgent is anybody's choice, so any processor that may run a thread
 * may be chosen for it, and what is picked is any of a queue's.  Wake-ups, ends of a quantum, waits and
 * changes of a mask are few, and then nothing moves: what is not done by then will never be done, unless
 * by chance.
 *
 * Properties: a thread is in one queue, or in one processor's hands, or waits; when nothing moves, no
 * processor sleeps that may run what is queued, and none runs what it may not.
 *
 * LIVE: the quantum of who runs ends again and again as long as somebody is queued there; nobody is
 * queued for good while a processor sleeps that may run him.
 *
 * Two processors.  With three, one that was poked may find other work first, while the third sleeps on:
 * what was queued then waits until a quantum ends, and because queues are first in, first out, which is
 * left out here, not longer than those before it.
 *
 * PLANT=1: no fence before the idle bits are looked at.  PLANT=2: idle looks before it shows its bit.
 * PLANT=3: who queues looks whether a processor sleeps, not at its bit.  PLANT=4: nobody is told as
 * long as nothing runs there, however many are queued.  PLANT=5: two may take from a queue at once.
 * PLANT=6: the halt does not see a poke that came before it.  PLANT=7: the mask is not looked at again
 * after it is known who runs.  PLANT=8: for what is queued elsewhere nobody is poked.
 */
/* LIVE: THREADS=2 WAKES=2 */
#ifndef PLANT
#define PLANT 0
#endif
#ifndef CPUS
#define CPUS 2
#endif
#ifndef THREADS
#define THREADS 3
#endif
#ifndef WAKES
#define WAKES 2
#endif
#ifndef MASKS
#define MASKS 1
#endif
#ifndef QUANTA
#define QUANTA 1
#endif
#define NOBODY THREADS
#define ALL ((1 << CPUS) - 1)

byte place[THREADS];		/* 0 waits, 1 in a processor's hands, 2 + q in the queue of q */
byte allowed[THREADS] = ALL;	/* mask of processors */
byte count[CPUS];		/* guarded by the queue's lock, as what is in it */
bool shown[CPUS];		/* what is seen without it: somebody is in it */
byte draining[CPUS];		/* 1 + the queue whose count lies in this processor's store buffer */
byte idle_mask;
bool poked[CPUS];		/* the interrupt is there and not taken */
byte current[CPUS] = NOBODY;
bool asleep[CPUS];
byte wakes = WAKES, quanta = QUANTA, masks = MASKS;

#define QUEUED_AT(t, q) (place[t] == 2 + (q))
#define MAY(t, c) (allowed[t] >> (c) & 1)
#define FENCE (!draining[me])
/* A lock is free when the store that released it has drained. */
#define FREE(q) (DRAINED(0, q) && DRAINED(1, q) && DRAINED(CPUS - 1, q))
#define DRAINED(c, q) (c == me || draining[c] != 1 + (q))
#define LAST (THREADS - 1)

#define CAN_TAKE(t, c) (MAY(t, c) && me != c && (idle_mask >> c & 1 || !MAY(t, me)))

/* `thread` is in this processor's hands; `to` may run it.  One that idles is chosen by taking its bit
 * away, so that no two choose the same. */
inline choose_place()
{
	if
	:: MAY(thread, me) -> to = me
	:: CAN_TAKE(thread, 0) -> to = 0
	:: CAN_TAKE(thread, 1) -> to = 1
	:: CAN_TAKE(thread, CPUS - 1) -> to = CPUS - 1
	fi;
	idle_mask = idle_mask & ~(1 << to)
}

inline enqueue()
{
	atomic { FENCE && FREE(to) ->
		assert(place[thread] == 1);
		place[thread] = 2 + to; count[to]++; draining[me] = 1 + to;
		alone = current[to] == NOBODY && count[to] == 1 };
#if PLANT != 8
	if
	:: atomic { to != me && FENCE -> poked[to] = true }
	:: atomic { to == me -> skip }
	fi;
#endif
	if
#if PLANT == 4
	:: atomic { current[to] == NOBODY -> skip }
	:: atomic { current[to] != NOBODY && FENCE ->
#elif PLANT == 1
	:: atomic { alone -> skip }
	:: atomic { !alone ->
#else
	:: atomic { alone -> skip }
	:: atomic { !alone && FENCE ->
#endif
#if PLANT == 3
		seen = asleep[0] | asleep[1] << 1 | asleep[CPUS - 1] << (CPUS - 1);
#else
		seen = idle_mask;
#endif
		seen = seen & allowed[thread];
		seen = seen & ~(1 << me); seen = seen & -seen };
		tell_idle()
	fi;
	d_step { thread = NOBODY; to = 0; seen = 0; alone = false }
}

/* A poke, should it still idle; one locked instruction. */
inline tell_idle()
{
	atomic { FENCE || !seen ->
		if
#if PLANT == 3
		:: seen & 1 -> poked[0] = true
		:: seen & 2 -> poked[1] = true
		:: seen & 4 -> poked[CPUS - 1] = true
#else
		:: seen & idle_mask & 1 -> poked[0] = true
		:: seen & idle_mask & 2 -> poked[1] = true
		:: seen & idle_mask & 4 -> poked[CPUS - 1] = true
#endif
		:: else
		fi;
		idle_mask = idle_mask & ~seen
	}
}

/* One of queue q's, into `thread`: any of the own, of another's any that may run here. */
#define TAKES(t, q) (QUEUED_AT(t, q) && (me == (q) || MAY(t, me)))

inline take(q)
{
	if
	:: TAKES(0, q) -> thread = 0
	:: TAKES(1, q) -> thread = 1
	:: TAKES(LAST, q) -> thread = LAST
	:: else
	fi
}

inline taken(q)
{
	if
	:: thread != NOBODY ->
		assert(place[thread] == 2 + (q));
		place[thread] = 1; count[q]--; shown[q] = count[q] != 0
	:: else
	fi
}

/* With the lock; another's only if it is not seen empty. */
inline take_from(q)
{
#if PLANT == 5
	if
	:: atomic { thread == NOBODY && (q == me || shown[q]) && FENCE && FREE(q) -> take(q) };
		atomic { taken(q) }
#else
	if
	:: atomic { thread == NOBODY && (q == me || shown[q]) && FENCE && FREE(q) -> take(q); taken(q) }
#endif
	:: atomic { thread != NOBODY || q != me && !shown[q] -> skip }
	fi
}

inline pick()
{
	take_from(me);
	take_from((me + 1) % CPUS);
#if CPUS == 3
	take_from((me + 2) % CPUS)
#endif
}

/* Nobody was found.  With the bit shown it looks once more, and takes what it finds. */
inline idle()
{
#if PLANT != 2
	atomic { FENCE -> idle_mask = idle_mask | 1 << me };
#endif
	pick();
#if PLANT == 2
	atomic { FENCE -> idle_mask = idle_mask | 1 << me };
#endif
	if
	:: d_step { thread == NOBODY -> asleep[me] = true;
#if PLANT == 6
		poked[me] = false
#endif
		};
end_halt:	d_step { poked[me] || wakes -> asleep[me] = false; poked[me] = false }
	:: else
	fi;
	atomic { FENCE -> idle_mask = idle_mask & ~(1 << me) };
	/* What the interrupt's handler does. */
	if
	:: wake(); enqueue()
	:: true
	fi
}

/* Claim somebody who waits. */
inline wake()
{
	atomic { wakes && thread == NOBODY && (place[0] == 0 || place[1] == 0 || place[LAST] == 0) ->
		if
		:: place[0] == 0 -> thread = 0
		:: place[1] == 0 -> thread = 1
		:: place[LAST] == 0 -> thread = LAST
		fi;
		wakes--; place[thread] = 1; choose_place() }
}

/* A thread may from now on run on one processor. */
inline set_mask()
{
	atomic { masks && FENCE -> masks--;
		if
		:: thread = 0
		:: thread = LAST
		fi;
		if
		:: allowed[thread] = 1
		:: allowed[thread] = 1 << (CPUS - 1)
		fi };
	seen = place[thread];
	if
	:: seen > 1 ->
		atomic { FREE(seen - 2) ->
			if
			:: place[thread] == seen -> place[thread] = 1;
				count[seen - 2]--; shown[seen - 2] = count[seen - 2] != 0;
				choose_place(); seen = CPUS + 2
			:: else
			fi }
	:: else
	fi;
	if
	:: seen == CPUS + 2 -> seen = 0; enqueue()	/* it was taken out here */
	:: else ->
		atomic {
			if
			:: current[0] == thread -> poked[0] = true
			:: current[1] == thread -> poked[1] = true
			:: current[CPUS - 1] == thread -> poked[CPUS - 1] = true
			:: else
			fi;
			seen = 0; thread = NOBODY
		}
	fi
}

inline put_back()
{
	thread = current[me]; current[me] = NOBODY; choose_place()
}

proctype cpu(byte me)
{
	byte thread = NOBODY, to, seen;
	bool alone;

	do
	:: true ->
		pick();
		if
		:: thread == NOBODY -> idle()
		:: else
		fi;
		if
		:: thread == NOBODY
#if PLANT != 7
		:: atomic { thread != NOBODY && !MAY(thread, me) -> choose_place() }; enqueue()
		:: thread != NOBODY && MAY(thread, me) ->
#else
		:: thread != NOBODY ->
#endif
			atomic { FENCE ->
				assert(current[0] != thread && current[1] != thread &&
					current[CPUS - 1] != thread);
				current[me] = thread };
#if PLANT == 7
			thread = NOBODY;
#else
			d_step {
				if
				:: !MAY(thread, me) -> poked[me] = true
				:: else
				fi;
				thread = NOBODY
			};
#endif
			/* Ring 3, until it is left for another thread. */
end_runs:		do
			:: wake(); enqueue()
			:: set_mask()
			:: atomic { poked[me] -> poked[me] = false; put_back() }; enqueue(); break
			:: atomic { quanta -> quanta--; put_back() }; enqueue(); break
#ifdef LIVE
			:: atomic { count[me] -> put_back() }; enqueue(); break
#endif
			:: d_step { wakes ->		/* it waits; somebody can wake it */
				place[current[me]] = 0; current[me] = NOBODY }; break
			od
		fi
	od
}

/* Store buffers drain when they like. */
proctype buffer(byte me)
{
end:	do
	:: d_step { draining[me] ->
		shown[draining[me] - 1] = count[draining[me] - 1] != 0; draining[me] = 0 }
	od
}

/* Nothing moves any more. */
#define RUNS(t, c) (current[c] == t && MAY(t, c))
#define SLEEPS_FOR(t, c) (asleep[c] && place[t] > 1 && MAY(t, c))
#define IN_ORDER(t) assert(place[t] != 1 || RUNS(t, 0) || RUNS(t, 1) || RUNS(t, CPUS - 1)); \
	assert(!SLEEPS_FOR(t, 0) && !SLEEPS_FOR(t, 1) && !SLEEPS_FOR(t, CPUS - 1))

#ifdef LIVE
#define STUCK(t) (SLEEPS_FOR(t, 0) || SLEEPS_FOR(t, 1) || SLEEPS_FOR(t, CPUS - 1))
ltl served { []<> !STUCK(0) && []<> !STUCK(1) && []<> !STUCK(LAST) }
#endif

proctype judge()
{
	timeout;
	IN_ORDER(0);
	IN_ORDER(1);
	IN_ORDER(LAST)
}

init {
	atomic {
#if CPUS == 3
		place[0] = 3; count[1] = 1; shown[1] = true; allowed[LAST] = 6;
#else
		place[0] = 2; place[1] = 2; count[0] = 2; shown[0] = true;
#endif
		run cpu(0); run buffer(0); run cpu(1); run buffer(1);
#if CPUS == 3
		run cpu(2); run buffer(2);
#endif
		run judge()
	}
}
