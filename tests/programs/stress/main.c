/* SPDX-License-Identifier: MIT */
/*
 * stress - run the storms one after the other.  After each the kernel checks its invariants, and
 * all objects and capabilities that were made have to be gone.
 *
 * From the kernel's command line: stress-rounds=N (10,000), stress-only=NAME, stress-seed=N.
 */
#include "libsys/string.h"
#include "libsys/thread.h"
#include "proto/supervisor.h"
#include "tests/programs/stress/stress.h"

enum { POWER_OFF = 1, TOLD = 8, LEAST_WORKERS = 4, TRIES = 5000, PURSE = 32 << 20 };

struct storm {
	const char *name;
	void (*work)(struct worker *w);
	void (*begin)(void), (*end)(void);
};

static const struct storm storms[] = {
	{ "capabilities are made, shared, revoked, destroyed", capabilities_storm, NULL, NULL },
	{ "budgets end with all that others reach in them", budgets_storm, NULL, NULL },
	{ "a budget that ended leaves room for the next", seats_storm, NULL, NULL },
	{ "guests write while what they write to is taken away", guests_storm, guests_begin,
	  guests_end },
	{ "one page is copied by all at once", copies_storm, copies_begin, copies_end },
	{ "threads are killed in every state", deaths_storm, deaths_begin, deaths_end },
	{ "a token goes round by futexes", tokens_storm, NULL, NULL },
	{ "conditions are broadcast by requeue", futexes_storm, NULL, NULL },
	{ "signals meet waits, timers and kicks", signals_storm, signals_begin, signals_end },
	{ "calls meet kicks, deadlines and late answers", calls_storm, calls_begin, calls_end },
};
enum { STORMS = sizeof(storms) / sizeof(storms[0]) };

u32 workers;
u64 rounds;
cap_t purse;

static struct worker crew[WORKERS_MAX];
static const struct storm *storm; /* what runs now; NULL: go home */
static u32 errors;

/* --- what the storms share --- */

void meet(void)
{
	static u32 arrived, passed;
	u32 now = __atomic_load_n(&passed, __ATOMIC_ACQUIRE);

	if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == workers) {
		__atomic_store_n(&arrived, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&passed, now + 1, __ATOMIC_RELEASE);
		(void)sys_futex_wake(CAP_SELF_SPACE, (u64)&passed, WORKERS_MAX, ~0u);
		return;
	}
	while (__atomic_load_n(&passed, __ATOMIC_ACQUIRE) == now)
		(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&passed, now, ~0u, DEADLINE_NEVER);
}

void must(bool holds, const char *what, i64 got)
{
	if (holds)
		return;
	if (__atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED) < TOLD)
		log_printf("  %.150s: %ld", what, got);
}

u64 random_next(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

void dawdle(struct worker *w)
{
	u64 turns = random_below(w, 8) ? random_below(w, 64) : random_below(w, 4096);

	while (turns--)
		__asm__ volatile("" ::: "memory");
}

void linger(void)
{
	for (u32 i = 0; i < 2000; i++)
		__asm__ volatile("" ::: "memory");
}

/* --- one after the other --- */

static void work(void *argument)
{
	struct worker *w = argument;

	for (;;) {
		meet();
		if (!storm)
			thread_exit(0);
		storm->work(w);
		meet();
	}
}

/* How many capabilities this program holds. */
static u64 capabilities(void)
{
	static struct inspect_cap record[64];
	struct cap_info self = { 0 };
	u64 cursor = 0, count = 0;
	i64 bytes;

	(void)sys_cap_info(CAP_SELF_TABLE, &self);
	while ((bytes = sys_inspect_read(grant_find("inspect"), INSPECT_CAPS, cursor, (u64)record,
					 sizeof(record))) > 0)
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			count += record[i].table_id == self.object_id;
			cursor = record[i].cursor;
		}
	return count;
}

/* Storage comes back when no processor can know it any more: asked for once a millisecond. */
static u64 left_in_purse(void)
{
	struct budget_info info = { .used_bytes = 1 };
	cap_t timer = MADE(sys_notification_create(CAP_SELF_BUDGET));

	for (u32 i = 0; i < TRIES && info.used_bytes; i++) {
		GIVES(0, sys_budget_info(purse, &info));
		if (info.used_bytes)
			(void)sys_notification_wait(timer, 1, clock_now() + 1000000);
	}
	GIVES(0, sys_object_destroy(timer));
	return info.used_bytes;
}

/* What kinds of objects are more than before, all programs' together: where to look. */
static void objects_tell(const struct inspect_system *before, const struct inspect_system *now)
{
	for (u32 i = 0; i < OBJECT_TYPES; i++)
		if (before->objects[i] != now->objects[i])
			log_printf("  objects of type %u: %lu, then %lu", i, before->objects[i],
				   now->objects[i]);
}

static struct inspect_system system_now(void)
{
	struct inspect_system s = { 0 };

	(void)sys_inspect_read(grant_find("inspect"), INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));
	return s;
}

static bool run(const struct storm *s)
{
	struct inspect_system then = system_now(), now;
	u64 before = capabilities();
	i64 found;
	u32 earlier = errors;

	purse = MADE(sys_budget_create(CAP_SELF_BUDGET, PURSE, 0));
	if (s->begin)
		s->begin();
	storm = s;
	meet();
	s->work(&crew[0]);
	meet();
	if (s->end)
		s->end();
	found = sys_inspect_check(grant_find("inspect"));
	must(found == 0, "violations of the kernel's invariants", found);
	found = (i64)left_in_purse();
	must(found == 0, "bytes are still charged", found);
	now = system_now();
	if (found)
		objects_tell(&then, &now);
	GIVES(0, sys_object_destroy(purse));
	found = (i64)(capabilities() - before);
	must(found == 0, "capabilities are left", found);
	log_printf("%s %s: %lu rounds", errors == earlier ? "ok" : "FAILED", s->name, rounds);
	return errors == earlier;
}

static u64 option(const char *name, u64 otherwise)
{
	const char *value = start_option(name), *end;

	return value ? string_number(value, &end) : otherwise;
}

static void crew_make(u64 seed)
{
	for (u32 i = 0; i < workers; i++) {
		struct thread_options options = { .entry = work,
						  .argument = &crew[i],
						  .name = "worker",
						  .level = LEVEL_USER_TOP };

		crew[i].number = i;
		crew[i].random = (seed + i + 1) * 0x9e3779b97f4a7c15ul;
		if (i && thread_create(&options, NULL))
			log_printf("FAILED a worker cannot be made");
	}
}

int main(void)
{
	const char *only = start_option("stress-only");
	u32 good = 0, bad = 0;

	workers = (u32)option("cpus", 1);
	workers = workers < LEAST_WORKERS ? LEAST_WORKERS : workers;
	workers = workers > WORKERS_MAX ? WORKERS_MAX : workers;
	rounds = option("stress-rounds", 10000);
	crew_make(option("stress-seed", 1));
	for (u32 i = 0; i < STORMS; i++) {
		if (only && strncmp(storms[i].name, only, strnlen(only, START_ARGS)) != 0)
			continue;
		log_printf("begins: %s", storms[i].name);
		if (run(&storms[i]))
			good++;
		else
			bad++;
	}
	storm = NULL;
	meet();
	log_printf("%u rows passed, %u failed", good, bad);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
