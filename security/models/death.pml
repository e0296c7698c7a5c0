/* SPDX-License-Identifier: MIT */
/*
 * death.pml - a server dies while it is called, and its successor goes on.
 *
 * A server is a table; the first one here has two threads.  Its end marks the table dead under the table's lock, then
 * claims the callers on the table's list of received calls, one by one: E_DEAD.  Who is queued at the
 * endpoint, which is init's, waits for the successor.  A thread of the dying server may be receiving
 * or answering on another processor meanwhile: to receive is to claim the caller and then to put it
 * on the list, under the table's lock, if the table is not dead; if it is, the caller goes back to the
 * queue's head as if nothing had happened.  To answer is to claim a caller whose holder is this
 * table.
 *
 * The caller's stub repeats a call that ended in E_DEAD; after three deaths it gives up.  init starts
 * successors without end.
 *
 * Properties: every call ends, with an answer, or with E_CRASHED after three deaths; no caller stays
 * on the list of a dead table; a dead server's answer reaches nobody.
 * PLANT=1: the table is not looked at when a caller is put on its list.  PLANT=2: an answer does not
 * compare the holder.  PLANT=3: the end claims callers before it marks the table dead.  PLANT=4: the
 * list is passed over, once, without the table's lock.  PLANT=5: the successor does
 * not receive from the endpoint of its predecessor.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define CALLERS 2
#define DEATHS 2
#define SERVERS 3		/* DEATHS + 1 */
#define PATIENCE 2		/* three, but every death costs states */

mtype = { running, queued, claimed, received };
mtype = { none, answered, dead };

mtype state[CALLERS] = running;
mtype result[CALLERS] = none;
byte holder[CALLERS];		/* table that received the call */
bool listed[CALLERS];		/* on holder's list, guarded by the table's lock */
bool table[SERVERS];		/* the tables' locks */
bool ended[SERVERS];		/* the table is dead; guarded by its lock */
byte server;			/* ghost: the one that runs */
byte done;			/* callers that are through */

inline lock(l)   { atomic { !l -> l = true } }
inline unlock(l) { l = false }

proctype caller(byte me)
{
	byte deaths;
	do
	:: true ->
		atomic { result[me] = none; state[me] = queued };
		state[me] == running && result[me] != none;
		if
		:: result[me] == answered -> break
		:: else -> deaths++;
			if
			:: deaths == PATIENCE -> break		/* E_CRASHED */
			:: else
			fi
		fi
	od;
	done++
}

/* One thread of server number `me`. */
proctype thread(byte me)
{
	byte who;
end:	do
#if PLANT == 5
	:: me != 0 -> break
#endif
	:: ended[me] -> break
	:: atomic { state[0] == queued -> state[0] = claimed; who = 0 }; goto got
	:: atomic { state[1] == queued -> state[1] = claimed; who = 1 }; goto got
	:: atomic { done == CALLERS -> break };
		skip;
got:
#if PLANT == 1
		lock(table[me]);
		listed[who] = true; holder[who] = me; state[who] = received;
		unlock(table[me]);
#else
		lock(table[me]);
		if
		:: ended[me] -> state[who] = queued; unlock(table[me]); break
		:: else -> listed[who] = true; holder[who] = me; state[who] = received;
			unlock(table[me])
		fi;
#endif
		/* Killed on its way out of the kernel; or it has begun to answer. */
		if
		:: ended[me] -> break
		:: !ended[me] -> skip
		fi;
		lock(table[me]);
		if
#if PLANT == 2
		:: atomic { state[who] == received -> state[who] = claimed };
#else
		:: atomic { state[who] == received && holder[who] == me -> state[who] = claimed };
#endif
			assert(holder[who] == me && listed[who]);
			listed[who] = false;
			unlock(table[me]);
			d_step { result[who] = answered; state[who] = running }
		:: atomic { else -> skip };		/* E_GONE */
			unlock(table[me])
		fi;
		who = 0
	od
}

/* The end of the running server, and its successor. */
proctype init_server()
{
	byte deaths, i;
	do
	:: deaths < DEATHS && done < CALLERS ->
		deaths++;
#if PLANT == 3
		skip;
#elif PLANT == 4
		ended[server] = true;
#else
		lock(table[server]); ended[server] = true; unlock(table[server]);
#endif
		i = 0;
		do
		:: i < CALLERS ->
#if PLANT != 4
			lock(table[server]);
#endif
			if
			:: atomic { listed[i] && holder[i] == server && state[i] == received ->
					state[i] = claimed };
				listed[i] = false;
				d_step { result[i] = dead; state[i] = running }
			:: atomic { else -> skip }
			fi;
#if PLANT != 4
			unlock(table[server]);
#endif
			i++
		:: else -> break
		od;
#if PLANT == 3
		lock(table[server]); ended[server] = true; unlock(table[server]);
#endif
		server++;
		run thread(server)
	:: atomic { deaths == DEATHS || done == CALLERS -> break }
	od
}

init {
	atomic { run caller(0); run caller(1); run thread(0); run thread(0); run init_server() }
}
