/* SPDX-License-Identifier: MIT */
/*
 * transfer.pml - a capability sent with a call, against revocation of it and of the way it goes.
 *
 * The caller calls through slot E and sends slot C; the receiver gets R, derived from C.  Both name
 * the same endpoint (a client that hands its own endpoint on), so one derivation lock guards them.
 * One revoker takes away C and all that hangs below it, the other E.  What C held is replaced by
 * another capability afterwards, with the next generation.
 *
 *	call	look E up; lock the endpoint; look at E's word again; queue; unlock
 *	receive	lock the endpoint; claim the caller; unlink; unlock; then for each capability:
 *		lock the derivation tree; look at C's word again; derive; unlock
 *	revoke	lock the tree; empty one leaf; if it named the endpoint: lock that, claim callers
 *		queued through the leaf, unlock; unlock the tree; repeat until nothing is left
 *
 * Properties: when revoke returns nothing derived from the slot is left, nobody is queued through it,
 * and nothing of the kind comes later; a call that was received runs to its reply; what arrives is what
 * was sent; no deadlock.
 * PLANT=1: C is looked up before the tree is locked.  PLANT=2: E is not looked at again under the
 * endpoint's lock.  PLANT=3: callers are woken before the leaf is empty.  PLANT=4: capabilities move
 * while the endpoint is locked.  PLANT=5: C is found by its slot without its generation.  PLANT=6: who
 * revokes E also ends a call that was received.
 */
#ifndef PLANT
#define PLANT 0
#endif

mtype = { running, queued, claimed, received };
mtype = { none, answered, revoked };

bool tree, endpoint;		/* locks: derivation, endpoint; tree before endpoint */
bool e_live = true;		/* guarded by tree; read without it */
bool c_live = true, r_live;
byte c_generation = 1;
bool r_other;			/* ghost: R was derived from what came into C's slot later */
mtype state = running;		/* the caller's wait word */
mtype result = none;
bool e_gone, c_gone;		/* ghost: that revoke has returned */
bool was_received;		/* ghost */

inline lock(l)   { atomic { !l -> l = true } }
inline unlock(l) { l = false }

proctype caller()
{
	if
	:: !e_live -> goto over
	:: e_live -> skip
	fi;
	lock(endpoint);
	if
#if PLANT != 2
	:: !e_live -> unlock(endpoint); goto over
	:: e_live ->
#else
	:: true ->
#endif
		assert(!e_gone);
		state = queued;
		unlock(endpoint)
	fi;
	state == running && result != none;
	assert(!was_received || result == answered);
over:	skip
}

proctype receiver()
{
	bool found;
	/* Nobody may ever come. */
end:	atomic { state == queued && !endpoint -> endpoint = true };
	if
	:: atomic { state == queued -> state = claimed; was_received = true }
	:: atomic { state != queued -> skip };
		unlock(endpoint);
		goto over
	fi;
#if PLANT != 4
	unlock(endpoint);
#endif
#if PLANT == 1
	found = c_live && c_generation == 1;
	lock(tree);
#elif PLANT == 5
	lock(tree);
	found = c_live;
#else
	lock(tree);
	found = c_live && c_generation == 1;
#endif
	if
	:: found -> r_live = true; r_other = (c_generation != 1);
		assert(!r_other && !c_gone)
	:: else
	fi;
	unlock(tree);
#if PLANT == 4
	unlock(endpoint);
#endif
	state = received;
	if
	:: atomic { state == received -> state = claimed }
	:: atomic { state != received -> goto over }
	fi;
	result = answered;
	state = running;
over:	skip
}

/* Revoke what C was derived from: leaves first, a step at a time. */
proctype revoker_of_c()
{
	do
	:: true ->
		lock(tree);
		if
		:: r_live -> r_live = false
		:: !r_live && c_live && c_generation == 1 -> c_live = false; c_generation++
		:: else -> unlock(tree); break
		fi;
		/* R and C name the endpoint too: callers through them would be looked for. */
		lock(endpoint);
		unlock(endpoint);
		unlock(tree)
	od;
	assert(!r_live);
	c_gone = true;
	/* Somebody installs another capability in the slot. */
	lock(tree);
	c_live = true;
	unlock(tree)
}

inline wake_queued()
{
	lock(endpoint);
	if
	:: atomic { state == queued -> state = claimed };
		unlock(endpoint);
		result = revoked;
		state = running
#if PLANT == 6
	:: atomic { state == received -> state = claimed };
		unlock(endpoint);
		result = revoked;
		state = running
	:: atomic { state != queued && state != received -> endpoint = false }
#else
	:: atomic { state != queued -> endpoint = false }
#endif
	fi
}

proctype revoker_of_e()
{
	lock(tree);
#if PLANT == 3
	wake_queued();
	e_live = false;
#else
	e_live = false;
	wake_queued();
#endif
	unlock(tree);
	assert(state != queued);
	e_gone = true
}

init {
	atomic { run caller(); run receiver(); run revoker_of_c(); run revoker_of_e() }
}
