/* SPDX-License-Identifier: MIT */
/*
 * shootdown.pml - TLB shoot-down by generations, and the reuse of frames, tables, roots, objects.
 *
 * One space.  `middle` is the entry in its root that names a table, whose one entry names a data
 * frame.  A processor's hardware walks whenever it likes, in the kernel too, in two steps (it keeps
 * the upper levels in caches of its own), and keeps what it found until CR3 is loaded.  Only ring 3
 * uses what it found: the kernel works through its direct map.
 *
 *	outside: 0 in the kernel; 1 about to leave, to be called in; 2 ring 3 or halted, and
 *		nothing old in hand
 *	entry:	outside = 0; fence; only then anything is looked up
 *	exit:	outside = 1 (full fence); the generation is another than the root was loaded with?
 *		outside = 0, load again, once more; else note the grace round, outside = 2
 *	load:	make known what is shown; fence; note the generation; is the space dead? CR3
 *	edit:	lock; edit; generation++; for each other processor that shows the space: wait while
 *		it is outside and has not seen the generation; flush here; free the data frame;
 *		the table is freed after a grace round; unlock
 *	grace:	each processor has noted the round, or has outside == 2
 *	idle:	load the kernel's root, then show nothing, then outside = 2
 *	end:	dead = true, then like an edit; tables and root are freed after a grace round
 *
 * The store of 0 at entry lies in a store buffer until the fence; whatever else is said to others
 * is said by locked instructions or between fences, as the code does.
 *
 * Properties: no walk reads a page that is no table of this space, nor a root that is free; no access
 * of ring 3 reaches a frame that is not its data; an object that was looked up lives until this
 * processor leaves; nobody waits for ever, with the lock held.
 *
 * PLANT=1: data frames are freed before the wait.  PLANT=2: no fence at entry.  PLANT=3: exit compares
 * before it says that it is outside.  PLANT=4: tables are freed at once.  PLANT=5: idle keeps the
 * root.  PLANT=6: whether the space is dead is looked at before the generation is.
 * PLANT=7: grace counts a processor that has not compared yet.  PLANT=8: the round is noted before
 * the generation is compared.  PLANT=9: processors in the kernel are waited for.  PLANT=10: a root is
 * freed at once when nobody shows it.  PLANT=11: the end of a space does not wait before its frames go.
 * PLANT=12: nor does it count the generation up.  PLANT=13: the generation is noted after CR3 is
 * loaded.
 */
/* CHECK: CPUS=3 EDITS=1 */
/* CHECK: CPUS=3 OBJECT=1 */
#ifndef PLANT
#define PLANT 0
#endif
#ifndef CPUS
#define CPUS 2
#endif
#ifndef EDITS
#define EDITS 2			/* how many edits in all; the end is one */
#endif
#ifndef OBJECT
#define OBJECT (PLANT == 2)	/* look-ups of an object and its end, and no other edits */
#endif
/* Of three the first one edits from another space, the second switches; nothing is filled in. */
#define ALL (CPUS == 2)
#define FRAMES 6		/* 0 is none, 1 the root */

mtype = { unused, root, table, data };

mtype owner[FRAMES] = unused;
byte content[FRAMES];		/* of a table: its entry */
byte middle;			/* the entry above: which table; in the root */
bool space_lock;		/* guards what the tables say, dead, and generation */
bool dead;
byte generation;
byte edits = EDITS;
bool named = true;		/* a slot names the object */
bool alive = true;		/* the object's storage is not reused */

/* Of each processor. */
bool ring3[CPUS];		/* programs run */
byte outside[CPUS];
bool draining[CPUS];		/* outside = 0 lies in the store buffer */
bool shown[CPUS];		/* root_space is this space; else a root that never changes */
bool loaded[CPUS];		/* CR3 holds its root */
byte seen[CPUS];		/* space_seen */
byte upper[CPUS], tlb[CPUS];	/* paging-structure cache: the table; TLB: the data frame */

bool wanted[CPUS];		/* something of this processor's waits for a round ... */
bool noted[CPUS * CPUS];	/* ... [waits][who]: which each has to note */
byte old_table[CPUS];		/* what waits: a table, the root, the object */
bool old_root[CPUS], old_object[CPUS];

#define SHOWS_IT(i) (shown[i] && seen[i] != generation)
#if PLANT == 7
#define HAS_LEFT(i) (outside[i] != 0)
#else
#define HAS_LEFT(i) (outside[i] == 2)
#endif

inline write_cr3(what)
{
	d_step { loaded[me] = what; upper[me] = 0; tlb[me] = 0 }
}

/* load_root: this space, or another.  Whoever ends the space first says so and then counts. */
inline show_space()
{
	shown[me] = true;
#if PLANT != 6
	new = generation;
#endif
	if
	:: dead -> show_other()
	:: else ->
#if PLANT == 6
		new = generation;
#endif
		if
		:: loaded[me] && seen[me] == new
		:: else ->
#if PLANT == 13
			write_cr3(true);
			new = generation;
			seen[me] = new
#else
			seen[me] = new;
			write_cr3(true)
#endif
		fi
	fi;
	new = 0
}

inline show_other()
{
	d_step { shown[me] = false; seen[me] = 0 };
	if
	:: loaded[me] -> write_cr3(false)
	:: else
	fi
}

inline idle()
{
#if PLANT != 5
	if
	:: loaded[me] -> write_cr3(false)
	:: else
	fi;
#endif
	d_step { shown[me] = false; seen[me] = 0 };
	held = false;
	atomic { !draining[me] -> outside[me] = 2 };
	outside[me] = 0;
	held = named
}

inline alloc(what, to)
{
	to = 2;
	do
	:: owner[to] != unused -> to++
	:: else -> break
	od;
	owner[to] = what; content[to] = 0
}

inline free_table(which)
{
	assert(owner[which] == table);
	owner[which] = unused; content[which] = 0
}

inline free_data()
{
	d_step {
		if
		:: old -> assert(owner[old] == data); owner[old] = unused; old = 0
		:: else
		fi
	}
}

/* Others forget; the lock is held. */
inline shoot_down()
{
	i = 0;
	do
	:: i < CPUS ->
		if
		:: i != me ->
#if PLANT == 9
			!SHOWS_IT(i)
#else
			!outside[i] || !SHOWS_IT(i)
#endif
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0;
	if
	:: shown[me] -> d_step { upper[me] = 0; tlb[me] = 0 }	/* seen stays: see exit */
	:: else
	fi
}

/* The latest round is noted: it is every earlier one, too. */
inline note()
{
	noted[me] = wanted[0]; noted[CPUS + me] = wanted[1];
	noted[(CPUS - 1) * CPUS + me] = wanted[CPUS - 1]
}

/* Something new waits for a round; one thing at a time here. */
inline defer()
{
	d_step {
		wanted[me] = true;
		noted[me * CPUS] = false; noted[me * CPUS + 1] = false;
		noted[me * CPUS + CPUS - 1] = false
	}
}

/* munmap, or a frame replaced; with or without its table; or the end of the space or object. */
inline edit()
{
	atomic { !space_lock -> space_lock = true };
	if
#if OBJECT
	:: d_step { named && !wanted[me] -> named = false; old_object[me] = true }
#else
	:: d_step { !dead && middle && content[middle] -> old = content[middle];
		content[middle] = 0 }
	:: d_step { !dead && middle && content[middle] -> old = content[middle]; alloc(data, new);
		content[middle] = new; new = 0 }
	:: d_step { !dead && middle && !wanted[me] -> old = content[middle]; gone = middle;
		middle = 0 }
	:: d_step { !dead && !wanted[me] -> dead = true; ends = true;
		if
		:: middle -> old = content[middle]; gone = middle
		:: else
		fi }
#endif
	:: else
	fi;
	if
	:: old || gone || ends ->
#if PLANT == 1
		free_data();
#endif
#if PLANT == 12
		if
		:: !ends -> generation++
		:: else
		fi;
#else
		generation++;
#endif
#if PLANT == 11
		if
		:: !ends -> shoot_down()
		:: else
		fi;
#else
		shoot_down();
#endif
		free_data();
#if PLANT == 4
		d_step {
			if
			:: gone -> free_table(gone); gone = 0
			:: else
			fi;
			if
			:: ends -> middle = 0
			:: else
			fi
		}
#endif
#if PLANT == 10
		if
		:: ends ->
			space_lock = false;
			/* The call begins again until it is so. */
			(me == 0 || !shown[0]) && (me == 1 || !shown[1]) &&
				(me == CPUS - 1 || !shown[CPUS - 1]);
			if
			:: loaded[me] -> write_cr3(false); shown[me] = false
			:: else
			fi;
			d_step { owner[1] = unused; ends = false };
		:: else
		fi;
#endif
		d_step { old_table[me] = gone; gone = 0; old_root[me] = ends; ends = false }
	:: else
	fi;
	if
	:: (old_table[me] || old_root[me] || old_object[me]) && !wanted[me] -> defer()
	:: else
	fi;
	space_lock = false
}

/* grace_step: if all have seen the round, what waited for it is reused. */
inline grace_step()
{
	i = 0;
	do
	:: i < CPUS && (noted[me * CPUS + i] || HAS_LEFT(i)) -> i++
	:: else -> break
	od;
	skip;
	d_step {
		if
		:: i == CPUS ->
			if
			:: old_table[me] -> free_table(old_table[me])
			:: else
			fi;
			if
			:: old_root[me] -> owner[1] = unused
			:: else
			fi;
			if
			:: old_object[me] -> alive = false
			:: else
			fi;
			old_table[me] = 0; old_root[me] = false; old_object[me] = false;
			wanted[me] = false; i = 0;
			do
			:: i < CPUS -> noted[me * CPUS + i] = false; i++
			:: else -> break
			od
		:: else
		fi;
		i = 0
	}
}

/* A page fault: what is missing is filled in.  Only adds, so it is one step. */
inline fill()
{
	d_step {
		if
		:: !middle -> alloc(table, new); middle = new
		:: else
		fi;
		if
		:: !content[middle] -> alloc(data, new); content[middle] = new
		:: else
		fi;
		new = 0
	}
}

proctype cpu(byte me)
{
	byte i, old, gone, new;
	bool ends;			/* this processor ends the space */
	bool held;			/* it has looked the object up */
	goto inside;
	do
	:: true ->
		ring3[me] = false;		/* an interrupt, or a call */
#if OBJECT
		draining[me] = true;
#if PLANT != 2
		!draining[me];			/* fence */
#endif
#else
		outside[me] = 0;		/* and fence: nothing is looked up */
#endif
		held = named;
inside:
		if
		:: atomic { edits && (ALL || me == 0) -> edits-- }; edit()
		:: wanted[me] -> grace_step()
#if !OBJECT && ALL
		:: atomic { (!middle || !content[middle]) && !dead && !space_lock -> fill() }
#endif
		:: true
		fi;
		assert(!held || alive);
		held = false;
		/* switch_schedule */
		if
#if !OBJECT
		:: ALL || me == 1 -> show_space()
		:: ALL || me == 1 -> show_other()
#endif
		:: ALL || me == 1 -> idle(); show_space()
		:: skip
		fi;
		/* trap_exit_many */
		do
		:: true ->
#if PLANT == 8
			d_step { note() };
#endif
#if PLANT == 3
			new = shown[me] && seen[me] != generation;
			atomic { !draining[me] -> outside[me] = 1 };
#else
			atomic { !draining[me] -> outside[me] = 1 };
			new = shown[me] && seen[me] != generation;
#endif
			if
			:: d_step { !new ->
				note(); outside[me] = 2; ring3[me] = true }; break
			:: else -> new = 0; outside[me] = 0; show_space()
			fi
		od
	od
}

/* Walks, also speculative ones, accesses of ring 3 through what they left, and the store buffer. */
proctype hardware(byte me)
{
end:	do
	:: atomic { draining[me] -> outside[me] = 0; draining[me] = false }
	:: atomic { loaded[me] && owner[1] != root -> assert(false) }
	:: atomic { loaded[me] && middle && !upper[me] -> upper[me] = middle }
	:: atomic { loaded[me] && upper[me] && owner[upper[me]] != table -> assert(false) }
	:: atomic { loaded[me] && upper[me] && !tlb[me] && content[upper[me]] ->
			tlb[me] = content[upper[me]] }
	:: atomic { ring3[me] && loaded[me] && tlb[me] && owner[tlb[me]] != data -> assert(false) }
	od
}

init {
	byte n = 0;
	atomic {
		owner[1] = root;
#if !OBJECT && !ALL
		owner[2] = table; middle = 2; owner[3] = data; content[2] = 3;
#endif
		do
#if !OBJECT && !ALL
		:: n < CPUS -> shown[n] = n > 0; loaded[n] = n > 0;
			run cpu(n); run hardware(n); n++
#else
		:: n < CPUS -> run cpu(n); run hardware(n); n++
#endif
		:: else -> break
		od
	}
}
