/* SPDX-License-Identifier: MIT */
/*
 * twin.c - the pool of twins and the loop that each of them runs.
 */
#include "servers/linux/twin.h"

#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "servers/linux/calls.h"
#include "servers/linux/oom.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

struct leftover {
	struct leftover *next;
	void (*act)(void *object, u64 number);
	void *object;
	u64 number;
};

enum { STATES_PER_PAGE = PAGE_SIZE / GUEST_STATE_SIZE };

static struct {
	cap_t deaths;	  /* c: where it is told that a twin has ended, which none does */
	u64 deaths_bits;  /* c */
	struct lock lock; /* guards all below */
	struct twin *free;
	cap_t state_memory; /* the page that state pages are taken from now */
	u64 state_address;
	u32 states_used;
} pool = { .lock = LOCK_OF(RANK_TWINS) };

void twins_start(cap_t notification, u64 bits)
{
	pool.deaths = notification;
	pool.deaths_bits = bits;
}

i64 twin_bind(struct twin *twin, struct mm *mm)
{
	return errno_from(sys_thread_bind(twin->native, mm ? mm->view : CAP_NONE,
					  twin->state_memory, twin->state_offset));
}

static void fault(struct lthread *t)
{
	u64 address = t->state->cr2;
	struct region_info region;
	/* Something is mapped there: then it is its protection that forbids. */
	bool mapped = sys_space_regions(t->process->mm->space, address, &region, 1) == 1 &&
		      region.address <= address;

	signal_fault(t, SIGSEGV, mapped ? SEGV_ACCERR : SEGV_MAPERR, address);
}

static void exception(struct lthread *t)
{
	static const struct {
		u8 vector, signal;
		signed char code;
	} table[] = {
		{ 0, SIGFPE, FPE_INTDIV },  { 1, SIGTRAP, TRAP_TRACE }, { 3, SIGTRAP, 0 },
		{ 4, SIGSEGV, 0 },	    { 5, SIGSEGV, 0 },		{ 6, SIGILL, ILL_ILLOPN },
		{ 11, SIGBUS, 0 },	    { 12, SIGBUS, 0 },		{ 16, SIGFPE, 0 },
		{ 17, SIGBUS, BUS_ADRALN }, { 19, SIGFPE, 0 },
	};
	u32 vector = t->state->vector;

	for (u32 i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].vector == vector) {
			signal_fault(t, table[i].signal, table[i].code ? table[i].code : SI_KERNEL,
				     t->state->regs.rip);
			return;
		}
	signal_fault(t, SIGSEGV, SI_KERNEL, 0);
}

/* Every trap but the plain system call. */
static void trap_handle(struct lthread *t, i64 cause)
{
	switch (cause) {
	case GUEST_FAULT:
		fault(t);
		break;
	case GUEST_EXCEPTION:
		exception(t);
		break;
	case GUEST_NOMEM:
		memory_wait(t);
		break;
	case GUEST_SIZE:
	case GUEST_IO:
		signal_fault(t, SIGBUS, BUS_ADRERR, t->state->cr2);
		break;
	case GUEST_KICK:
	case GUEST_STOPPED:
		break;
	default:
		/* Registers that no guest may have, or its space is gone: no way on. */
		world_lock();
		process_exit_all(t->process, SIGSEGV);
		world_unlock();
		break;
	}
	signal_deliver(t);
}

static bool result_restarts(i64 result)
{
	return (u64)(result + ERESTART_BLOCK) <= ERESTART_BLOCK - ERESTARTSYS;
}

static void guest_loop(struct lthread *t)
{
	struct guest_state *state = t->state;

	do {
		i64 cause = sys_guest_resume();

		if (__builtin_expect(cause == GUEST_SYSCALL, 1)) {
			u64 number = state->original_rax;
			i64 result = linux_call_table[number < LINUX_CALLS ? number : LINUX_CALLS](
				t, &state->regs);

			state->regs.rax = (u64)result;
			if (__builtin_expect(result_restarts(result), 0)) {
				if (result == -ERESTARTMEMORY)
					memory_wait(t);
				t->in_call = true;
				signal_deliver(t);
			}
		} else {
			trap_handle(t, cause);
		}
	} while (!t->leaving);
}

static void fixup_set(struct guest_state *state)
{
	state->fixup_start = (u64)uaccess_start;
	state->fixup_end = (u64)uaccess_end;
	state->fixup_target = (u64)uaccess_failed;
}

/* One Linux thread from its first instruction to its end. */
static void thread_run(struct twin *twin)
{
	struct lthread *t = twin->thread;

	if (twin_bind(twin, t->process->mm)) {
		/* The view's budget is our own: this cannot be the program's doing. */
		log_printf("thread %d: cannot bind to its view", t->tid);
		world_lock();
		process_exit_all(t->process, SIGKILL);
		world_unlock();
		t->leaving = true;
	} else {
		if (twin->fpu) {
			fpu_restore(twin->fpu);
			fpu_area_free(twin->fpu);
			twin->fpu = NULL;
		} else {
			fpu_reset();
		}
		guest_loop(t);
	}
	thread_exit_now(t);
}

bool call_refused(void)
{
	/* The event thread and the reaper are no twins. */
	struct twin *twin = thread_self()->local;

	if (!twin || !__atomic_load_n(&twin->gives_up, __ATOMIC_RELAXED))
		return false;
	twin->refused = true;
	return true;
}

bool call_was_refused(void)
{
	struct twin *twin = thread_self()->local;

	return twin && twin->refused;
}

void give_back(void (*act)(void *object, u64 number), void *object, u64 number)
{
	struct twin *twin = thread_self()->local;
	struct leftover *l;

	if (!twin) {
		act(object, number);
		return;
	}
	twin->refused = false;
	act(object, number);
	while (twin->refused) {
		twin->refused = false;
		l = heap_alloc(sizeof(*l));
		if (l) {
			*l = (struct leftover){ twin->leftovers, act, object, number };
			twin->leftovers = l;
			return;
		}
		/* No memory to put it off: then it waits after all. */
		__atomic_store_n(&twin->gives_up, false, __ATOMIC_RELAXED);
		act(object, number);
	}
}

/* The Linux thread is gone and nobody waits for it: from now on the twin has all the time. */
static void leftovers_give_back(struct twin *twin)
{
	__atomic_store_n(&twin->gives_up, false, __ATOMIC_RELAXED);
	while (twin->leftovers) {
		struct leftover *l = twin->leftovers;

		twin->leftovers = l->next;
		l->act(l->object, l->number);
		heap_free(l, sizeof(*l));
	}
}

static void twin_main(void *argument)
{
	struct twin *twin = argument;

	for (;;) {
		while (!__atomic_load_n(&twin->work, __ATOMIC_ACQUIRE))
			(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&twin->work, 0, ~0u,
					     DEADLINE_NEVER);
		thread_run(twin);
		twin->thread = NULL;
		leftovers_give_back(twin);
		__atomic_store_n(&twin->work, 0, __ATOMIC_RELEASE);
		twin_give_back(twin);
	}
}

/* The next unused state page; pool lock held. */
static bool state_take(struct twin *twin)
{
	if (!pool.state_memory || pool.states_used == STATES_PER_PAGE) {
		i64 memory = memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE), address;

		if (memory < 0)
			return false;
		address = memory_map((cap_t)memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
		if (map_failed(address)) {
			(void)sys_object_destroy((cap_t)memory);
			return false;
		}
		pool.state_memory = (cap_t)memory;
		pool.state_address = (u64)address;
		pool.states_used = 0;
	}
	twin->state_memory = pool.state_memory;
	twin->state_offset = (u64)pool.states_used++ * GUEST_STATE_SIZE;
	twin->state = (struct guest_state *)(pool.state_address + twin->state_offset);
	return true;
}

static struct twin *twin_create(void)
{
	struct twin *twin = heap_alloc(sizeof(*twin));
	struct thread_options options = {
		.entry = twin_main, .argument = twin, .name = "twin", .level = LEVEL_USER_TOP,
		.exit_notification = pool.deaths, .exit_bits = pool.deaths_bits
	};
	struct thread *native;
	bool got;

	if (!twin)
		return NULL;
	lock_acquire(&pool.lock);
	got = state_take(twin);
	lock_release(&pool.lock);
	if (!got || thread_create(&options, &native)) {
		/* A state page that was taken is lost; the budget is empty anyway. */
		heap_free(twin, sizeof(*twin));
		return NULL;
	}
	twin->native = native->cap;
	native->local = twin;
	native->holds = &twin->state->hold;
	return twin;
}

struct twin *twin_take(void)
{
	struct twin *twin;

	lock_acquire(&pool.lock);
	twin = pool.free;
	if (twin)
		pool.free = twin->next_free;
	lock_release(&pool.lock);
	if (!twin)
		twin = twin_create();
	if (twin) {
		memset(twin->state, 0, sizeof(*twin->state));
		fixup_set(twin->state);
	}
	return twin;
}

void twin_give_back(struct twin *twin)
{
	lock_acquire(&pool.lock);
	twin->next_free = pool.free;
	pool.free = twin;
	lock_release(&pool.lock);
}

void twin_start(struct twin *twin)
{
	__atomic_store_n(&twin->work, 1, __ATOMIC_RELEASE);
	(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&twin->work, 1, ~0u);
}
