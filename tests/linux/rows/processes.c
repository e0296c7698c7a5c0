/* SPDX-License-Identifier: MIT */
/* processes - birth, programs, ends, groups and sessions, threads, futexes. */
#include "rows.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char *const no_environment[] = { NULL };

static void births(void)
{
	long pid;
	int status;

	pid = syscall(SYS_fork);
	if (!pid)
		syscall(SYS_exit, 7);
	SHOW(fork, "a child", pid > 0);
	ROW_OK(wait4, "the child", pid, &status, 0, NULL);
	SHOW(exit, "status", status);
	CHILD(fork, "beyond the limit", {
		struct rlimit limit = { 0, 0 };

		setrlimit(RLIMIT_NPROC, &limit);
		be_nobody();
		/* Should there be a child, it says no more than that. */
		if (!ROW(fork, "beyond RLIMIT_NPROC", 0))
			_exit(0);
		if (!ROW(vfork, "beyond RLIMIT_NPROC", 0))
			_exit(0);
		if (!ROW(clone, "beyond RLIMIT_NPROC", SIGCHLD, 0, 0, 0, 0))
			_exit(0);
	});
	pid = vfork();
	if (!pid)
		_exit(3);
	row_status("vfork", "a child", (int)pid);
	SHOW(vfork, "the parent goes on", pid > 0);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		syscall(SYS_exit_group, 9);
	waitpid((int)pid, &status, 0);
	SHOW(exit_group, "status", status);
	SHOW(clone, "a child", pid > 0);
	ROW(clone, "CLONE_THREAD alone", CLONE_THREAD, 0, 0, 0, 0);
	ROW(clone, "CLONE_SIGHAND alone", CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0);
}

static void programs(void)
{
	char *const arguments[] = { "rows", "no family of this name", NULL };
	char *big = malloc(200000);
	int fd;

	memset(big, 'x', 199999);
	big[199999] = 0;
	CHILD(execve, "itself",
	      { ROW(execve, "itself", "/proc/self/exe", arguments, no_environment); });
	SHOW(execve, "came back from it", 0);
	ROW(execve, "not there", "none", arguments, no_environment);
	ROW(execve, "a directory", "/tmp", arguments, no_environment);
	fd = open("text", O_CREAT | O_WRONLY, 0644);
	write(fd, "no program", 10);
	ROW(execve, "not executable", "text", arguments, no_environment);
	close(fd);
	chmod("text", 0755);
	ROW(execve, "no format", "text", arguments, no_environment);
	ROW(execve, "below a file", "text/x", arguments, no_environment);
	fd = open("script", O_CREAT | O_WRONLY, 0755);
	write(fd, "#!/none\n", 8);
	close(fd);
	ROW(execve, "script without interpreter", "script", arguments, no_environment);
	ROW(execve, "an argument of 200,000", "/proc/self/exe",
	    (char *[]){ "rows", "none", big, NULL }, no_environment);
	free(big);
}

static void ends(void)
{
	int status = 0, pid;
	siginfo_t info = {};

	ROW(wait4, "no child", -1, &status, 0, NULL);
	ROW(wait4, "unknown flag", -1, &status, 0x800, NULL);
	ROW(waitid, "no child", P_ALL, 0, &info, WEXITED, NULL);
	ROW(waitid, "no flag", P_ALL, 0, &info, 0, NULL);
	ROW(waitid, "unknown kind", 77, 0, &info, WEXITED, NULL);
	pid = fork();
	if (!pid) {
		pause();
		_exit(1);
	}
	ROW(wait4, "nothing to tell yet", pid, &status, WNOHANG, NULL);
	kill(pid, SIGTERM);
	ROW(waitid, "keeps it", P_PID, pid, &info, WEXITED | WNOWAIT, NULL);
	SHOW(waitid, "status", info.si_status);
	SHOW(waitid, "code", info.si_code);
	ROW(waitid, "takes it", P_PID, pid, &info, WEXITED, NULL);
	ROW(wait4, "not a child", 1, &status, 0, NULL);
}

static void groups(void)
{
	ROW_OK(getpid, "mine");
	ROW_OK(getppid, "my parent's");
	ROW_OK(gettid, "mine");
	SHOW(gettid, "same as the process", syscall(SYS_gettid) == syscall(SYS_getpid));
	CHILD(setpgid, "in a child", {
		ROW(setpgid, "lead a group", 0, 0);
		SHOW(getpgrp, "it is mine", syscall(SYS_getpgrp) == getpid());
		ROW_OK(getpgid, "mine", 0);
		ROW(getpgid, "no such process", 999999);
		ROW(setsid, "leads a group already");
		ROW(setpgid, "-1", 0, -1);
		ROW(setpgid, "no child of mine", 1, 1);
		ROW(setpgid, "no such group", 0, 999999);
	});
	CHILD(setsid, "in a child", {
		ROW_OK(setsid, "a new session");
		SHOW(getsid, "it is mine", syscall(SYS_getsid, 0) == getpid());
		ROW_OK(getsid, "mine", 0);
		ROW(getsid, "no such process", 999999);
		ROW(setpgid, "leads a session", 0, 0);
		ROW(vhangup, "a session without a terminal");
		be_nobody();
		ROW(vhangup, "as nobody");
	});
}

static void threads(void)
{
	int word = 5, other = 0;
	unsigned long base = 0, mask[16] = {};
	struct timespec zero = { 0, 0 }, bad = { 0, -1 };

	ROW_OK(set_tid_address, "a word", &word);
	ROW(set_robust_list, "a head", &word, 24);
	ROW(set_robust_list, "wrong size", &word, 23);
	ROW(rseq, "length 1", &word, 1, 0, 0);
	ROW(clone3, "size 1", &word, 1);
	ROW(futex, "wake none", &word, FUTEX_WAKE, 1, NULL, NULL, 0);
	ROW(futex, "another value", &word, FUTEX_WAIT, 6, &zero, NULL, 0);
	ROW(futex, "time passes", &word, FUTEX_WAIT, 5, &zero, NULL, 0);
	ROW(futex, "-1 nanoseconds", &word, FUTEX_WAIT, 5, &bad, NULL, 0);
	ROW(futex, "odd address", (char *)&word + 1, FUTEX_WAIT, 5, &zero, NULL, 0);
	ROW(futex, "unknown operation", &word, 77, 0, NULL, NULL, 0);
	ROW(futex, "bits 0", &word, FUTEX_WAIT_BITSET, 5, &zero, NULL, 0);
	ROW(futex, "requeue, another value", &word, FUTEX_CMP_REQUEUE, 1, 1, &other, 6);
	ROW(arch_prctl, "ARCH_GET_FS", ARCH_GET_FS, &base);
	SHOW(arch_prctl, "there is one", base != 0);
	ROW(arch_prctl, "a base in the kernel's half", ARCH_SET_GS, 0xffff800000000000ul);
	ROW(arch_prctl, "unknown", 0x9999, 0);
	ROW(prctl, "PR_SET_NAME", PR_SET_NAME, "rowname");
	ROW(prctl, "PR_GET_DUMPABLE", PR_GET_DUMPABLE, 0, 0, 0, 0);
	ROW(prctl, "PR_SET_PDEATHSIG 99", PR_SET_PDEATHSIG, 99);
	ROW(prctl, "unknown", 9999, 0, 0, 0, 0);
	ROW(sched_yield, "yields");
	ROW_OK(sched_getaffinity, "mine", 0, sizeof(mask), mask);
	SHOW(sched_getaffinity, "there is a processor", mask[0] & 1);
	ROW(sched_getaffinity, "size 1", 0, 1, mask);
	ROW(sched_getaffinity, "no such process", 999999, sizeof(mask), mask);
	mask[0] = 1;
	ROW(sched_setaffinity, "the first", 0, sizeof(mask), mask);
	memset(mask, 0, sizeof(mask));
	ROW(sched_setaffinity, "none", 0, sizeof(mask), mask);
	ROW(sched_setaffinity, "no such process", 999999, sizeof(mask), mask);
}

void rows_processes(void)
{
	births();
	programs();
	ends();
	groups();
	threads();
}
