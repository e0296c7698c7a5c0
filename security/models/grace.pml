/* SPDX-License-Identifier: MIT */
/*
 * grace.pml - how long the memory of a dead object stays what it was.
 *
 * Two objects, each named by one slot.  A call looks its handle up without a lock (word, pointer,
 * word), locks the object, looks whether it is dead, uses it.  Destroy marks the object dead under
 * its lock, empties the slot, and begins a round: every processor must be seen outside of the kernel
 * once.  It does not wait for that: the object lies on a list, and whoever leaves the kernel and
 * finds the round over gives its memory to a new object.
 *
 * A processor is seen outside when it leaves, when the interrupt finds it outside, or at a
 * preemption point, where it keeps no pointer.  A processor that spins in the kernel serves its inbox
 * too, so that flushes do not wait for it, but this is not "outside": it holds the very pointer.
 *
 * Properties: what is used is the object that was named, and alive; every round ends.
 *
 * PLANT=1: the memory is reused at once.  PLANT=2: the answer of one that spins counts.  PLANT=3: it
 * is not looked at again, under the lock, whether the object is dead.  PLANT=4: the round begins
 * before the slot is empty.  PLANT=5: a pointer is kept across a preemption point.  PLANT=6: destroy
 * waits in the kernel until the round is over.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define CPUS 2
#define CALLS 2
#define OBJECTS 2

byte id[OBJECTS] = 1;		/* which object lies in this memory */
bool dead[OBJECTS];		/* guarded by held */
bool held[OBJECTS];		/* the object's lock */
byte names[OBJECTS] = 1;	/* the slot: which object it names, 0 if empty */
bool limbo[OBJECTS];		/* dead, and its round has begun */
bool unseen[OBJECTS * CPUS];	/* [object][processor]: the round still wants to see it outside */

/* Seen outside, as far as rounds that have begun go; then what is free is reused. */
inline outside()
{
	d_step {
		unseen[me] = false; unseen[CPUS + me] = false;
		i = 0;
		do
		:: i < OBJECTS ->
			if
			:: limbo[i] && !unseen[i * CPUS] && !unseen[i * CPUS + 1] ->
				limbo[i] = false; id[i]++; dead[i] = false; names[i] = id[i]
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

inline round_begins()
{
	d_step { limbo[object] = true; unseen[object * CPUS] = true; unseen[object * CPUS + 1] = true }
}

proctype cpu(byte me)
{
	byte calls, object, wanted, i;
end:	do
	:: unseen[me] || unseen[CPUS + me] -> outside()		/* the interrupt finds it outside */
	:: atomic { calls < CALLS -> calls++ };
		/* A call begins. */
		if
		:: object = 0
		:: object = 1
		fi;
		wanted = names[object];
		if
		:: wanted == 0 -> goto leave
		:: else
		fi;
#if PLANT == 5
		outside();
#endif
		do
		:: atomic { !held[object] -> held[object] = true }; break
#if PLANT == 2
		:: unseen[me] || unseen[CPUS + me] -> outside()
#endif
		od;
		if
		:: dead[object] -> held[object] = false; goto leave
		/* Some call that uses it. */
#if PLANT == 3
		:: true ->
#else
		:: !dead[object] ->
#endif
			assert(id[object] == wanted && !dead[object]);
			held[object] = false
		/* object_destroy. */
		:: !dead[object] ->
			dead[object] = true;
			held[object] = false;
#if PLANT == 1
			d_step { id[object]++; dead[object] = false; names[object] = id[object] };
#elif PLANT == 4
			round_begins();
			atomic { names[object] == wanted -> names[object] = 0 };
#else
			names[object] = 0;
			round_begins();
#endif
#if PLANT == 6
			!unseen[object * CPUS + 1 - me];
#endif
		fi;
leave:		outside();
		d_step { object = 0; wanted = 0 }
	od
}

/* When nothing moves any more no dead object is left over. */
proctype judge()
{
	timeout;
	assert(!limbo[0] && !limbo[1] && !held[0] && !held[1])
}

init {
	atomic { run cpu(0); run cpu(1); run judge() }
}
