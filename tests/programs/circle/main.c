/* SPDX-License-Identifier: MIT */
/*
 * circle - threads that wait for each other in a circle, longer than the search for circles in a
 * call goes: each has received from an endpoint of its own once, and calls the next one's.  Only
 * the tests' grants start it; it says so in the log when the circle is closed, and stays.
 */
#include "libsys/ipc.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/thread.h"

enum { LENGTH = 18, GO = 1, NEVER_SET = 2, SHORT_NS = 2000000, PAST_NS = 1 };

static cap_t endpoint[LENGTH], go;
static struct thread *thread[LENGTH];
static u32 noted;

static void member(void *argument)
{
	u64 self = (u64)argument;
	struct message m = { .tag = TAG_DEADLINE };

	/* Nobody calls; but from now on it is known who receives there. */
	libsys_message_page()->deadline = PAST_NS;
	(void)ipc_receive(endpoint[self], &m);
	__atomic_fetch_add(&noted, 1, __ATOMIC_RELEASE);
	(void)sys_notification_wait(go, GO, DEADLINE_NEVER);
	(void)sys_notification_signal(go, GO);
	m = (struct message){ 0 };
	log_printf("the call of %lu gave %ld", self,
		   (i64)ipc_call(endpoint[(self + 1) % LENGTH], &m));
}

static void nap(void)
{
	(void)sys_notification_wait(go, NEVER_SET, clock_now() + SHORT_NS);
}

static u32 waiting(void)
{
	struct thread_info info;
	u32 count = 0;

	for (u32 i = 0; i < LENGTH; i++)
		count += !sys_thread_info(thread[i]->cap, &info) && info.waits_on;
	return count;
}

int main(void)
{
	go = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	for (u32 i = 0; i < LENGTH; i++)
		endpoint[i] = (cap_t)sys_endpoint_create(CAP_SELF_BUDGET);
	for (u64 i = 0; i < LENGTH; i++) {
		const struct thread_options options = { .entry = member,
							.argument = (void *)i,
							.name = "member" };

		if (thread_create(&options, &thread[i]))
			return 1;
	}
	while (__atomic_load_n(&noted, __ATOMIC_ACQUIRE) < LENGTH)
		nap();
	(void)sys_notification_signal(go, GO);
	while (waiting() < LENGTH)
		nap();
	log_printf("closed");
	(void)sys_notification_wait(go, NEVER_SET, DEADLINE_NEVER);
	return 0;
}
