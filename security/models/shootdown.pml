/* SPDX-License-Identifier: MIT */
/*
 * shootdown.pml - TLB shoot-down and the reuse of frames and page-table pages.
 *
 * One space with two roots, the guest's and the view's, which share the tables below; each has a
 * PCID of its own.  `middle` is the entry that names the page-table page, whose one entry names the
 * data frame.  A processor's hardware walks whenever it likes, in the kernel and while idle too, in
 * two steps (it keeps the upper levels in caches of its own), and keeps what it found under the PCID
 * in CR3 until that PCID is flushed.
 *
 *	editor: lock the space; edit; generation++; gather frames and page-table pages; unlock;
 *		flush here; ask every processor in the mask; wait, serving the own inbox; free
 *	asked:	both PCIDs are flushed, then it answers; whoever spins serves its inbox
 *	to load a root of the space: set the bit in the mask, then compare the generation that was
 *		seen last with the space's: flush both PCIDs if it differs; then load CR3
 *	to leave it: load another root, then clear the bit.  Idle keeps root and bit.
 *	end:	dead = true, gather everything, unlock; whoever is asked loads the kernel's root
 *
 * Setting the bit and counting the generation up are locked instructions; so the model needs no
 * store buffers.  Between guest and view (a trap) CR3 is loaded without looking at anything.
 *
 * Properties: no walk reads a page that is not a table of this space; no access reaches a frame that
 * is not its data; nobody waits for ever; a root is freed when no CR3 holds it.
 *
 * PLANT=1: freed before the answers have come.  PLANT=2: a flush leaves the sibling PCID.  PLANT=3:
 * answered before the flush.  PLANT=4: who waits for answers does not serve its inbox.  PLANT=5: the
 * lock is held until the answers have come, and who spins for it does not serve.  PLANT=6: the
 * generation is looked at before the bit is set.  PLANT=7: page-table pages are freed at once.
 * PLANT=8: idle clears its bit.  PLANT=9: the bit is cleared before another root is loaded.
 */
/* CHECK: CPUS=3 EDITS=1 SWITCHES=0 */
#ifndef PLANT
#define PLANT 0
#endif
#ifndef CPUS
#define CPUS 2
#endif
#ifndef EDITS
#define EDITS 2			/* how many edits in all */
#endif
#ifndef SWITCHES
#define SWITCHES 1		/* how often a processor leaves the space and comes back */
#endif
#define FRAMES 7		/* 0 is none, 1 the root */

mtype = { unused, root, table, data };
mtype = { kernel_root, guest, view };
#define CACHES 2		/* per processor: one for each PCID */
#define HERE(pcid) (me * CACHES + (pcid))

mtype owner[FRAMES] = unused;
byte content[FRAMES];		/* of a table: its entry */
byte middle;			/* the entry above: which table; in the root */
bool space_lock, dead;		/* the lock guards what the tables say, and generation */
byte generation;
bool mask[CPUS];
byte edits = EDITS;

mtype cr3[CPUS] = kernel_root;
byte upper[CPUS * CACHES];	/* paging-structure cache: the table */
byte tlb[CPUS * CACHES];	/* the data frame */
byte seen[CPUS];		/* generation */
bool request[CPUS * CPUS];	/* [from][to]: not answered yet */

#define PENDING(to) (request[to] || request[CPUS + to] || request[(CPUS - 1) * CPUS + to])
#define ANSWERED (!request[me * CPUS] && !request[me * CPUS + 1] && !request[me * CPUS + CPUS - 1])

inline flush(pcid)
{
	upper[HERE(pcid)] = 0; tlb[HERE(pcid)] = 0
}

inline flush_all()
{
	d_step {
		seen[me] = generation;
#if PLANT == 2
		if
		:: cr3[me] == view -> flush(1)
		:: cr3[me] == guest -> flush(0)
		:: else -> flush(0); flush(1)
		fi;
#else
		flush(0); flush(1);
#endif
		if
		:: dead -> cr3[me] = kernel_root
		:: else
		fi
	}
}

/* One request at a time: flush, then answer. */
inline serve()
{
	if
	:: request[me] -> from = 0
	:: request[CPUS + me] -> from = 1
	:: request[(CPUS - 1) * CPUS + me] -> from = CPUS - 1
	fi;
#if PLANT == 3
	request[from * CPUS + me] = false;
	flush_all();
#else
	flush_all();
	request[from * CPUS + me] = false;
#endif
	from = 0
}

inline lock_space()
{
	do
	:: atomic { !space_lock -> space_lock = true }; break
#if PLANT != 5
	:: PENDING(me) -> serve()
#endif
	od
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

/* Flush here and elsewhere; the lock is not held. */
inline shoot_down()
{
	flush_all();
	d_step {
		from = 0;
		do
		:: from < CPUS ->
			if
			:: from != me && mask[from] -> request[me * CPUS + from] = true
			:: else
			fi;
			from++
		:: else -> break
		od;
		from = 0
	}
#if PLANT != 1
	do
	:: ANSWERED -> break
#if PLANT != 4
	:: PENDING(me) -> serve()
#endif
	od;
	skip
#endif
}

/* munmap, or a frame replaced; with or without its page-table page; or the end of the space. */
inline edit()
{
	lock_space();
	if
	:: dead || !middle -> skip
	:: d_step { !dead && middle -> old = content[middle]; content[middle] = 0; generation++ }
	:: d_step { !dead && middle -> old = content[middle]; alloc(data, new);
		content[middle] = new; new = 0; generation++ }
	:: d_step { !dead && middle -> old = content[middle]; old_table = middle; middle = 0;
		generation++ }
	:: d_step { !dead && middle -> old = content[middle]; old_table = middle; middle = 0;
		dead = true; ends = true; generation++ }
	fi;
#if PLANT == 7
	d_step {
		if
		:: old_table -> owner[old_table] = unused; content[old_table] = 0; old_table = 0
		:: else
		fi
	}
#endif
#if PLANT == 5
	shoot_down();
	space_lock = false;
#else
	space_lock = false;
	shoot_down();
#endif
	d_step {
		if
		:: old -> assert(owner[old] == data); owner[old] = unused
		:: else
		fi;
		if
		:: old_table -> assert(owner[old_table] == table);
			owner[old_table] = unused; content[old_table] = 0
		:: else
		fi;
		if
		:: ends -> owner[1] = unused
		:: else
		fi;
		old = 0; old_table = 0; ends = false
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

inline enter_space()
{
#if PLANT == 6
	atomic { old = (seen[me] != generation); new = dead };
	mask[me] = true;
	if
	:: old -> flush_all()
	:: else
	fi;
	old = 0;
	if
	:: new -> mask[me] = false
	:: else -> cr3[me] = guest
	fi;
	new = 0
#else
	mask[me] = true;
	if
	:: seen[me] != generation -> flush_all()
	:: else
	fi;
	if
	:: dead -> mask[me] = false
	:: else -> cr3[me] = guest
	fi
#endif
}

inline leave_space()
{
#if PLANT == 9
	mask[me] = false;
	cr3[me] = kernel_root
#else
	cr3[me] = kernel_root;
	mask[me] = false
#endif
}

proctype cpu(byte me)
{
	byte from, old, new, old_table, switches;
	bool ends;			/* this processor ends the space */
	enter_space();
end:	do
	/* Outside of the kernel, or idle: interrupts are on. */
	:: PENDING(me) -> serve()
	:: atomic { cr3[me] == guest -> cr3[me] = view }	/* a trap to the twin, and back */
	:: atomic { cr3[me] == view -> cr3[me] = guest }
	:: atomic { cr3[me] != kernel_root && (!middle || !content[middle]) && !dead && !space_lock ->
			fill() }
	:: atomic { edits && cr3[me] != kernel_root -> edits-- }; edit()
	:: atomic { switches < SWITCHES -> switches++ };
		leave_space();
		do
		:: PENDING(me) -> serve()
		:: break
		od;
		enter_space()
#if PLANT == 8
	:: mask[me] && cr3[me] != kernel_root -> mask[me] = false	/* idle: root stays */
#endif
	od
}

/* Walks, also speculative ones, and accesses through what they left. */
proctype hardware(byte me)
{
	byte pcid;
end:	do
	:: atomic { cr3[me] != kernel_root && middle && !upper[HERE(cr3[me] == view)] ->
			assert(owner[1] == root);
			upper[HERE(cr3[me] == view)] = middle }
	:: atomic { cr3[me] != kernel_root && upper[HERE(cr3[me] == view)] &&
			!tlb[HERE(cr3[me] == view)] ->
			assert(owner[upper[HERE(cr3[me] == view)]] == table);
			tlb[HERE(cr3[me] == view)] = content[upper[HERE(cr3[me] == view)]] }
	:: atomic { cr3[me] != kernel_root && tlb[HERE(cr3[me] == view)] &&
			owner[tlb[HERE(cr3[me] == view)]] != data -> assert(false) }
	od
}

init {
	byte i = 0;
	atomic {
		owner[1] = root;
		do
		:: i < CPUS -> run cpu(i); run hardware(i); i++
		:: else -> break
		od
	}
}
