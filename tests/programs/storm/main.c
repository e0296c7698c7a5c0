/* SPDX-License-Identifier: MIT */
/*
 * main.c - the keeper of the storm.  It is more urgent than the workers, frees those that do not
 * get on, starts those that ended, has the kernel check itself, and after each season wants
 * everything back: objects, capabilities, frames.
 *
 * From the kernel's command line: storm-calls=N, storm-seed=N.  Each season has a seed of its
 * own, which is named when something does not hold; storm-seed and it make the same choices again.
 */
#include "libsys/log.h"
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/supervisor.h"
#include "tests/programs/storm/storm.h"

enum {
	POWER_OFF = 1,
	SEASON = 60000,	   /* calls */
	TICK_NS = 1000000, /* between two looks at the workers */
	STUCK = 12,	   /* looks after which one is helped, first softly */
	LOST = 2000,	   /* after which it is ended */
	CHECK_TICKS = 250,
	CHARGES = 31, /* the furthest of the next that fails */
	TRIES = 20000,
	QUIET = 500,
	PURSE = 30 << 20
};

static struct arena arena;
static cap_t purse, ended, spare;
static u64 workers, seed, seasons, total, restarts, kicks, failed_charges;
static u64 still[WORKERS_MAX], seen[WORKERS_MAX]; /* looks since it moved; its calls then */
static u64 asked[CALLS_MAX], succeeded[CALLS_MAX], errors[ERRORS_MAX];
static u32 good, bad;

/* Calls that no worker can make succeed, and why; thread_exit is counted by its silence. */
static const struct {
	u32 number;
	const char *why;
} never[] = {
	{ NUMBER_power_control, "it would end the run" },
	{ NUMBER_log_read, "the log has one reader, the serial server" },
	{ NUMBER_irq_create, "only init can make lines" },
	{ NUMBER_memory_slice, "only init has device memory, but for the screen's" },
};

static void verdict(bool holds, const char *what)
{
	log_printf("%s %s", holds ? "ok" : "FAILED", what);
	good += holds;
	bad += !holds;
}

static u64 option(const char *name, u64 otherwise)
{
	const char *value = start_option(name), *end;

	return value && *value ? string_number(value, &end) : otherwise;
}

static struct inspect_system system_now(void)
{
	struct inspect_system s = { 0 };

	(void)sys_inspect_read(grant_find("inspect"), INSPECT_SYSTEM, 0, (u64)&s, sizeof(s));
	return s;
}

/* --- workers that need help --- */

static void help(u64 number)
{
	cap_t thread = arena.thread[number];

	kicks++;
	(void)sys_thread_control(thread, THREAD_RESUME, 0);
	(void)sys_thread_control(thread, THREAD_SET_LEVEL, LEVEL_USER_TOP);
	(void)sys_thread_control(thread, THREAD_SET_PROCESSORS, ~0ul);
	(void)sys_thread_kick(thread, still[number] / STUCK & 1 ? KICK_SOFT : KICK_HARD);
	if (still[number] >= LOST)
		(void)sys_object_destroy(thread);
}

static void look(u64 number)
{
	u64 calls = __atomic_load_n(&BOARD->worker[number].calls, __ATOMIC_RELAXED);

	still[number] = calls == seen[number] ? still[number] + 1 : 0;
	seen[number] = calls;
	if (still[number] && still[number] % STUCK == 0)
		help(number);
}

/* --- calls that the arena cannot make --- */

/* What init grants without COPY cannot be the workers': rows of those types the keeper calls
 * itself, while they run.  Its own pages stand where arguments point to. */
static void own_calls(void)
{
	static struct worker w = { .random = 88172645463325252ul };
	static u32 at;
	const struct row *row;
	cap_t handle;
	u64 value[6] = { 0 };
	i64 result;

	do
		row = &rows[at++ % row_count];
	while (strcmp(row->type, "INSPECT") && strcmp(row->type, "IRQ"));
	handle = grant_find(strcmp(row->type, "IRQ") ? "inspect" : "irq");
	if (row->number == NUMBER_inspect_check)
		return;
	for (u32 i = 0; i < row->arguments; i++) {
		const struct argument *a = &row->argument[i];

		if (a->kind == KIND_HANDLE)
			value[i] = i == 0 ? handle : one_in(&w, 2) ? spare : noise(&w);
		else
			value[i] = argument_choose(&w, a, 0);
	}
	result = sys_call6(row->number, value[0], value[1], value[2], value[3], value[4],
			   value[5]);
	asked[row->number]++;
	succeeded[row->number] += result >= 0;
	if (result < 0 && result > -ERRORS_MAX)
		errors[-result]++;
}

/* --- a season --- */

static u64 calls_made(void)
{
	u64 sum = 0;

	for (u64 i = 0; i < workers; i++)
		sum += __atomic_load_n(&BOARD->worker[i].calls, __ATOMIC_RELAXED);
	return sum;
}

static i64 violations(void)
{
	i64 found = sys_inspect_check(grant_find("inspect"));

	asked[NUMBER_inspect_check]++;
	succeeded[NUMBER_inspect_check] += found >= 0;
	return found;
}

/* One of the next charges of memory to the arena fails, wherever and whoever makes it; 0: none. */
static void charge_fails(u64 charges)
{
	static bool armed;
	i64 left = sys_inspect_read(grant_find("inspect"), INSPECT_FAILPOINT, charges, 0, 0);

	failed_charges += armed && !left;
	armed = charges != 0;
}

/* Until so many calls were made, or the arena cannot be kept alive any more: it may end itself. */
static i64 season_watch(void)
{
	i64 found = 0;
	error_t error = 0;

	for (u64 tick = 1; !found && !error && calls_made() < SEASON; tick++) {
		i64 bits = sys_notification_wait(ended, ~0ul >> 1, clock_now() + TICK_NS);

		for (u64 i = 0; i < workers && !error; i++) {
			look(i);
			if (bits > 0 && bits >> i & 1) {
				restarts++;
				error = arena_start(&arena, i, false);
			}
		}
		own_calls();
		charge_fails(1 + tick % CHARGES);
		if (tick % CHECK_TICKS == 0)
			found = violations();
	}
	charge_fails(0);
	return found;
}

static void season_add(void)
{
	for (u32 i = 0; i < CALLS_MAX; i++) {
		asked[i] += BOARD->asked[i];
		succeeded[i] += i == NUMBER_thread_exit ? BOARD->asked[i] - BOARD->answered[i]
							: BOARD->succeeded[i];
	}
	for (u32 i = 0; i < ERRORS_MAX; i++)
		errors[i] += BOARD->errors[i];
	total += calls_made();
}

static void season_seed(u64 season)
{
	memset(BOARD, 0, sizeof(struct board));
	memset(still, 0, sizeof(still));
	memset(seen, 0, sizeof(seen));
	for (u64 i = 0; i < workers; i++)
		BOARD->worker[i] =
			(struct worker){ .number = i,
					 .random = (seed * 1000003 + season * 64 + i + 1) *
						   0x9e3779b97f4a7c15ul };
	BOARD->workers = workers;
}

/* false: something did not hold. */
static bool season(u64 number)
{
	i64 found, budget = sys_budget_create(purse, PURSE - (1 << 20), 0);
	error_t error;

	season_seed(number);
	arena.ended = ended;
	error = budget < 0 ? budget : arena_make(&arena, (cap_t)budget, workers);
	if (error) {
		log_printf("  season %lu: the arena could not be made: %s", number,
			   error_name(error));
		return false;
	}
	found = season_watch();
	if (sys_object_destroy((cap_t)budget))
		found = -1;
	season_add();
	found = found ? found : violations();
	if (found)
		log_printf("  season %lu: %ld violations", number, found);
	(void)sys_notification_wait(ended, ~0ul >> 1, 0);
	return found == 0;
}

/* --- everything comes back --- */

static u64 processors(void)
{
	struct inspect_processor each[64];
	i64 bytes = sys_inspect_read(grant_find("inspect"), INSPECT_PROCESSORS, 0, (u64)each,
				     sizeof(each));

	return bytes > 0 ? (u64)bytes / sizeof(each[0]) : 1;
}

static bool same(const struct inspect_system *a, const struct inspect_system *b)
{
	return !memcmp(a->objects, b->objects, sizeof(a->objects)) &&
	       a->capabilities == b->capabilities;
}

/* Other programs start at the same time as this one: as they are when nothing has changed for long.
 */
static struct inspect_system system_at_rest(void)
{
	struct inspect_system then = system_now(), now;

	for (u32 quiet = 0; quiet < QUIET; quiet++) {
		(void)sys_notification_wait(ended, 1ul << 62, clock_now() + TICK_NS);
		now = system_now();
		if (!same(&then, &now))
			quiet = 0;
		then = now;
	}
	return then;
}

/* What has not gone, by name: threads are what most else hangs on. */
static void threads_tell(void)
{
	static struct inspect_thread each[8];
	i64 bytes;

	for (u64 cursor = 0; (bytes = sys_inspect_read(grant_find("inspect"), INSPECT_THREADS,
						       cursor, (u64)each, sizeof(each))) > 0;)
		for (u64 i = 0; i < (u64)bytes / sizeof(each[0]); i++) {
			cursor = each[i].cursor;
			if (!strcmp(each[i].info.name, "minion") ||
			    !strcmp(each[i].info.name, "worker") || !each[i].info.name[0])
				log_printf("  thread %lu %s: state %u, exit %ld, budget %lu, space "
					   "%lu",
					   each[i].info.id, each[i].info.name, each[i].info.state,
					   each[i].info.exit_status, each[i].budget_id,
					   each[i].space_id);
		}
}

/* Storage comes back when no processor can know it any more, and other programs stir at times:
 * asked for once a tick. */
static bool all_back(const struct inspect_system *before)
{
	struct inspect_system now = system_now();
	struct budget_info info = { .used_bytes = 1 };

	for (u32 i = 0; i < TRIES; i++) {
		now = system_now();
		if (!sys_budget_info(purse, &info) && !info.used_bytes && same(before, &now))
			return true;
		(void)sys_notification_wait(ended, 1ul << 62, clock_now() + TICK_NS);
	}
	log_printf("  %lu bytes are charged; %lu capabilities, before %lu", info.used_bytes,
		   now.capabilities, before->capabilities);
	threads_tell();
	for (u32 i = 0; i < OBJECT_TYPES; i++)
		if (before->objects[i] != now.objects[i])
			log_printf("  objects of type %u: %lu, before %lu", i, now.objects[i],
				   before->objects[i]);
	return false;
}

/* --- what came of it --- */

static bool excused(u32 number)
{
	for (u32 i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (never[i].number == number)
			return true;
	return false;
}

static void calls_tell(void)
{
	bool all = true;

	for (u32 i = 0; i < row_count; i++) {
		u32 n = rows[i].number;

		log_printf("call %s %lu %lu", rows[i].name, asked[n], succeeded[n]);
		if (succeeded[n] || excused(n))
			continue;
		log_printf("  %s never succeeded", rows[i].name);
		all = false;
	}
	verdict(all, "every call succeeds sometimes");
	for (u32 i = 1; i < ERRORS_MAX; i++)
		if (errors[i])
			log_printf("error %s %lu", error_name(-(error_t)i), errors[i]);
}

/* Memory of the keeper's own at an address that the arena has, too. */
static error_t pages_at(u64 address, u64 length)
{
	struct map_args a = { .address = address,
			      .length = length,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT };
	i64 made = sys_memory_create(CAP_SELF_BUDGET, length, 0), mapped;

	if (made < 0)
		return made;
	a.memory = (cap_t)made;
	mapped = sys_space_map(CAP_SELF_SPACE, &a);
	if (address == BOARD_AT)
		arena.board = a.memory;
	return map_failed(mapped) ? mapped : 0;
}

static error_t prepare(void)
{
	error_t error = pages_at(BOARD_AT, BOARD_BYTES);

	if (!error)
		error = pages_at(PLAY_AT, PLAY_PAGES * PAGE_SIZE);
	ended = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	spare = (cap_t)sys_notification_create(CAP_SELF_BUDGET);
	purse = (cap_t)sys_budget_create(CAP_SELF_BUDGET, PURSE, 0);
	rows_prepare();
	/* All of it is charged now, and not in the midst of it. */
	if (!error)
		memset((void *)PLAY_AT, 0, PLAY_PAGES * PAGE_SIZE);
	return error;
}

int main(void)
{
	u64 calls = option("storm-calls", SEASON);
	struct inspect_system before;
	bool clean = true;

	seed = option("storm-seed", 1);
	workers = processors() + 2;
	workers = workers < WORKERS_MAX ? workers : WORKERS_MAX;
	if (prepare()) {
		verdict(false, "the storm can be prepared");
		return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
	}
	log_printf("seed %lu, %lu workers, %lu calls", seed, workers, calls);
	before = system_at_rest();
	while (clean && total < calls)
		clean = season(seasons++);
	log_printf("%lu calls in %lu seasons; %lu workers started again, %lu helped", total,
		   seasons, restarts, kicks);
	verdict(clean, "the kernel answers whatever it is asked, no invariant breaks");
	log_printf("%lu charges of memory failed on purpose", failed_charges);
	verdict(failed_charges, "charges of memory fail anywhere");
	verdict(all_back(&before), "objects, capabilities and memory are what they were");
	calls_tell();
	log_printf("%u rows passed, %u failed", good, bad);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
