/* SPDX-License-Identifier: MIT */
/*
 * pcid.pml - shoot-down when translations carry a number (PCID) and outlive a load of CR3.
 *
 * The kernel does not use PCIDs yet: this says what it has to do once it does.  Each space is seen
 * through two roots, the guest's own and that of the view in which its personality serves it, and each
 * root has a number of its own on each processor.  A load of CR3 drops nothing, unless asked to drop
 * what carries the number that it loads; INVLPG drops what carries the number that is loaded.  So who
 * changes the guest's tables in the view leaves the sibling's translations where they are, also on his
 * own processor.
 *
 * The rule: beside each number stands the generation of the space at its last flush.  A load compares,
 * and drops what the number carries if the generation is another.  The way out compares again, as in
 * shootdown.pml.  Who edits counts the generation up, waits for those outside that show the space, and
 * drops on his own processor what is loaded; that he notes for the number that is loaded, not for its
 * sibling.  There are fewer numbers than spaces: a number that is given to another space is compared with
 * a generation that it never had.
 *
 * Properties: no access of ring 3 reaches a frame that the space it runs in does not have; nobody waits
 * for good.
 *
 * PLANT=1: the editor notes its own flush for the sibling, too.  PLANT=2: one generation a processor,
 * for both numbers.  PLANT=3: a load never drops.  PLANT=4: who is called in drops what is loaded
 * alone, and notes it for both.  PLANT=5: a number goes to another space with what it carries.
 * PLANT=6: a processor that shows another space when the editor looks is taken to have nothing.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define CPUS 2
#define NUMBERS 2		/* of a processor: 0 guest, 1 view */
#define NONE 2
#define EDITS 1
#define NEVER 255

/* Of the space: one page, shown by both roots. */
byte frame = 1;			/* what the entry names */
byte generation;
bool space_lock;
bool has[EDITS + 2];		/* frames that the space has; the others are somebody else's */
byte edits = EDITS;

/* Of a processor and a number. */
byte tlb[CPUS * NUMBERS];
byte seen[CPUS * NUMBERS] = NEVER;
bool stranger[CPUS];		/* its number 1 is another space's */

byte loaded[CPUS] = NONE;	/* which number; NONE: the kernel's root */
byte outside[CPUS];		/* 0 in the kernel, 1 about to leave, 2 in ring 3 */

#define AT(c, n) ((c) * NUMBERS + (n))
#define SHOWS(c) (loaded[c] != NONE && !(loaded[c] == 1 && stranger[c]))
#define UP_TO_DATE(c) (!SHOWS(c) || seen[AT(c, loaded[c])] == generation)

inline load(n)
{
	if
	:: n == NONE || n == 1 && stranger[me] -> loaded[me] = n
	:: else ->
		d_step {
			if
#if PLANT == 3
			:: seen[AT(me, n)] == NEVER -> tlb[AT(me, n)] = 0
#else
			:: seen[AT(me, n)] != generation -> tlb[AT(me, n)] = 0
#endif
			:: else
			fi;
			seen[AT(me, n)] = generation;
#if PLANT == 2
			seen[AT(me, 1 - n)] = generation;
#endif
			loaded[me] = n
		}
	fi
}

/* Another page, or none, takes the place of what is there. */
inline edit()
{
	atomic { !space_lock -> space_lock = true };
	if
	:: edits ->
		d_step { old = frame; frame = EDITS + 2 - edits; has[frame] = true; edits-- };
		generation++;
		/* Those that show the space: the others compare when they load one of its roots. */
		!outside[1 - me] || UP_TO_DATE(1 - me);
		if
		:: SHOWS(me) -> d_step {
			tlb[AT(me, loaded[me])] = 0;
			seen[AT(me, loaded[me])] = generation;
#if PLANT == 1
			seen[AT(me, 1 - loaded[me])] = generation
#endif
			}
		:: else
#if PLANT == 6
			-> seen[AT(1 - me, 0)] = generation; seen[AT(1 - me, 1)] = generation
#endif
		fi;
		has[old] = false;
		old = 0
	:: else
	fi;
	space_lock = false
}

/* The number of the view is needed for a view of another space, or is given back. */
inline pass_on()
{
	if
	:: loaded[me] != 1 ->
		d_step {
			stranger[me] = !stranger[me];
#if PLANT == 5
			if
			:: !stranger[me] -> skip
			:: else -> tlb[AT(me, 1)] = EDITS + 1
			fi
#else
			tlb[AT(me, 1)] = 0;
			seen[AT(me, 1)] = NEVER
#endif
		}
	:: else
	fi
}

proctype cpu(byte me)
{
	byte old;
	do
	:: true ->
		if
		:: edits -> edit()
		:: true -> pass_on()
		:: true
		fi;
		if
		:: true -> load(0)
		:: true -> load(1)
		:: true -> load(NONE)
		:: true
		fi;
		do
		:: outside[me] = 1;
			if
			:: d_step { UP_TO_DATE(me) -> outside[me] = 2 }; break
			:: else -> outside[me] = 0;
#if PLANT == 4
				d_step { tlb[AT(me, loaded[me])] = 0; seen[AT(me, 0)] = generation;
					seen[AT(me, 1)] = generation }
#else
				load(loaded[me])
#endif
			fi
		od;
end_ring3:	outside[me] = 0
	od
}

/* Walks whenever the processor likes, by the root that is loaded, and accesses of ring 3. */
proctype hardware(byte me)
{
end:	do
	:: atomic { SHOWS(me) && !tlb[AT(me, loaded[me])] -> tlb[AT(me, loaded[me])] = frame }
	:: atomic { outside[me] == 2 && SHOWS(me) && tlb[AT(me, loaded[me])] &&
			!has[tlb[AT(me, loaded[me])]] -> assert(false) }
	od
}

init {
	atomic { has[1] = true; run cpu(0); run hardware(0); run cpu(1); run hardware(1) }
}
