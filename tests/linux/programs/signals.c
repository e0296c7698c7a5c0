/* SPDX-License-Identifier: MIT */
/* signals - handlers and what they must leave alone, interrupted calls, masks, stop, continue. */
#include "test.h"

#include <setjmp.h>
#include <ucontext.h>

static volatile int got;
static volatile double handler_result;
static sigjmp_buf back;
static void *volatile fault_address;
static volatile int sender;
static char stackless[8192];

static void note(int signal)
{
	volatile double x = 3.25;

	x = x * x;
	handler_result = x;
	got = signal;
}

static void note_info(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	sender = info->si_pid;
}

static void catch_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	fault_address = info->si_addr;
	siglongjmp(back, 1);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void alarm_ms(long ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

CASE(handler_leaves_floating_point_alone)
{
	volatile double d = 1.5;

	handle(SIGUSR1, note, 0);
	for (int i = 0; i < 100; i++) {
		d = d * 1.0001;
		raise(SIGUSR1);
	}
	CHECK(got == SIGUSR1 && handler_result == 3.25 * 3.25);
	CHECK(d > 1.515 && d < 1.5151);
}

CASE(siginfo_names_the_sender)
{
	struct sigaction action = { .sa_sigaction = note_info, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR2, &action, NULL);
	kill(getpid(), SIGUSR2);
	CHECK(got == SIGUSR2 && sender == getpid());
}

CASE(read_is_interrupted)
{
	int p[2];
	char byte;

	CHECK(!pipe(p));
	handle(SIGALRM, note, 0);
	got = 0;
	alarm_ms(50);
	CHECK(read(p[0], &byte, 1) == -1 && errno == EINTR && got == SIGALRM);
	close(p[0]);
	close(p[1]);
}

CASE(read_is_restarted)
{
	int p[2];
	char byte = 0;
	pid_t child;

	CHECK(!pipe(p));
	handle(SIGALRM, note, SA_RESTART);
	got = 0;
	child = CHILD(sleep_ms(200); if (write(p[1], "z", 1) != 1) _exit(1));
	alarm_ms(50);
	CHECK(read(p[0], &byte, 1) == 1 && byte == 'z' && got == SIGALRM);
	CHECK(status_of(child) == 0);
	close(p[0]);
	close(p[1]);
}

CASE(nanosleep_tells_what_is_left)
{
	struct timespec ts = { 1, 0 }, left = { 0, 0 };

	handle(SIGALRM, note, 0);
	alarm_ms(50);
	CHECK(nanosleep(&ts, &left) == -1 && errno == EINTR);
	CHECK(left.tv_sec == 0 && left.tv_nsec > 100000000);
}

CASE(fault_on_another_stack)
{
	static char stack[65536];
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = catch_fault,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	CHECK(!sigaltstack(&alternative, NULL));
	sigaction(SIGSEGV, &action, NULL);
	got = 0;
	if (!sigsetjmp(back, 1))
		*(volatile int *)0x1234 = 1;
	CHECK(got == SIGSEGV && fault_address == (void *)0x1234);
	signal(SIGSEGV, SIG_DFL);
}

CASE(fault_kills)
{
	pid_t child = CHILD(*(volatile int *)8 = 1);
	int status = status_of(child);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	child = CHILD(__asm__ volatile("ud2"));
	status = status_of(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
	child = CHILD(volatile int zero = 0; zero = 7 / zero);
	status = status_of(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
}

CASE(blocked_then_suspended)
{
	sigset_t set, old, pending;

	handle(SIGUSR1, note, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	got = 0;
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGUSR1);
	CHECK(got == 0);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK(sigsuspend(&old) == -1 && errno == EINTR && got == SIGUSR1);
	sigprocmask(SIG_SETMASK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
}

CASE(sigtimedwait_takes)
{
	struct timespec none = { 0, 0 }, second = { 5, 0 };
	sigset_t set, old;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGUSR2, SIG_DFL);
	CHECK(sigtimedwait(&set, NULL, &none) == -1 && errno == EAGAIN);
	child = CHILD(sleep_ms(50); kill(getppid(), SIGUSR2));
	CHECK(sigtimedwait(&set, NULL, &second) == SIGUSR2);
	CHECK(status_of(child) == 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

CASE(stop_and_continue)
{
	pid_t child = CHILD(for (;;) pause());
	int status;

	kill(child, SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
	      WSTOPSIG(status) == SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGKILL);
}

CASE(kill_of_blocked)
{
	int p[2], status;
	pid_t child;
	char byte;

	CHECK(!pipe(p));
	child = CHILD(if (read(p[0], &byte, 1) < 0) _exit(1));
	sleep_ms(50);
	kill(child, SIGKILL);
	status = status_of(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	child = CHILD(for (;;) if (write(p[1], stackless, sizeof(stackless)) < 0) _exit(1));
	sleep_ms(50);
	kill(child, SIGKILL);
	status = status_of(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* The pipe is as usable as before. */
	CHECK(read(p[0], &byte, 1) == 1);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	RUN(handler_leaves_floating_point_alone);
	RUN(siginfo_names_the_sender);
	RUN(read_is_interrupted);
	RUN(read_is_restarted);
	RUN(nanosleep_tells_what_is_left);
	RUN(fault_on_another_stack);
	RUN(fault_kills);
	RUN(blocked_then_suspended);
	RUN(sigtimedwait_takes);
	RUN(stop_and_continue);
	RUN(kill_of_blocked);
	return failed_cases != 0;
}
