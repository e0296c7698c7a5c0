/* SPDX-License-Identifier: MIT */
/* jobs - stopped and continued children, groups that nobody can continue, what waits tell. */
#include "test.h"

#include <sys/resource.h>
#include <sys/syscall.h>

static volatile int count, last_code, last_status, last_pid, last_signal;
static void *volatile last_address;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	last_signal = signal;
	last_code = info->si_code;
	last_pid = info->si_pid;
	last_status = info->si_status;
	last_address = info->si_addr;
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | flags };

	sigaction(signal, &action, NULL);
	count = 0;
}

/* Wait until a signal has been noted. */
static void until(int wanted)
{
	while (count < wanted)
		sleep_ms(1);
}

CASE(wait_tells_of_stop_and_continue)
{
	int status = 0;
	pid_t child = CHILD(for (;;) pause());

	signal(SIGCHLD, SIG_DFL);
	/* In a group that this process can continue: it is not orphaned. */
	CHECK(!setpgid(child, child));
	CHECK(waitpid(child, &status, WNOHANG | WUNTRACED | WCONTINUED) == 0);
	kill(child, SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && status == (SIGSTOP << 8 | 0x7f));
	/* Told once. */
	CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, WCONTINUED) == child);
	CHECK(WIFCONTINUED(status) && status == 0xffff);
	CHECK(waitpid(child, &status, WCONTINUED | WNOHANG) == 0);
	kill(child, SIGTSTP);
	CHECK(waitpid(child, &status, WUNTRACED) == child && WSTOPSIG(status) == SIGTSTP);
	/* Continued before anybody asked: the stop is forgotten. */
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, WUNTRACED | WCONTINUED) == child);
	/* Either is right on Linux: it was continued and then it was killed. */
	if (WIFCONTINUED(status))
		CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(waitpid(child, &status, 0) == -1 && errno == ECHILD);
}

CASE(waitid_tells_the_same)
{
	siginfo_t info;
	pid_t child = CHILD(for (;;) pause());

	memset(&info, 0x55, sizeof(info));
	CHECK(!waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG));
	CHECK(info.si_pid == 0 && info.si_signo == 0);
	kill(child, SIGSTOP);
	CHECK(!waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT));
	CHECK(!waitid(P_ALL, 0, &info, WSTOPPED));
	CHECK(info.si_signo == SIGCHLD && info.si_code == CLD_STOPPED &&
	      info.si_status == SIGSTOP && info.si_pid == child && info.si_uid == getuid());
	kill(child, SIGCONT);
	CHECK(!waitid(P_PGID, (id_t)getpgrp(), &info, WCONTINUED | WEXITED));
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
	kill(child, SIGTERM);
	CHECK(!waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
	CHECK(!waitid(P_PID, (id_t)child, &info, WEXITED));
	CHECK(waitid(P_PID, (id_t)child, &info, WEXITED) == -1 && errno == ECHILD);
	CHECK(waitid(P_PID, (id_t)child, &info, WNOHANG) == -1 && errno == EINVAL);
	CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | 0x100) == -1 && errno == EINVAL);
	CHECK(waitid((idtype_t)9, 1, &info, WEXITED) == -1 && errno == EINVAL);
	CHECK(waitid(P_PID, 0, &info, WEXITED) == -1 && errno == EINVAL);
	CHECK(waitpid(-1, NULL, 0x100) == -1 && errno == EINVAL);
	child = CHILD(_exit(7));
	/* Group 0 is one's own. */
	CHECK(!waitid(P_PGID, 0, &info, WEXITED));
	CHECK(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 7);
}

CASE(the_parent_is_signalled)
{
	pid_t child;

	handle(SIGCHLD, SA_RESTART);
	child = CHILD(for (;;) pause());
	kill(child, SIGSTOP);
	until(1);
	CHECK(last_code == CLD_STOPPED && last_status == SIGSTOP && last_pid == child);
	kill(child, SIGCONT);
	until(2);
	CHECK(last_code == CLD_CONTINUED && last_status == SIGCONT && last_pid == child);
	kill(child, SIGKILL);
	until(3);
	CHECK(last_code == CLD_KILLED && last_status == SIGKILL && last_pid == child);
	CHECK(status_of(child) == SIGKILL);
	handle(SIGCHLD, SA_RESTART | SA_NOCLDSTOP);
	child = CHILD(for (;;) pause());
	kill(child, SIGSTOP);
	CHECK(waitpid(child, NULL, WUNTRACED) == child);
	kill(child, SIGCONT);
	CHECK(waitpid(child, NULL, WCONTINUED) == child);
	CHECK(count == 0);
	kill(child, SIGKILL);
	CHECK(status_of(child) == SIGKILL && count == 1);
	signal(SIGCHLD, SIG_DFL);
}

CASE(children_nobody_wants)
{
	struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };

	signal(SIGCHLD, SIG_IGN);
	(void)CHILD(_exit(1));
	(void)CHILD(_exit(2));
	CHECK(wait(NULL) == -1 && errno == ECHILD);
	sigaction(SIGCHLD, &action, NULL);
	(void)CHILD(_exit(1));
	CHECK(wait(NULL) == -1 && errno == ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

CASE(stop_and_continue_cancel_each_other)
{
	sigset_t set, pending;
	int status;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	handle(SIGTSTP, 0);
	handle(SIGCONT, 0);
	raise(SIGTSTP);
	raise(SIGCONT);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGCONT) == 1 && sigismember(&pending, SIGTSTP) == 0);
	raise(SIGTSTP);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGCONT) == 0 && sigismember(&pending, SIGTSTP) == 1);
	raise(SIGCONT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(count == 1 && last_signal == SIGCONT);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGCONT, SIG_DFL);
	/* A stopped process takes other signals only when it goes on. */
	child = CHILD(handle(SIGUSR1, 0); raise(SIGSTOP); _exit(count));
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	kill(child, SIGUSR1);
	CHECK(waitpid(child, &status, WNOHANG) == 0);
	kill(child, SIGCONT);
	CHECK(WEXITSTATUS(status_of(child)) == 1);
}

/* In a session of its own: a group whose last link to the session goes. */
static int orphans(int also_stopped)
{
	int p[2], status = 0;
	char c = 0;
	pid_t leader;

	if (pipe(p))
		return -1;
	leader = fork();
	if (!leader) {
		setsid();
		if (!fork()) {
			/* The group's link: it goes when told. */
			pid_t member = fork();

			if (!member) {
				setpgid(0, 0);
				handle(SIGHUP, 0);
				handle(SIGCONT, 0);
				if (also_stopped)
					raise(SIGSTOP);
				else
					sleep_ms(300);
				/* After SIGHUP and SIGCONT. */
				c = (char)('0' + count);
				(void)!write(p[1], &c, 1);
				_exit(0);
			}
			setpgid(member, member);
			if (also_stopped)
				waitpid(member, &status, WUNTRACED);
			_exit(0);
		}
		wait(NULL);
		sleep_ms(500);
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		c = '?';
	close(p[0]);
	waitpid(leader, NULL, 0);
	return c - '0';
}

CASE(orphaned_groups_are_not_left_stopped)
{
	CHECK(orphans(1) == 2);
	CHECK(orphans(0) == 0);
}

CASE(nobody_stops_in_an_orphaned_group)
{
	int status = status_of(CHILD({
		/* A session leader's own group has nobody outside it. */
		setsid();
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(5);
	}));

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

CASE(groups_and_sessions)
{
	int status;
	pid_t child;

	CHECK(setpgid(0, -1) == -1 && errno == EINVAL);
	CHECK(setpgid(99999, 0) == -1 && errno == ESRCH);
	CHECK(getpgid(99999) == -1 && errno == ESRCH);
	child = CHILD(for (;;) pause());
	CHECK(setpgid(child, 99998) == -1 && errno == EPERM);
	CHECK(!setpgid(child, child) && getpgid(child) == child);
	CHECK(!setpgid(child, getpgrp()) && getpgid(child) == getpgrp());
	kill(child, SIGKILL);
	CHECK(status_of(child) == SIGKILL);
	status = status_of(CHILD({
		setpgid(0, 0);
		if (setsid() != -1 || errno != EPERM)
			_exit(1);
		_exit(2);
	}));
	CHECK(WEXITSTATUS(status) == 2);
	status = status_of(CHILD({
		if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid())
			_exit(1);
		if (setpgid(0, 0) != -1 || errno != EPERM)
			_exit(2);
		_exit(3);
	}));
	CHECK(WEXITSTATUS(status) == 3);
}

CASE(handlers_flags)
{
	struct sigaction action;
	sigset_t mask;

	handle(SIGUSR1, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &action);
	CHECK(count == 1 && action.sa_handler == SIG_DFL);
	handle(SIGUSR1, 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(sigismember(&mask, SIGUSR1) == 0);
	CHECK(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);
	CHECK(sigaction(SIGSTOP, &action, NULL) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, 1, NULL, NULL, 4) == -1 && errno == EINVAL);
}

static volatile int depth, deepest, raises;

static void again(int signal)
{
	if (++depth > deepest)
		deepest = depth;
	if (raises-- > 0)
		raise(signal);
	depth--;
}

CASE(nested_only_with_nodefer)
{
	struct sigaction action = { .sa_handler = again, .sa_flags = SA_NODEFER };

	sigaction(SIGUSR2, &action, NULL);
	deepest = 0;
	raises = 2;
	raise(SIGUSR2);
	CHECK(deepest == 3);
	/* Without it the second waits until the first is over. */
	action.sa_flags = 0;
	sigaction(SIGUSR2, &action, NULL);
	deepest = 0;
	raises = 2;
	raise(SIGUSR2);
	CHECK(deepest == 1 && raises < 0);
	signal(SIGUSR2, SIG_DFL);
}

static char other_stack[32768] __attribute__((aligned(16)));
static volatile int where, nested_error, flags_inside;

static void on_stack(int signal)
{
	stack_t now, small = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	char here;

	(void)signal;
	where = &here >= other_stack && &here < other_stack + sizeof(other_stack);
	sigaltstack(NULL, &now);
	flags_inside = now.ss_flags;
	nested_error = sigaltstack(&small, NULL) == -1 ? errno : 0;
}

CASE(another_stack)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) }, old;
	struct sigaction action = { .sa_handler = on_stack, .sa_flags = SA_ONSTACK };

	CHECK(!sigaltstack(&stack, NULL) && !sigaltstack(NULL, &old));
	CHECK(old.ss_flags == 0 && old.ss_sp == other_stack && old.ss_size == sizeof(other_stack));
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	CHECK(where == 1 && flags_inside == SS_ONSTACK && nested_error == EPERM);
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	CHECK(where == 0);
	stack.ss_size = 100;
	CHECK(sigaltstack(&stack, NULL) == -1 && errno == ENOMEM);
	stack.ss_flags = 64;
	CHECK(sigaltstack(&stack, NULL) == -1 && errno == EINVAL);
	stack.ss_flags = SS_DISABLE;
	CHECK(!sigaltstack(&stack, NULL) && !sigaltstack(NULL, &old) && old.ss_flags == SS_DISABLE);
}

CASE(info_says_how_it_was_sent)
{
	handle(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	CHECK(last_code == SI_USER && last_pid == getpid());
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
	CHECK(last_code == SI_TKILL && last_pid == getpid());
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 3 });
	CHECK(last_code == SI_QUEUE && last_pid == getpid());
	signal(SIGUSR1, SIG_DFL);
	handle(SIGPIPE, 0);
	int p[2];
	CHECK(!pipe(p) && !close(p[0]) && write(p[1], "x", 1) == -1 && errno == EPIPE);
	CHECK(count == 1 && last_code == SI_USER && last_pid == getpid());
	close(p[1]);
	signal(SIGPIPE, SIG_DFL);
	handle(SIGALRM, 0);
	alarm(1);
	pause();
	CHECK(last_signal == SIGALRM && last_code == SI_KERNEL);
	signal(SIGALRM, SIG_DFL);
}

static int fault_status(int which)
{
	return status_of(CHILD({
		char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		volatile int zero = 0;
		struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
		int fd = open("/tmp/jobs-file", O_CREAT | O_RDWR, 0600);

		unlink("/tmp/jobs-file");
		(void)action;
		/* The handler cannot return to the fault: it tells by its exit status. */
		struct sigaction tell = { .sa_flags = SA_SIGINFO };
		void body(int signal, siginfo_t *info, void *context)
		{
			(void)context;
			_exit(signal << 3 | (info->si_code & 7));
		}
		tell.sa_sigaction = body;
		sigaction(SIGSEGV, &tell, NULL);
		sigaction(SIGBUS, &tell, NULL);
		sigaction(SIGFPE, &tell, NULL);
		sigaction(SIGILL, &tell, NULL);
		sigaction(SIGTRAP, &tell, NULL);
		switch (which) {
		case 0: *(volatile char *)8 = 1; break;
		case 1: *(volatile char *)page = 1; break;
		case 2: __asm__ volatile("divl %0" : : "r"(zero), "a"(1), "d"(0)); break;
		case 3: __asm__ volatile("ud2"); break;
		case 4: __asm__ volatile("int3"); break;
		case 5:
			page = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
			zero = *(volatile char *)page;
			break;
		}
	}));
}

CASE(info_says_what_fault_it_was)
{
	static const int wanted[] = {
		SIGSEGV << 3 | SEGV_MAPERR, SIGSEGV << 3 | SEGV_ACCERR, SIGFPE << 3 | FPE_INTDIV,
		SIGILL << 3 | ILL_ILLOPN, SIGTRAP << 3 | (SI_KERNEL & 7), SIGBUS << 3 | BUS_ADRERR,
	};

	for (int i = 0; i < 6; i++)
		CHECK(WEXITSTATUS(fault_status(i)) == wanted[i]);
}

CASE(exec_keeps_mask_and_ignored)
{
	int status = status_of(CHILD({
		sigset_t set;

		signal(SIGUSR1, SIG_IGN);
		handle(SIGUSR2, 0);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_SETMASK, &set, NULL);
		raise(SIGTERM);
		execl("/proc/self/exe", "jobs", "after-exec", NULL);
	}));

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
}

/* What the case above becomes. */
static int after_exec(void)
{
	struct sigaction one, two;
	sigset_t mask, pending;

	sigaction(SIGUSR1, NULL, &one);
	sigaction(SIGUSR2, NULL, &two);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigpending(&pending);
	return one.sa_handler == SIG_IGN && two.sa_handler == SIG_DFL &&
	       sigismember(&mask, SIGTERM) == 1 && sigismember(&pending, SIGTERM) == 1 ? 9 : 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "after-exec"))
		return after_exec();
	RUN(wait_tells_of_stop_and_continue);
	RUN(waitid_tells_the_same);
	RUN(the_parent_is_signalled);
	RUN(children_nobody_wants);
	RUN(stop_and_continue_cancel_each_other);
	RUN(orphaned_groups_are_not_left_stopped);
	RUN(nobody_stops_in_an_orphaned_group);
	RUN(groups_and_sessions);
	RUN(handlers_flags);
	RUN(nested_only_with_nodefer);
	RUN(another_stack);
	RUN(info_says_how_it_was_sent);
	RUN(info_says_what_fault_it_was);
	RUN(exec_keeps_mask_and_ignored);
	return failed_cases != 0;
}
