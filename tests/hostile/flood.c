/* SPDX-License-Identifier: MIT */
/*
 * flood - Linux calls without sense: all rows of servers/linux/syscalls.def, by processes of two
 *threads each that share memory, open files and a small file system, as an ordinary user.
 *
 *	flood CALLS SEED	prints how often each call was made and succeeded
 *
 * The keeper is root and outside.  A worker may kill, stop, starve or unmap itself and all others:
 *the keeper ends who does not get on and starts another in its place.  Workers use nothing of the C
 *library once they have begun: their thread pointer, heap and descriptors are among what they
 *destroy.
 */
#include "flood.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_NS = 20000000, STUCK = 10, NEVER_ENDS = 3000, TASKS = 28, FILES = 64 };

struct board *board;
static pid_t pid[WORKERS];
static unsigned long before[WORKERS], still[WORKERS], seed, started, ended_by_us;
static const char root[] = "/tmp/flood";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- the place --- */

static void node(const char *name, mode_t mode, int major, int minor)
{
	if (mknod(name, mode, makedev((unsigned)major, (unsigned)minor)))
		die(name);
}

static void place_make(void)
{
	char name[16];

	mkdir(root, 0755);
	if (mount("flood", root, "tmpfs", 0, "size=8m,nr_inodes=1000,mode=777") || chdir(root))
		die("mount");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), i < 4 ? "f%d" : "d%d", i & 3);
		if (i < 4 ? mknod(name, S_IFREG, 0) : mkdir(name, 0777))
			die(name);
		(void)!chmod(name, 0777);
	}
	(void)!symlink("f0", "link");
	(void)!symlink("loop", "loop");
	node("fifo", S_IFIFO | 0666, 0, 0);
	node("null", S_IFCHR | 0666, 1, 3);
	node("zero", S_IFCHR | 0666, 1, 5);
	node("ptmx", S_IFCHR | 0666, 5, 2);
	(void)!chmod("fifo", 0666);
	(void)!chmod("null", 0666);
	(void)!chmod("zero", 0666);
	(void)!chmod("ptmx", 0666);
	mkdir("proc", 0755);
	mkdir("pts", 0755);
	if (mount("proc", "proc", "proc", 0, NULL) || mount("pts", "pts", "devpts", 0, NULL))
		die("mount proc");
	if (system("cp /proc/self/exe prog 2>/dev/null || cp /proc/$PPID/exe prog; chmod 755 prog"))
		die("prog");
}

static void descriptors_open(void)
{
	int ends[2];

	(void)!open("f0", O_RDWR);
	(void)!open("d0", O_RDONLY | O_DIRECTORY);
	(void)!open("fifo", O_RDWR | O_NONBLOCK);
	(void)!open("null", O_RDWR);
	(void)!open("proc/self", O_RDONLY | O_DIRECTORY);
	(void)!open("ptmx", O_RDWR | O_NOCTTY);
	(void)!pipe(ends);
	(void)!open("f1", O_RDWR | O_APPEND);
}

static void limit(int what, unsigned long value)
{
	struct rlimit r = { value, value };

	setrlimit(what, &r);
}

/* --- workers --- */

static void worker_start(unsigned i)
{
	pid_t child;

	fflush(NULL);
	started++;
	child = fork();
	if (child < 0)
		die("fork");
	if (child) {
		pid[i] = child;
		board->worker[i].pid = child;
		still[i] = 0;
		return;
	}
	limit(RLIMIT_NPROC, TASKS);
	limit(RLIMIT_AS, 64ul << 20);
	limit(RLIMIT_FSIZE, 1ul << 20);
	limit(RLIMIT_NOFILE, FILES);
	limit(RLIMIT_CORE, 0);
	close(0);
	close(1);
	close(2);
	if (chroot(root) || chdir("/"))
		_exit(1);
	setpgid(0, 0);
	descriptors_open();
	if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
		_exit(1);
	worker_main(i, seed * 1000003 + started);
}

static unsigned long calls_made(void)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < WORKERS; i++)
		sum += __atomic_load_n(&board->worker[i].calls, __ATOMIC_RELAXED);
	return sum;
}

/* All that ended, whosever children they were. */
static void reap(int start_again)
{
	pid_t ended;

	while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
		for (unsigned i = 0; i < WORKERS; i++)
			if (pid[i] == ended) {
				pid[i] = 0;
				if (start_again)
					worker_start(i);
			}
}

static void look(unsigned i)
{
	unsigned long calls = __atomic_load_n(&board->worker[i].calls, __ATOMIC_RELAXED);

	still[i] = calls == before[i] ? still[i] + 1 : 0;
	before[i] = calls;
	if (still[i] == STUCK) {
		ended_by_us++;
		kill(pid[i], SIGKILL);
	}
	if (still[i] > NEVER_ENDS) {
		printf("process %d does not end\n", pid[i]);
		exit(1);
	}
}

/* Everybody of that user's, whatever they became, and whoever they start meanwhile. */
static void all_end(void)
{
	/* Also one that is not of that user's yet. */
	for (unsigned i = 0; i < WORKERS; i++)
		if (pid[i])
			kill(pid[i], SIGKILL);
	for (;;) {
		pid_t killer = fork();
		int status;

		if (!killer) {
			if (setuid(USER))
				_exit(2);
			_exit(kill(-1, SIGKILL) == 0);
		}
		if (killer < 0 || waitpid(killer, &status, 0) != killer)
			die("killer");
		reap(0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* --- what came of it --- */

static void tell(void)
{
	unsigned long good = 0, tried = 0;

	for (unsigned i = 0; i < row_count; i++) {
		printf("call %s %lu %lu\n", rows[i].name, board->asked[i], board->succeeded[i]);
		tried += board->asked[i] != 0;
		good += board->succeeded[i] != 0;
		if (!board->asked[i] || (!board->succeeded[i] && !rows[i].never))
			printf("never succeeded: %s\n", rows[i].name);
	}
	printf("errors:");
	for (unsigned i = 1; i < ERRORS; i++)
		if (board->errors[i])
			printf(" %u", i);
	printf("\n%lu calls, %u rows, %lu made, %lu with success, %lu workers, %lu ended for "
	       "standing still\n",
	       calls_made(), row_count, tried, good, started, ended_by_us);
}

int main(int argc, char **argv)
{
	struct timespec tick = { 0, TICK_NS };
	unsigned long wanted;
	sigset_t child;

	/* Executed by a worker, with whatever arguments. */
	if (getuid() || argc != 3)
		return 0;
	wanted = strtoul(argv[1], NULL, 10);
	seed = strtoul(argv[2], NULL, 10);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		die("mmap");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	umask(0);
	place_make();
	for (unsigned i = 0; i < WORKERS; i++)
		worker_start(i);
	while (calls_made() < wanted) {
		sigtimedwait(&child, NULL, &tick);
		reap(1);
		for (unsigned i = 0; i < WORKERS; i++)
			look(i);
	}
	all_end();
	tell();
	if (chdir("/") || umount("/tmp/flood/pts") || umount("/tmp/flood/proc") || umount(root) ||
	    rmdir(root))
		die("what they had is not let go of");
	printf("all ended\n");
	return 0;
}
