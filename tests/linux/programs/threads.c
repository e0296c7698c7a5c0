/* SPDX-License-Identifier: MIT */
/* threads - clone with CLONE_THREAD as a C library uses it: locks, thread-local words, joining. */
#include "test.h"

#include <pthread.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int counter, flag;
static __thread long own = 5;
static bool own_good = true;

static void *count(void *argument)
{
	if (own != 5)
		own_good = false;
	own = (long)argument;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	if (own != (long)argument)
		own_good = false;
	return argument;
}

static void *wait_for_flag(void *argument)
{
	pthread_mutex_lock(&mutex);
	while (!flag)
		pthread_cond_wait(&condition, &mutex);
	pthread_mutex_unlock(&mutex);
	return argument;
}

CASE(counting_under_a_lock)
{
	pthread_t thread[THREADS];
	void *result;

	counter = 0;
	for (long i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread[i], NULL, count, (void *)(i + 10)));
	for (long i = 0; i < THREADS; i++) {
		CHECK(!pthread_join(thread[i], &result));
		CHECK((long)result == i + 10);
	}
	CHECK(counter == THREADS * ROUNDS && own_good && own == 5);
}

CASE(condition_variable)
{
	pthread_t thread[4];

	flag = 0;
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&thread[i], NULL, wait_for_flag, NULL));
	sleep_ms(20);
	pthread_mutex_lock(&mutex);
	flag = 1;
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(thread[i], NULL));
}

CASE(timed_wait_times_out)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 50000000;
	if (until.tv_nsec > 999999999) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&mutex);
	CHECK(pthread_cond_timedwait(&condition, &mutex, &until) == ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
}

CASE(exit_ends_waiting_threads)
{
	pthread_t thread;
	pid_t child = CHILD(flag = 0; pthread_create(&thread, NULL, wait_for_flag, NULL);
			    sleep_ms(10); exit(11));
	int status = status_of(child);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 11);
}

static void *execute(void *argument)
{
	execl("/proc/self/exe", "threads", "exit-7", (char *)NULL);
	return argument;
}

CASE(execve_ends_other_threads)
{
	pthread_t thread;
	pid_t child = CHILD(flag = 0; pthread_create(&thread, NULL, wait_for_flag, NULL);
			    sleep_ms(10); execute(NULL));
	int status = status_of(child);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	/* Also when it is not the first thread that calls it: the process keeps its number. */
	child = CHILD(pthread_create(&thread, NULL, execute, NULL); for (;;) pause());
	status = status_of(child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void *die(void *argument)
{
	*(volatile int *)8 = 1;
	return argument;
}

CASE(fault_of_a_thread_ends_all)
{
	pthread_t thread;
	pid_t child = CHILD(pthread_create(&thread, NULL, die, NULL); for (;;) pause());
	int status = status_of(child);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return atoi(argv[1] + 5);
	RUN(counting_under_a_lock);
	RUN(condition_variable);
	RUN(timed_wait_times_out);
	RUN(exit_ends_waiting_threads);
	RUN(execve_ends_other_threads);
	RUN(fault_of_a_thread_ends_all);
	return failed_cases != 0;
}
