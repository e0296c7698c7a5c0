/* SPDX-License-Identifier: MIT */
/* limits - what setrlimit sets is obeyed, and what execve takes. */
#include "test.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { NOBODY = 54321, MIB = 1 << 20 };

static int limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit l = { soft, hard };

	return setrlimit(which, &l);
}

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* A child's check: its line as status. */
#define IN_CHILD(condition)                                                                        \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(__LINE__ & 0xff);                                                    \
	} while (0)
#define CHILD_GOOD(pid) CHECK(status_of(pid) == 0)

CASE(descriptors)
{
	CHILD_GOOD(CHILD({
		int last = 0, fd;

		IN_CHILD(!limit(RLIMIT_NOFILE, 10, 20));
		while ((fd = open("/dev/null", O_RDONLY)) >= 0)
			last = fd;
		IN_CHILD(errno == EMFILE && last == 9);
		IN_CHILD(fails(dup(0), EMFILE));
		IN_CHILD(fails(dup2(0, 10), EBADF));
		IN_CHILD(fails(fcntl(0, F_DUPFD, 10), EINVAL));
		IN_CHILD(fails(pipe((int[2]){ 0 }), EMFILE));
		IN_CHILD(!limit(RLIMIT_NOFILE, 20, 20));
		IN_CHILD(dup2(0, 19) == 19);
		IN_CHILD(!limit(RLIMIT_NOFILE, 5, 20));
		/* What is open already stays. */
		IN_CHILD(fcntl(19, F_GETFD) == 0);
	}));
}

CASE(processes_of_a_user)
{
	CHILD_GOOD(CHILD({
		int made = 0;
		pid_t pid;

		IN_CHILD(!limit(RLIMIT_NPROC, 4, 4));
		IN_CHILD(!setuid(NOBODY));
		while ((pid = fork()) > 0)
			made++;
		if (!pid) {
			pause();
			_exit(0);
		}
		IN_CHILD(errno == EAGAIN && made == 3);
		signal(SIGTERM, SIG_IGN);
		IN_CHILD(!kill(0, 0));
		IN_CHILD(!kill(-1, SIGKILL) || errno == ESRCH);
		/* They count until somebody has waited for them. */
		for (; made; made--)
			IN_CHILD(wait(NULL) > 0);
		pid = fork();
		if (!pid)
			_exit(0);
		IN_CHILD(pid > 0 && waitpid(pid, NULL, 0) == pid);
	}));
}

CASE(root_makes_as_many_as_it_likes)
{
	CHILD_GOOD(CHILD({
		pid_t pid;

		IN_CHILD(!limit(RLIMIT_NPROC, 0, 0));
		pid = fork();
		if (!pid)
			_exit(0);
		IN_CHILD(pid > 0 && waitpid(pid, NULL, 0) == pid);
	}));
}

static void *map(size_t bytes, int protect, int flags)
{
	return mmap(NULL, bytes, protect, MAP_ANONYMOUS | flags, -1, 0);
}

CASE(address_space)
{
	CHILD_GOOD(CHILD({
		char *p;

		IN_CHILD(!limit(RLIMIT_AS, 64 * MIB, 64 * MIB));
		IN_CHILD(map(80 * MIB, PROT_READ, MAP_PRIVATE) == MAP_FAILED && errno == ENOMEM);
		IN_CHILD(map(80 * MIB, PROT_NONE, MAP_SHARED) == MAP_FAILED);
		p = map(32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		IN_CHILD(p != MAP_FAILED);
		IN_CHILD(map(40 * MIB, PROT_READ, MAP_PRIVATE) == MAP_FAILED);
		IN_CHILD(mremap(p, 32 * MIB, 72 * MIB, MREMAP_MAYMOVE) == MAP_FAILED);
		IN_CHILD(errno == ENOMEM);
		IN_CHILD(sbrk(40 * MIB) == (void *)-1);
		IN_CHILD(!munmap(p, 32 * MIB));
		IN_CHILD(map(40 * MIB, PROT_READ, MAP_PRIVATE) != MAP_FAILED);
	}));
}

CASE(data)
{
	CHILD_GOOD(CHILD({
		IN_CHILD(!limit(RLIMIT_DATA, 16 * MIB, 16 * MIB));
		IN_CHILD(map(20 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED);
		IN_CHILD(errno == ENOMEM);
		IN_CHILD(map(20 * MIB, PROT_READ, MAP_PRIVATE) != MAP_FAILED);
		IN_CHILD(map(20 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED) != MAP_FAILED);
		IN_CHILD(sbrk(20 * MIB) == (void *)-1);
		IN_CHILD(sbrk(4 * MIB) != (void *)-1);
		IN_CHILD(map(8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE) != MAP_FAILED);
		IN_CHILD(map(8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED);
	}));
}

static int __attribute__((noinline)) deep(int kilobytes)
{
	volatile char page[1024];

	page[0] = (char)kilobytes;
	return kilobytes ? deep(kilobytes - 1) + page[0] : 0;
}

static int stack_status(rlim_t bytes, const char *kilobytes)
{
	return status_of(CHILD({
		IN_CHILD(!limit(RLIMIT_STACK, bytes, RLIM_INFINITY));
		execl("/proc/self/exe", "limits", "deep", kilobytes, NULL);
	}));
}

CASE(stack)
{
	CHECK(stack_status(512 << 10, "300") == 0);
	CHECK(WIFSIGNALED(stack_status(512 << 10, "900")));
	CHECK(stack_status(8 * MIB, "900") == 0);
	CHECK(stack_status(32 * MIB, "20000") == 0);
}

CASE(locked_memory)
{
	static char pages[65536];

	CHILD_GOOD(CHILD({
		IN_CHILD(!limit(RLIMIT_MEMLOCK, 8192, 8192));
		IN_CHILD(!mlock(pages, sizeof(pages)));
		munlock(pages, sizeof(pages));
		IN_CHILD(!setuid(NOBODY));
		IN_CHILD(fails(mlock(pages, sizeof(pages)), ENOMEM));
		IN_CHILD(!limit(RLIMIT_MEMLOCK, 0, 0));
		IN_CHILD(fails(mlock(pages, 4096), EPERM));
	}));
}

CASE(nice_values)
{
	CHILD_GOOD(CHILD({
		/* Some machines that record do not let even root raise it. */
		if (limit(RLIMIT_NICE, 25, 25))
			_exit(0);
		IN_CHILD(!setuid(NOBODY));
		IN_CHILD(!setpriority(PRIO_PROCESS, 0, -5));
		IN_CHILD(fails(setpriority(PRIO_PROCESS, 0, -6), EACCES));
		IN_CHILD(!setpriority(PRIO_PROCESS, 0, 10));
		IN_CHILD(!setpriority(PRIO_PROCESS, 0, 0));
	}));
}

/* Of all processes of the user, not of one. */
CASE(pending_signals_of_a_user)
{
	CHILD_GOOD(CHILD({
		union sigval value = { .sival_int = 1 };
		sigset_t set;
		pid_t other;
		int i = 0;

		IN_CHILD(!limit(RLIMIT_SIGPENDING, 4, 4));
		IN_CHILD(!setuid(NOBODY + 1));
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		sigprocmask(SIG_BLOCK, &set, NULL);
		other = fork();
		if (!other) {
			pause();
			_exit(0);
		}
		IN_CHILD(!sigqueue(other, SIGRTMIN, value) && !sigqueue(other, SIGRTMIN, value));
		while (!sigqueue(getpid(), SIGRTMIN, value))
			i++;
		IN_CHILD(errno == EAGAIN && i == 2);
		IN_CHILD(!kill(other, SIGKILL) && waitpid(other, NULL, 0) == other);
		IN_CHILD(!sigqueue(getpid(), SIGRTMIN, value));
	}));
}

CASE(limits_of_others)
{
	struct rlimit l = { 77, 88 }, got;
	pid_t child = CHILD(pause());

	CHECK(!prlimit(child, RLIMIT_NOFILE, &l, NULL));
	CHECK(!prlimit(child, RLIMIT_NOFILE, NULL, &got) && got.rlim_cur == 77 &&
	      got.rlim_max == 88);
	CHILD_GOOD(CHILD({
		IN_CHILD(!setuid(NOBODY));
		IN_CHILD(fails(prlimit(child, RLIMIT_NOFILE, NULL, &got), EPERM));
		IN_CHILD(fails(prlimit(child, RLIMIT_NOFILE, &l, NULL), EPERM));
		IN_CHILD(!prlimit(getpid(), RLIMIT_NOFILE, NULL, &got));
		l = (struct rlimit){ 10, got.rlim_max + 1 };
		IN_CHILD(fails(prlimit(0, RLIMIT_NOFILE, &l, NULL), EPERM));
	}));
	CHECK(fails(prlimit(99999, RLIMIT_NOFILE, NULL, &got), ESRCH));
	kill(child, SIGKILL);
	CHECK(WIFSIGNALED(status_of(child)));
}

CASE(no_core_and_locks_uncounted)
{
	int fd = open("/tmp/limits.lock", O_CREAT | O_RDWR, 0600), status;

	CHILD_GOOD(CHILD({
		IN_CHILD(!limit(RLIMIT_LOCKS, 0, 0));
		IN_CHILD(!flock(fd, LOCK_EX));
	}));
	status = status_of(CHILD({
		limit(RLIMIT_CORE, 0, 0);
		signal(SIGQUIT, SIG_DFL);
		raise(SIGQUIT);
	}));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT && !WCOREDUMP(status));
	close(fd);
	unlink("/tmp/limits.lock");
}

/* One string of so many bytes, its end not counted. */
static char *string_of(size_t bytes)
{
	char *text = malloc(bytes + 1);

	memset(text, 'x', bytes);
	text[bytes] = 0;
	return text;
}

static int exec_status(size_t bytes, int count, bool environment)
{
	return status_of(CHILD({
		char **strings = calloc((size_t)count + 3, sizeof(char *));
		char *plain[] = { "limits", "exit", NULL };
		char *text = string_of(bytes);

		strings[0] = "limits";
		strings[1] = "exit";
		for (int i = 0; i < count; i++)
			strings[i + 2] = text;
		execve("/proc/self/exe", environment ? plain : strings,
		       environment ? strings : (char *[]){ NULL });
		_exit(errno);
	}));
}

CASE(arguments)
{
	CHECK(exec_status(65535, 1, false) == 0);
	CHECK(exec_status(65536, 20, false) == 0);
	CHECK(exec_status(131071, 1, false) == 0);
	CHECK(WEXITSTATUS(exec_status(131072, 1, false)) == E2BIG);
	CHECK(WEXITSTATUS(exec_status(200000, 1, true)) == E2BIG);
	CHECK(exec_status(131071, 15, true) == 0);
	CHECK(WEXITSTATUS(exec_status(131071, 17, true)) == E2BIG);
	CHECK(exec_status(0, 150000, false) == 0);
	CHECK(WEXITSTATUS(exec_status(0, 300000, false)) == E2BIG);
}

CASE(arguments_under_a_small_stack)
{
	CHILD_GOOD(CHILD({
		IN_CHILD(!limit(RLIMIT_STACK, MIB, MIB));
		IN_CHILD(exec_status(100000, 2, false) == 0);
		IN_CHILD(WEXITSTATUS(exec_status(100000, 3, false)) == E2BIG);
		/* A quarter of it would be 64 KiB, but 128 are for everybody. */
		IN_CHILD(!limit(RLIMIT_STACK, 256 << 10, 256 << 10));
		IN_CHILD(exec_status(60000, 2, false) == 0);
		IN_CHILD(WEXITSTATUS(exec_status(60000, 3, false)) == E2BIG);
	}));
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "deep"))
		return deep(atoi(argv[2])) & 0;
	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 0;
	RUN(descriptors);
	RUN(processes_of_a_user);
	RUN(root_makes_as_many_as_it_likes);
	RUN(address_space);
	RUN(data);
	RUN(stack);
	RUN(locked_memory);
	RUN(nice_values);
	RUN(pending_signals_of_a_user);
	RUN(limits_of_others);
	RUN(no_core_and_locks_uncounted);
	RUN(arguments);
	RUN(arguments_under_a_small_stack);
	return failed_cases != 0;
}
