/* SPDX-License-Identifier: MIT */
/* signals - sending, masks, actions, waiting, timers that send. */
#include "rows.h"

#include <sys/time.h>

enum { MASK = 8 };

/* As the kernel has it. */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static volatile int handled;

static void handler(int number)
{
	handled = number;
}

static unsigned long bit(int number)
{
	return 1ul << (number - 1);
}

static void actions(void)
{
	struct action a = { SIG_IGN, 0, NULL, 0 }, old = { .flags = 1 };

	ROW(rt_sigaction, "ignore", SIGUSR2, &a, &old, MASK);
	SHOW(rt_sigaction, "what was before", (long)old.handler);
	ROW(rt_sigaction, "SIGKILL", SIGKILL, &a, NULL, MASK);
	ROW(rt_sigaction, "SIGKILL, only to read", SIGKILL, NULL, &old, MASK);
	ROW(rt_sigaction, "signal 0", 0, NULL, &old, MASK);
	ROW(rt_sigaction, "signal 65", 65, NULL, &old, MASK);
	ROW(rt_sigaction, "mask of 4 bytes", SIGUSR2, &a, NULL, 4);
}

static void masks(void)
{
	unsigned long set = bit(SIGUSR1) | bit(SIGKILL), old = 1, pending = 0;
	siginfo_t info;
	struct timespec zero = { 0, 0 }, bad = { 0, -1 };

	ROW(rt_sigprocmask, "block", SIG_BLOCK, &set, &old, MASK);
	SHOW(rt_sigprocmask, "what was before", old);
	ROW(rt_sigprocmask, "read", 99, NULL, &old, MASK);
	SHOW(rt_sigprocmask, "now", old);
	ROW(rt_sigprocmask, "unknown how", 99, &set, NULL, MASK);
	ROW(rt_sigprocmask, "mask of 4 bytes", SIG_BLOCK, &set, NULL, 4);
	kill(getpid(), SIGUSR1);
	ROW(rt_sigpending, "one", &pending, MASK);
	SHOW(rt_sigpending, "which", pending);
	ROW(rt_sigpending, "mask of 16 bytes", &pending, 16);
	set = bit(SIGUSR1);
	ROW(rt_sigtimedwait, "takes it", &set, &info, &zero, MASK);
	SHOW(rt_sigtimedwait, "number", info.si_signo);
	SHOW(rt_sigtimedwait, "code", info.si_code);
	ROW(rt_sigtimedwait, "nothing comes", &set, &info, &zero, MASK);
	ROW(rt_sigtimedwait, "-1 nanoseconds", &set, &info, &bad, MASK);
	ROW(rt_sigtimedwait, "mask of 4 bytes", &set, &info, &zero, 4);
	signal(SIGUSR1, handler);
	kill(getpid(), SIGUSR1);
	set = 0;
	ROW(rt_sigsuspend, "a signal comes", &set, MASK);
	SHOW(rt_sigsuspend, "handled", handled);
	ROW(rt_sigsuspend, "mask of 4 bytes", &set, 4);
	sigprocmask(SIG_SETMASK, (sigset_t[1]){}, NULL);
}

static void sending(void)
{
	handled = 0;
	ROW(kill, "myself", getpid(), SIGUSR1);
	SHOW(kill, "handled", handled);
	ROW(kill, "is it there", getpid(), 0);
	ROW(kill, "signal 65", getpid(), 65);
	ROW(kill, "no such process", 999999, SIGUSR1);
	ROW(kill, "no such group", -999999, SIGUSR1);
	ROW(tkill, "myself", getpid(), SIGUSR1);
	ROW(tkill, "thread 0", 0, SIGUSR1);
	ROW(tkill, "no such thread", 999999, SIGUSR1);
	ROW(tkill, "signal 65", getpid(), 65);
	ROW(tgkill, "myself", getpid(), getpid(), SIGUSR1);
	ROW(tgkill, "process 0", 0, getpid(), SIGUSR1);
	ROW(tgkill, "of another process", 1, getpid(), SIGUSR1);
	ROW(tgkill, "signal 65", getpid(), getpid(), 65);
	siginfo_t info = { .si_code = SI_QUEUE };
	siginfo_t forged = { .si_code = SI_USER };

	ROW(rt_sigqueueinfo, "myself", getpid(), SIGUSR1, &info);
	SHOW(rt_sigqueueinfo, "handled", handled);
	ROW(rt_sigqueueinfo, "signal 65", getpid(), 65, &info);
	ROW(rt_sigqueueinfo, "no such process", 999999, SIGUSR1, &info);
	ROW(rt_sigqueueinfo, "another in the name of kill", 1, 0, &forged);
	ROW(rt_tgsigqueueinfo, "myself", getpid(), getpid(), SIGUSR1, &info);
	SHOW(rt_tgsigqueueinfo, "handled", handled);
	ROW(rt_tgsigqueueinfo, "process 0", 0, getpid(), SIGUSR1, &info);
	ROW(rt_tgsigqueueinfo, "of another process", 1, getpid(), SIGUSR1, &info);
	CHILD(kill, "as nobody", {
		be_nobody();
		ROW(kill, "another's as nobody", getppid(), SIGTERM);
	});
}

/* rt_sigreturn has no result of its own: coming back from a handler is its success, and a frame
 * that is no frame its error. */
static void returning(void)
{
	handled = 0;
	raise(SIGUSR1);
	SHOW(rt_sigreturn, "came back from a handler", handled);
	CHILD(rt_sigreturn, "a wild frame", {
		__asm__ volatile("movq $8, %%rsp; movl $15, %%eax; syscall" : : : "memory");
	});
}

static void stacks(void)
{
	static char stack[16384];
	stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) }, old, bad = s;

	ROW(sigaltstack, "set", &s, NULL);
	ROW(sigaltstack, "read", NULL, &old);
	SHOW(sigaltstack, "size", old.ss_size);
	bad.ss_size = 100;
	ROW(sigaltstack, "too small", &bad, NULL);
	bad = s;
	bad.ss_flags = 77;
	ROW(sigaltstack, "unknown flag", &bad, NULL);
}

static void timers(void)
{
	struct itimerval timer = { { 0, 0 }, { 100, 0 } }, soon = { { 0, 0 }, { 0, 1000 } };
	struct itimerval bad = { { 0, 0 }, { 0, 1000000 } }, old = {};

	alarm(0);
	ROW(setitimer, "100 seconds", ITIMER_REAL, &timer, NULL);
	ROW(getitimer, "read", ITIMER_REAL, &old);
	SHOW(getitimer, "it runs", old.it_value.tv_sec > 90);
	ROW(getitimer, "unknown", 9, &old);
	ROW(setitimer, "unknown", 9, &timer, NULL);
	ROW(setitimer, "1,000,000 microseconds", ITIMER_REAL, &bad, NULL);
	ROW(alarm, "what is left of it", 0);
	ROW(alarm, "nothing before", 1000);
	ROW(alarm, "off", 0);
	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &soon, NULL);
	ROW(pause, "a signal comes", 0);
	SHOW(pause, "handled", handled);
	ROW(restart_syscall, "nothing to restart", 0);
}

void rows_signals(void)
{
	actions();
	masks();
	sending();
	returning();
	stacks();
	timers();
}
