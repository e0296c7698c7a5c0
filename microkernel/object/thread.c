/* SPDX-License-Identifier: MIT */
/* thread.c - the life of a thread: made, started, ended. */
#include "microkernel/object/thread.h"
#include "microkernel/core/slab.h"
#include "microkernel/object/switch.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/message.h"
#include "microkernel/object/notification.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

enum { THREADS_MAX = 16384 };

/* Numbers of threads: changed under numbers_lock.  A slot keeps its thread until the storage goes.
 */
static struct lock numbers_lock = LOCK_INIT(LOCK_THREADS);
static struct thread *numbers[THREADS_MAX];
static u32 number_hint = 1, number_limit = 1;

struct thread *thread_by_number(u32 number)
{
	struct thread *thread = number < THREADS_MAX
					? __atomic_load_n(&numbers[number], __ATOMIC_ACQUIRE)
					: NULL;

	return thread && !thread->object.dead ? thread : NULL;
}

u32 thread_number_limit(void)
{
	return __atomic_load_n(&number_limit, __ATOMIC_ACQUIRE);
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
		__atomic_store_n(&numbers[found], thread, __ATOMIC_RELEASE);
		number_hint = found % (THREADS_MAX - 1) + 1;
		if (found >= number_limit)
			number_limit = found + 1;
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
	list_init(&t->cancel_link);
	runnable_init(&t->run, LEVEL_USER_TOP);
	t->wait = WAIT_SUSPENDED;
	t->regs.rflags = ARCH_FLAGS_FIXED;
	t->native_iret = 1;
	t->number = number_take(t);
	/* Reply handles made with an earlier thread of this number must stay invalid. */
	t->reply = t->object.id << (16 + REPLY_SHIFT) | t->number;
	t->table = t->number && object_try_get(table) ? table : NULL;
	lock_acquire(&space->object.lock);
	if (t->table && object_try_get(space)) {
		t->space = space;
		list_append(&space->threads, &t->in_space);
	}
	lock_release(&space->object.lock);
	if (t->space)
		return t;
	(void)thread_kill(t, E_FULL);
	return NULL;
}

void thread_start(struct thread *t)
{
	thread_publish(t, WAIT_NONE);
	sched_enqueue(&t->run);
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
	if (!thread_level_allowed(a->level))
		return E_RIGHTS;
	return 0;
}

i64 sys_thread_create(struct cap_ref budget, const struct thread_args __user *user_args)
{
	struct thread_args a;
	struct cap_ref table, space, exit = { NULL, NULL, 0 };
	struct memory *message_memory = NULL;
	void *message = NULL;
	struct thread *t;
	i64 handle;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = args_check(&a, &table, &space, &exit);
	if (!error && a.message_memory)
		error = thread_pin(a.message_memory, a.message_offset, MESSAGE_PAGE_SIZE,
				   &message_memory, &message);
	if (error)
		return error;
	t = thread_make(budget.object, table.object, space.object);
	if (!t) {
		thread_unpin(&message_memory);
		return E_NOMEM;
	}
	t->message = message;
	t->message_memory = message_memory;
	t->exit_notification = exit.object && object_try_get(exit.object) ? exit.object : NULL;
	t->exit_bits = a.exit_bits;
	t->regs.rip = a.entry;
	t->regs.rsp = a.stack;
	t->regs.rdi = a.argument;
	runnable_init(&t->run, (u8)a.level);
	memcpy(t->name, a.name, sizeof(t->name) - 1);
	/* The maker's reference stays until thread_kill: a live thread holds itself. */
	handle = cap_install(&t->object, RIGHTS_ALL);
	if (handle < 0)
		(void)thread_kill(t, E_NOMEM);
	else if (!(a.flags & THREAD_SUSPENDED))
		thread_resume(t);
	return handle;
}

i64 sys_thread_exit(i64 status)
{
	struct thread *t = thread_current();

	t->exit_state = THREAD_STATE_DEAD;
	(void)thread_kill(t, status);
	return E_BLOCKED;
}

/* --- the end --- */

/* Become the only one who has the thread.  E_STATE: it is dead; E_RESTART: another CPU has it. */
static error_t seize(struct thread *t)
{
	for (;;) {
		u64 word = thread_wait_word(t);

		switch (wait_kind(word)) {
		case WAIT_DEAD:
			return E_STATE;
		case WAIT_NONE:
			if (t == thread_current())
				return 0;
			if (sched_dequeue(&t->run)) {
				/* What another CPU still saves of it must not go before. */
				sched_wait_saved(&t->run);
				return 0;
			}
			t->dying = 1;
			sched_poke(&t->run);
			return E_RESTART;
		case WAIT_CLAIMED:
			t->dying = 1;
			return E_RESTART;
		default:
			/* The same, but who claims must not wait: timers wait for claims. */
			if (t != thread_current() && sched_runs_on(&t->run))
				return E_RESTART;
			if (!thread_claim(t, word))
				break;
			thread_unlink(t, word);
			timer_cancel(&t->deadline);
			return 0;
		}
	}
}

static void let_go_of_notifications(struct thread *t)
{
	struct notification *bound = t->bound, *exit = t->exit_notification;

	t->bound = NULL;
	t->exit_notification = NULL;
	if (bound) {
		notification_unbind(bound, t);
		object_put(bound);
	}
	if (exit) {
		notification_set(exit, t->exit_bits);
		object_put(exit);
	}
}

static void let_go_of_space(struct thread *t)
{
	struct table *table = t->table;
	struct space *space = t->space;

	t->table = NULL;
	t->space = NULL;
	if (space) {
		lock_acquire(&space->object.lock);
		list_remove(&t->in_space);
		lock_release(&space->object.lock);
		object_put(space);
	}
	if (table)
		object_put(table);
}

error_t thread_kill(struct thread *t, i64 status)
{
	error_t error = seize(t);

	if (error)
		return error == E_STATE ? 0 : error;
	t->exit_status = status;
	if (!t->exit_state)
		t->exit_state = THREAD_STATE_DEAD;
	thread_publish(t, WAIT_DEAD);
	message_end_donation(t);
	thread_unbind(t);
	if (t->cloning)
		object_put(t->cloning);
	t->cloning = NULL;
	t->in_guest = 0;
	if (t->fpu)
		thread_fpu_release(t);
	t->message = NULL;
	thread_unpin(&t->message_memory);
	t->run.own.gone = true;
	if (thread_current() == t)
		switch_leave();
	let_go_of_notifications(t);
	let_go_of_space(t);
	object_put(t); /* the reference that a live thread holds on itself */
	return 0;
}

/* What its maker gave it after it had been ended with its space is still there. */
void thread_destroy(struct thread *t)
{
	thread_unpin(&t->message_memory);
	if (t->exit_notification)
		object_put(t->exit_notification);
	lock_acquire(&numbers_lock);
	if (t->number)
		numbers[t->number] = NULL;
	lock_release(&numbers_lock);
}

