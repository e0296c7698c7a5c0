/* SPDX-License-Identifier: MIT */
/* judge.c - rows, groups and their lines in the log; tests/programs/protocols links it too. */
#include "tests/programs/calls/calls.h"

static const char *current;
static bool good;
static u32 passed, failed;

static void row_end(void)
{
	if (!current)
		return;
	log_printf("%s %s", good ? "ok" : "FAILED", current);
	if (good)
		passed++;
	else
		failed++;
	current = NULL;
}

void row(const char *name)
{
	row_end();
	current = name;
	good = true;
}

void judge(bool right, const char *what, i64 got, i64 wanted)
{
	if (right)
		return;
	good = false;
	log_printf("  %s: %.120s gives %ld, wanted %ld", current, what, got, wanted);
}

void millisecond(void)
{
	static u32 word;

	(void)sys_futex_wait(CAP_SELF_SPACE, (u64)&word, 0, 1, clock_now() + 1000000);
}

bool thread_is_waiting(cap_t thread)
{
	struct thread_info info = { 0 };

	return !sys_thread_info(thread, &info) && info.state == THREAD_STATE_WAITING;
}

u64 capabilities(void)
{
	static struct inspect_cap record[64];
	struct cap_info self;
	u64 cursor = 0, count = 0;

	if (sys_cap_info(CAP_SELF_TABLE, &self))
		return 0;
	for (;;) {
		i64 bytes = sys_inspect_read(grant_find("inspect"), INSPECT_CAPS, cursor,
					     (u64)record, sizeof(record));
		if (bytes <= 0)
			return count;
		for (u64 i = 0; i < (u64)bytes / sizeof(record[0]); i++) {
			count += record[i].table_id == self.object_id;
			cursor = record[i].cursor;
		}
	}
}

/* After each group the kernel looks at all it has, and no capability may have been left behind. */
void group(const char *name, void (*body)(void), u64 pages)
{
	u64 before = capabilities();
	i64 violations;

	body();
	row_end();
	row(name);
	/* Threads keep their message page: one more memory for each sixteen that were made. */
	HOLDS(capabilities() - before <= pages);
	violations = sys_inspect_check(grant_find("inspect"));
	judge(violations == 0 || violations == E_NOTSUP, "sys_inspect_check", violations, 0);
	row_end();
}


void judge_end(void)
{
	row_end();
	log_printf("%u rows passed, %u failed", passed, failed);
}
