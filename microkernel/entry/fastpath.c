/* SPDX-License-Identifier: MIT */
/*
 * fastpath.c - a call to a server that waits, and the answer to the caller that lent it its time.
 *
 * Not a second truth: all is checked first, and with nothing done yet whatever is out of the
 * ordinary goes the slow way.  What is left needs no run queue, no timer and no clock: time goes on
 * where it was, and is charged to whoever runs at the next look.
 *
 * The words of a message are in rdx, r8-r10, r12 and r13, and in the frame.  This file is compiled
 * so that no function in it uses the last five (the Makefile's MESSAGE_REGISTERS): between two
 * native threads they pass by being left where they are.  What calls a function of another file
 * loads them from the frame again, or puts them into the receiver's.
 */
#include "microkernel/core/grace.h"
#include "microkernel/entry/switch.h"
#include "microkernel/entry/trap.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/notification.h"

#define inline_always inline __attribute__((always_inline))

/* A label, capabilities, windows, and room for capabilities in the answer. */
#define TAG_FAST TAG_MAKE(~0, 7, 7, 7)

/* What the other side finds in its registers, but for the words that are there already. */
struct passed {
	u64 rdi, rsi, rdx, r14;
	struct registers kept; /* debug: those words; who checks locks does not leave them alone */
};

/* Nobody wants anything of this CPU but what the call asks for. */
static inline bool quiet(const struct cpu *cpu)
{
	return !cpu->busy || !(cpu->timed | cpu->resched | cpu->preempt_pending | unclean(cpu));
}

/* It can go on at once, here: nothing is asked of it, and no timer is set. */
static inline bool ready_for(const struct thread *t)
{
	return !t->unready && !t->deadline.cpu;
}

/* What is in the registers goes into the frame after all: something has come up. */
static inline_always void put_down(struct thread *next, const struct passed *passed)
{
	DEBUG_ONLY(arch_message_load(&passed->kept));
	arch_message_store(&next->regs);
	next->regs.rdi = passed->rdi;
	next->regs.rsi = passed->rsi;
	next->regs.rdx = passed->rdx;
	next->regs.r14 = passed->r14;
	next->regs.rax = 0;
}

/* To one that is claimed, and has its registers in its frame. */
static _Noreturn __attribute__((noinline)) void switch_by_frame(struct thread *prev,
								struct thread *next)
{
	thread_publish(next, WAIT_NONE);
	switch_fast(this_cpu(), prev, next);
	trap_return();
}

/* With many CPUs: what switch_load and the way out do, as far as nobody disturbs.  False: somebody
 * does. */
static inline_always bool show_many(struct cpu *cpu, struct thread *next, struct space *space)
{
	u64 seen;

	sched_wait_saved(&next->run);
	next->run.leaves = false; /* the one that it has just left has looked */
	__atomic_store_n(&next->run.last, cpu->number, __ATOMIC_RELEASE);
	cpu->root_space = space;
	cpu->root_client = NULL;
	cpu->client_seen = 0;
	__atomic_store_n(&cpu->current, &next->run, __ATOMIC_SEQ_CST);
	seen = __atomic_load_n(&space->tlb_generation, __ATOMIC_SEQ_CST);
	if (cpu->root != space->root || cpu->space_seen != seen) {
		cpu->space_seen = seen;
		cpu->root = space->root;
		arch_root_write(space->root);
		cpu->root_loads++;
	}
	__atomic_store_n(&cpu->outside, CPU_LEAVES, __ATOMIC_SEQ_CST);
	if (next->detained || (CONFIG_DEBUG && cpu_stopper) ||
	    __atomic_load_n(&space->tlb_generation, __ATOMIC_SEQ_CST) != seen) {
		__atomic_store_n(&cpu->outside, CPU_INSIDE, __ATOMIC_SEQ_CST);
		return false;
	}
	grace_note(cpu);
	__atomic_store_n(&cpu->outside, CPU_OUTSIDE, __ATOMIC_RELEASE);
	return true;
}

/* The same with the message in the registers. */
static inline_always _Noreturn void switch_in_registers(struct cpu *cpu, struct thread *prev,
							struct thread *next,
							const struct passed *passed)
{
	struct space *space = next->space;

	if (!is_plain(prev, next)) {
		put_down(next, passed);
		switch_by_frame(prev, next);
	}
	thread_publish_from(next, WAIT_CLAIMED, WAIT_NONE);
	prev->native_iret = 0;
	prev->voluntary++;
	cpu->switches++;
	next->since_ticks = prev->since_ticks;
	trace(TRACE_SWITCH, next->object.id, 0);
	cpu->regs = &next->regs;
	cpu->regs_top = (u64)(&next->regs + 1);
	if (!cpu->many) {
		next->run.leaves = false;
		cpu->current = &next->run;
		load_root_alone(cpu, space->root, space, NULL);
	} else if (!show_many(cpu, next, space)) {
		put_down(next, passed);
		if (next->detained)
			arch_poke(cpu);
		trap_return();
	}
	DEBUG_ONLY(arch_message_load(&passed->kept));
	exit_with_message(passed->rdi, passed->rsi, passed->rdx, passed->r14);
}

/* --- call ------------------------------------------------------------------------------------ */

/* Who receives there and can be given a call; claimed, and out of the queue.  The lock is held.
 * One that is dead has none, or soon. */
static inline struct thread *receiver_take(struct endpoint *endpoint)
{
	struct thread *server = container_of(endpoint->receivers.next, struct thread, wait_link);
	u64 word;

	if (list_empty(&endpoint->receivers))
		return NULL;
	word = thread_wait_word(server);
	if (wait_kind(word) != WAIT_RECEIVE || !ready_for(server) ||
	    !thread_claim_from(server, word, WAIT_RECEIVE))
		return NULL;
	list_remove(&server->wait_link);
	return server;
}

/* lone: nothing is lent, and nothing may be given with the answer; a constant. */
static inline_always void call(cap_t handle, u64 tag, bool lone)
{
	struct cpu *cpu = this_cpu();
	struct thread *caller = thread_running(cpu), *server = NULL;
	struct passed passed;
	struct endpoint *endpoint;
	struct cap_ref cap;
	u64 wait;

	DEBUG_ONLY(arch_message_store(&passed.kept));
	if (!quiet(cpu) || caller->kicked ||
	    !cap_is(caller->table, handle, OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, &cap) ||
	    (!lone && (tag & ~TAG_FAST || endpoint_check(caller, tag))))
		return;
	endpoint = cap.object;
	lock_acquire(&endpoint->object.lock);
	if (cap_holds(&cap))
		server = receiver_take(endpoint);
	lock_release(&endpoint->object.lock);
	if (!server)
		return;
	endpoint_record(caller, &cap, tag);
	caller->wait_deadline_ns = DEADLINE_NEVER;
	caller->run.leaves = true;
	if (!lone) {
		if (endpoint_hand_over(caller, server)) {
			caller->run.leaves = false;
			endpoint_receive_again(server);
			return;
		}
		arch_message_load(&caller->regs);
	}
	passed.rdi = caller->call_badge;
	passed.rsi = tag;
	passed.rdx = caller->regs.rdx;
	passed.r14 = caller->reply;
	endpoint_accept(caller, server);
	wait = thread_publish_from(caller, WAIT_NONE, WAIT_REPLY);
	if (caller->kicked | server->table->object.dead) {
		put_down(server, &passed);
		endpoint_disturbed(caller, wait);
		switch_by_frame(caller, server);
	}
	switch_in_registers(cpu, caller, server, &passed);
}

/* --- reply and receive ----------------------------------------------------------------------- */

/* Nothing waits at the endpoint, nor in the notification that is bound to the server; both are
 * locked. */
static inline_always bool nothing_there(const struct endpoint *endpoint,
					const struct notification *bound)
{
	return list_empty(&endpoint->senders) && list_empty(&endpoint->gone) &&
	       list_empty(&endpoint->cancels) && !endpoint->object.dead && !(bound && bound->bits);
}

static inline_always void unlock(struct endpoint *endpoint, struct notification *bound)
{
	if (bound)
		lock_release(&bound->object.lock);
	lock_release(&endpoint->object.lock);
}

/* The server begins to wait; false: a kick was first, and it does not. */
static inline_always bool receive_begin(struct thread *server, struct endpoint *endpoint)
{
	server->wait_deadline_ns = DEADLINE_NEVER;
	if (!thread_wait_begin(server, WAIT_RECEIVE, &endpoint->object.lock)) {
		thread_publish(server, WAIT_NONE);
		return false;
	}
	list_append(&endpoint->receivers, &server->wait_link);
	return true;
}

static inline_always void reply_receive(cap_t handle, u64 tag)
{
	struct cpu *cpu = this_cpu();
	struct thread *server = thread_running(cpu), *caller = server->donor;
	struct passed passed = { .rdi = 0 };
	struct notification *bound = server->bound;
	struct endpoint *endpoint;
	struct cap_ref cap;
	u64 wait;

	DEBUG_ONLY(arch_message_store(&passed.kept));
	if (!quiet(cpu) || tag >> 32 || !caller ||
	    !cap_is(server->table, handle, OBJECT_ENDPOINT, RIGHT_ENDPOINT_RECEIVE, &cap))
		return;
	/* Storage of threads stays what it is: this is the caller, or none that waits so.  What the
	 * server lets go of, the time it was lent, the caller holds: nothing ends here. */
	wait = thread_wait_word(caller);
	if (wait_kind(wait) != WAIT_REPLY || caller->reply != server->regs.r14 ||
	    caller->holder != server->table || !ready_for(caller) ||
	    caller->endpoint.object != cap.object || caller->run.context != server->run.context)
		return;
	endpoint = cap.object;
	lock_acquire(&endpoint->object.lock);
	if (bound)
		lock_acquire(&bound->object.lock);
	/* A cancel is posted under the same lock, to a caller that waits. */
	if (!nothing_there(endpoint, bound) || endpoint->receiver.id != server->object.id ||
	    server->table->object.dead || caller->cancelled || !cap_holds(&cap) ||
	    !thread_claim_from(caller, wait, WAIT_REPLY)) {
		unlock(endpoint, bound);
		return;
	}
	/* From here on others can give the server a call: its frame is theirs. */
	passed.rsi = server->regs.rsi;
	passed.rdx = server->regs.rdx;
	if (!receive_begin(server, endpoint)) {
		unlock(endpoint, bound);
		endpoint_await_reply(caller);
		return;
	}
	unlock(endpoint, bound);
	message_end_donation(server);
	trace(TRACE_REPLY, caller->object.id, server->object.id);
	passed.r14 = caller->regs.r14;
	switch_in_registers(cpu, server, caller, &passed);
}

/* --- a system call --------------------------------------------------------------------------- */

static __attribute__((noinline)) void fastpath_call(cap_t handle, u64 tag)
{
	call(handle, tag, true);
	trap_native_slow();
}

static __attribute__((noinline)) void fastpath_call_lending(cap_t handle, u64 tag)
{
	call(handle, tag, false);
	trap_native_slow();
}

static __attribute__((noinline)) void fastpath_reply_receive(cap_t handle, u64 tag)
{
	reply_receive(handle, tag);
	trap_native_slow();
}

static __attribute__((noinline)) void fastpath_signal(cap_t handle, u64 bits)
{
	struct thread *t = thread_running(this_cpu());
	struct cap_ref cap;

	if (cap_is(t->table, handle, OBJECT_NOTIFICATION, RIGHT_NOTIFICATION_SIGNAL, &cap) &&
	    !(bits >> 63)) {
		t->regs.rax = 0; /* now: once it is preempted another CPU may run it */
		if (switch_signal(cap.object, bits))
			trap_return();
		t->regs.rax = NUMBER_notification_signal;
	}
	trap_native_slow();
}

void trap_native_syscall(u64 handle, u64 tag, u64 number)
{
	if (CONFIG_FASTPATH && number == NUMBER_endpoint_call && !(tag >> 32))
		fastpath_call(handle, tag);
	else if (CONFIG_FASTPATH && number == NUMBER_endpoint_call)
		fastpath_call_lending(handle, tag);
	else if (CONFIG_FASTPATH && number == NUMBER_reply_receive)
		fastpath_reply_receive(handle, tag);
	else if (CONFIG_FASTPATH && number == NUMBER_notification_signal)
		fastpath_signal(handle, tag);
	else
		trap_native_slow();
}
