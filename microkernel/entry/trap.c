/* SPDX-License-Identifier: MIT */
/*
 * trap.c - every entry into the kernel, and the way out.
 *
 * Ring 0 runs with interrupts off.  What an interrupt asks is done at once when it comes from ring
 * 3; in a window (preempt_point, idle) it is only latched and served on the way out.
 */
#include "microkernel/entry/trap.h"
#include "microkernel/core/grace.h"
#include "microkernel/core/timer.h"
#include "microkernel/core/trace.h"
#include "microkernel/entry/guest_registers.h"
#include "microkernel/entry/switch.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/device.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

enum { EXCEPTION_DB = 1, EXCEPTION_NMI = 2, EXCEPTION_NM = 7, EXCEPTION_DF = 8, EXCEPTION_PF = 14,
       EXCEPTION_MC = 18 };
enum { FAULT_WRITE = 2, FAULT_FETCH = 16 };

/* --- interrupts --- */

static void serve_timer(void)
{
	struct cpu *cpu = this_cpu();
	u64 now = arch_now_ns();
	struct timer *timer;

	while ((timer = timer_take_due(now))) {
		if (timer->kind == TIMER_NOTIFICATION)
			notification_timer_due(timer);
		else
			thread_timed_out(container_of(timer, struct thread, deadline));
	}
	if (now >= cpu->slice_end_ns || now >= cpu->time_end_ns) {
		cpu->time_end_ns = DEADLINE_NEVER;
		cpu->resched = 1;
	}
	DEBUG_ONLY(stuck_check());
	timer_fired();
}

static void serve(unsigned vector)
{
	this_cpu()->interrupts++;
	trace(TRACE_INTERRUPT, vector, 0);
	if (vector < VECTOR_FIRST_IRQ + IRQ_LINES)
		irq_deliver(vector);
	else if (vector == VECTOR_TIMER)
		serve_timer();
	else if (vector == VECTOR_POKE)
		this_cpu()->resched = 1;
}

void trap_serve_latched(void)
{
	struct cpu *cpu = this_cpu();

	cpu->preempt_pending = 0;
	for (unsigned i = 0; i < 8; i++) {
		u32 bits = cpu->latched[i];

		cpu->latched[i] = 0;
		for (; bits; bits &= bits - 1)
			serve(i * 32 + (unsigned)__builtin_ctz(bits));
	}
}

/* Ring 0 begins a stretch in which no interrupt is served. */
static void stretch_begin(enum trace_event event, u64 called)
{
	if (!CONFIG_DEBUG)
		return;
	trace(event, called, thread_current()->object.id);
	this_cpu()->called = called;
	this_cpu()->stretch_since = arch_ticks();
}

bool preempt_point(void)
{
	DEBUG_ONLY(stretch_end());
	arch_interrupt_window();
	DEBUG_ONLY(this_cpu()->stretch_since = arch_ticks());
	return this_cpu()->preempt_pending;
}

/* --- the way out --- */

/* What lost its last holder is taken apart until someone wants the CPU: objects, the trees of their
 * pages, and at last, when no CPU can know them, their storage. */
static void take_apart(struct cpu *cpu)
{
	/* Its storage is released. */
	if (cpu->context && cpu->context->gone) {
		switch_pay(cpu, arch_now_ns());
		cpu->context = NULL;
	}
	do {
		if (!object_reap())
			return;
		while (!node_reap())
			if (preempt_point())
				return;
	} while (grace_step() && !preempt_point());
}

bool trap_clean_up(void)
{
	struct cpu *cpu = this_cpu();

	__atomic_fetch_add(&cpu->apart, 1, __ATOMIC_SEQ_CST);
	take_apart(cpu);
	__atomic_fetch_add(&cpu->apart, 1, __ATOMIC_SEQ_CST);
	cpu->work = cpu->many || unclean(cpu);
	return unclean(cpu);
}

/*
 * Storage and tables that were let go before the first look are back in their budgets once each CPU
 * was seen with none, after it; who has some and is outside is called in.  False: some may be left.
 */
static bool memory_came_back(u64 *left)
{
	for (u32 i = 0; i < cpu_count; i++) {
		struct cpu *cpu = &cpus[i];
		u32 apart = __atomic_load_n(&cpu->apart, __ATOMIC_SEQ_CST);

		if (!(apart & 1) && !unclean(cpu) &&
		    apart == __atomic_load_n(&cpu->apart, __ATOMIC_SEQ_CST))
			*left &= ~(1ul << i);
		else if (*left >> i & 1 && cpu->outside)
			arch_poke(cpu);
	}
	/* Nothing is in hand, so the others' rounds need not wait for this CPU. */
	__atomic_store_n(&this_cpu()->outside, CPU_OUTSIDE, __ATOMIC_SEQ_CST);
	arch_pause();
	__atomic_store_n(&this_cpu()->outside, CPU_INSIDE, __ATOMIC_SEQ_CST);
	return !*left;
}

/* busy: with something to do first, or with many CPUs; a constant, so that others pay nothing. */
static inline void leave(struct cpu *cpu, bool busy)
{
	if (busy && (unclean(cpu) || (cpu->context && cpu->context->gone)))
		trap_clean_up();
	if (!busy || !cpu->many)
		grace_note(cpu);
	if (cpu->preempt_pending)
		trap_serve_latched();
	DEBUG_ONLY(stretch_end());
	if (cpu->resched || !cpu->current || cpu->current->leaves)
		switch_schedule();
	if (busy && cpu->many)
		trap_exit_many();
}

static __attribute__((noinline)) void leave_busy(struct cpu *cpu)
{
	leave(cpu, true);
}

/* The way out, common to all entries. */
static inline __attribute__((always_inline)) void trap_leave(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->work)
		leave_busy(cpu);
	else
		leave(cpu, false);
}

/* --- system calls --- */

#define LOOK_NS 2000000000ul /* for memory that others let go faster than it comes back */
#define CALL_WAITS (1ul << 63)

/*
 * A budget is full, but what it paid for may be on its way back.  The call is made again, as after
 * an interrupt, when nothing is, and refused if it fails then.  Until then its number is one that
 * no call has, so that calls that succeed pay for none of this.
 */
static __attribute__((noinline)) void not_done(struct thread *t, struct registers *regs, i64 result)
{
	if (result == E_NOMEM && this_cpu()->refused) {
		this_cpu()->refused = 0;
		t->looked = arch_now_ns();
		t->unclean = ~0ul >> (64 - cpu_count);
		regs->rax |= CALL_WAITS;
		result = E_RESTART;
	} else if (result == E_NOSYS && t->looked) {
		result = E_RESTART;
		if (memory_came_back(&t->unclean) || arch_now_ns() - t->looked > LOOK_NS) {
			t->looked = 0;
			regs->rax &= ~CALL_WAITS;
			result = syscall_dispatch(regs);
		}
	}
	if (result == E_RESTART)
		regs->rip -= 2; /* the SYSCALL again; every other register is as it was */
	else if (result != E_BLOCKED)
		regs->rax = (u64)result;
}

/* Nothing but a message has come up; or else. */
_Noreturn void trap_return(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->resched)
		trap_leave();
	else if (cpu->many)
		trap_exit_many();
	exit_to_user();
}

void trap_native_slow(void)
{
	struct thread *t = thread_running(this_cpu());
	struct registers *regs = &t->regs;
	i64 result;

	stretch_begin(TRACE_ENTER, regs->rax);
	/* What every call of a guest ends with needs no search. */
	result = regs->rax == NUMBER_guest_resume ? sys_guest_resume() : syscall_dispatch(regs);
	/* An address of this half is no error, though it is negative. */
	if ((u64)result < (u64)E_BLOCKED)
		regs->rax = (u64)result;
	else if (result != E_BLOCKED)
		not_done(t, regs, result);
	trap_leave();
}

i64 sys_guest_resume(void)
{
	struct thread *t = thread_current();
	error_t error;
	u64 now;

	if (!t->state)
		return E_STATE;
	if (!t->view->client)
		return E_GONE;
	if (t->state->attention || t->kicked) {
		t->kicked = 0;
		t->state->cause = GUEST_KICK;
		return GUEST_KICK;
	}
	error = guest_registers_check(t, &t->state->regs);
	if (error)
		return error;
	now = arch_ticks();
	t->native_ns += now - t->since_ticks;
	t->since_ticks = now;
	t->native_iret = 0;
	t->in_guest = 1;
	switch_frame(t);
	return E_BLOCKED;
}

/* From the guest's frame to the twin's, on the same scheduling context: no queue, no search. */
static void guest_to_twin(struct thread *t, enum guest_cause cause)
{
	struct guest_state *s = t->state;
	u64 now = arch_ticks();

	t->guest_ns += now - t->since_ticks;
	t->since_ticks = now;
	arch_bases(&s->fs_base, &s->gs_base);
	thread_trap(t, cause);
	switch_frame(t);
}

void trap_guest_syscall(void)
{
	struct thread *t = thread_running(this_cpu());

	stretch_begin(TRACE_GUEST, t->state->regs.rax);
	t->state->original_rax = t->state->regs.rax;
	guest_to_twin(t, GUEST_SYSCALL);
}

/* --- exceptions --- */

static void guest_exception(struct thread *t, u64 vector, u64 error, enum guest_cause cause,
			    u64 cr2)
{
	t->state->vector = (u32)vector;
	t->state->error = error;
	t->state->cr2 = cr2;
	guest_to_twin(t, cause);
}

static void guest_page_fault(struct thread *t, u64 error, u32 access, u64 cr2)
{
	struct space *client = __atomic_load_n(&t->view->client, __ATOMIC_ACQUIRE);
	error_t result = E_FAULT;

	if (cr2 < GUEST_LIMIT && client)
		result = space_touch(client, cr2, access);
	if (!result)
		return;
	guest_exception(t, EXCEPTION_PF, error,
			result == E_NOMEM   ? GUEST_NOMEM
			: result == E_RANGE ? GUEST_SIZE
					    : GUEST_FAULT,
			cr2);
}

/* A native program did what it must not: it ends, and its supervisor is told. */
static void native_crash(struct thread *t, u64 vector, u64 error, u64 cr2)
{
	log_printf("keel: %s: exception %u (error %x) at %x, address %x, stack %x", t->name, vector,
		   error, t->regs.rip, cr2, t->regs.rsp);
	log_poke();
	t->fault_address = cr2;
	t->fault_rip = t->regs.rip;
	t->exit_state = THREAD_STATE_FAULTED;
	(void)thread_kill(t, -(i64)(256 + vector));
}

static void native_page_fault(struct thread *t, u64 error, u32 access, u64 cr2)
{
	struct guest_state *s = t->state;
	error_t result = E_FAULT;

	if (arch_native_address_ok(cr2))
		result = space_touch(t->space, cr2, access);
	else if (cr2 < GUEST_LIMIT && t->view && !(access & PROTECT_EXEC))
		result = view_fault(t->view, cr2, access);
	/* It faults again, for as long as memory is on its way: the other end is its own. */
	if (result == E_NOMEM && arch_native_address_ok(cr2)) {
		u64 left = ~0ul >> (64 - cpu_count);

		if (!memory_came_back(&left) || !space_touch(t->space, cr2, access))
			return;
	}
	if (!result)
		return;
	if (s && !arch_native_address_ok(cr2) && t->regs.rip >= s->fixup_start &&
	    t->regs.rip < s->fixup_end && arch_native_address_ok(s->fixup_target)) {
		t->regs.rax = cr2;
		t->regs.rip = s->fixup_target;
		s->cause = result == E_NOMEM ? GUEST_NOMEM : GUEST_FAULT;
		return;
	}
	native_crash(t, EXCEPTION_PF, error, cr2);
}

static void page_fault(struct thread *t, u64 error, u64 cr2)
{
	u32 access = error & FAULT_FETCH   ? PROTECT_EXEC
		     : error & FAULT_WRITE ? PROTECT_WRITE
					   : PROTECT_READ;

	if (t->in_guest)
		guest_page_fault(t, error, access, cr2);
	else
		native_page_fault(t, error, access, cr2);
}

/* First use of floating point by a guest, or by its twin on its behalf. */
static bool fpu_first_use(struct thread *t)
{
	if (!t->state || t->fpu || !thread_fpu_attach(t))
		return false;
	this_cpu()->charged_ticks = t->since_ticks; /* it runs on */
	switch_load(t);
	return true;
}

/* That this CPU is inside is seen before it looks anything up; SYSCALL does it in entry.asm. */
static inline void enter(u64 vector)
{
	if (this_cpu()->many)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	stretch_begin(TRACE_ENTER, ~vector);
}

void trap_interrupt(u64 vector)
{
	enter(vector);
	arch_interrupt_end();
	serve((unsigned)vector);
	trap_leave();
}

void trap_user(u64 vector, u64 error)
{
	struct thread *t = thread_running(this_cpu());
	u64 cr2 = vector == EXCEPTION_PF ? arch_fault_address() : 0;

	enter(vector);
	if (vector == EXCEPTION_NMI) {
		DEBUG_ONLY(dump(this_cpu()->regs->rip, 0));
	} else if (vector == EXCEPTION_MC || vector == EXCEPTION_DF) {
		panic("machine check or double fault (vector %u) in ring 3 at %x", vector,
		      this_cpu()->regs->rip);
	} else if (vector == EXCEPTION_PF) {
		page_fault(t, error, cr2);
	} else if (vector == EXCEPTION_NM && fpu_first_use(t)) {
		/* the instruction is repeated */
	} else if (t->in_guest) {
		guest_exception(t, vector, error,
				vector == EXCEPTION_NM ? GUEST_NOMEM : GUEST_EXCEPTION, 0);
	} else {
		native_crash(t, vector, error, cr2);
	}
	trap_leave();
}

/* Ring 0: a window's interrupt, an NMI, or a bug. */
void trap_kernel(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();

	if (frame->vector >= VECTOR_FIRST_IRQ) {
		cpu->latched[frame->vector / 32] |= 1u << frame->vector % 32;
		cpu->preempt_pending = 1;
		arch_interrupt_end();
		return;
	}
	if (CONFIG_DEBUG && frame->vector != EXCEPTION_DB)
		dump(frame->rip, frame->rbp);
	if (frame->vector == EXCEPTION_NMI || frame->vector == EXCEPTION_DB)
		return;
	panic("exception %u (error %x) in ring 0 at image+0x%x, address %x, rsp %x", frame->vector,
	      frame->error, frame->rip - (u64)kernel_image, arch_fault_address(), frame->rsp);
}
