/* SPDX-License-Identifier: MIT */
/*
 * sigcalls.c - the system calls about signals: actions, masks, kill and its kin, waiting.
 */
#include "libsys/start.h"
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"

i64 linux_rt_sigaction(struct lthread *t, struct registers *r)
{
	u32 signal = (u32)r->rdi;
	struct l_sigaction action, old;

	if (!signal || signal > SIGNALS || r->r10 != 8)
		return -EINVAL;
	if (r->rsi) {
		if (signal == SIGKILL || signal == SIGSTOP)
			return -EINVAL;
		if (copy_in(&action, r->rsi, sizeof(action)))
			return -EFAULT;
		action.mask &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	}
	world_lock();
	old = t->process->sighand->action[signal - 1];
	if (r->rsi) {
		t->process->sighand->action[signal - 1] = action;
		/* What is now ignored and was pending is forgotten. */
		if (action.handler == SIG_IGN ||
		    (action.handler == SIG_DFL && (signal == SIGCHLD || signal == SIGURG ||
						   signal == SIGWINCH || signal == SIGCONT)))
			signals_discard(t->process, signal_bit((int)signal));
	}
	world_unlock();
	return r->rdx ? copy_out(r->rdx, &old, sizeof(old)) : 0;
}

i64 linux_rt_sigprocmask(struct lthread *t, struct registers *r)
{
	u64 old = t->mask, set;

	if (r->r10 != 8)
		return -EINVAL;
	if (r->rsi) {
		if (guest_get64(&set, r->rsi))
			return -EFAULT;
		switch ((u32)r->rdi) {
		case SIG_BLOCK:
			signal_mask_set(t, old | set);
			break;
		case SIG_UNBLOCK:
			signal_mask_set(t, old & ~set);
			break;
		case SIG_SETMASK:
			signal_mask_set(t, set);
			break;
		default:
			return -EINVAL;
		}
	}
	return r->rdx ? guest_put64(r->rdx, old) : 0;
}

i64 linux_rt_sigpending(struct lthread *t, struct registers *r)
{
	if (r->rsi != 8)
		return -EINVAL;
	return guest_put64(r->rdi, (t->signals.pending | t->process->signals.pending) & t->mask);
}

i64 linux_rt_sigreturn(struct lthread *t, struct registers *r)
{
	u64 mask;

	if (sigframe_pop(t, &mask)) {
		signal_fault(t, SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_mask_set(t, mask);
	return (i64)r->rax;
}

i64 linux_rt_sigsuspend(struct lthread *t, struct registers *r)
{
	i64 error = signal_mask_for_wait(t, r->rdi, r->rsi);

	if (error)
		return error;
	(void)event_wait(t, &t->event, event_now(&t->event), DEADLINE_NEVER);
	return -ERESTARTNOHAND;
}

i64 linux_pause(struct lthread *t, struct registers *r)
{
	(void)r;
	(void)event_wait(t, &t->event, event_now(&t->event), DEADLINE_NEVER);
	return -ERESTARTNOHAND;
}

static int take(struct lthread *t, u64 set, struct signal_info *info)
{
	int signal;

	world_lock();
	signal = signal_take(t, set, info);
	world_unlock();
	return signal;
}

i64 linux_rt_sigtimedwait(struct lthread *t, struct registers *r)
{
	struct l_siginfo out = { 0 };
	struct signal_info info;
	struct l_timespec ts;
	u64 set, deadline = DEADLINE_NEVER;
	int signal;
	i64 result = 0;

	if (r->r10 != 8)
		return -EINVAL;
	if (guest_get64(&set, r->rdi) || (r->rdx && copy_in(&ts, r->rdx, sizeof(ts))))
		return -EFAULT;
	if (r->rdx) {
		if (ts.sec < 0 || ts.nsec < 0 || ts.nsec > 999999999)
			return -EINVAL;
		deadline = clock_now() + (u64)ts.sec * 1000000000 + (u64)ts.nsec;
	}
	set &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	signal = take(t, set, &info);
	if (!signal && (!r->rdx || ts.sec || ts.nsec)) {
		world_lock();
		t->waited = set;
		world_unlock();
		result = event_wait(t, &t->event, event_now(&t->event), deadline);
		/* In one step: what comes later has to find another taker. */
		world_lock();
		signal = signal_take(t, set, &info);
		t->waited = 0;
		signals_leave(t, set & t->mask);
		world_unlock();
	}
	if (!signal)
		return result == -EINTR ? -EINTR : -EAGAIN;
	out.signo = signal;
	out.code = info.code;
	out.pid = info.pid;
	out.uid = info.uid;
	out.value = info.value;
	if (r->rsi && copy_out(r->rsi, &out, sizeof(out)))
		return -EFAULT;
	return signal;
}

i64 linux_sigaltstack(struct lthread *t, struct registers *r)
{
	u64 sp = r->rsp;
	bool on = t->altstack.size && sp - t->altstack.sp < t->altstack.size;
	struct l_stack stack, old = t->altstack;

	old.flags = !old.size ? SS_DISABLE : on ? SS_ONSTACK : 0;
	if (r->rdi) {
		if (copy_in(&stack, r->rdi, sizeof(stack)))
			return -EFAULT;
		if (on)
			return -EPERM;
		if (stack.flags & ~(SS_DISABLE | SS_ONSTACK))
			return -EINVAL;
		if (stack.flags & SS_DISABLE)
			stack = (struct l_stack){ 0 };
		else if (stack.size < MINSIGSTKSZ)
			return -ENOMEM;
		t->altstack = stack;
	}
	return r->rsi ? copy_out(r->rsi, &old, sizeof(old)) : 0;
}

bool signal_permitted(const struct lthread *t, const struct process *p, int signal)
{
	const struct credentials *from = &t->process->cred, *to = &p->cred;

	if (signal == SIGCONT && p->session == t->process->session)
		return true;
	return !from->euid || from->euid == to->suid || from->euid == to->uid ||
	       from->uid == to->suid || from->uid == to->uid;
}

static struct signal_info info_from(const struct lthread *t, i32 code)
{
	return (struct signal_info){ .code = code, .pid = t->process->pid,
				     .uid = t->process->cred.uid };
}

/* One process, a group, or all: as kill(2) reads its pid. */
static i64 kill_pid(struct lthread *t, i32 pid, int signal)
{
	struct signal_info info = info_from(t, SI_USER);
	i32 group = pid == 0 ? t->process->group : -pid;
	i64 result = -ESRCH;

	world_lock();
	list_for_each (node, &process_list) {
		struct process *p = list_entry(node, struct process, all);

		if (pid > 0 ? p->pid != pid :
		    pid == -1 ? p->pid == 1 || p == t->process : p->group != group)
			continue;
		if (!signal_permitted(t, p, signal)) {
			if (result)
				result = -EPERM;
			continue;
		}
		result = 0;
		if (signal)
			(void)signal_process(p, signal, &info);
	}
	world_unlock();
	return result;
}

i64 linux_kill(struct lthread *t, struct registers *r)
{
	if ((u32)r->rsi > SIGNALS)
		return -EINVAL;
	return kill_pid(t, (i32)r->rdi, (int)r->rsi);
}

static i64 kill_thread(struct lthread *t, i32 group, i32 tid, int signal)
{
	struct signal_info info = info_from(t, SI_TKILL);
	struct lthread *to;
	i64 result = 0;

	if ((u32)signal > SIGNALS || tid <= 0)
		return -EINVAL;
	world_lock();
	to = thread_find(tid);
	if (!to || (group > 0 && to->process->pid != group))
		result = -ESRCH;
	else if (!signal_permitted(t, to->process, signal))
		result = -EPERM;
	else if (signal)
		result = signal_thread(to, signal, &info);
	world_unlock();
	return result;
}

i64 linux_tkill(struct lthread *t, struct registers *r)
{
	return kill_thread(t, 0, (i32)r->rdi, (int)r->rsi);
}

i64 linux_tgkill(struct lthread *t, struct registers *r)
{
	return (i32)r->rdi <= 0 ? -EINVAL :
				  kill_thread(t, (i32)r->rdi, (i32)r->rsi, (int)r->rdx);
}

/* The siginfo that a program made up: not in the name of the kernel or of kill, but for itself. */
static i64 info_in(const struct lthread *t, i32 pid, guest_t from, struct signal_info *info)
{
	struct l_siginfo l;

	if (copy_in(&l, from, sizeof(l)))
		return -EFAULT;
	if ((l.code >= 0 || l.code == SI_TKILL) && pid != t->process->pid)
		return -EPERM;
	*info = (struct signal_info){ .code = l.code, .pid = l.pid, .uid = l.uid,
				      .value = l.value };
	return 0;
}

i64 linux_rt_sigqueueinfo(struct lthread *t, struct registers *r)
{
	i32 pid = (i32)r->rdi;
	u32 signal = (u32)r->rsi;
	struct signal_info info;
	struct process *p;
	i64 result = info_in(t, pid, r->rdx, &info);

	if (result)
		return result;
	if (signal > SIGNALS)
		return -EINVAL;
	world_lock();
	p = pid > 0 ? process_find(pid) : NULL;
	if (!p)
		result = -ESRCH;
	else if (!signal_permitted(t, p, (int)signal))
		result = -EPERM;
	else if (signal)
		result = signal_process(p, (int)signal, &info);
	world_unlock();
	return result;
}

i64 linux_rt_tgsigqueueinfo(struct lthread *t, struct registers *r)
{
	i32 group = (i32)r->rdi, tid = (i32)r->rsi;
	u32 signal = (u32)r->rdx;
	struct signal_info info;
	struct lthread *to;
	i64 result;

	if (group <= 0 || tid <= 0)
		return -EINVAL;
	result = info_in(t, group, r->r10, &info);
	if (result)
		return result;
	if (signal > SIGNALS)
		return -EINVAL;
	world_lock();
	to = thread_find(tid);
	if (!to || to->process->pid != group)
		result = -ESRCH;
	else if (!signal_permitted(t, to->process, (int)signal))
		result = -EPERM;
	else if (signal)
		result = signal_thread(to, (int)signal, &info);
	world_unlock();
	return result;
}
