/* SPDX-License-Identifier: MIT */
/*
 * wild - every pointer argument of every call, pointing where nothing is: generated from a table.
 *
 * A row names the call, its arguments as they would be right, and which of them are pointers that
 * the kernel reads (in) or writes (out), a bit each.  One pointer at a time is replaced by each
 * address of `bad`; what is written also by one that may only be read.
 */
#include "rows.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

enum { PAGE = 4096, BAD = 7, PARTLY = 2 };

struct row {
	const char *name, *what;
	int number;
	unsigned in, out;
	long argument[6];
};

static char page[2 * PAGE]; /* right for whatever is written, zero for what is read */
static long bad[BAD], read_only;

#define HERE			   ((long)page)
#define A0			   1
#define A1			   2
#define A2			   4
#define A3			   8
#define A4			   16
#define ROW_OF(call, in, out, ...) ROW_AS(call, "", in, out, __VA_ARGS__)
#define ROW_AS(call, what, in, out, ...)                                                           \
	{                                                                                          \
#call, what, SYS_##call, in, out,                                                  \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define NAME ((long)"/tmp")
#define NEW  ((long)"new")

/* Descriptors that rows_wild opens; 6 is the current directory. */
enum { FILE_FD = 3, PIPE_READ = 4, PIPE_WRITE = 5 };

static void bad_addresses(void)
{
	char *hole =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(hole, 'x', PAGE);
	munmap(hole + PAGE, PAGE);
	bad[0] = 8;
	bad[1] = (long)hole + PAGE;
	bad[PARTLY] = (long)hole + PAGE - 1; /* the first byte is there */
	bad[3] = 0x7ffffffff000;
	bad[4] = (long)0x8000000000000000ul;
	bad[5] = (long)0xffff800000000000ul;
	bad[6] = (long)0xffffffff80000000ul;
	mprotect(hole + 2 * PAGE, PAGE, PROT_READ);
	read_only = (long)hole + 2 * PAGE;
}

/* In a child: whatever one call does does not reach the next. */
static int attempt(const struct row *r, unsigned pointer, long address)
{
	int pid = fork(), status = -1;

	if (!pid) {
		long a[6];

		memcpy(a, r->argument, sizeof(a));
		a[pointer] = address;
		alarm(5);
		if ((r->number == SYS_wait4 || r->number == SYS_waitid) &&
		    !fork()) /* somebody to wait for */
			_exit(0);
		long result = syscall(r->number, a[0], a[1], a[2], a[3], a[4], a[5]);
		_exit(result == -1 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void report(const struct row *r, unsigned pointer, const char *where, int result)
{
	const char *text = !result ? "passes" : result < 1000 ? strerrorname_np(result) : "signal";

	dprintf(1, "%s: wild pointer %u%s%s: %s\n", r->name, pointer, r->what, where, text);
}

static void try(const struct row *r)
{
	for (unsigned pointer = 0; pointer < 6; pointer++) {
		int result[BAD], same = 1;
		char where[32];

		if (!((r->in | r->out) & 1u << pointer))
			continue;
		for (int i = 0; i < BAD; i++) {
			result[i] = attempt(r, pointer, bad[i]);
			same &= i == PARTLY || result[i] == result[0];
		}
		for (int i = 0; i < BAD && !same; i++) {
			snprintf(where, sizeof(where), " (%d)", i);
			report(r, pointer, where, result[i]);
		}
		if (same)
			report(r, pointer, "", result[0]);
		if (same && result[PARTLY] != result[0])
			report(r, pointer, " (partly there)", result[PARTLY]);
		if (r->out & 1u << pointer)
			report(r, pointer, " (read-only)", attempt(r, pointer, read_only));
	}
}

static struct iovec vector = { page, 8 };
static struct pollfd ready = { PIPE_READ, POLLIN, 0 };

static const struct row files[] = {
	ROW_OF(read, 0, A1, FILE_FD, HERE, 8),
	ROW_AS(read, " of a pipe", 0, A1, PIPE_READ, HERE, 8),
	ROW_OF(write, A1, 0, FILE_FD, HERE, 8),
	ROW_AS(write, " of a pipe", A1, 0, PIPE_WRITE, HERE, 8),
	ROW_OF(open, A0, 0, NAME, 0),
	ROW_OF(stat, A0, A1, NAME, HERE),
	ROW_OF(fstat, 0, A1, FILE_FD, HERE),
	ROW_OF(lstat, A0, A1, NAME, HERE),
	ROW_OF(pread64, 0, A1, FILE_FD, HERE, 8, 0),
	ROW_OF(pwrite64, A1, 0, FILE_FD, HERE, 8, 0),
	ROW_OF(readv, A1, 0, FILE_FD, (long)&vector, 1),
	ROW_OF(writev, A1, 0, FILE_FD, (long)&vector, 1),
	ROW_OF(preadv, A1, 0, FILE_FD, (long)&vector, 1, 0, 0),
	ROW_OF(pwritev, A1, 0, FILE_FD, (long)&vector, 1, 0, 0),
	ROW_OF(access, A0, 0, NAME, 0),
	ROW_OF(sendfile, A2, 0, PIPE_WRITE, FILE_FD, HERE, 8),
	ROW_OF(splice, A1, 0, FILE_FD, HERE, PIPE_WRITE, 0, 8, 0),
	ROW_OF(vmsplice, A1, 0, PIPE_WRITE, HERE, 1, 0),
	ROW_OF(truncate, A0, 0, NEW, 0),
	ROW_OF(getcwd, 0, A0, HERE, PAGE),
	ROW_OF(chdir, A0, 0, NAME),
	ROW_OF(rename, A0 | A1, 0, (long)"none", NEW),
	ROW_OF(mkdir, A0, 0, NEW, 0755),
	ROW_OF(rmdir, A0, 0, NEW),
	ROW_OF(creat, A0, 0, NEW, 0644),
	ROW_OF(link, A0 | A1, 0, (long)"file", NEW),
	ROW_OF(unlink, A0, 0, NEW),
	ROW_OF(symlink, A0 | A1, 0, NAME, NEW),
	ROW_OF(readlink, A0, A1, (long)"symlink", HERE, 8),
	ROW_OF(chmod, A0, 0, NAME, 0777),
	ROW_OF(chown, A0, 0, NAME, -1, -1),
	ROW_OF(lchown, A0, 0, NAME, -1, -1),
	ROW_OF(utime, A0 | A1, 0, (long)"file", HERE),
	ROW_OF(mknod, A0, 0, NEW, S_IFREG, 0),
	ROW_OF(statfs, A0, A1, NAME, HERE),
	ROW_OF(fstatfs, 0, A1, FILE_FD, HERE),
	ROW_OF(chroot, A0, 0, NAME),
	ROW_OF(getdents64, 0, A1, 6, HERE, PAGE),
	ROW_OF(utimes, A0 | A1, 0, (long)"file", HERE),
	ROW_OF(openat, A1, 0, AT_FDCWD, NAME, 0),
	ROW_OF(mkdirat, A1, 0, AT_FDCWD, NEW, 0755),
	ROW_OF(mknodat, A1, 0, AT_FDCWD, NEW, S_IFREG, 0),
	ROW_OF(fchownat, A1, 0, AT_FDCWD, NAME, -1, -1, 0),
	ROW_OF(futimesat, A1 | A2, 0, AT_FDCWD, (long)"file", HERE),
	ROW_OF(newfstatat, A1, A2, AT_FDCWD, NAME, HERE, 0),
	ROW_OF(unlinkat, A1, 0, AT_FDCWD, NEW, 0),
	ROW_OF(renameat, A1 | A3, 0, AT_FDCWD, (long)"none", AT_FDCWD, NEW),
	ROW_OF(renameat2, A1 | A3, 0, AT_FDCWD, (long)"none", AT_FDCWD, NEW, 0),
	ROW_OF(linkat, A1 | A3, 0, AT_FDCWD, (long)"file", AT_FDCWD, NEW, 0),
	ROW_OF(symlinkat, A0 | A2, 0, NAME, AT_FDCWD, NEW),
	ROW_OF(readlinkat, A1, A2, AT_FDCWD, (long)"symlink", HERE, 8),
	ROW_OF(fchmodat, A1, 0, AT_FDCWD, NAME, 0777),
	ROW_OF(faccessat, A1, 0, AT_FDCWD, NAME, 0),
	ROW_OF(faccessat2, A1, 0, AT_FDCWD, NAME, 0, 0),
	ROW_OF(utimensat, A1 | A2, 0, AT_FDCWD, (long)"file", HERE, 0),
	ROW_OF(statx, A1, A4, AT_FDCWD, NAME, 0, 0x7ff, HERE),
};

static const struct row others[] = {
	ROW_OF(poll, A0, 0, (long)&ready, 1, 0),
	ROW_OF(ppoll, A0 | A2 | A3, 0, (long)&ready, 1, HERE, HERE, 8),
	ROW_OF(select, A1 | A2 | A3 | A4, 0, 6, HERE, HERE, HERE, HERE),
	ROW_OF(pselect6, A1 | A2 | A3 | A4, 0, 6, HERE, HERE, HERE, HERE, 0),
	ROW_OF(ioctl, 0, A2, PIPE_READ, FIONREAD, HERE),
	ROW_OF(fcntl, A2, 0, FILE_FD, F_SETLK, HERE),
	ROW_AS(fcntl, " of F_GETLK", 0, A2, FILE_FD, F_GETLK, HERE),
	ROW_OF(pipe, 0, A0, HERE),
	ROW_OF(pipe2, 0, A0, HERE, 0),
	ROW_OF(rt_sigaction, A1, A2, SIGUSR1, HERE, HERE, 8),
	ROW_OF(rt_sigprocmask, A1, A2, SIG_BLOCK, HERE, HERE, 8),
	ROW_OF(rt_sigpending, 0, A0, HERE, 8),
	ROW_OF(rt_sigtimedwait, A0 | A2, 0, HERE, HERE, HERE, 8),
	ROW_OF(rt_sigsuspend, A0, 0, HERE, 8),
	ROW_OF(rt_sigqueueinfo, A2, 0, 1, 0, HERE),
	ROW_OF(rt_tgsigqueueinfo, A3, 0, 1, 1, 0, HERE),
	ROW_OF(sigaltstack, A0, A1, 0, HERE),
	ROW_OF(nanosleep, A0, 0, HERE, HERE),
	ROW_OF(getitimer, 0, A1, 0, HERE),
	ROW_OF(setitimer, A1, A2, 0, HERE, HERE),
	ROW_OF(execve, A0, 0, (long)"none", HERE, HERE),
	ROW_AS(execve, " of a program", A1 | A2, 0, (long)"/proc/self/exe", HERE, HERE),
	ROW_OF(wait4, 0, A1 | A3, -1, HERE, 0, HERE),
	ROW_OF(waitid, 0, A2, P_ALL, 0, HERE, WEXITED),
	ROW_OF(uname, 0, A0, HERE),
	ROW_OF(gettimeofday, 0, A0 | A1, HERE, HERE),
	ROW_OF(settimeofday, A0, 0, HERE, 0),
	ROW_OF(getrlimit, 0, A1, RLIMIT_NOFILE, HERE),
	ROW_OF(setrlimit, A1, 0, RLIMIT_NOFILE, HERE),
	ROW_OF(prlimit64, A2, A3, 0, RLIMIT_NOFILE, 0, HERE),
	ROW_OF(getrusage, 0, A1, RUSAGE_SELF, HERE),
	ROW_OF(sysinfo, 0, A0, HERE),
	ROW_OF(times, 0, A0, HERE),
	ROW_OF(getgroups, 0, A1, 8, HERE),
	ROW_OF(setgroups, A1, 0, 2, HERE),
	ROW_OF(getresuid, 0, A0 | A1 | A2, HERE, HERE, HERE),
	ROW_OF(getresgid, 0, A0 | A1 | A2, HERE, HERE, HERE),
	ROW_OF(prctl, A1, 0, 15, HERE),
	ROW_AS(prctl, " of PR_GET_NAME", 0, A1, 16, HERE),
	ROW_OF(arch_prctl, 0, A1, 0x1003, HERE),
	ROW_OF(mount, A1 | A2, 0, (long)"none", (long)"nowhere", (long)"tmpfs", 0, 0),
	ROW_OF(umount2, A0, 0, (long)"nowhere", 0),
	ROW_OF(sethostname, A0, 0, HERE, 8),
	ROW_OF(setdomainname, A0, 0, HERE, 8),
	ROW_OF(sched_setscheduler, A2, 0, 0, 0, HERE),
	ROW_OF(sched_setparam, A1, 0, 0, HERE),
	ROW_OF(sched_getparam, 0, A1, 0, HERE),
	ROW_OF(sched_rr_get_interval, 0, A1, 0, HERE),
	ROW_OF(setxattr, A0 | A1 | A2, 0, (long)"file", (long)"trusted.w", HERE, 1, 0),
	ROW_OF(getxattr, A0 | A1, 0, (long)"file", (long)"trusted.w", HERE, 8),
	ROW_OF(listxattr, A0, 0, (long)"file", HERE, 8),
	ROW_OF(removexattr, A0 | A1, 0, (long)"file", (long)"trusted.w"),
	ROW_OF(time, 0, A0, HERE),
	ROW_OF(futex, A0 | A3, 0, HERE, FUTEX_WAIT, 0, HERE),
	ROW_AS(futex, " of FUTEX_WAKE", A0, 0, HERE, FUTEX_WAKE, 1),
	ROW_OF(sched_setaffinity, A2, 0, 0, 8, HERE),
	ROW_OF(sched_getaffinity, 0, A2, 0, 128, HERE),
	ROW_OF(getcpu, 0, A0 | A1, HERE, HERE, 0),
	ROW_OF(sched_setattr, A1, 0, 0, HERE, 0),
	ROW_OF(sched_getattr, 0, A1, 0, HERE, 56, 0),
	ROW_OF(set_tid_address, 0, A0, HERE),
	ROW_OF(set_robust_list, A0, 0, HERE, 24),
	ROW_OF(clock_settime, A1, 0, CLOCK_REALTIME, HERE),
	ROW_OF(clock_gettime, 0, A1, CLOCK_REALTIME, HERE),
	ROW_OF(clock_getres, 0, A1, CLOCK_REALTIME, HERE),
	ROW_OF(clock_nanosleep, A2, 0, CLOCK_MONOTONIC, 0, HERE, HERE),
	ROW_OF(getrandom, 0, A0, HERE, 16, 0),
	ROW_OF(socketpair, 0, A3, 99, 1, 0, HERE),
	ROW_OF(mremap, A0, 0, HERE, PAGE, PAGE, 0),
};

void rows_wild(void)
{
	int ends[2];

	close_range(3, 1000, 0);
	bad_addresses();
	open("file", O_CREAT | O_RDWR, 0644);
	write(FILE_FD, page, 64);
	lseek(FILE_FD, 0, SEEK_SET);
	pipe(ends);
	write(ends[1], page, 64);
	open(".", O_RDONLY);
	symlink("file", "symlink");
	syscall(SYS_setgroups, 2, (unsigned[2]){ 1, 2 });
	alarm(0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		try(&files[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		try(&others[i]);
}
