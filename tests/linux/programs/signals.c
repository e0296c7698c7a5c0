/* SPDX-License-Identifier: MIT */
/* signals - handlers and what they must leave alone, interrupted calls, masks, stop, continue. */
#include "test.h"

#include <setjmp.h>
#include <sys/resource.h>
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

static int queued[8], queued_values[8], queued_count;

static void note_queued(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (queued_count < 8) {
		queued[queued_count] = signal - SIGRTMIN;
		queued_values[queued_count++] = info->si_value.sival_int;
	}
}

CASE(real_time_signals_queue)
{
	struct sigaction action = { .sa_sigaction = note_queued, .sa_flags = SA_SIGINFO };
	union sigval value;
	sigset_t set, old;

	sigfillset(&action.sa_mask);
	sigaction(SIGRTMIN, &action, NULL);
	sigaction(SIGRTMIN + 1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (value.sival_int = 0; value.sival_int < 3; value.sival_int++) {
		CHECK(!sigqueue(getpid(), SIGRTMIN + 1, value));
		CHECK(!sigqueue(getpid(), SIGRTMIN, value));
	}
	/* The lower number first, each in its order. */
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK(queued_count == 6);
	for (int i = 0; i < 6; i++)
		CHECK(queued[i] == i / 3 && queued_values[i] == i % 3);
}

CASE(ordinary_signals_do_not)
{
	siginfo_t info;
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	CHECK(!sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 1 }));
	CHECK(!sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 2 }));
	CHECK(sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) == SIGUSR1);
	CHECK(info.si_code == SI_QUEUE && info.si_value.sival_int == 1 &&
	      info.si_pid == getpid());
	CHECK(sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) == -1 && errno == EAGAIN);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

CASE(the_queue_has_a_limit)
{
	int status = status_of(CHILD({
		struct rlimit limit = { 2, 2 };
		union sigval value = { .sival_int = 7 };
		siginfo_t info;
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN + 3);
		sigprocmask(SIG_BLOCK, &set, NULL);
		/* Signals of all processes of a user count on Linux: be one that has no other. */
		if (setuid(54321) || setrlimit(RLIMIT_SIGPENDING, &limit))
			_exit(1);
		for (int i = 0; i < 2; i++)
			if (sigqueue(getpid(), SIGRTMIN + 3, value))
				_exit(2);
		if (sigqueue(getpid(), SIGRTMIN + 3, value) != -1 || errno != EAGAIN)
			_exit(3);
		/* kill never fails for that; the signal is pending anyway. */
		if (kill(getpid(), SIGRTMIN + 3))
			_exit(4);
		for (int i = 0; i < 2; i++)
			if (sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) != SIGRTMIN + 3)
				_exit(5);
		if (sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) != -1)
			_exit(6);
		if (sigqueue(getpid(), SIGRTMIN + 3, value))
			_exit(7);
	}));

	CHECK(status == 0);
}

static volatile int ticks[2];

static void tick(int signal)
{
	ticks[signal == SIGPROF]++;
}

static long cpu_us(int who)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
	       (who ? usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec : 0);
}

CASE(timers_of_processor_time)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } }, left;
	long begin = cpu_us(1);

	handle(SIGVTALRM, tick, SA_RESTART);
	handle(SIGPROF, tick, SA_RESTART);
	CHECK(!setitimer(ITIMER_VIRTUAL, &timer, NULL));
	CHECK(!setitimer(ITIMER_PROF, &timer, NULL));
	CHECK(!getitimer(ITIMER_PROF, &left));
	CHECK(left.it_interval.tv_usec == 20000 && left.it_value.tv_usec > 0);
	/* Time asleep is nobody's processor time. */
	sleep_ms(100);
	CHECK(ticks[0] <= 1 && ticks[1] <= 1);
	while (cpu_us(1) - begin < 200000)
		;
	CHECK(!setitimer(ITIMER_VIRTUAL, &off, NULL) && !setitimer(ITIMER_PROF, &off, &left));
	CHECK(ticks[1] >= 5 && ticks[1] <= 11);
	CHECK(ticks[0] >= 1 && ticks[0] <= ticks[1] + 1);
	CHECK(left.it_interval.tv_usec == 20000);
	CHECK(setitimer(3, &timer, NULL) == -1 && errno == EINVAL);
}

CASE(processor_time_has_a_limit)
{
	struct rlimit limit = { 1, 2 };
	int status;

	status = status_of(CHILD({
		limit.rlim_max = 1;
		setrlimit(RLIMIT_CPU, &limit);
		for (;;)
			;
	}));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	status = status_of(CHILD({
		setrlimit(RLIMIT_CPU, &limit);
		signal(SIGXCPU, _exit);
		for (;;)
			;
	}));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIGXCPU);
}

CASE(fatal_signals_reach_every_thread_state)
{
	int p[2], status;
	pid_t child;

	/* Stopped: only SIGKILL ends it before it goes on. */
	CHECK(!pipe(p));
	child = CHILD(raise(SIGSTOP); for (;;) pause());
	CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	kill(child, SIGTERM);
	sleep_ms(20);
	CHECK(waitpid(child, &status, WNOHANG) == 0);
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGTERM);
	child = CHILD(raise(SIGSTOP); for (;;) pause());
	CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
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
	RUN(real_time_signals_queue);
	RUN(ordinary_signals_do_not);
	RUN(the_queue_has_a_limit);
	RUN(timers_of_processor_time);
	RUN(processor_time_has_a_limit);
	RUN(fatal_signals_reach_every_thread_state);
	return failed_cases != 0;
}
