/* SPDX-License-Identifier: MIT */
/*
 * latency - measure, print, and switch the machine off; see latency.h.
 */
#include "libsys/thread.h"
#include "proto/supervisor.h"
#include "tests/programs/latency/latency.h"

enum { POWER_OFF = 1, NEVER = 2, TRIAL = 1000000 };

static cap_t hog[HOGS_EACH * PROCESSORS_MAX];
static u64 hog_had[HOGS_EACH * PROCESSORS_MAX];
static u32 hogs;
static u64 turns_in_ms;

cap_t made(i64 result)
{
	if (result <= 0) {
		log_printf("something cannot be made: %ld", result);
		(void)supervisor_power(grant_find("supervisor"), POWER_OFF);
	}
	return (cap_t)result;
}

cap_t begin(void (*entry)(void *), void *argument, u32 level)
{
	struct thread_options options = {
		.entry = entry, .argument = argument, .name = "latency", .level = level
	};
	struct thread *t = NULL;
	error_t error = thread_create(&options, &t);

	return made(error ? error : (i64)t->cap);
}

static void turn(u64 turns)
{
	while (turns--)
		__asm__ volatile("" ::: "memory");
}

void spin(u64 ns)
{
	turn(ns * turns_in_ms / MS);
}

static void spin_measure(void)
{
	u64 began = clock_now();

	turn(TRIAL);
	turns_in_ms = (u64)TRIAL * MS / (clock_now() - began);
}

void sleep_until(cap_t bell, u64 due)
{
	(void)sys_notification_wait(bell, NEVER, due);
}

static u64 used_ns(cap_t thread)
{
	struct thread_info info = { 0 };

	(void)!sys_thread_info(thread, &info);
	return info.native_ns;
}

/* --- those that compute --- */

static void compute(void *argument)
{
	(void)argument;
	for (;;)
		turn(TRIAL);
}

void hogs_begin(u32 count)
{
	for (hogs = 0; hogs < count; hogs++)
		hog[hogs] = begin(compute, NULL, LEVEL_USER_TOP);
}

void hogs_count(void)
{
	for (u32 i = 0; i < hogs; i++)
		hog_had[i] = used_ns(hog[i]);
}

void hogs_tell(const char *name)
{
	u64 least = ~(u64)0, most = 0;

	for (u32 i = 0; i < hogs; i++) {
		u64 had = used_ns(hog[i]) - hog_had[i];

		least = had < least ? had : least;
		most = had > most ? had : most;
	}
	log_printf("%s: %u hogs, least %lu most %lu us", name, hogs, least / US, most / US);
}

void hogs_end(void)
{
	while (hogs)
		(void)sys_object_destroy(hog[--hogs]);
}

/* --- figures --- */

static void sink(u64 *heap, u32 at, u32 count)
{
	for (u32 child; (child = 2 * at + 1) < count; at = child) {
		u64 moved = heap[at];

		child += child + 1 < count && heap[child + 1] > heap[child];
		if (heap[child] <= moved)
			return;
		heap[at] = heap[child];
		heap[child] = moved;
	}
}

static void sort(u64 *heap, u32 count)
{
	for (u32 i = count / 2; i--;)
		sink(heap, i, count);
	while (count-- > 1) {
		u64 largest = heap[0];

		heap[0] = heap[count];
		heap[count] = largest;
		sink(heap, 0, count);
	}
}

void figures_tell(const char *name, u64 *ns, u32 count)
{
	sort(ns, count);
	log_printf("%s: %u times, p50 %lu p99 %lu max %lu ns", name, count, ns[count / 2],
		   ns[count - 1 - count / 100], ns[count - 1]);
}

int main(void)
{
	spin_measure();
	wakes();
	inversion();
	log_printf("the end");
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
