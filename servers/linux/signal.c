/* SPDX-License-Identifier: MIT */
/*
 * signal.c - pending signals: who gets one, and what happens when its turn comes.
 */
#include "servers/linux/signal.h"

#include "libsys/sys.h"
#include "servers/linux/pool.h"
#include "servers/linux/uaccess.h"

#define UNBLOCKABLE (signal_bit(SIGKILL) | signal_bit(SIGSTOP))
#define STOP_SIGNALS                                                                               \
	(signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU))
#define DEFAULT_IGNORED                                                                            \
	(signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | signal_bit(SIGWINCH))
/* A program's own faults go before what others sent it. */
#define SYNCHRONOUS                                                                                \
	(signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGTRAP) |     \
	 signal_bit(SIGFPE) | signal_bit(SIGSYS))

enum { CALL_RESTART_SYSCALL = 219 };

struct queued_signal {
	struct queued_signal *next;
	int signal;
	struct signal_info info;
};

static struct pool record_pool = POOL_OF(sizeof(struct queued_signal));

void thread_wake(struct lthread *t)
{
	__atomic_store_n(&t->state->attention, 1, __ATOMIC_SEQ_CST);
	(void)sys_thread_kick(t->native, KICK_SOFT);
}

static bool is_ignored(const struct process *p, int signal)
{
	u64 handler = p->sighand->action[signal - 1].handler;

	if (handler == SIG_IGN)
		return true;
	if (handler != SIG_DFL)
		return false;
	/* Process 1 gets only what it asked for. */
	return DEFAULT_IGNORED & signal_bit(signal) || p->pid == 1;
}

/* Take the first record of one of the signals out of a queue; NULL if there is none. */
static struct queued_signal *record_take(struct process *p, struct signal_queue *q, u64 mask)
{
	struct queued_signal **link = &q->first, *record;

	while (*link && !(signal_bit((*link)->signal) & mask))
		link = &(*link)->next;
	record = *link;
	if (record) {
		*link = record->next;
		p->signals_queued--;
	}
	return record;
}

static void queue_discard(struct process *p, struct signal_queue *q, u64 mask)
{
	struct queued_signal *record;

	__atomic_fetch_and(&q->pending, ~mask, __ATOMIC_SEQ_CST);
	while ((record = record_take(p, q, mask)))
		pool_free(&record_pool, record);
}

void signals_discard(struct process *p, u64 mask)
{
	queue_discard(p, &p->signals, mask);
	list_for_each (node, &p->threads)
		queue_discard(p, &list_entry(node, struct lthread, member)->signals, mask);
}

void signals_discard_thread(struct lthread *t)
{
	queue_discard(t->process, &t->signals, ~(u64)0);
}

void signals_leave(const struct lthread *t, u64 set)
{
	set &= t->process->signals.pending;
	if (!set)
		return;
	list_for_each (node, &t->process->threads) {
		struct lthread *other = list_entry(node, struct lthread, member);

		if (other != t && (~other->mask | other->waited) & set)
			thread_wake(other);
	}
}

int signal_take(struct lthread *t, u64 mask, struct signal_info *info)
{
	struct signal_queue *own = &t->signals, *shared = &t->process->signals, *q;
	struct queued_signal *record;
	u64 ready = own->pending & mask;
	int signal;

	q = ready ? own : shared;
	if (!ready)
		ready = shared->pending & mask;
	if (!ready)
		return 0;
	if (ready & SYNCHRONOUS)
		ready &= SYNCHRONOUS;
	signal = __builtin_ctzll(ready) + 1;
	record = record_take(t->process, q, signal_bit(signal));
	*info = record ? record->info : (struct signal_info){ .code = SI_USER };
	if (record)
		pool_free(&record_pool, record);
	for (record = q->first; record && record->signal != signal;)
		record = record->next;
	if (!record)
		__atomic_fetch_and(&q->pending, ~signal_bit(signal), __ATOMIC_SEQ_CST);
	return signal;
}

/* A child has stopped or goes on. */
static void parent_tell(struct process *p, i32 code, int signal)
{
	const struct signal_info info = { .code = code, .pid = p->pid, .uid = p->cred.uid,
					  .status = signal };
	struct process *parent = p->parent;

	if (!parent)
		return;
	if (!(parent->sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
		(void)signal_process(parent, SIGCHLD, &info);
	world_signal(&parent->child_event);
}

/* Stopping and continuing cancel each other when sent, whatever the handlers are. */
static void stop_or_continue(struct process *p, int signal)
{
	if (signal_stops(signal)) {
		signals_discard(p, signal_bit(SIGCONT));
		return;
	}
	if (signal != SIGCONT && signal != SIGKILL)
		return;
	signals_discard(p, STOP_SIGNALS);
	if (!p->stopped)
		return;
	p->stopped = false;
	if (signal == SIGCONT) {
		p->continued = true;
		p->stop_reported = true;
		parent_tell(p, CLD_CONTINUED, SIGCONT);
	}
	world_signal(&p->continue_event);
}

/* How many records all processes of p's real user have; world lock held. */
static bool user_has_too_many(const struct process *p)
{
	u64 count = 0, limit = p->limit[RLIMIT_SIGPENDING].cur;

	list_for_each (node, &process_list) {
		const struct process *other = list_entry(node, struct process, all);

		if (other->cred.uid == p->cred.uid)
			count += other->signals_queued;
	}
	return count >= limit;
}

/*
 * Make a signal pending.  -EAGAIN: one more instance that was to carry a value finds no room; any
 * other signal is at least known to be pending.
 */
static i64 queue(struct process *p, struct signal_queue *q, int signal,
		 const struct signal_info *info)
{
	bool again = signal >= SIGRTMIN;
	struct queued_signal *record = NULL, **last = &q->first;

	if (q->pending & signal_bit(signal) && !again)
		return 0;
	if (!again || !user_has_too_many(p))
		record = pool_alloc(&record_pool);
	if (!record && again && info->code != SI_USER)
		return -EAGAIN;
	if (record) {
		*record = (struct queued_signal){ NULL, signal, *info };
		while (*last)
			last = &(*last)->next;
		*last = record;
		p->signals_queued++;
	}
	__atomic_fetch_or(&q->pending, signal_bit(signal), __ATOMIC_SEQ_CST);
	return 0;
}

/*
 * Will the signal end p once t takes it?  Then p ends at once, wherever its threads are, and not
 * when t comes by: that may wait for a server that does not answer.
 */
static bool is_fatal(const struct process *p, const struct lthread *t, int signal)
{
	if (signal == SIGKILL)
		return true;
	return p->sighand->action[signal - 1].handler == SIG_DFL && !signal_stops(signal) &&
	       !((t->mask | t->waited | DEFAULT_IGNORED) & signal_bit(signal)) && !p->stopped;
}

i64 signal_thread(struct lthread *t, int signal, const struct signal_info *info)
{
	bool blocked = t->mask & signal_bit(signal), waited = t->waited & signal_bit(signal);
	i64 error;

	stop_or_continue(t->process, signal);
	if (!blocked && is_ignored(t->process, signal))
		return 0;
	error = queue(t->process, &t->signals, signal, info);
	if (error)
		return error;
	if (is_fatal(t->process, t, signal))
		process_exit_all(t->process, signal);
	else if (!blocked || waited)
		thread_wake(t);
	return 0;
}

i64 signal_process(struct process *p, int signal, const struct signal_info *info)
{
	struct lthread *taker = NULL;
	i64 error;

	if (p->zombie)
		return 0;
	stop_or_continue(p, signal);
	list_for_each (node, &p->threads) {
		struct lthread *t = list_entry(node, struct lthread, member);

		if (!taker && (~t->mask | t->waited) & signal_bit(signal))
			taker = t;
	}
	if (taker && !(taker->mask & signal_bit(signal)) && is_ignored(p, signal))
		return 0;
	error = queue(p, &p->signals, signal, info);
	if (error)
		return error;
	if (taker && is_fatal(p, taker, signal))
		process_exit_all(p, signal);
	else if (taker)
		thread_wake(taker);
	return 0;
}

i64 signal_group(i32 group, int signal, const struct signal_info *info)
{
	i64 count = 0;

	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (p->group != group || p->zombie)
			continue;
		(void)signal_process(p, signal, info);
		count++;
	}
	return count;
}

void signal_self(struct lthread *t, int signal)
{
	const struct signal_info info = { .code = SI_USER, .pid = t->process->pid,
					  .uid = t->process->cred.uid };

	world_lock();
	(void)signal_thread(t, signal, &info);
	world_unlock();
}

/* World lock held. */
static void fault(struct lthread *t, int signal, i32 code, u64 address)
{
	const struct signal_info info = { .code = code, .value = address };
	struct l_sigaction *action = &t->process->sighand->action[signal - 1];

	if (t->mask & signal_bit(signal) || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		t->mask &= ~signal_bit(signal);
	}
	/* Even process 1 dies of its own fault. */
	(void)queue(t->process, &t->signals, signal, &info);
	__atomic_store_n(&t->state->attention, 1, __ATOMIC_SEQ_CST);
}

void signal_fault(struct lthread *t, int signal, i32 code, u64 address)
{
	world_lock();
	fault(t, signal, code, address);
	world_unlock();
}

/* World lock held. */
static void mask_set(struct lthread *t, u64 mask)
{
	u64 before = t->mask;

	t->mask = mask & ~UNBLOCKABLE;
	signals_leave(t, t->mask & ~before);
}

/* Take the next signal that t may have; 0 if there is none. */
static int dequeue(struct lthread *t, struct signal_info *info)
{
	u64 pending = t->signals.pending | t->process->signals.pending;

	return signal_take(t, pending & signal_bit(SIGKILL) ? signal_bit(SIGKILL) : ~t->mask, info);
}

/* The whole process stops; its other threads come by here too. */
static void process_stop(struct lthread *t, int signal)
{
	struct process *p = t->process;

	p->stopped = true;
	p->stop_signal = signal;
	p->stop_reported = false;
	p->continued = false;
	list_for_each (node, &p->threads) {
		struct lthread *other = list_entry(node, struct lthread, member);

		if (other != t)
			thread_wake(other);
	}
	parent_tell(p, CLD_STOPPED, signal);
}

static void call_again(struct lthread *t)
{
	t->state->regs.rax = t->state->original_rax;
	t->state->regs.rip -= 2;
}

/* An interrupted call and a handler that is about to run. */
static void restart_for_handler(struct lthread *t, u64 flags)
{
	i64 result = (i64)t->state->regs.rax;

	if (!t->in_call)
		return;
	t->in_call = false;
	if (result == -ERESTARTNOINTR || result == -ERESTARTMEMORY ||
	    (result == -ERESTARTSYS && flags & SA_RESTART))
		call_again(t);
	else
		t->state->regs.rax = (u64)-EINTR;
}

static void restart_without_handler(struct lthread *t)
{
	if (!t->in_call)
		return;
	t->in_call = false;
	if ((i64)t->state->regs.rax == -ERESTART_BLOCK)
		t->state->original_rax = CALL_RESTART_SYSCALL;
	call_again(t);
}

/* Run the program's handler. */
static void handle(struct lthread *t, int signal, const struct signal_info *info)
{
	struct l_sigaction *slot = &t->process->sighand->action[signal - 1], action = *slot;
	u64 mask = t->mask | action.mask;
	bool pushed;

	if (!(action.flags & SA_NODEFER))
		mask |= signal_bit(signal);
	if (action.flags & SA_RESETHAND)
		slot->handler = SIG_DFL;
	world_unlock();
	restart_for_handler(t, action.flags);
	pushed = sigframe_push(t, signal, info, &action, t->restore_mask ? t->saved_mask : t->mask);
	world_lock();
	if (pushed) {
		t->restore_mask = false;
		mask_set(t, mask);
		return;
	}
	/* No stack for the handler is a fault of its own; of SIGSEGV a fatal one. */
	if (signal == SIGSEGV)
		t->process->sighand->action[signal - 1].handler = SIG_DFL;
	fault(t, SIGSEGV, SI_KERNEL, 0);
}

/* Act on one signal; the world lock is held, and is given up while a frame is built. */
static void act(struct lthread *t, int signal, const struct signal_info *info)
{
	struct process *p = t->process;
	u64 handler = p->sighand->action[signal - 1].handler;

	if (signal != SIGKILL && signal != SIGSTOP && handler != SIG_DFL) {
		if (handler != SIG_IGN)
			handle(t, signal, info);
		return;
	}
	if (DEFAULT_IGNORED & signal_bit(signal))
		return;
	if (signal_stops(signal)) {
		if (signal == SIGSTOP || !group_orphaned(p->group))
			process_stop(t, signal);
		return;
	}
	process_exit_all(p, signal);
}

void signal_deliver(struct lthread *t)
{
	struct process *p = t->process;
	struct signal_info info;
	int signal;

	world_lock();
	__atomic_store_n(&t->state->attention, 0, __ATOMIC_SEQ_CST);
	for (;;) {
		if (p->group_exit || (p->exec_by && p->exec_by != t)) {
			t->leaving = true;
			break;
		}
		if (p->stopped && !((t->signals.pending | p->signals.pending) &
				    signal_bit(SIGKILL))) {
			u32 seen = event_now(&p->continue_event);

			world_unlock();
			(void)event_wait_killable(t, &p->continue_event, seen);
			world_lock();
			continue;
		}
		signal = dequeue(t, &info);
		if (signal) {
			act(t, signal, &info);
			continue;
		}
		if (!t->restore_mask)
			break;
		t->restore_mask = false;
		mask_set(t, t->saved_mask);
	}
	world_unlock();
	restart_without_handler(t);
}

void signal_mask_set(struct lthread *t, u64 mask)
{
	world_lock();
	mask_set(t, mask);
	if ((t->signals.pending | t->process->signals.pending) & ~t->mask)
		t->state->attention = 1;
	world_unlock();
}

i64 signal_mask_for_wait(struct lthread *t, guest_t address, u64 size)
{
	u64 mask, old = t->mask;
	i64 error;

	if (size != sizeof(mask))
		return -EINVAL;
	error = guest_get64(&mask, address);
	if (error)
		return error;
	signal_mask_set(t, mask);
	t->saved_mask = old;
	t->restore_mask = true;
	return 0;
}

void signal_mask_wait_over(struct lthread *t)
{
	if (!t->restore_mask)
		return;
	t->restore_mask = false;
	signal_mask_set(t, t->saved_mask);
}

void signal_exec(struct process *p)
{
	for (int i = 0; i < SIGNALS; i++) {
		struct l_sigaction *action = &p->sighand->action[i];
		u64 handler = action->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		*action = (struct l_sigaction){ .handler = handler };
	}
}
