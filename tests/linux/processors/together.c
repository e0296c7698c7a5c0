/* SPDX-License-Identifier: MIT */
/*
 * together - threads that run at the same time: one takes memory away, protects it or copies it
 * while the others use it; no write lands after the call has returned.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 3, ROUNDS = 150, PAGE = 4096 };

static _Atomic(unsigned char *) target;
static atomic_int round_now, writing, late;
static __thread sigjmp_buf away;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(away, 1);
}

static void *writer(void *unused)
{
	(void)unused;
	while (atomic_load(&round_now) <= ROUNDS) {
		unsigned char *at = atomic_load(&target);

		if (!at)
			continue;
		atomic_fetch_add(&writing, 1);
		if (!sigsetjmp(away, 1))
			for (int i = 0; i < 2000; i++)
				((volatile unsigned char *)at)[i % PAGE] = 1;
		atomic_fetch_sub(&writing, 1);
	}
	return NULL;
}

/* A page that is unmapped and mapped again is zero, and stays zero while it cannot be written. */
static void unmap_round(unsigned char *at)
{
	atomic_store(&target, at);
	while (!atomic_load(&writing))
		;
	for (volatile int i = 0; i < 2000; i++)
		;
	munmap(at, PAGE);
	if (mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		abort();
	for (int i = 0; i < PAGE; i++)
		if (at[i])
			atomic_fetch_add(&late, 1);
	atomic_store(&target, NULL);
	if (mprotect(at, PAGE, PROT_READ | PROT_WRITE))
		abort();
}

/* What a page holds when it has been made read-only, it holds later. */
static void protect_round(unsigned char *at)
{
	unsigned char was[PAGE];

	memset(at, 0, PAGE);
	atomic_store(&target, at);
	while (!atomic_load(&writing))
		;
	if (mprotect(at, PAGE, PROT_READ))
		abort();
	memcpy(was, at, PAGE);
	for (volatile int i = 0; i < 5000; i++)
		;
	if (memcmp(was, at, PAGE))
		atomic_fetch_add(&late, 1);
	atomic_store(&target, NULL);
	if (mprotect(at, PAGE, PROT_READ | PROT_WRITE))
		abort();
}

/* A child has what was there at the fork, and what is written here later it does not see. */
static void fork_round(unsigned char *at)
{
	int status;
	pid_t child;

	atomic_store(&target, at);
	while (!atomic_load(&writing))
		;
	child = fork();
	if (!child) {
		unsigned char was[PAGE];

		memcpy(was, at, PAGE);
		for (volatile int i = 0; i < 5000; i++)
			;
		_exit(memcmp(was, at, PAGE) != 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		atomic_fetch_add(&late, 1);
	atomic_store(&target, NULL);
}

static void run(const char *name, void (*once)(unsigned char *at))
{
	pthread_t threads[WRITERS];
	unsigned char *at =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	atomic_store(&round_now, 1);
	atomic_store(&late, 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		once(at);
		atomic_store(&round_now, i + 1);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	printf("%s together: %s\n", atomic_load(&late) ? "FAILED" : "ok", name);
	fflush(stdout);
}

int main(void)
{
	signal(SIGSEGV, on_fault);
	run("no write lands after munmap", unmap_round);
	run("no write lands after mprotect", protect_round);
	run("none lands in a child after fork", fork_round);
	return 0;
}
