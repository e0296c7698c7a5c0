/* SPDX-License-Identifier: MIT */
/*
 * schedule - what a program sees of several processors, and how it shares them out: masks, where a
 * thread runs, real-time policies.  It holds on Linux too, as root, with two processors or more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int bad, count;

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition) && !bad++)                                                        \
			printf("# line %d: %s (%s)\n", __LINE__, #condition, strerror(errno));     \
	} while (0)

static void verdict(const char *name)
{
	printf("%s schedule: %s\n", bad ? "FAILED" : "ok", name);
	fflush(stdout);
	bad = 0;
}

static int lines_of(const char *path, const char *begin)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	int lines = 0;

	while (f && fgets(line, sizeof(line), f))
		lines += !strncmp(line, begin, strlen(begin));
	if (f)
		fclose(f);
	return lines;
}

/* The rest of the first line that begins so. */
static void value_of(const char *path, const char *begin, char *to, size_t size)
{
	FILE *f = fopen(path, "r");
	char line[4096];

	*to = 0;
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, begin, strlen(begin))) {
			line[strcspn(line, "\n")] = 0;
			snprintf(to, size, "%s", line + strlen(begin));
			break;
		}
	if (f)
		fclose(f);
}

static void pin(pid_t who, int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	EXPECT(!sched_setaffinity(who, sizeof(set), &set));
}

static void unpin(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	EXPECT(!sched_setaffinity(0, sizeof(set), &set));
}

static void all_say_the_same(void)
{
	char text[256], path[128], wanted[64];
	cpu_set_t set;

	EXPECT(!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) == count);
	EXPECT(sysconf(_SC_NPROCESSORS_ONLN) == count);
	EXPECT(sysconf(_SC_NPROCESSORS_CONF) == count);
	EXPECT(lines_of("/proc/cpuinfo", "processor") == count);
	EXPECT(lines_of("/proc/stat", "cpu") == count + 1);
	snprintf(wanted, sizeof(wanted), "0-%d", count - 1);
	value_of("/sys/devices/system/cpu/online", "", text, sizeof(text));
	EXPECT(!strcmp(text, wanted));
	value_of("/proc/self/status", "Cpus_allowed_list:\t", text, sizeof(text));
	EXPECT(!strcmp(text, wanted));
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/core_id", i);
		EXPECT(!access(path, R_OK));
	}
	verdict("every place tells the same number of processors");
}

/* The processor that /proc says somebody is on: field 39, the 37th behind the name. */
static int processor_of(pid_t tid)
{
	char path[64], line[1024], *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		return -1;
	fclose(f);
	at = strrchr(line, ')');
	for (int i = 0; i < 37; i++)
		at = strchr(at + 1, ' ');
	return atoi(at);
}

static void each_in_turn(void)
{
	for (int i = 0; i < 100; i++) {
		char text[64], wanted[16];

		pin(0, i % count);
		EXPECT(sched_getcpu() == i % count);
		EXPECT(processor_of(getpid()) == i % count);
		snprintf(wanted, sizeof(wanted), "%d", i % count);
		value_of("/proc/self/status", "Cpus_allowed_list:\t", text, sizeof(text));
		EXPECT(!strcmp(text, wanted));
	}
	unpin();
	verdict("a thread runs where its mask says from when the call returns");
}

static atomic_int tid, stop;

static void *spins(void *unused)
{
	(void)unused;
	atomic_store(&tid, gettid());
	while (!atomic_load(&stop))
		;
	return NULL;
}

/* It makes no call: only by being moved does it get there. */
static void moved_while_it_computes(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spins, NULL);
	while (!atomic_load(&tid))
		sched_yield();
	for (int i = 0; i < 20; i++) {
		pin(atomic_load(&tid), i % count);
		while (processor_of(atomic_load(&tid)) != i % count)
			sched_yield();
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	atomic_store(&stop, 0);
	verdict("a thread that computes is moved");
}

static void inherited(void)
{
	int status = -1;
	pid_t child;

	pin(0, 1);
	child = fork();
	if (!child) {
		execl("/proc/self/exe", "schedule", "mask", NULL);
		_exit(99);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 2 << 8);
	unpin();
	verdict("a child has its parent's mask, and keeps it in another program");
}

/* Threads on all processors at once change each other's masks. */
static void *moves_others(void *of)
{
	pid_t *all = of;
	unsigned seed = (unsigned)gettid();

	for (int i = 0; i < 300; i++) {
		int at = rand_r(&seed) % count;

		pin(all[rand_r(&seed) % 4], at);
	}
	return NULL;
}

static void *is_moved(void *of)
{
	atomic_store((atomic_int *)of, gettid());
	while (!atomic_load(&stop))
		sched_yield();
	return NULL;
}

static void moved_by_many(void)
{
	static atomic_int all[4];
	pthread_t moved[4], movers[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&moved[i], NULL, is_moved, &all[i]);
	for (int i = 0; i < 4; i++)
		while (!atomic_load(&all[i]))
			sched_yield();
	for (int i = 0; i < 4; i++)
		pthread_create(&movers[i], NULL, moves_others, all);
	for (int i = 0; i < 4; i++)
		pthread_join(movers[i], NULL);
	atomic_store(&stop, 1);
	for (int i = 0; i < 4; i++)
		pthread_join(moved[i], NULL);
	atomic_store(&stop, 0);
	verdict("threads that are moved by four at once come to their ends");
}

/* --- real time -------------------------------------------------------------------------------- */

static struct { atomic_long ordinary, real; } *shared;

static pid_t counts(int policy, atomic_long *to)
{
	struct sched_param param = { policy ? 10 : 0 };
	pid_t child = fork();

	if (child)
		return child;
	pin(0, 0);
	EXPECT(!sched_setscheduler(0, policy, &param));
	for (;;)
		atomic_fetch_add(to, 1);
}

static void end(pid_t child)
{
	int status = -1;

	kill(child, SIGKILL);
	EXPECT(waitpid(child, &status, 0) == child && status == SIGKILL);
}

/* On one processor, seen from another. */
static void real_time_goes_first(int policy, const char *name)
{
	pid_t real, ordinary;
	long before, enough;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pin(0, 1);
	ordinary = counts(SCHED_OTHER, &shared->ordinary);
	while (atomic_load(&shared->ordinary) < 1000000)
		sched_yield();
	real = counts(policy, &shared->real);
	while (!atomic_load(&shared->real))
		sched_yield();
	before = atomic_load(&shared->ordinary);
	enough = atomic_load(&shared->real) + 20000000;
	while (atomic_load(&shared->real) < enough)
		sched_yield();
	EXPECT(atomic_load(&shared->ordinary) - before < 10000000);
	/* And it leaves something. */
	before = atomic_load(&shared->ordinary);
	while (atomic_load(&shared->ordinary) < before + 100000)
		sched_yield();
	end(real);
	end(ordinary);
	munmap(shared, 4096);
	unpin();
	verdict(name);
}

int main(int argc, char **argv)
{
	cpu_set_t set;

	EXPECT(!sched_getaffinity(0, sizeof(set), &set));
	if (argc > 1 && !strcmp(argv[1], "mask"))
		return CPU_COUNT(&set) == 1 && CPU_ISSET(1, &set) ? 2 : 1;
	count = CPU_COUNT(&set);
	EXPECT(count > 1);
	all_say_the_same();
	each_in_turn();
	moved_while_it_computes();
	inherited();
	moved_by_many();
	real_time_goes_first(SCHED_FIFO,
			     "a thread of FIFO goes before an ordinary one, and leaves it some");
	real_time_goes_first(SCHED_RR, "one of RR too");
	return 0;
}
