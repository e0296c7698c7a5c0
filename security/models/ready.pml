/* SPDX-License-Identifier: MIT */
/*
 * ready.pml - readiness words: a server changes word A, a watcher scans it and sleeps.
 *
 * Both processors keep a store buffer, as x86 does: a store is seen by the others only after it has
 * drained, and a load may overtake it.  That is what the two fences are for.
 *
 *	server					watcher
 *	A.sequence++				scan A: news? handle it
 *	fence					ARMED = 1
 *	if ARMED: ARMED = 0, signal		fence
 *						scan A again: news? ARMED = 0, handle it
 *						wait for the notification
 *
 * Property: the watcher comes to know every change; it never sleeps on for good after the last one.
 * PLANT=1: the watcher has no fence.  PLANT=2: the server has none.  PLANT=3: no second scan.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define CHANGES 3

byte a, armed;				/* memory */
byte a_buffer; bool a_pending;		/* the server's store buffer */
byte armed_buffer; bool armed_pending;	/* the watcher's */
bool notified;				/* the notification's sticky bit */
byte known;				/* the sequence that the watcher has handled */

/* Buffers drain whenever they like. */
active proctype memory_system()
{
end:	do
	:: atomic { a_pending -> a = a_buffer; a_pending = false }
	:: atomic { armed_pending -> armed = armed_buffer; armed_pending = false }
	od
}

active proctype server()
{
	byte i = 0;
	do
	:: i < CHANGES ->
		i++;
		atomic { !a_pending -> a_buffer = i; a_pending = true }
#if PLANT != 2
		!a_pending;			/* fence */
#endif
		if
		/* One locked exchange, which drains the buffer too. */
		:: atomic { armed == 1 -> armed = 0; notified = true }
		:: atomic { armed == 0 -> skip }
		fi
	:: else -> break
	od
}

active proctype watcher()
{
	byte seen;
again:
	seen = a;
	if
	:: seen != known -> known = seen; goto again
	:: else
	fi;
	atomic { !armed_pending -> armed_buffer = 1; armed_pending = true }
#if PLANT != 1
	!armed_pending;				/* fence */
#endif
#if PLANT != 3
	seen = a;
	if
	:: seen != known -> known = seen; goto again
	:: else
	fi;
#endif
	if
	:: atomic { notified -> notified = false }; goto again
	/* Everything is known: it may sleep for good. */
	:: atomic { known == CHANGES -> skip }
	fi
}
