/* SPDX-License-Identifier: MIT */
/* thread.c - the life of a thread, its waits and its ends. */
#include "microkernel/object/thread.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/switch.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

enum { THREADS_MAX = 16384 };

/* Numbers of threads: guarded by numbers_lock.  A slot keeps its thread until the storage goes. */
static struct lock numbers_lock = LOCK_INIT(LOCK_THREADS);
static struct thread *numbers[THREADS_MAX];
static u32 number_hint = 1;

struct thread *thread_by_number(u32 number)
{
	struct thread *thread = number < THREADS_MAX ? numbers[number] : NULL;

	return thread && !thread->object.dead ? thread : NULL;
}

static u32 number_take(struct thread *thread)
{
	u32 found = 0;

	lock_acquire(&numbers_lock);
	for (u32 i = 0; i < THREADS_MAX - 1 && !found; i++) {
		u32 n = 1 + (number_hint - 1 + i) % (THREADS_MAX - 1);
		if (!numbers[n])
			found = n;
	}
	if (found) {
		numbers[found] = thread;
		number_hint = found % (THREADS_MAX - 1) + 1;
	}
	lock_release(&numbers_lock);
	return found;
}

struct thread *thread_make(struct budget *budget, struct table *table, struct space *space)
{
	struct thread *t = object_alloc(OBJECT_THREAD, budget);

	if (!t)
		return NULL;
	list_init(&t->in_space);
	list_init(&t->wait_link);
	list_init(&t->held);
	list_init(&t->cancel_link);
	runnable_init(&t->run, LEVEL_USER_TOP);
	t->wait = WAIT_SUSPENDED;
	/* Reply handles made with an earlier thread of this number must stay invalid. */
	t->reply_sequence = t->object.id << 16 & 0x7ffffffffful;
	t->table = table;
	t->space = space;
	object_get(table);
	object_get(space);
	list_append(&space->threads, &t->in_space);
	t->regs.rflags = ARCH_FLAGS_FIXED;
	t->native_iret = 1;
	t->number = number_take(t);
	if (t->number)
		return t;
	thread_kill(t, E_FULL);
	return NULL;
}

/* A pinned page of memory as the kernel sees it; holds a reference on the object. */
static error_t pin(cap_t handle, u64 offset, u64 size, struct memory **memory, void **pointer)
{
	struct cap_ref cap;
	bool alone;
	error_t error = cap_lookup(handle, OBJECT_MEMORY, RIGHT_READ | RIGHT_WRITE, &cap);

	if (error)
		return error;
	struct memory *m = cap.object;
	if (!m->pinned || offset & (size - 1) || offset >= m->size || size > m->size - offset)
		return E_INVAL;
	u64 physical = memory_page(m, offset >> PAGE_SHIFT, true, &alone);
	if (!physical)
		return E_NOMEM;
	object_get(m);
	*memory = m;
	*pointer = (char *)direct_pointer(physical) + (offset & PAGE_MASK);
	return 0;
}

static void drop_pin(struct memory **memory)
{
	if (*memory)
		object_put(*memory);
	*memory = NULL;
}

/* Ordinary levels are everybody's; what lies above them only passes on from who has it. */
static bool level_allowed(u64 level)
{
	return level <= LEVEL_USER_TOP || level <= thread_current()->run.floor;
}

static error_t args_check(const struct thread_args *a, struct cap_ref *table, struct cap_ref *space,
			  struct cap_ref *exit)
{
	error_t error = cap_lookup(a->table, OBJECT_TABLE, RIGHT_TABLE_INSERT, table);

	if (!error)
		error = cap_lookup(a->space, OBJECT_SPACE, RIGHT_SPACE_MAP, space);
	if (!error && a->exit_notification)
		error = cap_lookup(a->exit_notification, OBJECT_NOTIFICATION,
				   RIGHT_NOTIFICATION_SIGNAL, exit);
	if (error)
		return error;
	if (((struct space *)space->object)->kind != SPACE_NATIVE ||
	    a->flags & ~(u32)THREAD_SUSPENDED || a->level >= LEVELS || a->exit_bits >> 63)
		return E_INVAL;
	if (!arch_native_address_ok(a->entry) || !arch_canonical(a->stack))
		return E_RANGE;
	if (!level_allowed(a->level))
		return E_RIGHTS;
	return 0;
}

i64 sys_thread_create(struct cap_ref budget, const struct thread_args __user *user_args)
{
	struct thread_args a;
	struct cap_ref table, space, exit = { NULL, NULL };
	struct memory *message_memory = NULL;
	void *message = NULL;
	struct thread *t;
	i64 handle;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = args_check(&a, &table, &space, &exit);
	if (!error && a.message_memory)
		error = pin(a.message_memory, a.message_offset, MESSAGE_PAGE_SIZE, &message_memory,
			    &message);
	if (error)
		return error;
	t = thread_make(budget.object, table.object, space.object);
	handle = t ? cap_install(&t->object, RIGHTS_ALL) : E_NOMEM;
	if (handle < 0) {
		drop_pin(&message_memory);
		if (t)
			thread_kill(t, E_NOMEM);
		return handle;
	}
	t->message = message;
	t->message_memory = message_memory;
	t->exit_notification = exit.object;
	if (exit.object)
		object_get(exit.object);
	t->exit_bits = a.exit_bits;
	t->regs.rip = a.entry;
	t->regs.rsp = a.stack;
	t->regs.rdi = a.argument;
	runnable_init(&t->run, (u8)a.level);
	memcpy(t->name, a.name, sizeof(t->name) - 1);
	if (!(a.flags & THREAD_SUSPENDED)) {
		t->wait = WAIT_NONE;
		sched_enqueue(&t->run);
	}
	return handle; /* the maker's reference stays until thread_kill: a live thread holds itself
			*/
}

/* --- waiting --- */

error_t thread_wait(enum wait kind, u64 deadline_ns)
{
	struct thread *t = thread_current();

	if (t->kicked) {
		t->kicked = 0;
		return E_CANCELLED;
	}
	if (deadline_ns != DEADLINE_NEVER) {
		if (deadline_ns <= arch_now_ns())
			return E_TIMEDOUT;
		timer_set(&t->deadline, deadline_ns);
	}
	t->wait = (u8)kind;
	return E_BLOCKED;
}

void thread_wake(struct thread *t, i64 result)
{
	timer_cancel(&t->deadline);
	t->regs.rax = (u64)result;
	t->wait = WAIT_NONE;
	if (t->suspend) {
		t->suspend = 0;
		t->wait = WAIT_SUSPENDED;
		return;
	}
	if (this_cpu()->current != &t->run)
		sched_enqueue(&t->run);
}

void thread_unwait(struct thread *t)
{
	timer_cancel(&t->deadline);
	list_remove(&t->wait_link);
	if (t->wait == WAIT_REPLY)
		endpoint_caller_leaves(t);
	sched_dequeue(&t->run);
}

void thread_timed_out(struct thread *t)
{
	if (t->wait < WAIT_SEND || t->wait == WAIT_DEAD)
		return;
	error_t error = t->wait == WAIT_REPLY ? E_ABANDONED : E_TIMEDOUT;
	thread_unwait(t);
	thread_wake(t, error);
}

i64 sys_thread_kick(struct cap_ref cap, u64 flags)
{
	struct thread *t = cap.object;

	if (flags > KICK_HARD)
		return E_INVAL;
	switch (t->wait) {
	case WAIT_REPLY:
		if (flags == KICK_HARD) {
			thread_unwait(t);
			thread_wake(t, E_ABANDONED);
		} else {
			endpoint_post_cancel(t);
		}
		return 0;
	case WAIT_SEND:
	case WAIT_RECEIVE:
	case WAIT_NOTIFICATION:
	case WAIT_FUTEX:
		thread_unwait(t);
		thread_wake(t, E_CANCELLED);
		return 0;
	case WAIT_DEAD:
		return E_STATE;
	default:
		t->kicked = 1;
		/* It is not running (this is): the guest frame gives way to the twin at once. */
		if (t->in_guest && t != thread_current()) {
			t->kicked = 0;
			thread_trap(t, GUEST_KICK);
		}
		return 0;
	}
}

/* --- the twin --- */

void thread_trap(struct thread *t, enum guest_cause cause)
{
	t->in_guest = 0;
	t->state->cause = cause;
	t->regs.rax = cause;
	t->native_iret = 0; /* the twin is inside its guest_resume */
}

void thread_unbind(struct thread *t)
{
	if (!t->state)
		return;
	object_put(t->view);
	t->view = NULL;
	t->state = NULL;
	drop_pin(&t->state_memory);
}

i64 sys_thread_bind(struct cap_ref cap, cap_t view_handle, cap_t state_handle, u64 offset)
{
	struct thread *t = cap.object;
	struct memory *memory;
	struct cap_ref view;
	void *state;
	error_t error;

	if (t != thread_current() && t->wait != WAIT_SUSPENDED)
		return E_STATE;
	if (!view_handle) {
		thread_unbind(t);
		this_cpu()->resched = 1;
		return 0;
	}
	error = cap_lookup(view_handle, OBJECT_VIEW, RIGHT_READ | RIGHT_WRITE, &view);
	if (!error && ((struct view *)view.object)->server != t->space)
		error = E_INVAL;
	if (!error)
		error = pin(state_handle, offset, GUEST_STATE_SIZE, &memory, &state);
	if (error)
		return error;
	/* Floating-point state from the start: QEMU lets XSAVE and XRSTOR pass although the unit is
	 * disabled, and a guest without state of its own would then see another's. */
	if (!thread_fpu_attach(t)) {
		drop_pin(&memory);
		return E_NOMEM;
	}
	thread_unbind(t);
	object_get(view.object);
	t->view = view.object;
	t->state = state;
	t->state_memory = memory;
	this_cpu()->resched = 1; /* the way out loads the view */
	return 0;
}

/* --- information and control --- */

static u32 state_of(const struct thread *t)
{
	if (t->wait == WAIT_DEAD)
		return t->exit_state;
	if (t->wait == WAIT_SUSPENDED)
		return THREAD_STATE_SUSPENDED;
	return t->wait == WAIT_NONE ? THREAD_STATE_READY : THREAD_STATE_WAITING;
}

void thread_describe(struct thread *t, struct thread_info *info)
{
	*info = (struct thread_info){
		.id = t->object.id,
		.state = state_of(t),
		.level = t->wait == WAIT_DEAD ? 0 : sched_level(&t->run),
		.guest_ns = arch_ticks_to_ns(t->guest_ns),
		.native_ns = arch_ticks_to_ns(t->native_ns),
		.voluntary_switches = t->voluntary,
		.involuntary_switches = t->involuntary,
		.waits_on = t->wait == WAIT_REPLY && t->server ? t->server->object.id : 0,
		.exit_status = t->exit_status,
		.fault_address = t->fault_address,
		.fault_rip = t->fault_rip,
	};
	memcpy(info->name, t->name, sizeof(info->name));
}

i64 sys_thread_info(struct cap_ref cap, struct thread_info __user *to)
{
	struct thread_info info;

	thread_describe(cap.object, &info);
	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

i64 sys_thread_control(struct cap_ref cap, u64 op, u64 value)
{
	struct thread *t = cap.object;

	if (t->wait == WAIT_DEAD)
		return E_STATE;
	if (op == THREAD_SET_LEVEL) {
		if (value >= LEVELS)
			return E_INVAL;
		if (!level_allowed(value))
			return E_RIGHTS;
		bool queued = t->run.queued;
		sched_dequeue(&t->run);
		t->run.own.level = (u8)value;
		t->run.floor = value >= LEVEL_SERVER ? (u8)value : 0;
		if (queued)
			sched_enqueue(&t->run);
		return 0;
	}
	if (op == THREAD_RESUME) {
		t->suspend = 0;
		if (t->wait == WAIT_SUSPENDED) {
			t->wait = WAIT_NONE;
			sched_enqueue(&t->run);
		}
		return 0;
	}
	if (op != THREAD_SUSPEND)
		return E_INVAL;
	if (t->wait == WAIT_NONE) {
		sched_dequeue(&t->run);
		t->wait = WAIT_SUSPENDED;
	} else if (t->wait != WAIT_SUSPENDED) {
		t->suspend = 1; /* when its wait ends */
	}
	return 0;
}

i64 sys_thread_yield(void)
{
	this_cpu()->slice_end_ns = 0; /* its quantum is given away */
	thread_current()->run.own.left_ns = QUANTUM_NS;
	this_cpu()->resched = 1;
	return 0;
}

i64 sys_thread_exit(i64 status)
{
	struct thread *t = thread_current();

	t->exit_state = THREAD_STATE_DEAD;
	thread_kill(t, status);
	return E_BLOCKED;
}

/* --- the end --- */

void thread_kill(struct thread *t, i64 status)
{
	if (t->wait == WAIT_DEAD)
		return;
	thread_unwait(t);
	t->wait = WAIT_DEAD;
	t->exit_status = status;
	if (!t->exit_state)
		t->exit_state = THREAD_STATE_DEAD;
	if (t->donor && t->donor->server == t)
		t->donor->server = NULL;
	t->run.context = &t->run.own;
	t->donor = NULL;
	/* Calls it received stay with its table: another thread may answer them; if it was the last
	 * one, the table's death tells the callers. */
	for (struct list *l = t->table->received.next; l != &t->table->received; l = l->next) {
		struct thread *caller = container_of(l, struct thread, held);
		if (caller->server == t)
			caller->server = NULL;
	}
	if (t->bound)
		t->bound->bound = NULL;
	t->bound = NULL;
	thread_unbind(t);
	t->in_guest = 0;
	list_remove(&t->in_space);
	if (t->fpu)
		thread_fpu_release(t);
	if (t->exit_notification) {
		struct notification *n = t->exit_notification;

		t->exit_notification = NULL;
		if (!n->object.dead)
			notification_set(n, t->exit_bits);
		object_put(n);
	}
	drop_pin(&t->message_memory);
	t->message = NULL;
	if (this_cpu()->context == &t->run.own)
		this_cpu()->context = NULL;
	if (thread_current() == t)
		switch_leave();
	struct table *table = t->table;
	struct space *space = t->space;
	t->table = NULL;
	t->space = NULL;
	object_put(table);
	object_put(space);
	object_put(t); /* the reference that a live thread holds on itself */
}

void thread_destroy(struct thread *t)
{
	lock_acquire(&numbers_lock);
	if (t->number)
		numbers[t->number] = NULL;
	lock_release(&numbers_lock);
}

/* --- floating point --- */

static struct slab fpu_slab; /* size known at start; guarded by its own lock */

bool thread_fpu_attach(struct thread *t)
{
	if (t->fpu)
		return true;
	if (!fpu_slab.size) {
		fpu_slab.size = arch_fpu_size <= 1024 ? 1024 : PAGE_SIZE;
		fpu_slab.lock.class = LOCK_SLAB;
	}
	if (!budget_charge(t->object.budget, fpu_slab.size))
		return false;
	t->fpu = slab_alloc(&fpu_slab);
	if (!t->fpu) {
		budget_release(t->object.budget, fpu_slab.size);
		return false;
	}
	arch_fpu_area_init(t->fpu);
	return true;
}

void thread_fpu_release(struct thread *t)
{
	if (this_cpu()->fpu_owner == t)
		this_cpu()->fpu_owner = NULL;
	slab_free(&fpu_slab, t->fpu);
	budget_release(t->object.budget, fpu_slab.size);
	t->fpu = NULL;
}
